package main

import (
	"testing"
	"time"

	"github.com/entaudience/entaudience/cmd/entaudience/indicatortest"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// TestTruth: every cell that collector, queue, loader, engine and aggregation
// make of a region's hits is what the simulator knows to have happened. The
// weeks hold the Sundays of 23 and of 25 hours.
func TestTruth(t *testing.T) {
	t.Parallel()
	engine := chdbtest.Open(t)
	for name, o := range map[string]struct {
		monday  schemas.Day
		options simulate.Options
	}{
		"printemps": {schemas.DateDay(2026, time.March, 23), simulate.Options{Seed: 1, Scale: 0.1, Departements: []string{"048"}}},
		"automne":   {schemas.DateDay(2026, time.October, 19), simulate.Options{Seed: 2, Scale: 0.3, Departements: []string{"032", "048"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			region, err := simulate.NewRegion(o.options)
			if err != nil {
				t.Fatal(err)
			}
			truth, facts := simulate.NewTruth(), 0
			for d := o.monday; d < o.monday+7; d++ {
				for h := range region.Hits(d) {
					truth.Add(h.Fact)
					facts++
				}
			}
			days, weeks := indicatortest.Traffic(t, indicatortest.Environment{Engine: engine, Brokers: kafkatest.Embedded(t)},
				region, schemas.Period{From: o.monday, To: o.monday + 6})
			compareCells(t, "day", days, truth.Cells(schemas.ParJour))
			compareCells(t, "week", weeks, truth.Cells(schemas.ParSemaine))
			if facts < 5000 || len(days) < 2000 {
				t.Errorf("only %d hits and %d cells were compared", facts, len(days))
			}
		})
	}
}

func compareCells(t *testing.T, grain string, got, want map[simulate.Key]schemas.Measures) {
	t.Helper()
	wrong := 0
	for k, w := range want {
		if g, ok := got[k]; g != w || !ok {
			if wrong++; wrong <= 5 {
				t.Errorf("%s %+v is %+v, want %+v", grain, k, g, w)
			}
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			if wrong++; wrong <= 5 {
				t.Errorf("%s %+v is %+v and should not be", grain, k, g)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d %s cells differ", wrong, len(want), grain)
	}
}
