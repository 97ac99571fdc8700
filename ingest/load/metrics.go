package load

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	events, refused, undecodable prometheus.Counter
	incidents, closed, tallies   prometheus.Counter
	failures                     *prometheus.CounterVec
	seconds                      prometheus.Histogram
}

func newMetrics(registry prometheus.Registerer) metrics {
	m := metrics{
		events:      prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_load_events_total", Help: "Events stored, repeats included."}),
		refused:     prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_load_refused_total", Help: "Refused hits stored."}),
		incidents:   prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_load_incidents_total", Help: "Incidents of collectors stored, repeats included."}),
		closed:      prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_load_closed_total", Help: "Events refused because their day takes no more, repeats included."}),
		tallies:     prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_load_tallies_total", Help: "Tallies of collectors stored, repeats included."}),
		undecodable: prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_load_undecodable_total", Help: "Messages that could not be decoded and were refused."}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "entaudience_load_failures_total", Help: "Steps of a batch that failed, so that it comes again.",
		}, []string{"step"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "entaudience_load_batch_seconds", Help: "Time to decode and store one batch.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 14),
		}),
	}
	registry.MustRegister(m.events, m.refused, m.incidents, m.closed, m.tallies, m.undecodable, m.failures, m.seconds)
	for _, step := range []string{"events", "loads", "refused", "incidents", "closed", "tallies"} {
		m.failures.WithLabelValues(step)
	}
	return m
}
