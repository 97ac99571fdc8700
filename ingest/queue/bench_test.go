package queue_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
)

// benchmarkEach runs a benchmark on both brokers, with the topics made.
func benchmarkEach(b *testing.B, f func(b *testing.B, c *queue.Cluster)) {
	for name, brokers := range map[string]func(testing.TB) []string{"embedded": kafkatest.Embedded, "kafka": kafkatest.Shared} {
		b.Run(name, func(b *testing.B) {
			c := queue.Open(brokers(b))
			defer c.Close()
			if err := c.CreateTopics(b.Context(), 1); err != nil {
				b.Fatal(err)
			}
			f(b, c)
		})
	}
}

// eventBytes is about what a real event takes on the wire.
const eventBytes = 80

// BenchmarkPublish is 64 callers that each wait for the ack of one value.
func BenchmarkPublish(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, c *queue.Cluster) {
		p := queue.NewPublisher(c, queue.PublisherDefaults(queue.Events), quiet, prometheus.NewRegistry())
		ctx, stop := context.WithCancel(b.Context())
		var running, callers errgroup.Group
		running.Go(func() error { return p.Run(ctx) })
		value := make([]byte, eventBytes)
		if err := p.Publish(ctx, value); err != nil { // connections and metadata
			b.Fatal(err)
		}
		b.ReportAllocs()
		b.ResetTimer()
		var sent atomic.Int64
		for range 64 {
			callers.Go(func() error {
				for sent.Add(1) <= int64(b.N) {
					if err := p.Publish(ctx, value); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := callers.Wait(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
		stop()
		running.Wait()
	})
}

// BenchmarkConsume reads b.N values that wait in 12 partitions.
func BenchmarkConsume(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, c *queue.Cluster) {
		fill(b, c, b.N)
		ctx, stop := context.WithCancel(b.Context())
		var seen int
		config := queue.ConsumerDefaults(queue.Events, "bench")
		consumer := queue.NewConsumer(c, config, func(_ context.Context, batch queue.Batch) error {
			if seen += batch.Messages(); seen >= b.N {
				stop()
			}
			return nil
		}, quiet, prometheus.NewRegistry())
		b.ReportAllocs()
		b.ResetTimer()
		if err := consumer.Run(ctx); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if seen != b.N {
			b.Fatalf("%d consumed of %d", seen, b.N)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
	})
}

// fill publishes n values.
func fill(b *testing.B, c *queue.Cluster, n int) {
	b.Helper()
	p := queue.NewPublisher(c, queue.PublisherDefaults(queue.Events), quiet, prometheus.NewRegistry())
	ctx, stop := context.WithCancel(b.Context())
	var running errgroup.Group
	running.Go(func() error { return p.Run(ctx) })
	values := make([][]byte, 50_000)
	for i := range values {
		values[i] = make([]byte, eventBytes)
	}
	for left := n; left > 0; left -= len(values) {
		values = values[:min(left, len(values))]
		if err := p.PublishAll(ctx, values); err != nil {
			b.Fatal(err)
		}
	}
	stop()
	running.Wait()
}

// BenchmarkLatency is the time from Publish to the handler of an idle consumer
// that waits for no more.
func BenchmarkLatency(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, c *queue.Cluster) {
		arrived := make(chan struct{}, 1)
		config := queue.ConsumerDefaults(queue.Events, "bench")
		config.Linger = 0
		_, consuming := consumerOf(b, c, config, func(context.Context, queue.Batch) error {
			arrived <- struct{}{}
			return nil
		})
		p, _, publishing := publisher(b, c, queue.Events, nil)
		for b.Loop() {
			if err := p.Publish(b.Context(), make([]byte, eventBytes)); err != nil {
				b.Fatal(err)
			}
			<-arrived
		}
		publishing.end()
		consuming.end()
	})
}
