package disclosure

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkRegion decides a week of a whole region, and says which share of the
// cells of its schools is small and which is withheld.
func BenchmarkRegion(b *testing.B) {
	visits, schools := region(rand.New(rand.NewPCG(1, 1)), 107)
	cells := count(visits, schools)
	rule := New(5)
	for b.Loop() {
		w := rule.Decide(cells, schools)
		b.ReportMetric(float64(w.Total), "cells")
		b.ReportMetric(100*float64(w.Small)/float64(w.Total), "%small")
		b.ReportMetric(100*float64(w.Withheld)/float64(w.Total), "%withheld")
	}
}
