package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// An event is its content: school, visitor, instant, service and tool.
func TestAnEventStoredAgainCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		event := pupil(jaures, 1).sees(at("2026-09-07 08:00"), "NOTES", "")
		insert(t, e.Store, event, event)
		insert(t, e.Store, event)
		compute(t, e.Store)
		want := "0310001H globales: 1 visits, 1 users, 1 events, 0 ms of 0"
		wanted(t, "three times", national(t, e.Store, week, schemas.Globales), want)
		e.exec(t, "OPTIMIZE TABLE events FINAL")
		insert(t, e.Store, event)
		compute(t, e.Store)
		wanted(t, "after a merge", national(t, e.Store, week, schemas.Globales), want)
	})
}

func TestEventsThatDifferInOneThing(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		first := pupil(jaures, 1).sees(at("2026-09-07 08:00"), "NOTES", "")
		school, visitor, later, service, tool := first, first, first, first, first
		school.UAI = ferry
		visitor.Visitor = 1<<64 - 1
		later.TS++
		service.Service = "ABSENCES"
		tool.Outil = "MOODLE"
		insert(t, e.Store, first, school, visitor, later, service, tool)
		compute(t, e.Store)
		wanted(t, "cells", national(t, e.Store, week, schemas.Globales), `
			0310001H globales: 2 visits, 2 users, 5 events, 1 ms of 1
			0310002J globales: 1 visits, 1 users, 1 events, 0 ms of 0`)
	})
}

// What stands for repeats that differ in the rest does not depend on which came
// first.
func TestTheOrderOfArrivalNeverMatters(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		one := pupil(jaures, 1).sees(at("2026-09-07 08:00"), "NOTES", "")
		other := as(onPhone(pupil(jaures, 1)), schemas.Parent).sees(one.TS, "NOTES", "")
		for visitor, order := range [][]schemas.Event{{one, other}, {other, one}} {
			for _, event := range order {
				event.Visitor = schemas.Visitor(visitor + 1)
				insert(t, e.Store, event)
			}
		}
		compute(t, e.Store)
		wanted(t, "cells", national(t, e.Store, week, schemas.ParProfilAppareil), "0310001H ELEVE×ordinateur: 2 visits, 2 users, 2 events, 0 ms of 0")
	})
}

// Codes that nobody knows are kept as they came.
func TestUnknownCodesAreKept(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		odd := []schemas.Service{"L'été; \"2027\"", `\N`, "a×b", "🦉", "N°99", "</script>", "\t"}
		var events []schemas.Event
		for i, s := range odd {
			events = append(events, pupil(jaures, 1).sees(at("2026-09-07 08:00")+int64(i), s, string(s)+"!"))
		}
		insert(t, e.Store, events...)
		compute(t, e.Store)
		slices.Sort(odd)
		for axe, suffix := range map[schemas.Axe]string{schemas.ParService: "", schemas.ParOutil: "!"} {
			var lines []string
			for _, s := range odd {
				last := "1 ms of 1"
				if s == "\t" {
					last = "0 ms of 0" // the last of the visit
				}
				lines = append(lines, fmt.Sprintf("0310001H %s%s: 1 visits, 1 users, 1 events, %s", s, suffix, last))
			}
			if got, want := national(t, e.Store, week, axe), strings.Join(lines, "\n"); got != want {
				t.Errorf("%s:\n%q\nwant\n%q", axe, got, want)
			}
		}
	})
}

// A replay of history touches many partitions with one batch.
func TestABatchOfManyDays(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		var events []schemas.Event
		first := schemas.DateDay(2025, time.September, 1)
		for day := first; day < first+150; day++ {
			events = append(events, pupil(jaures, 1).sees(day.Start().UnixMilli(), "NOTES", ""), pupil(jaures, 1).sees(day.End().UnixMilli()-1, "NOTES", ""))
		}
		insert(t, e.Store, events...)
		days, err := e.DirtyDays(within(t))
		if err != nil || len(days) != 150 || days[0].Debut != first+149 || days[149].Debut != first {
			t.Errorf("%d dirty days: %v", len(days), err)
		}
		wanted(t, "partitions", e.ask(t, "SELECT toString(uniqExact(partition)) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'"), "150")
	})
}

func TestNothingToInsert(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		if err := e.InsertEvents(within(t), nil); err != nil {
			t.Error(err)
		}
		if err := e.InsertLoads(within(t), nil); err != nil {
			t.Error(err)
		}
		if err := e.InsertRefused(within(t), nil); err != nil {
			t.Error(err)
		}
		clean(t, e.Store)
	})
}

func TestLoadsSayWhereABatchStood(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		if err := e.InsertLoads(within(t), []schemas.Load{
			{Topic: "ent.events", Day: week.Monday(), Rows: 3, Ranges: []schemas.OffsetRange{{Partition: 0, First: 5, Last: 6}, {Partition: 11, First: 1 << 40, Last: 1<<40 + 9}}},
			{Topic: "ent.events", Day: week.Monday() + 1, Rows: 9},
		}); err != nil {
			t.Fatal(err)
		}
		wanted(t, "loads", e.ask(t, `SELECT concat(toString(day), ' ', topic, ' ', toString(rows), ' ', toString(partitions), toString(first_offset), toString(last_offset))
			FROM loads ORDER BY day`), `
			2026-09-07 ent.events 3 [0,11][5,1099511627776][6,1099511627785]
			2026-09-08 ent.events 9 [][][]`)
	})
}
