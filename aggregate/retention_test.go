package aggregate_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

var keep = aggregate.Retention{RawWeeks: 13, CellsMonths: 25}

// nights is the nightly work at a clock that the test sets.
type nights struct {
	now  time.Time
	work *aggregate.Nightly
}

func newNights(t *testing.T, e *engine) *nights {
	t.Helper()
	n := &nights{}
	n.work = aggregate.NewNightly(e, keep, func() time.Time { return n.now }, quiet, prometheus.NewRegistry())
	return n
}

func (n *nights) once(t *testing.T, now time.Time) {
	t.Helper()
	n.now = now
	if err := n.work.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (e *engine) rows(t *testing.T, table string) string {
	t.Helper()
	return strings.TrimSpace(e.ask(t, "SELECT count() FROM "+table))
}

// weekly is what pages read of weeks, days and hours.
func (e *engine) figures(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"cells_hour", "cells_day", "cells_weeks"} {
		fmt.Fprintf(&all, "-- %s\n%s", table, e.ask(t, "SELECT * FROM "+table+" ORDER BY ALL"))
	}
	return all.String()
}

func refused(t *testing.T, what string, err error) {
	t.Helper()
	if schemas.KindOf(err) != schemas.Invalid || err == nil {
		t.Errorf("%s: %v, want a refusal", what, err)
	}
}

// TestLifeOfAWeek: raw events and visits go thirteen weeks after their last
// load and not before, the figures stay, and go after twenty-five months.
func TestLifeOfAWeek(t *testing.T) {
	e := newEngine(t)
	n := newNights(t, e)
	loaded := time.Now()
	e.load(t, read(t, world(11, monday, 7, 200)))
	e.compute(t)
	raw := e.rows(t, "events")
	if err := e.InsertRefused(t.Context(), []schemas.Refused{{Refusal: schemas.Refusal{Reason: schemas.Robot, Received: monday.Start().UnixMilli()}}}); err != nil {
		t.Fatal(err)
	}
	before, err := e.Ledger(t.Context())
	if err != nil || before.Distinct == 0 {
		t.Fatal(before, err)
	}

	due := loaded.AddDate(0, 0, 7*13)
	for _, early := range []time.Duration{-80 * 24 * time.Hour, -48 * time.Hour} {
		n.once(t, due.Add(early))
		if e.rows(t, "events") != raw {
			t.Fatalf("%s before it is due: raw events are gone", early)
		}
	}
	if closed, err := e.ClosedDays(t.Context()); err != nil || len(closed) != 0 {
		t.Fatalf("closed %v %v", closed, err)
	}
	n.once(t, due.Add(-20*time.Hour))
	if closed, err := e.ClosedDays(t.Context()); err != nil || len(closed) != 7 || e.rows(t, "events") != raw {
		t.Fatalf("the night before: closed %v %v, %s of %s events", closed, err, e.rows(t, "events"), raw)
	}
	// A batch that was under way when the week was closed is still counted.
	e.load(t, read(t, world(12, monday+2, 2, 20)))
	e.compute(t)
	figures := e.figures(t)
	later := time.Now().AddDate(0, 0, 7*13).Add(4 * time.Hour)
	n.once(t, later) // recounts, then deletes
	if e.rows(t, "events") != "0" || e.rows(t, "visits") != "0" {
		t.Fatalf("%s events and %s visits are left", e.rows(t, "events"), e.rows(t, "visits"))
	}
	if got := e.figures(t); got != figures {
		t.Fatalf("figures changed:\n%.2000s\nwere\n%.2000s", got, figures)
	}

	// What arrives now can no longer be counted, and destroys nothing.
	e.load(t, read(t, world(13, monday, 7, 30)))
	if dirty, err := e.DirtyDays(t.Context()); err != nil || len(dirty) != 0 {
		t.Errorf("dirty days %v %v", dirty, err)
	}
	refused(t, "recompute of a day", e.RecomputeDay(t.Context(), schemas.Dirty{Debut: monday + 1, Basis: 9, Run: 9}))
	refused(t, "recompute of the week", e.RecomputeWeek(t.Context(), schemas.Dirty{Debut: monday, Basis: 9, Run: 9}))
	_, err = aggregate.Check(t.Context(), e, schemas.Period{From: monday, To: monday + 6}, later, func(aggregate.Difference) {})
	refused(t, "recount", err)
	e.compute(t)
	n.once(t, later.Add(24*time.Hour))
	if e.rows(t, "events") != "0" {
		t.Error("events that came too late were not purged")
	}
	if got := e.figures(t); got != figures {
		t.Errorf("figures changed:\n%.2000s\nwere\n%.2000s", got, figures)
	}
	if e.rows(t, "cells_week") != "0" || e.rows(t, "cells_week_closed") == "0" {
		t.Errorf("the week was not moved: %s and %s rows", e.rows(t, "cells_week"), e.rows(t, "cells_week_closed"))
	}
	c, err := e.Completeness(t.Context())
	if err != nil || c.DaysPending != 0 {
		t.Errorf("%d days pending: %v", c.DaysPending, err)
	}

	end := (monday + 6).AddMonths(25)
	n.once(t, end.Start())
	if e.rows(t, "cells_week_closed") == "0" || e.rows(t, "cells_day WHERE period = '2026-03-29'") == "0" {
		t.Error("figures are gone before 25 months")
	}
	if e.rows(t, "cells_day WHERE period < '2026-03-29'") != "0" {
		t.Error("days are kept for more than 25 months")
	}
	n.once(t, (end + 1).Start())
	for _, table := range []string{"cells_hour", "cells_day", "cells_weeks", "cells_week_closed"} {
		if got := e.rows(t, table); got != "0" {
			t.Errorf("%s rows of %s after 25 months", got, table)
		}
	}
	if got := e.rows(t, "refused"); got != "1" {
		t.Errorf("%s refused hits of a month that is not over", got)
	}
	if after, err := e.Ledger(t.Context()); err != nil || after.Distinct < before.Distinct {
		t.Errorf("%d events counted, %d before: %v", after.Distinct, before.Distinct, err)
	}
	n.once(t, schemas.DateDay(2028, time.May, 2).Start())
	if got := e.rows(t, "refused"); got != "0" {
		t.Errorf("%s refused hits after 25 months", got)
	}
	if p, ok, err := e.Extent(t.Context()); ok || err != nil {
		t.Errorf("figures are said to cover %v: %v", p, err)
	}
	p, err := aggregate.PlanRetention(t.Context(), e, e, keep, n.now)
	if err != nil || p.String() != "nothing to do\n" {
		t.Errorf("%v: then\n%s", err, p)
	}
}

// TestWrongCellsKeepRawEvents: a cell that differs from the raw events keeps
// them, and the plan says so; once it is right they go.
func TestWrongCellsKeepRawEvents(t *testing.T) {
	e := newEngine(t)
	n := newNights(t, e)
	e.load(t, read(t, world(21, monday, 7, 100)))
	e.compute(t)
	e.ask(t, "ALTER TABLE cells_week UPDATE visits = visits + 1 WHERE axe = 'globales' AND uai = '"+string(schemas.MakeUAI(310002))+"' SETTINGS mutations_sync = 2")
	raw := e.rows(t, "events")
	later := time.Now().AddDate(0, 0, 7*13).Add(4 * time.Hour)
	for night := range 3 {
		n.once(t, later.AddDate(0, 0, night))
	}
	if e.rows(t, "events") != raw {
		t.Fatal("raw events of a wrong week are gone")
	}
	p, err := aggregate.PlanRetention(t.Context(), e, e, keep, later)
	if err != nil || len(p.Waiting) != 1 || !strings.Contains(p.String(), "keep 2026-03-23: its week was not recounted from the raw events, or differs") {
		t.Errorf("%v\n%s", err, p)
	}
	e.ask(t, "ALTER TABLE cells_week UPDATE visits = visits - 1 WHERE axe = 'globales' AND uai = '"+string(schemas.MakeUAI(310002))+"' SETTINGS mutations_sync = 2")
	n.once(t, later.AddDate(0, 0, 4))
	n.once(t, later.AddDate(0, 0, 5))
	if e.rows(t, "events") != "0" {
		t.Error("raw events of a week that is right are kept")
	}
}

// mortal is an engine that answers a number of requests, does what the next one
// asks without a word, and is gone.
type mortal struct {
	engine http.RoundTripper
	left   atomic.Int64
}

var errKilled = errors.New("killed")

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	left := m.left.Add(-1)
	if left < 0 {
		return nil, errKilled
	}
	response, err := m.engine.RoundTrip(r)
	if left == 0 && err == nil {
		response.Body.Close()
		return nil, errKilled
	}
	return response, err
}

// TestRetentionKilled: whatever step is the last, what pages read is the same,
// and the next run ends the work. Two weeks of two school years are moved.
func TestRetentionKilled(t *testing.T) {
	e := newEngine(t)
	summer := schemas.DateDay(2025, time.July, 28) // the next Monday is of another school year
	e.load(t, read(t, world(31, summer, 14, 150)))
	e.compute(t)
	differences, _ := check(t, e, schemas.Period{From: summer, To: summer + 13})
	if len(differences) > 0 {
		t.Fatal(differences[0])
	}
	want := e.figures(t)
	m := &mortal{engine: e.chdb}
	m.left.Store(1 << 40)
	dying, err := store.Open(t.Context(), store.Options{Transport: m, Database: e.database})
	if err != nil {
		t.Fatal(err)
	}
	defer dying.Close() //nolint:errcheck // nothing is pending
	base := time.Now().AddDate(0, 0, 7*13)
	killed := 0
	raw := true // there was something to delete the last time
	for step, now := range []time.Time{base.Add(-2 * time.Hour), base.Add(4 * time.Hour), base.Add(28 * time.Hour), base.Add(52 * time.Hour)} {
		for budget := int64(1); ; budget++ {
			p, err := aggregate.PlanRetention(t.Context(), e, e, keep, now)
			if err != nil {
				t.Fatal(err)
			}
			if left := len(p.Delete)+len(p.Purge) > 0; raw != left {
				raw, budget = left, 1 // what follows the deletion is killed at each of its requests, too
			}
			m.left.Store(budget)
			err = aggregate.Retain(t.Context(), dying, p)
			m.left.Store(1 << 40)
			if got := e.figures(t); got != want {
				t.Fatalf("run %d killed at request %d: figures are\n%.1500s\nwere\n%.1500s", step, budget, got, want)
			}
			if err == nil {
				break
			}
			killed++
			if budget > 100 {
				t.Fatal("the work never ends")
			}
		}
	}
	if killed < 20 {
		t.Errorf("killed only %d times", killed)
	}
	for table, rows := range map[string]string{
		"events": "0", "visits": "0", "cells_week": "0", "staging_cells_week_closed": "0",
		"(SELECT DISTINCT _partition_id FROM cells_week_closed)": "2", "(SELECT DISTINCT week FROM closed_weeks)": "2",
	} {
		if got := e.rows(t, table); got != rows {
			t.Errorf("%s rows of %s, want %s", got, table, rows)
		}
	}
	p, err := aggregate.PlanRetention(t.Context(), e, e, keep, base.Add(76*time.Hour))
	if err != nil || p.String() != "nothing to do\n" {
		t.Errorf("%v: then\n%s", err, p)
	}
}
