package simulate_test

import (
	"testing"

	"github.com/entaudience/entaudience/ingest/simulate"
)

// BenchmarkHits: hits generated and written per second.
func BenchmarkHits(b *testing.B) {
	r := region(b, simulate.Options{Seed: 1, Scale: 0.1})
	hits := 0
	for b.Loop() {
		for range r.Hits(monday) {
			hits++
		}
	}
	b.ReportMetric(float64(hits)/b.Elapsed().Seconds(), "hits/s")
}
