package queue_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

// Faults that only a broker under control can have: three of them, in memory.

func threeBrokers(t *testing.T) (*kfake.Cluster, *queue.Cluster) {
	t.Helper()
	k, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k, open(t, k.ListenAddrs())
}

// ledBy is how many partitions of the events a broker leads.
func ledBy(t *testing.T, k *kfake.Cluster, node int32) int {
	t.Helper()
	n := 0
	for p := range int32(12) {
		if k.LeaderFor(queue.Events, p) == node {
			n++
		}
	}
	if n == 0 || n == 12 {
		t.Fatalf("broker %d leads %d partitions", node, n)
	}
	return n
}

// publishOneByOne makes a batch of each value.
func publishOneByOne(t *testing.T, p *queue.Publisher, n int) {
	t.Helper()
	for i, v := range numbered("v", n) {
		if err := p.Publish(within(t), v); err != nil {
			t.Fatal(i, err)
		}
	}
}

// A partition that refuses is tried once, then left out for a while.
func TestPartitionsThatRefuseRest(t *testing.T) {
	k, c := threeBrokers(t)
	k.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Nodes: []int32{1}, Topic: queue.Events, Err: kerr.NotEnoughReplicas, Count: -1})
	p, metrics, publishing := publisher(t, c, queue.Events, nil)
	publishOneByOne(t, p, 48)
	publishing.end()
	metrics.want("acked", 48, "retries", ledBy(t, k, 1))
	pending(t, c, "test", queue.Events, 48)
}

// A broker that hangs up is tried once, then all that it leads is left out.
func TestALeaderThatIsAwayRests(t *testing.T) {
	k, c := threeBrokers(t)
	k.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		if k.CurrentNode() == 1 {
			return nil, errors.New("hang up"), true
		}
		return nil, nil, false
	})
	p, metrics, publishing := publisher(t, c, queue.Events, nil)
	publishOneByOne(t, p, 48)
	publishing.end()
	metrics.want("acked", 48, "retries", 1)
	pending(t, c, "test", queue.Events, 48)
}

// A broker that does not answer costs one batch half of its time; what it then
// writes after all is a repeat.
func TestAnAckThatComesTooLate(t *testing.T) {
	k, c := threeBrokers(t)
	var held atomic.Bool
	release := make(chan struct{})
	k.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		if k.CurrentNode() == 1 && held.CompareAndSwap(false, true) {
			k.SleepControl(func() { <-release })
		}
		return nil, nil, false
	})
	p, metrics, publishing := publisher(t, c, queue.Events, nil)
	publishOneByOne(t, p, 48)
	publishing.end()
	metrics.want("acked", 48, "retries", 1)
	pending(t, c, "test", queue.Events, 48)
	close(release)
	pending(t, c, "test", queue.Events, 49)
	s := newSink(t)
	_, consuming := consumer(t, c, queue.Events, "test", s.store)
	s.until("repeat", func() bool { return s.total == 49 })
	consuming.end()
	if len(s.seen) != 48 {
		t.Errorf("%d different values", len(s.seen))
	}
}

// What every partition would refuse is not tried on every partition, and does
// not hold up what follows.
func TestARefusalForGood(t *testing.T) {
	k, c := threeBrokers(t)
	k.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: queue.Events, Err: kerr.MessageTooLarge, Count: 1})
	p, metrics, publishing := publisher(t, c, queue.Events, nil)
	err := p.Publish(within(t), []byte("v"))
	if schemas.KindOf(err) != schemas.Unavailable || !strings.Contains(err.Error(), "publish to ent.events: kafka refuses at ") {
		t.Error(err)
	}
	publishOneByOne(t, p, 10)
	publishing.end()
	metrics.want("acked", 10, "failed", 1, "retries", 1)
}

// All partitions refuse for longer than AckTimeout, then none does.
func TestAllPartitionsRefuse(t *testing.T) {
	k, c := threeBrokers(t)
	fault := k.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: queue.Events, Err: kerr.NotEnoughReplicas, Count: -1})
	p, metrics, publishing := publisher(t, c, queue.Events, func(config *queue.PublisherConfig) { config.AckTimeout = 300 * time.Millisecond })
	if err := p.Publish(within(t), []byte("v")); schemas.KindOf(err) != schemas.Unavailable {
		t.Error(err)
	}
	tries := fault.Hits()
	// Each partition once, and then one every 50 ms.
	if tries < 12 || tries > 12+6 {
		t.Errorf("%d tries", tries)
	}
	fault.Remove()
	publishOneByOne(t, p, 10)
	publishing.end()
	metrics.want("acked", 10, "failed", 1, "retries", tries)
}

func TestFaultsOfAConsumer(t *testing.T) {
	for name, c := range map[string]struct {
		fault   kfake.Fault
		counter string
	}{
		"fetch":  {kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: queue.Refused, Err: kerr.NotLeaderForPartition}, "fetch_errors"},
		"commit": {kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Group: "test", Err: kerr.CoordinatorLoadInProgress}, "commit_errors"},
		"join":   {kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, Group: "test", TopLevel: true, Err: kerr.CoordinatorNotAvailable}, "join_errors"},
	} {
		t.Run(name, func(t *testing.T) {
			k, cluster := threeBrokers(t)
			values := numbered("v", 20)
			publish(t, cluster, queue.Refused, values)
			k.Fault(c.fault)
			s := newSink(t)
			metrics, consuming := consumer(t, cluster, queue.Refused, "test", s.store)
			s.distinct(20)
			pending(t, cluster, "test", queue.Refused, 0)
			consuming.end()
			s.once(values)
			metrics.want("fetched", 20, "stored", 20, "generations", 1, c.counter, 1)
		})
	}
}

// A group that has committed nothing reads from the first message, however
// often it found nothing before that came: asking for what comes next instead
// would pass over what comes between two fetches.
func TestNothingAtFirst(t *testing.T) {
	k, c := threeBrokers(t)
	var first, other atomic.Int32
	k.ControlKey(int16(kmsg.ListOffsets), func(r kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		for _, topic := range r.(*kmsg.ListOffsetsRequest).Topics {
			for _, p := range topic.Partitions {
				if p.Timestamp == -2 {
					first.Add(1)
				} else {
					other.Add(1)
				}
			}
		}
		return nil, nil, false
	})
	s := newSink(t)
	_, consuming := consumer(t, c, queue.Events, "test", s.store)
	eventually(t, func() bool { return first.Load()+other.Load() > 3*12 }, func() any { return first.Load() })
	if n := other.Load(); n > 0 {
		t.Errorf("%d times it asked for another offset than the first", n)
	}
	values := numbered("v", 100)
	publish(t, c, queue.Events, values)
	s.distinct(100)
	consuming.end()
	s.once(values)
}

// A stop does not wait for fetches that wait for messages.
func TestAStopWithFetchesUnderWay(t *testing.T) {
	k, c := threeBrokers(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	var waiting atomic.Int32
	k.ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		k.KeepControl()
		waiting.Add(1)
		k.SleepControl(func() { <-release })
		return nil, nil, false
	})
	metrics, consuming := consumer(t, c, queue.Events, "test", newSink(t).store)
	eventually(t, func() bool { return waiting.Load() == 12 }, func() any { return waiting.Load() })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // a fetch gives up after 10
	defer cancel()
	consuming.stop()
	select {
	case <-consuming.done:
	case <-ctx.Done():
		t.Fatal("it waits for its fetches")
	}
	metrics.want("generations", 1)
}
