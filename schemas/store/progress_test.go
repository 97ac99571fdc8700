package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

func completeness(t *testing.T, e *engine) schemas.Completeness {
	t.Helper()
	c, err := e.Completeness(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everyDay is as many days as there are.
var everyDay = schemas.Period{From: schemas.DateDay(2000, time.January, 1), To: schemas.DateDay(2099, time.December, 31)}

func tagging(t *testing.T, e *engine, p schemas.Period) schemas.Tagging {
	t.Helper()
	a, err := e.Tagging(within(t), p)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCompleteness(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		c := completeness(t, e)
		if c.DaysPending != 0 || !c.LastEvent.IsZero() || !c.LastLoad.IsZero() {
			t.Errorf("at the beginning: %+v", c)
		}
		if a := tagging(t, e, everyDay); a.Days != nil || a.Sites != nil || a.Unknown != nil {
			t.Errorf("at the beginning: %+v", a)
		}
		if p, ok, err := e.Extent(within(t)); ok || err != nil {
			t.Error(p, ok, err)
		}

		before := time.Now()
		insert(t, e.Store, usualWeek()...)
		c = completeness(t, e)
		if c.DaysPending != 3 || !c.LastEvent.IsZero() || c.LastLoad.Before(before.Add(-time.Second)) || c.LastLoad.After(time.Now().Add(time.Second)) {
			t.Errorf("loaded: %+v", c)
		}

		days, err := e.DirtyDays(within(t))
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range days {
			if err := e.RecomputeDay(within(t), d); err != nil {
				t.Fatal(err)
			}
			want := uint64(max(1, len(days)-1-i)) // at the end the week is behind
			if c = completeness(t, e); c.DaysPending != want {
				t.Errorf("%d days computed: %d pending, want %d", i+1, c.DaysPending, want)
			}
		}
		compute(t, e.Store)
		c = completeness(t, e)
		if c.DaysPending != 0 || c.LastEvent.UnixMilli() != at("2026-09-13 23:59:59.999") {
			t.Errorf("computed: %+v", c)
		}
		extent, ok, err := e.Extent(within(t))
		if err != nil || !ok || extent != (schemas.Period{From: week.Monday(), To: week.Sunday()}) {
			t.Error(extent, ok, err)
		}

		importDirectory(t, e.Store, 2026)
		if got := fmt.Sprint(tagging(t, e, everyDay).Unknown); got != "[{0750001U 1 2026-09-08 2026-09-08}]" {
			t.Error(got)
		}
		if got := tagging(t, e, schemas.Period{From: week.Monday(), To: week.Monday()}).Unknown; got != nil {
			t.Errorf("the day before: %v", got)
		}
	})
}

// A refused hit is its place in the queue.
func TestARefusalStoredAgainCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		refused := func(reason schemas.Reason, partition int, offset int64) schemas.Refused {
			return schemas.Refused{
				Refusal:   schemas.Refusal{Reason: reason, Received: at("2026-09-07 08:00"), Site: "365203", Plan: 2, Detail: "uai"},
				Partition: partition, Offset: offset,
			}
		}
		batch := []schemas.Refused{
			refused(schemas.UAIInvalide, 0, 1), refused(schemas.UAIInvalide, 0, 2), refused(schemas.UAIInvalide, 1, 1), refused(schemas.Robot, 0, 3),
		}
		for range 3 {
			if err := e.InsertRefused(within(t), batch); err != nil {
				t.Fatal(err)
			}
		}
		if got := fmt.Sprint(tagging(t, e, everyDay).ByReason()); got != "[{uai_invalide 3} {robot 1}]" {
			t.Error(got)
		}
		wanted(t, "row", e.ask(t, `SELECT concat(toString(received), ' ', reason, ' ', site, ' ', toString(plan), ' ', detail) FROM refused FINAL WHERE queue_offset = 3`),
			"2026-09-07 06:00:00.000 robot 365203 2 uai")
	})
}

// Refusals are counted by their day of Paris and by where they come from.
func TestRefusalsOfSomeDays(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		refused := func(received, site, detail string, reason schemas.Reason, partition int, offset int64) schemas.Refused {
			return schemas.Refused{
				Refusal:   schemas.Refusal{Reason: reason, Received: at(received), Site: site, Plan: 2, Detail: detail},
				Partition: partition, Offset: offset,
			}
		}
		for range 2 {
			if err := e.InsertRefused(within(t), []schemas.Refused{
				refused("2026-09-06 23:59:59.999", "365203", "uai", schemas.UAIInvalide, 0, 1),
				refused("2026-09-07 00:00:00.000", "365203", "uai", schemas.UAIInvalide, 0, 2),
				refused("2026-09-08 12:00", "365203", "uai", schemas.UAIInvalide, 0, 3),
				refused("2026-09-08 23:59:59.999", "999", "s", schemas.HorsPerimetre, 0, 4),
				refused("2026-09-08 12:00", "", "ent.events/0/7", schemas.Illisible, -1, 7),
				refused("2026-09-07 12:00", "", "ent.events/0/7", schemas.Illisible, -1, 7), // refused before, when the same batch came first
				refused("2026-09-08 12:00", "", "ent.events/0/8", schemas.Illisible, -1, 8),
				refused("2026-09-09 00:00:00.000", "999", "s", schemas.HorsPerimetre, 0, 5),
			}); err != nil {
				t.Fatal(err)
			}
		}
		got := tagging(t, e, schemas.Period{From: week.Monday(), To: week.Monday() + 1})
		wanted(t, "days", fmt.Sprint(got.Days), "[{2026-09-07 {illisible 1}} {2026-09-07 {uai_invalide 1}} {2026-09-08 {hors_perimetre 1}} {2026-09-08 {illisible 1}} {2026-09-08 {uai_invalide 1}}]")
		wanted(t, "sites", fmt.Sprint(got.Sites), "[{ 2  {illisible 2} 2026-09-07 2026-09-08} {365203 2 uai {uai_invalide 2} 2026-09-07 2026-09-08} {999 2 s {hors_perimetre 1} 2026-09-08 2026-09-08}]")
	})
}
