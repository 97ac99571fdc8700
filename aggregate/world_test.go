package aggregate_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// engine is a database of its own on the embedded engine.
type engine struct {
	*store.Store
	chdb     *chdb.Engine
	database string
}

func newEngine(t testing.TB) *engine {
	t.Helper()
	e := &engine{chdb: chdbtest.Open(t)}
	e.database = chdbtest.Database(t, e.chdb)
	var err error
	if e.Store, err = store.Open(t.Context(), store.Options{Transport: e.chdb, Database: e.database}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() }) //nolint:errcheck // nothing is pending
	if _, err := e.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// ask runs a statement beside the store.
func (e *engine) ask(t testing.TB, statement string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://embedded/?database="+e.database, strings.NewReader(statement))
	if err != nil {
		t.Fatal(err)
	}
	response, err := e.chdb.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", statement, text, err)
	}
	return string(text)
}

// tables is all that the recompute wrote, in an order of its own.
func (e *engine) tables(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"visits", "cells_hour", "cells_day", "cells_weeks"} {
		fmt.Fprintf(&all, "-- %s\n%s", table, e.ask(t, "SELECT * FROM "+table+" ORDER BY ALL"))
	}
	return all.String()
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func (e *engine) compute(t testing.TB) {
	t.Helper()
	a := aggregate.New(e.Store, aggregate.Defaults(), quiet, prometheus.NewRegistry())
	if err := a.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// load stores events as one batch.
func (e *engine) load(t testing.TB, events []schemas.Event) {
	t.Helper()
	if err := e.InsertEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	rows := map[schemas.Day]uint64{}
	for i := range events {
		rows[events[i].Day()]++
	}
	var loads []schemas.Load
	for day, n := range rows {
		loads = append(loads, schemas.Load{Topic: "ent.events", Day: day, Rows: n})
	}
	if err := e.InsertLoads(t.Context(), loads); err != nil {
		t.Fatal(err)
	}
}

// world makes hits of a few persons in a few schools over days on both sides
// of a Sunday: gaps around 30 minutes, visits around midnight, the same
// millisecond twice with another profile, service or browser, both plans.
func world(seed uint64, from schemas.Day, days, hits int) []collect.Hit {
	r := rand.New(rand.NewPCG(seed, 4))
	agents := []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
	}
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	all := make([]collect.Hit, 0, hits)
	at := from.Start()
	for len(all) < hits {
		switch r.IntN(6) {
		case 0: // anywhere
			day := from + schemas.Day(r.IntN(days))
			at = day.Start().Add(time.Duration(r.Int64N(int64(day.End().Sub(day.Start())))))
		case 1: // around the border of a visit
			at = at.Add(30*time.Minute + time.Duration(r.IntN(3)-1)*time.Millisecond)
		case 2: // around midnight
			at = (from + schemas.Day(1+r.IntN(days-1))).Start().Add(time.Duration(r.IntN(5)-2) * time.Millisecond)
		case 3: // the same instant
		default:
			at = at.Add(time.Duration(r.IntN(600_000)) * time.Millisecond)
		}
		at = at.Truncate(time.Millisecond)
		if d := schemas.DayOf(at); d < from || d >= from+schemas.Day(days) {
			continue
		}
		query := fmt.Sprintf("s=365203&at=p%d&ts=%d&uai=%s&profil=%s&service=%s&outil=%s", r.IntN(6), at.UnixMilli(),
			schemas.MakeUAI(310001+r.IntN(4)), pick("ELEVE", "PARENT", "ENSEIGNANT", ""), pick("NOTES", "ACTUALITES", "", "INCONNU"), pick("", "", "PRONOTE", "BBB"))
		for range 1 + r.IntN(2) {
			all = append(all, collect.Hit{Received: at, Path: collect.PathXiti, Query: query, UserAgent: agents[r.IntN(len(agents))]})
		}
	}
	return all
}

// read takes hits through the collector.
func read(t testing.TB, hits []collect.Hit) []schemas.Event {
	t.Helper()
	m := collect.NewMetrics(nil)
	devices, err := collect.NewDevices(m)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := collect.NewReplayKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	c := collect.New(collect.Options{Keyring: keys, Devices: devices, Metrics: m})
	events := make([]schemas.Event, 0, len(hits))
	for _, h := range hits {
		e, refusal := c.Read(h)
		if refusal != nil {
			t.Fatal(refusal)
		}
		events = append(events, e)
	}
	return events
}
