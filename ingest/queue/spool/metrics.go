package spool

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	appended, replayed, full, damaged prometheus.Counter
	errors                            map[step]prometheus.Counter
	away                              prometheus.Gauge
}

// step is what can fail.
type step string

const (
	stepWrite  step = "write"  // a group of values: answered with an error
	stepRead   step = "read"   // a segment: set aside
	stepRemove step = "remove" // a segment that was replayed: replayed again after a restart
	stepReplay step = "replay" // a segment that the queue did not take: tried again
)

func newMetrics(s *Spool, registry prometheus.Registerer) metrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_spool_" + name + "_total", Help: help})
		registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string, value func(State) float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "entaudience_spool_" + name, Help: help},
			func() float64 { return value(s.State()) }))
	}
	gauge("bytes", "Bytes of the values that wait on disk.", func(s State) float64 { return float64(s.Bytes) })
	gauge("events", "Values that wait on disk.", func(s State) float64 { return float64(s.Values) })
	gauge("oldest_seconds", "How long the oldest value has waited on disk; 0 when none does.", func(state State) float64 {
		if state.Oldest.IsZero() {
			return 0
		}
		return max(0, s.clock().Sub(state.Oldest).Round(time.Millisecond).Seconds())
	})
	m := metrics{
		appended: counter("appended", "Values made durable on disk because the queue did not acknowledge them."),
		replayed: counter("replayed", "Values of the disk that the queue acknowledged later."),
		full:     counter("full", "Values refused because the spool had no room."),
		damaged:  counter("damaged_bytes", "Bytes found that are no intact record: what a crash cut, or a disk spoilt."),
		away: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "entaudience_spool_queue_away", Help: "1 while values go to the disk without asking the queue.",
		}),
		errors: map[step]prometheus.Counter{},
	}
	failed := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "entaudience_spool_errors_total", Help: "Failures, by step: write, read, remove, replay.",
	}, []string{"step"})
	for _, at := range []step{stepWrite, stepRead, stepRemove, stepReplay} {
		m.errors[at] = failed.WithLabelValues(string(at))
	}
	registry.MustRegister(m.away, failed)
	return m
}
