package store_test

import (
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// The records of the batches go with the raw events of the last day of their
// week; their sums stay, so that nothing becomes dirty, or clean, by it.
func TestLoadsGoWithTheirWeek(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		insert(t, e.Store, usualWeek()...)
		insert(t, e.Store, usualWeek()[:1]...) // a day is touched twice
		days := func() string {
			return e.ask(t, "SELECT concat(toString(day), ' ', toString(sum(batches))) FROM day_loads GROUP BY day ORDER BY day")
		}
		stated := func() []schemas.DayState {
			t.Helper()
			states, err := e.DayStates(within(t))
			if err != nil {
				t.Fatal(err)
			}
			return states
		}
		before, states := days(), stated()
		if n := e.ask(t, "SELECT toString(sum(batches) = (SELECT count() FROM loads)) FROM day_loads"); n != "1" {
			t.Error("the sums are not those of the batches")
		}
		for i, d := range states {
			if left := e.ask(t, "SELECT toString(count() > 0) FROM loads"); left != "1" {
				t.Fatalf("no loads are left before day %d of %d is deleted", i+1, len(states))
			}
			if err := e.DeleteRaw(within(t), d.Day); err != nil {
				t.Fatal(err)
			}
		}
		if left := e.ask(t, "SELECT toString(count()) FROM loads"); left != "0" {
			t.Errorf("%s loads are left", left)
		}
		if after := days(); after != before || before == "" {
			t.Errorf("sums:\n%s\nbefore:\n%s", after, before)
		}
		dirty, err := e.DirtyDays(within(t))
		if err != nil || len(dirty) != 0 {
			t.Errorf("dirty: %v, %v", dirty, err)
		}
		for i, d := range stated() {
			if d.Loads != states[i].Loads || !d.LastLoad.Equal(states[i].LastLoad) {
				t.Errorf("%+v, was %+v", d, states[i])
			}
		}
	})
}

// The rate is that of the batches after the first of the last minutes.
func TestLoadingRate(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		loading := func() schemas.Loading {
			t.Helper()
			l, err := e.Ledger(within(t))
			if err != nil {
				t.Fatal(err)
			}
			return l.Loading
		}
		if l := loading(); l != (schemas.Loading{}) || l.PerSecond() != 0 {
			t.Errorf("at the beginning: %+v", l)
		}
		e.exec(t, `INSERT INTO loads (day, topic, rows, loaded_at) SELECT '2026-09-07', 'ent.events', n, toStartOfSecond(now64(3, 'UTC')) - ago
			FROM values('n UInt64, ago UInt32', (7, 100000), (5000, 120), (1000, 90), (2000, 60), (3000, 30), (4000, 30))`)
		l := loading()
		if l != (schemas.Loading{Events: 10_000, During: 90 * time.Second}) {
			t.Errorf("%+v", l)
		}
		if left, ok := l.Left(1000); !ok || left != 9*time.Second {
			t.Errorf("%s %t", left, ok)
		}
		if _, ok := (schemas.Loading{}).Left(1); ok {
			t.Error("a rate that is not known says how long it takes")
		}
	})
}
