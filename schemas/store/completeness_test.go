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

func anomalies(t *testing.T, e *engine) schemas.Anomalies {
	t.Helper()
	a, err := e.Anomalies(within(t))
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
		if a := anomalies(t, e); a.Refused != nil || a.Unknown != nil || a.Incidents != nil {
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
		if got := fmt.Sprint(anomalies(t, e).Unknown); got != "[{0750001U 1 2026-09-08}]" {
			t.Error(got)
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
		if got := fmt.Sprint(anomalies(t, e).Refused); got != "[{uai_invalide 3} {robot 1}]" {
			t.Error(got)
		}
		wanted(t, "row", e.ask(t, `SELECT concat(toString(received), ' ', reason, ' ', site, ' ', toString(plan), ' ', detail) FROM refused FINAL WHERE queue_offset = 3`),
			"2026-09-07 06:00:00.000 robot 365203 2 uai")
	})
}
