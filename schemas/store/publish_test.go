package store_test

import (
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// settledWeeks is fourteen weeks around a change of school year, with a visit
// each: enough to be settled.
func settledWeeks(t *testing.T, e *engine) schemas.CellQuery {
	t.Helper()
	importDirectory(t, e.Store, 2025)
	importDirectory(t, e.Store, 2026)
	first := schemas.DateDay(2026, 6, 22)
	for i := range 14 {
		day := first + schemas.Day(7*i)
		insert(t, e.Store, pupil(jaures, schemas.Visitor(i+1)).sees(at(day.String()+" 10:00"), "NOTES", ""))
	}
	compute(t, e.Store)
	return schemas.CellQuery{
		Scope: garonne, Period: schemas.Period{From: first, To: first + 7*14}, Grain: schemas.ParSemaine,
		Axes: []schemas.Axe{schemas.Globales, schemas.ParService},
	}
}

// Pages show the same before weeks are settled, after, and when a settled week
// is published again: nothing twice, nothing lost. Another process sees it too.
func TestSettledWeeks(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		q := settledWeeks(t, e)
		before := cells(t, e.Store, q)
		other := e.again(t)
		if got := cells(t, other, q); strings.Count(before, "globales globales: 1 visits") != 14 || got != before {
			t.Fatalf("before:\n%s\nanother:\n%s", before, got)
		}
		if err := e.Settle(within(t)); err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]*store.Store{"this": e.Store, "another": e.again(t)} {
			if got := cells(t, s, q); got != before {
				t.Errorf("%s after settling: %v", name, got)
			}
		}
		insert(t, e.Store, pupil(jaures, 99).sees(at("2026-06-23 10:00"), "NOTES", ""))
		compute(t, e.Store)
		if _, err := other.Completeness(within(t)); err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]*store.Store{"this": e.Store, "another": other} {
			want := strings.Replace(before, "globales globales: 1 visits, 1 users, 1 events", "globales globales: 2 visits, 2 users, 2 events", 1)
			want = strings.Replace(want, "service NOTES: 1 visits, 1 users, 1 events", "service NOTES: 2 visits, 2 users, 2 events", 1)
			if got := cells(t, s, q); got != want {
				t.Errorf("%s after a late event:\n%s\nwant:\n%s", name, got, want)
			}
		}
		if err := e.Settle(within(t)); err != nil {
			t.Fatal(err)
		}
		if weeks, err := e.Undecided(within(t)); err != nil || len(weeks) > 0 {
			t.Error(weeks, err)
		}
	})
}

// A settling that is killed at any step shows every week once, and the next one
// ends it.
func TestSettlingKilled(t *testing.T) {
	e := migrated(t)
	q := settledWeeks(t, e)
	before := cells(t, e.Store, q)
	for _, step := range []string{"Writes the settled weeks", "ALTER TABLE published_settled REPLACE", "ALTER TABLE staging_published_settled DROP", "ALTER TABLE published DROP"} {
		for _, how := range []chdbtest.How{chdbtest.CutBefore, chdbtest.CutAfter} {
			fault := e.server.FailFrom(step, how)
			if err := e.Settle(within(t)); schemas.KindOf(err) != schemas.Unavailable {
				t.Errorf("%s: %v", step, err)
			}
			fault.Remove()
			if got := cells(t, e.again(t), q); got != before {
				t.Errorf("killed at %s: %v", step, got)
			}
		}
	}
	if err := e.Settle(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := cells(t, e.again(t), q); got != before {
		t.Errorf("after the next: %v", got)
	}
}

// A week that is forgotten for its age is shown by nobody once it is decided
// again, not even by a process that holds it in memory.
func TestAForgottenWeekIsNotShown(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		importDirectory(t, e.Store, 2026)
		insert(t, e.Store, usualWeek()...)
		compute(t, e.Store)
		q := schemas.CellQuery{Scope: garonne, Period: thisWeek, Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales}}
		other := e.again(t)
		if cells(t, other, q) == "" {
			t.Fatal("nothing was shown before")
		}
		if err := e.ForgetWeek(within(t), week); err != nil {
			t.Fatal(err)
		}
		publish(t, e.Store)
		if _, err := other.Completeness(within(t)); err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]*store.Store{"this": e.Store, "another": other} {
			if got := cells(t, s, q); got != "" {
				t.Errorf("%s still shows %s", name, got)
			}
		}
		if weeks, err := e.Undecided(within(t)); err != nil || len(weeks) > 0 {
			t.Error(weeks, err)
		}
	})
}

// After Warm nobody waits for the weeks that it read.
func TestWarm(t *testing.T) {
	e := migrated(t)
	q := settledWeeks(t, e)
	want := cells(t, e.Store, q)
	s := e.again(t)
	since := q.Period.From + 7*2
	if err := s.Warm(within(t), since); err != nil {
		t.Fatal(err)
	}
	fault := e.server.Fail("What is published of some weeks", chdbtest.Refuse, -1)
	defer fault.Remove()
	if _, err := s.Cells(within(t), q); schemas.KindOf(err) != schemas.Internal {
		t.Errorf("weeks that were not read: %v", err)
	}
	q.Period.From = since
	if got := cells(t, s, q); got == "" || !strings.HasSuffix(want, got) || strings.Count(got, "globales globales") != 12 {
		t.Errorf("warm:\n%s\nof:\n%s", got, want)
	}
}
