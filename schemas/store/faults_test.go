package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

func migrated(t *testing.T) *engine {
	t.Helper()
	e := overTCP(t)
	if _, err := e.Migrate(within(t)); err != nil {
		t.Fatal(err)
	}
	return e
}

// Whatever happens to the connection around an insert, the error says that the
// engine is away, and the same rows sent again count once.
func TestAnInsertWhoseConnectionIsCut(t *testing.T) {
	for how, c := range map[chdbtest.How]struct {
		name   string
		kind   schemas.Kind
		stored string // after the fault
	}{
		chdbtest.Refuse:    {"refused", schemas.Internal, "0"},
		chdbtest.CutBefore: {"cut before it took effect", schemas.Unavailable, "0"},
		chdbtest.CutWithin: {"cut within its data", schemas.Unavailable, "0"},
		chdbtest.CutAfter:  {"cut after it took effect", schemas.Unavailable, "3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := migrated(t)
			for _, statement := range []string{"INSERT INTO events", "INSERT INTO loads"} {
				fault := e.server.Fail(statement, how, 1)
				err := errors.Join(e.InsertEvents(within(t), usualWeek()[:3]), e.InsertLoads(within(t), []schemas.Load{{Topic: "ent.events", Day: week.Monday(), Rows: 3}}))
				if schemas.KindOf(err) != c.kind || fault.Hits() != 1 {
					t.Errorf("%s: %d faults: %v", statement, fault.Hits(), err)
				}
				if statement == "INSERT INTO events" {
					wanted(t, "stored", e.ask(t, "SELECT toString(count()) FROM events"), c.stored)
				}
			}
			insert(t, e.Store, usualWeek()[:3]...)
			compute(t, e.Store)
			wanted(t, "week", national(t, e.Store, week, schemas.Globales), `
				0310001H globales: 1 visits, 1 users, 3 events, 270000 ms of 1`)
		})
	}
}

// An engine that is away makes every method Unavailable, and none of them
// keeps a connection: there are fewer of those than tries.
func TestAnEngineThatIsAway(t *testing.T) {
	e := migrated(t)
	importDirectory(t, e.Store, 2026)
	fault := e.server.Fail("", chdbtest.CutBefore, -1)
	for range 20 {
		for name, call := range methods(e.Store) {
			if err := call(within(t)); schemas.KindOf(err) != schemas.Unavailable {
				t.Errorf("%s: %s error: %v", name, schemas.KindOf(err), err)
			}
		}
	}
	fault.Remove()
	for name, call := range methods(e.Store) {
		if err := call(within(t)); err != nil {
			t.Error(name, err)
		}
	}
}

// A cancelled context ends every method, which then holds nothing.
func TestACancelledContext(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		importDirectory(t, e.Store, 2026)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		for range 20 {
			for name, call := range methods(e.Store) {
				if err := call(ctx); !errors.Is(err, context.Canceled) || schemas.KindOf(err) != schemas.Unavailable {
					t.Errorf("%s: %s error: %v", name, schemas.KindOf(err), err)
				}
			}
		}
		for name, call := range methods(e.Store) {
			if err := call(within(t)); err != nil {
				t.Error(name, err)
			}
		}
	})
}

// An answer that does not come is waited for as long as the context says.
func TestAnAnswerThatDoesNotCome(t *testing.T) {
	for how, stored := range map[chdbtest.How]string{chdbtest.HangBefore: "0", chdbtest.HangAfter: "3"} {
		e := migrated(t)
		fault := e.server.Fail("INSERT INTO events", how, 1)
		ctx, cancel := context.WithCancel(within(t))
		go func() {
			<-fault.Hit()
			cancel()
		}()
		if err := e.InsertEvents(ctx, usualWeek()[:3]); !errors.Is(err, context.Canceled) || schemas.KindOf(err) != schemas.Unavailable {
			t.Error(err)
		}
		wanted(t, "stored", e.ask(t, "SELECT toString(count()) FROM events"), stored)
	}
}

// A statement that the engine refuses is a fault of ours.
func TestAnEngineWithoutTheSchema(t *testing.T) {
	eachEmpty(t, func(t *testing.T, e *engine) {
		for name, call := range methods(e.Store) {
			err := call(within(t))
			switch name {
			case "Ping":
				if err != nil {
					t.Error(err)
				}
			case "CheckSchema":
				if schemas.KindOf(err) != schemas.Invalid {
					t.Error(err)
				}
			default:
				if schemas.KindOf(err) != schemas.Internal || err == nil {
					t.Errorf("%s: %s error: %v", name, schemas.KindOf(err), err)
				}
			}
		}
	})
}

// methods are all of a store's that ask the engine, but Migrate.
func methods(s *store.Store) map[string]func(context.Context) error {
	q := schemas.CellQuery{Scope: occitanie, Period: thisWeek, Grain: schemas.ParJour, Axes: []schemas.Axe{schemas.Globales}}
	return map[string]func(context.Context) error{
		"Ping":          s.Ping,
		"CheckSchema":   s.CheckSchema,
		"InsertEvents":  func(ctx context.Context) error { return s.InsertEvents(ctx, usualWeek()[:3]) },
		"InsertLoads":   func(ctx context.Context) error { return s.InsertLoads(ctx, []schemas.Load{{Day: week.Monday()}}) },
		"InsertRefused": func(ctx context.Context) error { return s.InsertRefused(ctx, []schemas.Refused{{}}) },
		"DirtyDays":     func(ctx context.Context) error { return failure(s.DirtyDays(ctx)) },
		"DirtyWeeks":    func(ctx context.Context) error { return failure(s.DirtyWeeks(ctx)) },
		"RecomputeDay":  func(ctx context.Context) error { return s.RecomputeDay(ctx, schemas.Dirty{Debut: week.Monday()}) },
		"Undecided":     func(ctx context.Context) error { return failure(s.Undecided(ctx)) },
		"DecideWeek":    func(ctx context.Context) error { return s.DecideWeek(ctx, week) },
		"Settle":        s.Settle,
		"RecomputeWeek": func(ctx context.Context) error { return s.RecomputeWeek(ctx, schemas.Dirty{Debut: week.Monday()}) },
		"InsertTallies": func(ctx context.Context) error { return s.InsertTallies(ctx, []schemas.Tally{{Run: "r"}}) },
		"StoredRuns":    func(ctx context.Context) error { return failure(s.StoredRuns(ctx, "ent.events")) },
		"Ledger":        func(ctx context.Context) error { return failure(s.Ledger(ctx)) },
		"Collectors":    func(ctx context.Context) error { return failure(s.Collectors(ctx)) },
		"HourlyVisits":  func(ctx context.Context) error { return failure(s.HourlyVisits(ctx, week.Monday())) },
		"Completeness":  func(ctx context.Context) error { return failure(s.Completeness(ctx)) },
		"Incidents":     func(ctx context.Context) error { return failure(s.Incidents(ctx)) },
		"Tagging":       func(ctx context.Context) error { return failure(s.Tagging(ctx, everyDay)) },
		"ImportDirectory": func(ctx context.Context) error {
			schools, above := directory(2025)
			return s.ImportDirectory(ctx, 2025, "annuaire.csv", schools, above)
		},
		"Extent": func(ctx context.Context) error { _, _, err := s.Extent(ctx); return err },
		"NationalWeek": func(ctx context.Context) error {
			return s.NationalWeek(ctx, week, schemas.Axes(), func(schemas.SchoolWeek) error { return nil })
		},
		"Cells": func(ctx context.Context) error { return failure(s.Cells(ctx, q)) },
	}
}

func TestUnusableOptions(t *testing.T) {
	for url, kind := range map[string]schemas.Kind{
		"":                               schemas.Invalid,
		"ftp://user:secret@localhost/db": schemas.Invalid,
		"http://user:secret@127.0.0.1:1/db?dial_timeout=secret": schemas.Invalid,
		"http://user:secret@127.0.0.1:1/db":                     schemas.Unavailable,
		"clickhouse://user:secret@127.0.0.1:1/db":               schemas.Unavailable,
	} {
		_, err := store.Open(within(t), store.Options{URL: url})
		if err == nil || schemas.KindOf(err) != kind || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %s error: %v", url, schemas.KindOf(err), err)
		}
	}
	if got := store.Redact("http://user:secret@h:8123/db"); got != "http://user:xxxxx@h:8123/db" {
		t.Error(got)
	}
}
