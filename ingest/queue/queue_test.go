package queue_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/ingest/queue"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func TestPublishedIsConsumedOnce(t *testing.T) {
	e, err := queue.StartEmbedded(t.TempDir(), 0, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	c := queue.Open(e.Addrs())
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := c.CreateTopics(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopics(ctx, 1); err != nil {
		t.Fatal("again:", err)
	}
	p := queue.NewPublisher(c, queue.PublisherDefaults(queue.Events), quiet, prometheus.NewRegistry())
	const senders, each = 64, 200
	seen := map[string]int{}
	var mu sync.Mutex
	all := make(chan struct{})
	total := 0
	config := queue.ConsumerDefaults(queue.Events, "test")
	config.Linger = 20 * time.Millisecond
	consumer := queue.NewConsumer(c, config, func(_ context.Context, b queue.Batch) error {
		mu.Lock()
		defer mu.Unlock()
		for _, chunk := range b.Chunks {
			for _, v := range chunk.Values {
				seen[string(v)]++
				total++
			}
		}
		if total == senders*each {
			close(all)
		}
		return nil
	}, quiet, prometheus.NewRegistry())
	running, stop := context.WithCancel(ctx)
	var group errgroup.Group
	group.Go(func() error { return p.Run(running) })
	group.Go(func() error { return consumer.Run(running) })
	started := time.Now()
	var publishing errgroup.Group
	for s := range senders {
		publishing.Go(func() error {
			for i := range each {
				if err := p.Publish(ctx, fmt.Appendf(nil, "%d/%d", s, i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := publishing.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Log("published", time.Since(started))
	select {
	case <-all:
	case <-ctx.Done():
		t.Fatal("consumed", total)
	}
	t.Log("consumed", time.Since(started))
	for {
		n, err := c.Pending(ctx, "test", queue.Events)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if err := e.Trim(ctx, "test", queue.Events); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(seen) != senders*each || total != senders*each {
		t.Fatalf("%d distinct, %d in all", len(seen), total)
	}
}
