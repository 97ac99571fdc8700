package queue_test

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas"
)

// What waits for the broker: how much, for how long, and at the end.

// gone is a context that has ended: Publish then leaves its value pending.
func gone() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestPendingBytesAreBounded(t *testing.T) {
	c, ctx := open(t, kafkatest.Embedded(t)), within(t)
	config := queue.PublisherDefaults(queue.Refused)
	config.MaxBatchBytes, config.MaxPendingBytes = 1000, 2800
	metrics := newCounters(t)
	p := queue.NewPublisher(c, config, quiet, metrics.registry)

	// A value takes 119 bytes, a batch 65 more: 7 fit in each, 21 in three.
	value := func(i int) []byte { return fmt.Appendf(nil, "%0100d", i) }
	var values [][]byte
	for i := range 21 {
		values = append(values, value(i))
		if err := p.Publish(gone(), values[i]); strings.Contains(err.Error(), "too much") {
			t.Fatalf("value %d: %v", i, err)
		}
	}
	metrics.want()
	err := p.Publish(ctx, value(21))
	if schemas.KindOf(err) != schemas.Unavailable || err.Error() != "publish to ent.refused: too much waits for the broker already (2694 bytes)" {
		t.Error(err)
	}
	metrics.want("rejected", 1)

	// What was pending is sent; then there is room, also for more than fits.
	publishing := run(t, p.Run)
	more := numbered("more", 1000)
	if err := p.PublishAll(ctx, more); err != nil {
		t.Fatal(err)
	}
	publishing.end()
	metrics.want("rejected", 1, "acked", 1021)
	s := newSink(t)
	_, consuming := consumer(t, c, queue.Refused, "test", s.store)
	s.distinct(1021)
	consuming.end()
	s.once(append(values, more...))
}

func TestAStopSendsWhatIsPending(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c := open(t, brokers)
		metrics := newCounters(t)
		p := queue.NewPublisher(c, queue.PublisherDefaults(queue.Events), quiet, metrics.registry)
		for _, v := range numbered("v", 50) {
			p.Publish(gone(), v)
		}
		if err := p.Run(gone()); err != nil {
			t.Fatal(err)
		}
		metrics.want("acked", 50)
		pending(t, c, "test", queue.Events, 50)
		err := p.Publish(within(t), []byte("late"))
		if schemas.KindOf(err) != schemas.Unavailable || err.Error() != "publish to ent.events: stopping" {
			t.Error(err)
		}
		metrics.want("acked", 50, "rejected", 1)
	})
}

// A broker that is away delays a stop by one AckTimeout, not by one a batch.
func TestAStopWithoutABroker(t *testing.T) {
	c := queue.Open([]string{silence(t)})
	defer c.Close()
	config := queue.PublisherDefaults(queue.Events)
	config.MaxBatchBytes = 1000
	metrics := newCounters(t)
	p := queue.NewPublisher(c, config, quiet, metrics.registry)
	for _, v := range numbered("v", 1000) { // for 1 s each, 20 s
		p.Publish(gone(), v)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*config.AckTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- p.Run(gone()) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-ctx.Done():
		t.Fatal("it does not stop")
	}
	metrics.want("failed", 1000)
}

// silence listens and never answers.
func silence(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

func port(t *testing.T, address string) int {
	t.Helper()
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(p)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
