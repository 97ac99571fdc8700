package store_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// Runs grow, whoever stores them and however often; their order of arrival
// does not matter.
func TestStoredRuns(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		store := func(ranges ...schemas.OffsetRange) {
			t.Helper()
			if err := e.InsertLoads(within(t), []schemas.Load{{Topic: "ent.events", Day: week.Monday(), Ranges: ranges}}); err != nil {
				t.Fatal(err)
			}
		}
		store(schemas.OffsetRange{Partition: 1, First: 20, Last: 29, Run: 0}, schemas.OffsetRange{Partition: 0, First: 5, Last: 5, Run: 5})
		store(schemas.OffsetRange{Partition: 1, First: 0, Last: 19, Run: 0})
		store(schemas.OffsetRange{Partition: 1, First: 20, Last: 29, Run: 0})
		store(schemas.OffsetRange{Partition: 1, First: 40, Last: 49, Run: 40})
		if err := e.InsertLoads(within(t), []schemas.Load{{Topic: "ent.other", Day: week.Monday(), Ranges: []schemas.OffsetRange{{Last: 9}}}}); err != nil {
			t.Fatal(err)
		}
		got, err := e.StoredRuns(within(t), "ent.events")
		want := map[int][]schemas.OffsetRun{0: {{First: 5, Last: 5}}, 1: {{First: 0, Last: 29}, {First: 40, Last: 49}}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestLedger(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		ledger := func() schemas.Ledger {
			t.Helper()
			l, err := e.Ledger(within(t))
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		if l := ledger(); l.Received != 0 || l.Runs != 0 || l.Cut != 0 || len(l.Collectors) != 0 || l.Distinct != 0 || l.Undecodable != 0 {
			t.Errorf("at the beginning: %+v", l)
		}
		noon := time.Date(2026, 9, 7, 12, 0, 0, 0, time.UTC)
		tally := func(collector, run string, n uint64, minutes int, ended bool) schemas.Tally {
			return schemas.Tally{
				Run: run, Collector: collector, Sequence: n, At: noon.Add(time.Duration(minutes) * time.Minute).UnixMilli(), Ended: ended,
				Received: 100 * n, Refused: map[schemas.Reason]uint64{schemas.Robot: n, schemas.TropLong: 1}, Objected: 2 * n, Shed: 3 * n, Failed: 4 * n,
				Published: 50 * n, Spooled: 5 * n, Replayed: n,
				Corrected: 6 * n, UnknownProfiles: 7 * n, UnknownServices: 8 * n,
			}
		}
		waiting := tally("a", "2", 3, 30, false)
		waiting.SpoolEvents, waiting.SpoolBytes, waiting.SpoolSince = 9, 900, noon.UnixMilli()
		for _, tallies := range [][]schemas.Tally{
			{tally("a", "1", 1, 0, false), tally("a", "1", 2, 1, false)}, // killed
			{waiting}, {waiting}, // stored twice
			{tally("b", "3", 1, 5, true)},
		} {
			if err := e.InsertTallies(within(t), tallies); err != nil {
				t.Fatal(err)
			}
		}
		l := ledger()
		want := schemas.Tally{
			Received: 600, Refused: map[schemas.Reason]uint64{schemas.Robot: 6, schemas.TropLong: 3}, Objected: 12, Shed: 18, Failed: 24,
			Published: 300, Spooled: 30, Replayed: 6,
			Corrected: 36, UnknownProfiles: 42, UnknownServices: 48,
		}
		if !reflect.DeepEqual(l.Tally, want) || l.Runs != 3 || l.Cut != 1 {
			t.Errorf("%+v, %d runs, %d cut", l.Tally, l.Runs, l.Cut)
		}
		collectors := []schemas.CollectorState{
			{Name: "a", At: noon.Add(30 * time.Minute), SpoolEvents: 9, SpoolBytes: 900, SpoolSince: noon},
			{Name: "b", At: noon.Add(5 * time.Minute), Ended: true},
		}
		if !slices.Equal(l.Collectors, collectors) {
			t.Errorf("%+v", l.Collectors)
		}
		// A clock set back, within a run and at the start of the next: what is said
		// last counts. All of it was waiting in the queue.
		if err := e.InsertTallies(within(t), []schemas.Tally{
			tally("c", "4", 7, 60, false), tally("c", "4", 8, 0, false), tally("c", "5", 1, -60, false),
		}); err != nil {
			t.Fatal(err)
		}
		if l = ledger(); !slices.Contains(l.Collectors, schemas.CollectorState{Name: "c", At: noon.Add(-time.Hour)}) || l.Runs != 5 || l.Cut != 2 {
			t.Errorf("%+v, %d runs, %d cut", l.Collectors, l.Runs, l.Cut)
		}

		insert(t, e.Store, usualWeek()...)
		insert(t, e.Store, usualWeek()[:2]...) // again
		compute(t, e.Store)
		if err := e.InsertRefused(within(t), []schemas.Refused{
			{Refusal: schemas.Refusal{Reason: schemas.Illisible, Detail: "ent.events/3/17"}, Offset: 1},
			{Refusal: schemas.Refusal{Reason: schemas.Illisible, Detail: "ent.events/3/17"}, Offset: 2}, // of a batch that came again
			{Refusal: schemas.Refusal{Reason: schemas.Illisible, Detail: "ent.events/4/17"}, Offset: 3},
			{Refusal: schemas.Refusal{Reason: schemas.Illisible, Detail: "s"}, Offset: 4},
		}); err != nil {
			t.Fatal(err)
		}
		if l = ledger(); l.Distinct != uint64(len(usualWeek())) || l.Undecodable != 2 {
			t.Errorf("%d distinct of %d, %d undecodable", l.Distinct, len(usualWeek()), l.Undecodable)
		}
		hours, err := e.HourlyVisits(within(t), week.Monday())
		if err != nil {
			t.Fatal(err)
		}
		var visits uint64
		for day, byHour := range hours {
			if day < week.Monday() || day > week.Sunday() {
				t.Errorf("visits of %s", day)
			}
			for _, n := range byHour {
				visits += n
			}
		}
		wanted(t, "visits", e.ask(t, "SELECT toString(sum(visits)) FROM cells_day WHERE axe = 'globales'"), fmt.Sprint(visits))
		if hours, err = e.HourlyVisits(within(t), week.Sunday()+1); err != nil || len(hours) != 0 {
			t.Error(hours, err)
		}
	})
}
