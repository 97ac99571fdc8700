package queue_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/ingest/queue"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// patience bounds every wait; nothing takes nearly as long unless it is broken.
const patience = time.Minute

// within gives a context for one test.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// open gives a cluster with the topics made.
func open(t testing.TB, brokers []string) *queue.Cluster {
	t.Helper()
	c := queue.Open(brokers)
	t.Cleanup(c.Close)
	if err := c.CreateTopics(within(t), min(len(brokers), 3)); err != nil {
		t.Fatal(err)
	}
	return c
}

// counters reads counters by the end of their names.
type counters struct {
	t        testing.TB
	registry *prometheus.Registry
}

func newCounters(t testing.TB) counters { return counters{t: t, registry: prometheus.NewRegistry()} }

func (c counters) value(name string) int {
	c.t.Helper()
	families, err := c.registry.Gather()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range families {
		if strings.HasSuffix(f.GetName(), "_"+name) {
			if h := f.GetMetric()[0].GetHistogram(); h != nil {
				return int(h.GetSampleCount())
			}
			return int(f.GetMetric()[0].GetCounter().GetValue())
		}
	}
	c.t.Fatal("no such counter:", name)
	return 0
}

// want checks counters: name, value, name, value …; those not named must be 0.
func (c counters) want(pairs ...any) {
	c.t.Helper()
	wanted := map[string]int{}
	for i := 0; i < len(pairs); i += 2 {
		wanted[pairs[i].(string)] = pairs[i+1].(int)
	}
	families, err := c.registry.Gather()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range families {
		_, name, _ := strings.Cut(strings.TrimPrefix(f.GetName(), "entaudience_"), "_")
		name = strings.TrimSuffix(name, "_total")
		if f.GetMetric()[0].GetHistogram() != nil {
			continue
		}
		if got := int(f.GetMetric()[0].GetCounter().GetValue()); got != wanted[name] {
			c.t.Errorf("%s is %d, want %d", f.GetName(), got, wanted[name])
		}
		delete(wanted, name)
	}
	for name := range wanted {
		c.t.Error("no such counter:", name)
	}
	if problems, err := testutil.GatherAndLint(c.registry); err != nil || len(problems) > 0 {
		c.t.Error(problems, err)
	}
}

// running is something that runs until it is stopped.
type running struct {
	t    testing.TB
	stop context.CancelFunc
	done chan struct{}
	err  error
}

func run(t testing.TB, f func(context.Context) error) *running {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, stop: cancel, done: make(chan struct{})}
	go func() {
		r.err = f(ctx)
		close(r.done)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	return r
}

// end stops it and waits until it has ended.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	if err := r.wait(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) wait() error {
	r.t.Helper()
	select {
	case <-r.done:
	case <-time.After(patience):
		r.t.Fatal("it does not end")
	}
	return r.err
}

// publisher starts a publisher with the defaults, changed.
func publisher(t testing.TB, c *queue.Cluster, topic string, change func(*queue.PublisherConfig)) (*queue.Publisher, counters, *running) {
	config := queue.PublisherDefaults(topic)
	if change != nil {
		change(&config)
	}
	counters := newCounters(t)
	p := queue.NewPublisher(c, config, quiet, counters.registry)
	return p, counters, run(t, p.Run)
}

// publish publishes values and stops.
func publish(t testing.TB, c *queue.Cluster, topic string, values [][]byte) {
	t.Helper()
	p, _, running := publisher(t, c, topic, func(config *queue.PublisherConfig) { config.AckTimeout = patience })
	if err := p.PublishAll(within(t), values); err != nil {
		t.Fatal(err)
	}
	running.end()
}

// sink remembers what a consumer hands over.
type sink struct {
	t       testing.TB
	mu      sync.Mutex
	seen    map[string]int
	total   int
	batches []queue.Batch
	changed chan struct{} // closed and made anew at each batch
}

func newSink(t testing.TB) *sink {
	return &sink{t: t, seen: map[string]int{}, changed: make(chan struct{})}
}

// store is a handler.
func (s *sink) store(_ context.Context, b queue.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, b)
	for _, chunk := range b.Chunks {
		for i, v := range chunk.Values {
			if chunk.Offsets[i] != chunk.Offsets[0]+int64(i) || chunk.Offsets[i] < chunk.First || chunk.Offsets[i] > chunk.Last {
				s.t.Errorf("partition %d: offset %d after %d", chunk.Partition, chunk.Offsets[i], chunk.First)
			}
			s.seen[string(v)]++
			s.total++
		}
		if n := len(chunk.Offsets); chunk.Last < chunk.First || n > 0 && chunk.Last != chunk.Offsets[n-1] {
			s.t.Errorf("chunk from %d to %d of %d values", chunk.First, chunk.Last, n)
		}
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// distinct waits until n different values came.
func (s *sink) distinct(n int) {
	s.t.Helper()
	s.until(fmt.Sprint(n, " different values"), func() bool { return len(s.seen) >= n })
}

// until waits for a condition, asked after each batch.
func (s *sink) until(what string, condition func() bool) {
	s.t.Helper()
	timeout := time.After(patience)
	for {
		s.mu.Lock()
		done, changed := condition(), s.changed
		distinct, total := len(s.seen), s.total
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			s.t.Fatalf("no %s: %d different values, %d in all", what, distinct, total)
		}
	}
}

// once fails unless exactly these values came, each once.
func (s *sink) once(values [][]byte) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total != len(values) || len(s.seen) != len(values) {
		s.t.Fatalf("%d different values, %d in all, want %d", len(s.seen), s.total, len(values))
	}
	for _, v := range values {
		if s.seen[string(v)] != 1 {
			s.t.Fatalf("%s came %d times", v, s.seen[string(v)])
		}
	}
}

// consumer starts a consumer whose waits are short.
func consumer(t testing.TB, c *queue.Cluster, topic, group string, handler queue.Handler) (counters, *running) {
	config := queue.ConsumerDefaults(topic, group)
	config.Linger, config.MaxBackoff = 20*time.Millisecond, 100*time.Millisecond
	return consumerOf(t, c, config, handler)
}

func consumerOf(t testing.TB, c *queue.Cluster, config queue.ConsumerConfig, handler queue.Handler) (counters, *running) {
	counters := newCounters(t)
	return counters, run(t, queue.NewConsumer(c, config, handler, quiet, counters.registry).Run)
}

// pending waits until a group has n messages left.
func pending(t testing.TB, c *queue.Cluster, group, topic string, n uint64) {
	t.Helper()
	var last any
	eventually(t, func() bool {
		got, err := c.Pending(within(t), group, topic)
		last = fmt.Sprint(got, " pending, ", err)
		return err == nil && got == n
	}, func() any { return last })
}

// eventually asks again and again.
func eventually(t testing.TB, condition func() bool, why func() any) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(patience)
	for !condition() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatal(why())
		}
	}
}

// numbered makes n different values.
func numbered(prefix string, n int) [][]byte {
	values := make([][]byte, n)
	for i := range values {
		values[i] = fmt.Appendf(nil, "%s/%d", prefix, i)
	}
	return values
}

// flat is a batch as one can compare it.
func flat(b queue.Batch) string {
	var lines []string
	for _, c := range b.Chunks {
		lines = append(lines, fmt.Sprintf("%s/%d %d-%d %q", b.Topic, c.Partition, c.First, c.Last, c.Values))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
