package aggregate

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	dirty   prometheus.Gauge
	seconds *prometheus.HistogramVec
	errors  *prometheus.CounterVec
}

func newMetrics(registry prometheus.Registerer) metrics {
	m := metrics{
		dirty: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "entaudience_aggregate_dirty_days",
			Help: "Days whose cells did not hold every stored batch at the last look.",
		}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "entaudience_aggregate_recompute_seconds",
			Help:    "Time to rebuild one day or one week and swap it in, to decide again what a week withholds, or to settle what was published.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2, 12),
		}, []string{"grain"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "entaudience_aggregate_errors_total",
			Help: "Recomputes, decisions, publications, and looks for what is dirty, that failed and will be tried again.",
		}, []string{"grain"}),
	}
	registry.MustRegister(m.dirty, m.seconds, m.errors)
	m.errors.WithLabelValues("dirty")
	for _, grain := range []string{"jour", "semaine", "decision", "publication"} {
		m.errors.WithLabelValues(grain)
		m.seconds.WithLabelValues(grain)
	}
	return m
}
