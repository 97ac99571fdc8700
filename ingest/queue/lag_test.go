package queue_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/ingest/queue"
)

// A group that never had a member has committed nothing, so everything is
// pending: the state of a data folder before the loader ran for the first time.
func TestLagOfAGroupThatNeverWas(t *testing.T) {
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
	if n, err := c.Pending(ctx, "never", queue.Events); err != nil || n != 0 {
		t.Fatalf("an empty topic: %d pending, %v", n, err)
	}
	p := queue.NewPublisher(c, queue.PublisherDefaults(queue.Events), quiet, prometheus.NewRegistry())
	running, stop := context.WithCancel(ctx)
	var group errgroup.Group
	group.Go(func() error { return p.Run(running) })
	err = p.PublishAll(ctx, [][]byte{[]byte("a"), []byte("b"), []byte("c")})
	stop()
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := c.Pending(ctx, "never", queue.Events); err != nil || n != 3 {
		t.Fatalf("after three messages: %d pending, %v", n, err)
	}
}
