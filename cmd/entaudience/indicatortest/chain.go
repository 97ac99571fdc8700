package indicatortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/aggregate/disclosure"
	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/load"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// Environment is what scripts share: the engine of the test binary, in which
// each run gets a database of its own, and a broker.
type Environment struct {
	Engine  *chdb.Engine
	Brokers []string
	// Messages bounds the batches of the loader; 0 leaves its own bound.
	Messages int
}

// patience bounds every wait of a script. It is never reached by one that
// passes.
const patience = 60 * time.Second

// replayKey makes the visitor tokens, the same in every run of a script.
const replayKey = "a key of the indicator scripts, which protect nobody's data"

// afterwards is the clock of the loader, to which every day of a script may be
// closed.
func afterwards() time.Time { return schemas.DateDay(2090, time.January, 1).Start() }

// quiet drops what the stages log.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// chain is the four stages over one database and one broker.
type chain struct {
	engine   *chdb.Engine
	database string
	store    *store.Store
	registry *prometheus.Registry // of the collector
	metrics  *collect.Metrics
	core     *collect.Collector
	events   *queue.Publisher
	refused  *queue.Publisher
	arrived  arrivals
	sent     int // hits that were answered

	closed    map[schemas.Day]bool // as import hits reads it at its start
	importing bool
	loading   *prometheus.Registry // of the loader
}

// start opens the chain of a script; the test's cleanup closes it. On a
// broker that other tests used before, it passes over what they left.
func start(t testing.TB, env Environment, s *Script) *chain {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := &chain{engine: env.Engine, database: chdbtest.Database(t, env.Engine), registry: prometheus.NewRegistry(), loading: prometheus.NewRegistry()}
	c.arrived.news = make(chan struct{}, 1)
	var err error
	options := store.Options{Transport: env.Engine, Database: c.database}
	if s.threshold > 0 {
		options.Rule = disclosure.New(s.threshold)
	}
	if c.store, err = store.Open(ctx, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.store.Close() }) //nolint:errcheck // nothing is pending
	if _, err := c.store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	c.metrics = collect.NewMetrics(c.registry)
	if c.core, err = c.collector(t, s); err != nil {
		t.Fatal(err)
	}
	cluster := queue.Open(env.Brokers)
	t.Cleanup(cluster.Close)
	if err := cluster.CreateTopics(ctx, 1); err != nil {
		t.Fatal(err)
	}
	c.events = queue.NewPublisher(cluster, queue.PublisherDefaults(queue.Events), quiet, prometheus.NewRegistry())
	c.refused = queue.NewPublisher(cluster, queue.PublisherDefaults(queue.Refused), quiet, prometheus.NewRegistry())
	loader := load.New(c.store, c.refused, afterwards, quiet, c.loading)
	running, stop := context.WithCancel(context.Background())
	var group errgroup.Group
	t.Cleanup(func() {
		stop()
		if err := group.Wait(); err != nil {
			t.Error(err)
		}
	})
	group.Go(func() error { return c.events.Run(running) })
	group.Go(func() error { return c.refused.Run(running) })
	for topic, handler := range map[string]queue.Handler{
		queue.Events: loader.Store, queue.Refused: loader.Refused(c.store).Store,
	} {
		config := queue.ConsumerDefaults(topic, c.database+"."+topic+"."+fmt.Sprint(time.Now().UnixNano()))
		config.Linger = 5 * time.Millisecond
		if env.Messages > 0 {
			config.MaxMessages = env.Messages
		}
		from, err := ends(ctx, cluster, config.Group, topic)
		if err != nil {
			t.Fatal(err)
		}
		consumer := queue.NewConsumer(cluster, config, c.arrived.only(from, handler), quiet, prometheus.NewRegistry())
		group.Go(func() error { return consumer.Run(running) })
	}
	return c
}

// ends asks where the partitions of a topic end. Those of a topic that was just
// made have no leader for a moment.
func ends(ctx context.Context, cluster *queue.Cluster, group, topic string) ([]queue.PartitionLag, error) {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		lags, err := cluster.Lag(ctx, group, topic)
		if err == nil || schemas.KindOf(err) != schemas.Unavailable {
			return lags, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// collector is the core of the collector, as the configuration of the script
// has it.
func (c *chain) collector(t testing.TB, s *Script) (*collect.Collector, error) {
	keys, err := collect.NewReplayKeys([]byte(replayKey))
	if err != nil {
		return nil, err
	}
	devices, err := devicesOf()
	if err != nil {
		return nil, err
	}
	o := collect.Options{Sites: s.perimeter, Keyring: keys, Devices: devices, Metrics: c.metrics}
	o.Closed = func(d schemas.Day) bool { _, is := c.closed[d]; return is && c.importing }
	if len(s.siteMap) > 0 {
		path := filepath.Join(t.TempDir(), "correspondances.csv")
		if err := os.WriteFile(path, []byte("s;s2;uai\n"+strings.Join(s.siteMap, "\n")+"\n"), 0o600); err != nil {
			return nil, err
		}
		if o.Schools, err = collect.OpenSiteMap(path, c.metrics, quiet); err != nil {
			return nil, err
		}
	}
	return collect.New(o), nil
}

// devicesOf compiles the definitions of User-Agents once for all scripts.
var devicesOf = sync.OnceValues(func() (*collect.Devices, error) { return collect.NewDevices(collect.NewMetrics(nil)) })

// settle waits until every hit that was answered is stored, and every refusal
// of the loader.
func (c *chain) settle(ctx context.Context) error {
	for {
		stored := c.arrived.stored()
		again, err := counter(c.loading, "entaudience_load_closed_total")
		if err != nil {
			return err
		}
		if stored == c.sent+int(again) {
			return nil
		}
		if stored > c.sent+int(again) {
			return fmt.Errorf("%d messages came out of the queue for %d hits", stored, c.sent)
		}
		select {
		case <-c.arrived.news:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d hits came out of the queue: %w", stored, c.sent, ctx.Err())
		}
	}
}

// aggregate computes the cells of all that was sent.
func (c *chain) aggregate(ctx context.Context) error {
	if err := c.settle(ctx); err != nil {
		return err
	}
	return aggregate.New(c.store, aggregate.Defaults(), quiet, prometheus.NewRegistry()).Once(ctx)
}

// publish has the weeks decided again that stand on another directory than the
// one in force, as the aggregator would.
func (c *chain) publish(ctx context.Context) error {
	weeks, err := c.store.Undecided(ctx)
	for _, w := range weeks {
		if err == nil {
			err = c.store.DecideWeek(ctx, w)
		}
	}
	return err
}

// ask runs a statement on the engine, beside the store, and returns its rows,
// columns separated by tabs.
func (c *chain) ask(ctx context.Context, statement string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://embedded/?database="+c.database, strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	response, err := c.engine.RoundTrip(r)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", statement, text)
	}
	return string(text), err
}

// dump is all that the aggregation wrote, in an order of its own.
func (c *chain) dump(ctx context.Context) (string, error) {
	var all strings.Builder
	for _, table := range []string{"visits", "cells_hour", "cells_day", "cells_week"} {
		rows, err := c.ask(ctx, "SELECT * FROM "+table+" ORDER BY ALL")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&all, "-- %s\n%s", table, rows)
	}
	rows, err := c.ask(ctx, "SELECT reason, site, plan, detail, received, count() FROM refused FINAL GROUP BY ALL ORDER BY ALL")
	fmt.Fprintf(&all, "-- refused\n%s", rows)
	return all.String(), err
}

// arrivals counts the messages that a chain stored, each place in the queue
// once.
type arrivals struct {
	mu   sync.Mutex
	seen map[place]bool
	news chan struct{}
}

type place struct {
	topic     string
	partition int
	offset    int64
}

// only gives a handler what comes after the ends of the partitions.
func (a *arrivals) only(after []queue.PartitionLag, store queue.Handler) queue.Handler {
	first := map[int]int64{}
	for _, l := range after {
		first[l.Partition] = l.End
	}
	return func(ctx context.Context, b queue.Batch) error {
		own := queue.Batch{Topic: b.Topic}
		for _, c := range b.Chunks {
			skip := 0
			for skip < len(c.Offsets) && c.Offsets[skip] < first[c.Partition] {
				skip++
			}
			if skip == len(c.Offsets) {
				continue
			}
			c.Offsets, c.Values = c.Offsets[skip:], c.Values[skip:]
			c.First = c.Offsets[0]
			own.Chunks = append(own.Chunks, c)
		}
		if len(own.Chunks) == 0 {
			return nil
		}
		if err := store(ctx, own); err != nil {
			return err
		}
		a.add(own)
		return nil
	}
}

func (a *arrivals) add(b queue.Batch) {
	a.mu.Lock()
	if a.seen == nil {
		a.seen = map[place]bool{}
	}
	for _, c := range b.Chunks {
		for _, offset := range c.Offsets {
			a.seen[place{b.Topic, c.Partition, offset}] = true
		}
	}
	a.mu.Unlock()
	select {
	case a.news <- struct{}{}:
	default:
	}
}

func (a *arrivals) stored() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.seen)
}
