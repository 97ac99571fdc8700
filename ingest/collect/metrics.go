package collect

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/schemas"
)

// Metrics are the counters of the package. Every label comes from a closed
// set: never a UAI, an address, a User-Agent or a code from the wild.
type Metrics struct {
	received prometheus.Counter
	accepted [3]prometheus.Counter // by schemas.Plan
	refused  [3]map[schemas.Reason]prometheus.Counter

	objections     prometheus.Counter
	corrected      prometheus.Counter
	unknownProfile prometheus.Counter
	unknownService prometheus.Counter
	parses         prometheus.Counter

	answers     map[int]prometheus.Counter // by HTTP status
	duration    prometheus.Histogram
	unpublished prometheus.Counter
	shed        prometheus.Counter
	panics      prometheus.Counter
	connections prometheus.Counter

	refusalsSent prometheus.Counter
	refusalsLost prometheus.Counter

	weekSteps  prometheus.Counter
	weekErrors prometheus.Counter
	weekPast   prometheus.Counter

	mapLoads  prometheus.Counter
	mapErrors prometheus.Counter
	mapRows   prometheus.Gauge
}

// planLabels name the generations of the tagging plan by schemas.Plan; 0 is a
// hit that could not be read far enough to know.
var planLabels = [3]string{"inconnu", "2012", "2021"}

// NewMetrics makes the counters and registers them with reg; nil leaves them
// unregistered, for a command that ends.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	const prefix = "entaudience_collect_"
	var all []prometheus.Collector
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help})
		all = append(all, c)
		return c
	}
	hits := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: prefix + "hits_total",
		Help: "Hits read, by generation of the tagging plan and outcome: accepte, or the reason of refusal.",
	}, []string{"plan", "outcome"})
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: prefix + "answers_total",
		Help: "HTTP answers to the tag, by status.",
	}, []string{"status"})

	m := &Metrics{
		objections:     counter("objections_total", "Hits of persons who object to the measure: dropped, and kept nowhere but here."),
		received:       counter("received_total", "Hits received, whatever became of them."),
		corrected:      counter("clock_corrections_total", "Accepted hits whose ts was more than 10 minutes from receipt, or not a number."),
		unknownProfile: counter("unknown_profiles_total", "Accepted hits whose profile the plan does not have: counted as AUTRE."),
		unknownService: counter("unknown_services_total", "Accepted hits whose service the plan does not have: kept under its own code."),
		parses:         counter("user_agent_parses_total", "User-Agents parsed because they were not in the cache."),
		unpublished:    counter("publish_errors_total", "Events that the queue did not acknowledge in time; answered 503."),
		shed:           counter("shed_total", "Hits answered 503 at once because too many were at work."),
		panics:         counter("panics_total", "Hits whose handling panicked; answered 500."),
		connections:    counter("connection_errors_total", "Errors of single connections reported by the HTTP server."),
		refusalsSent:   counter("refusals_published_total", "Refusals acknowledged by the queue."),
		refusalsLost:   counter("refusals_dropped_total", "Refusals that never reached the queue because it was slow or away."),
		weekSteps:      counter("week_key_steps_total", "Weeks by which the key on disk was stepped forward."),
		weekErrors:     counter("week_key_errors_total", "Failures to step the key on disk forward."),
		weekPast:       counter("week_key_past_total", "Tokens asked for a week whose key is gone: the clock was set back."),
		mapLoads:       counter("site_map_loads_total", "Times the site map was read and taken into use."),
		mapErrors:      counter("site_map_errors_total", "Times the site map could not be read; the one before stays in use."),
		answers:        make(map[int]prometheus.Counter),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    prefix + "answer_seconds",
			Help:    "Time to answer a hit, including the queue's acknowledgement.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
		mapRows: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: prefix + "site_map_rows", Help: "Schools in the site map in use.",
		}),
	}
	for plan, label := range planLabels {
		m.accepted[plan] = hits.WithLabelValues(label, "accepte")
		m.refused[plan] = make(map[schemas.Reason]prometheus.Counter)
		for _, reason := range schemas.Reasons() {
			m.refused[plan][reason] = hits.WithLabelValues(label, string(reason))
		}
	}
	for _, status := range []int{200, 204, 404, 405, 500, 503} {
		m.answers[status] = answers.WithLabelValues(strconv.Itoa(status))
	}
	if reg != nil {
		reg.MustRegister(append(all, hits, answers, m.duration, m.mapRows)...)
	}
	return m
}

// accept counts an accepted hit and what had to be put right in it.
func (m *Metrics) accept(plan schemas.Plan, corrected, knownProfile, knownService bool) {
	m.accepted[plan].Inc()
	if corrected {
		m.corrected.Inc()
	}
	if !knownProfile {
		m.unknownProfile.Inc()
	}
	if !knownService {
		m.unknownService.Inc()
	}
}
