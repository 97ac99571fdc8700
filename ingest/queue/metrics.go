package queue

import "github.com/prometheus/client_golang/prometheus"

type publisherMetrics struct {
	acked, failed, rejected, oversize, retries prometheus.Counter
	seconds                                    prometheus.Histogram
}

func newPublisherMetrics(topic string, registry prometheus.Registerer) publisherMetrics {
	labels := prometheus.Labels{"topic": topic}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_publish_" + name + "_total", Help: help, ConstLabels: labels})
	}
	m := publisherMetrics{
		acked:    counter("acked", "Values that the broker acknowledged."),
		failed:   counter("failed", "Values that no partition acknowledged in time."),
		rejected: counter("rejected", "Values refused because too much was waiting."),
		oversize: counter("oversize", "Values larger than a batch may be."),
		retries:  counter("retries", "Requests that failed on one partition."),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "entaudience_publish_seconds", Help: "Time from sending a batch to its ack.", ConstLabels: labels,
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}),
	}
	registry.MustRegister(m.acked, m.failed, m.rejected, m.oversize, m.retries, m.seconds)
	return m
}

type consumerMetrics struct {
	fetched, stored, lost, failures, fetchErrors, joinErrors, generations, commitErrors prometheus.Counter
}

func newConsumerMetrics(topic string, registry prometheus.Registerer) consumerMetrics {
	labels := prometheus.Labels{"topic": topic}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "entaudience_consume_" + name + "_total", Help: help, ConstLabels: labels})
	}
	m := consumerMetrics{
		fetched:      counter("fetched", "Messages fetched."),
		stored:       counter("stored", "Messages whose offsets were committed after they were stored."),
		failures:     counter("failures", "Batches that could not be stored and were tried again."),
		fetchErrors:  counter("fetch_errors", "Fetches that failed and were tried again."),
		lost:         counter("lost", "Messages that retention deleted before they were stored."),
		joinErrors:   counter("join_errors", "Attempts to join the consumer group that failed and were made again."),
		generations:  counter("generations", "Generations of the consumer group joined."),
		commitErrors: counter("commit_errors", "Commits that failed and were tried again, or, when the partitions were gone, left to who has them."),
	}
	registry.MustRegister(m.fetched, m.stored, m.lost, m.failures, m.fetchErrors, m.joinErrors, m.generations, m.commitErrors)
	return m
}
