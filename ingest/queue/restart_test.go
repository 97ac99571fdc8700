package queue_test

import (
	"fmt"
	"testing"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
)

// Brokers that go away under a publisher and a consumer: what was acked
// arrives, and what was committed stays committed.

func TestRestartOfTheEmbeddedBroker(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	e, err := queue.StartEmbedded(folder, 0, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	address := e.Addrs()[0]
	restart := func() {
		t.Helper()
		e.Close()
		if e, err = queue.StartEmbedded(folder, port(t, address), quiet); err != nil {
			t.Fatal(err)
		}
		if e.Addrs()[0] != address {
			t.Fatal("it moved to", e.Addrs())
		}
	}
	c := open(t, []string{address})
	testOutage(t, c, restart)

	lags, err := c.Lag(within(t), "test", queue.Events)
	if err != nil {
		t.Fatal(err)
	}
	restart()
	again, err := c.Lag(within(t), "test", queue.Events)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(lags) {
		t.Errorf("%v\nafter a restart, before it\n%v: %v", again, lags, err)
	}
}

func TestRestartOfARealBroker(t *testing.T) {
	t.Parallel()
	k := kafkatest.Real(t, 1)
	testOutage(t, open(t, k.Brokers()), func() {
		k.Kill(0)
		k.Restart(0)
	})
}

// One of three brokers is lost for good: the two others go on.
func TestLossOfOneOfThreeBrokers(t *testing.T) {
	t.Parallel()
	k := kafkatest.Real(t, 3)
	testOutage(t, open(t, k.Brokers()), func() { k.Kill(0) })
}

// testOutage lets something happen to a broker.
func testOutage(t *testing.T, c *queue.Cluster, outage func()) {
	t.Helper()
	s := newSink(t)
	feed := newFeed(t, c)
	consumed, consuming := consumer(t, c, queue.Events, "test", s.store)
	s.distinct(200)
	outage()
	feed.more(t, 200)
	values := feed.end()
	s.until("arrival of all that was acked", func() bool {
		for _, v := range values {
			if s.seen[string(v)] == 0 {
				return false
			}
		}
		return true
	})
	pending(t, c, "test", queue.Events, 0)
	consuming.end()
	if err := c.Ping(within(t)); err != nil {
		t.Error(err)
	}
	if n := feed.metrics.value("publish_retries_total"); n == 0 {
		t.Error("no retries")
	}
	if n := feed.metrics.value("publish_acked_total"); n != len(values) {
		t.Errorf("%d acked, %d callers know", n, len(values))
	}
	if n := consumed.value("lost_total"); n != 0 {
		t.Errorf("%d lost", n)
	}
}
