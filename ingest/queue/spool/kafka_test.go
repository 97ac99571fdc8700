package spool_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/ingest/queue/spool"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// runs runs something until the test ends.
func runs(t *testing.T, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A Kafka that is killed and comes back: nobody waits for it for long, and it
// has every value in the end.
func TestKafkaKilled(t *testing.T) {
	t.Parallel()
	kafka := kafkatest.Real(t, 1)
	cluster := queue.Open(kafka.Brokers())
	t.Cleanup(cluster.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := cluster.CreateTopics(ctx, 1); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	direct := queue.NewPublisher(cluster, queue.PublisherDefaults(queue.Events), quiet, registry)
	kept, err := spool.Open(spool.Defaults(t.TempDir(), 1<<20), time.Now, quiet, registry)
	if err != nil {
		t.Fatal(err)
	}
	p := spool.NewPublisher(direct, kept, quiet)
	runs(t, direct.Run)
	runs(t, p.Run)

	var mu sync.Mutex
	seen := map[string]bool{}
	news := make(chan struct{}, 1)
	runs(t, queue.NewConsumer(cluster, queue.ConsumerDefaults(queue.Events, queue.EventsGroup), func(_ context.Context, b queue.Batch) error {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range b.Chunks {
			for _, v := range c.Values {
				seen[string(v)] = true
			}
		}
		select {
		case news <- struct{}{}:
		default:
		}
		return nil
	}, quiet, registry).Run)

	sent := 0
	send := func(n int) (longest time.Duration) {
		var group sync.WaitGroup
		waits := make([]time.Duration, 16)
		for worker := range waits {
			group.Go(func() {
				for i := range n / len(waits) {
					ctx, cancel := context.WithTimeout(ctx, time.Second)
					began := time.Now()
					if err := p.Publish(ctx, fmt.Appendf(nil, "%d/%d/%d", sent, worker, i)); err != nil {
						t.Error(err)
					}
					waits[worker] = max(waits[worker], time.Since(began))
					cancel()
				}
			})
		}
		group.Wait()
		for _, w := range waits {
			longest = max(longest, w)
		}
		sent += n / len(waits) * len(waits)
		return longest
	}
	send(1600)
	kafka.Kill(0)
	longest := send(1600)
	if counts, state := p.Counts(); counts.Published < 1600 || counts.Spooled == 0 || state.Values != int(counts.Spooled) || counts.Lost != 0 {
		t.Errorf("while it was away: %+v, %+v", counts, state)
	}
	kafka.Restart(0)
	send(1600)
	for {
		mu.Lock()
		arrived := len(seen)
		mu.Unlock()
		if arrived == sent {
			break
		}
		select {
		case <-news:
		case <-ctx.Done():
			t.Fatalf("%d of %d values arrived", arrived, sent)
		}
	}
	counts, _ := p.Counts()
	t.Logf("%+v; the longest wait was %v", counts, longest)
	if counts.Published+counts.Spooled != uint64(sent) {
		t.Errorf("%+v of %d", counts, sent)
	}
}
