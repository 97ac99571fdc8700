package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas"
)

// What has to hold on every broker.

func TestPublishedIsConsumedOnce(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c, ctx := open(t, brokers), within(t)
		if err := c.CreateTopics(ctx, 1); err != nil {
			t.Fatal("make the topics again:", err)
		}
		if err := c.Ping(ctx); err != nil {
			t.Fatal(err)
		}
		const senders, each = 64, 200
		p, published, publishing := publisher(t, c, queue.Events, nil)
		var all [][]byte
		var callers errgroup.Group
		for s := range senders {
			values := numbered(fmt.Sprint(s), each)
			all = append(all, values...)
			callers.Go(func() error {
				for _, v := range values {
					if err := p.Publish(ctx, v); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := callers.Wait(); err != nil {
			t.Fatal(err)
		}
		publishing.end()
		published.want("acked", senders*each)
		if n := published.value("publish_seconds"); n < each || n > senders*each {
			t.Errorf("%d batches", n)
		}

		lags, err := c.Lag(ctx, "test", queue.Events)
		if err != nil || len(lags) != 12 {
			t.Fatal(lags, err)
		}
		var end int64
		for i, l := range lags {
			if l.Partition != i || l.First != 0 || l.Committed != 0 || l.End == 0 {
				t.Errorf("before: %+v", l)
			}
			end += l.End
		}
		if end != senders*each {
			t.Errorf("%d written", end)
		}
		pending(t, c, "test", queue.Events, senders*each)

		s := newSink(t)
		consumed, consuming := consumer(t, c, queue.Events, "test", s.store)
		s.distinct(senders * each)
		consuming.end()
		s.once(all)
		consumed.want("fetched", senders*each, "stored", senders*each, "generations", 1)
		lags, err = c.Lag(ctx, "test", queue.Events)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lags {
			if l.Committed != l.End || l.Pending() != 0 {
				t.Errorf("after: %+v", l)
			}
		}
	})
}

func TestAHandlersErrorBringsTheSameBatchAgain(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c := open(t, brokers)
		values := numbered("v", 500)
		publish(t, c, queue.Events, values)
		s := newSink(t)
		var refused []string
		consumed, consuming := consumer(t, c, queue.Events, "test", func(ctx context.Context, b queue.Batch) error {
			if len(refused) < 3 {
				refused = append(refused, flat(b))
				return errors.New("the engine is away")
			}
			return s.store(ctx, b)
		})
		s.distinct(len(values))
		pending(t, c, "test", queue.Events, 0)
		consuming.end()
		s.once(values)
		for _, again := range append(refused, flat(s.batches[0])) {
			if again != refused[0] {
				t.Errorf("another batch:\n%s\nafter\n%s", again, refused[0])
			}
		}
		consumed.want("fetched", len(values), "stored", len(values), "failures", 3, "generations", 1)
	})
}

func TestOffsetsAreCommittedAfterTheHandler(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c := open(t, brokers)
		values := numbered("v", 300)
		publish(t, c, queue.Events, values)

		// The first member is stopped while its handler works.
		working := make(chan struct{})
		var once atomic.Bool
		consumed, consuming := consumer(t, c, queue.Events, "test", func(ctx context.Context, _ queue.Batch) error {
			if once.CompareAndSwap(false, true) {
				close(working)
			}
			<-ctx.Done()
			return ctx.Err()
		})
		<-working
		pending(t, c, "test", queue.Events, 300)
		consuming.end()
		if n := consumed.value("stored_total"); n != 0 {
			t.Errorf("%d stored", n)
		}
		members(t, c, brokers, "test", 0)
		pending(t, c, "test", queue.Events, 300)

		// The second stores, although it is stopped meanwhile, and commits.
		s := newSink(t)
		var second *running
		started := make(chan struct{})
		consumed, second = consumer(t, c, queue.Events, "test", func(ctx context.Context, b queue.Batch) error {
			<-started
			if b.Messages() == 300 {
				second.stop()
				<-ctx.Done()
			}
			return s.store(ctx, b)
		})
		close(started)
		s.distinct(300)
		second.end()
		s.once(values)
		consumed.want("fetched", 300, "stored", 300, "generations", 1)
		members(t, c, brokers, "test", 0)
		pending(t, c, "test", queue.Events, 0)
	})
}

// members checks how many a group has: one that left does not make the next
// wait for the end of its session.
func members(t *testing.T, _ *queue.Cluster, brokers []string, group string, n int) {
	t.Helper()
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(brokers...), Transport: transport, Timeout: patience}
	r, err := client.DescribeGroups(within(t), &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	if err != nil || len(r.Groups) != 1 || r.Groups[0].Error != nil {
		t.Fatalf("%+v %v", r, err)
	}
	if got := len(r.Groups[0].Members); got != n {
		t.Errorf("%d members, want %d", got, n)
	}
}

func TestAMemberComesAndGoes(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c := open(t, brokers)
		all, first, second := newSink(t), newSink(t), newSink(t)
		both := func(own *sink) queue.Handler {
			return func(ctx context.Context, b queue.Batch) error {
				return errors.Join(own.store(ctx, b), all.store(ctx, b))
			}
		}
		feed := newFeed(t, c)
		one, stay := consumer(t, c, queue.Events, "test", both(first))
		first.distinct(100)
		other := queue.Open(brokers) // a process of its own has connections of its own
		defer other.Close()
		two, leave := consumer(t, other, queue.Events, "test", both(second))
		second.distinct(100)
		members(t, c, brokers, "test", 2)
		leave.end()
		members(t, c, brokers, "test", 1)
		first.mu.Lock()
		before := len(first.seen)
		first.mu.Unlock()
		first.distinct(before + 100)
		values := feed.end()
		all.distinct(len(values))
		pending(t, c, "test", queue.Events, 0)
		stay.end()
		for _, v := range values {
			if all.seen[string(v)] == 0 {
				t.Fatalf("%s is lost", v)
			}
		}
		if one.value("generations_total") < 2 || two.value("generations_total") < 1 {
			t.Errorf("%d and %d generations", one.value("generations_total"), two.value("generations_total"))
		}
	})
}

// feed publishes different values until it is ended, each until it is acked,
// as a collector's clients would.
type feed struct {
	stop    atomic.Bool
	acked   atomic.Int64
	callers errgroup.Group
	values  [8][][]byte
	metrics counters
}

func newFeed(t *testing.T, c *queue.Cluster) *feed {
	p, metrics, _ := publisher(t, c, queue.Events, nil)
	f := &feed{metrics: metrics}
	for i := range f.values {
		f.callers.Go(func() error {
			for n := 0; !f.stop.Load(); n++ {
				value := fmt.Appendf(nil, "%d/%d", i, n)
				for p.Publish(t.Context(), value) != nil {
					if t.Context().Err() != nil {
						return t.Context().Err()
					}
				}
				f.values[i] = append(f.values[i], value)
				f.acked.Add(1)
			}
			return nil
		})
	}
	return f
}

// more waits until as many values more are acked.
func (f *feed) more(t *testing.T, n int64) {
	t.Helper()
	from := f.acked.Load()
	eventually(t, func() bool { return f.acked.Load() >= from+n }, func() any {
		return fmt.Sprintf("%d more acked, want %d", f.acked.Load()-from, n)
	})
}

// end gives all that was acked.
func (f *feed) end() (all [][]byte) {
	f.stop.Store(true)
	f.callers.Wait()
	for _, values := range f.values {
		all = append(all, values...)
	}
	return all
}

func TestMissingTopic(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c, ctx := queue.Open(brokers), within(t)
		defer c.Close()
		p, published, _ := publisher(t, c, queue.Events, nil)
		consumed, consuming := consumer(t, c, queue.Events, "test", newSink(t).store)
		_, lag := c.Lag(ctx, "test", queue.Events)
		for what, err := range map[string]error{
			"publish": p.Publish(ctx, []byte("v")), "consume": consuming.wait(), "ping": c.Ping(ctx), "lag": lag,
		} {
			if schemas.KindOf(err) != schemas.Invalid || !strings.Contains(err.Error(), "`entaudience migrate`") {
				t.Errorf("%s: %v", what, err)
			}
		}
		published.want("failed", 1)
		consumed.want()
	})
}

func TestOversizeValue(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c, ctx := open(t, brokers), within(t)
		p, published, publishing := publisher(t, c, queue.Refused, nil)
		// 4 bytes of length, 61 of header; at most 19 beside a value.
		largest := make([]byte, 900<<10-65-19)
		err := p.Publish(ctx, append(largest, 0))
		if schemas.KindOf(err) != schemas.Invalid || err.Error() != "publish to ent.refused: a value of 921517 bytes, over the 921516 of a batch" {
			t.Error(err)
		}
		if err := p.PublishAll(ctx, [][]byte{[]byte("a"), largest, []byte("b")}); err != nil {
			t.Error(err)
		}
		publishing.end()
		published.want("oversize", 1, "acked", 3)
		s := newSink(t)
		_, consuming := consumer(t, c, queue.Refused, "test", s.store)
		s.distinct(3)
		consuming.end()
		s.once([][]byte{[]byte("a"), largest, []byte("b")})
	})
}

func TestABatchIsBounded(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c := open(t, brokers)
		values := numbered("v", 6000)
		for i := range values {
			values[i] = append(values[i], bytes.Repeat([]byte{'.'}, 1000)...)
		}
		publish(t, c, queue.Refused, values)
		config := queue.ConsumerDefaults(queue.Refused, "test")
		config.MaxBytes = 1 << 20
		s := newSink(t)
		_, consuming := consumerOf(t, c, config, s.store)
		s.distinct(len(values))
		consuming.end()
		s.once(values)
		for _, b := range s.batches {
			total := 0
			for _, chunk := range b.Chunks {
				for _, v := range chunk.Values {
					total += len(v)
				}
			}
			if total > 3<<20 { // the bound, and one fetch over it
				t.Errorf("a batch of %d bytes", total)
			}
		}
		if len(s.batches) < 3 {
			t.Errorf("%d batches", len(s.batches))
		}
	})
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	silent := silence(t)
	for name, address := range map[string]string{"refused": "127.0.0.1:1", "silent": silent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ctx := queue.Open([]string{address}), within(t)
			defer c.Close()
			p, published, publishing := publisher(t, c, queue.Events, nil)
			consumed, consuming := consumer(t, c, queue.Events, "test", newSink(t).store)
			_, lag := c.Lag(ctx, "test", queue.Events)
			_, pending := c.Pending(ctx, "test", queue.Events)
			for what, err := range map[string]error{
				"publish": p.Publish(ctx, []byte("v")), "ping": c.Ping(ctx),
				"lag": lag, "pending": pending, "create topics": c.CreateTopics(ctx, 1),
			} {
				if schemas.KindOf(err) != schemas.Unavailable || strings.Contains(err.Error(), "\n") ||
					!strings.Contains(err.Error(), "kafka does not answer at "+address+": ") {
					t.Errorf("%s: %v", what, err)
				}
			}
			publishing.end()
			published.want("failed", 1)
			eventually(t, func() bool { return consumed.value("join_errors_total") > 0 }, func() any { return "nothing is counted" })
			consuming.end()
		})
	}
}

func TestWaitingIsBoundedByTheCaller(t *testing.T) {
	c := queue.Open([]string{"127.0.0.1:1"})
	defer c.Close()
	p := queue.NewPublisher(c, queue.PublisherDefaults(queue.Events), quiet, newCounters(t).registry)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err := p.Publish(ctx, []byte("v"))
	if schemas.KindOf(err) != schemas.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
