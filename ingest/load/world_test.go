package load_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/ingest/load"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// world is a broker and an engine of one test, both with faults.
type world struct {
	brokers []string
	broker  *kafkatest.Broker // the same, if it has faults
	server  *chdbtest.Server
	store   *store.Store // beside the faults
	ask     func(t testing.TB, query string) string
	next    int
}

func start(t *testing.T) *world {
	t.Helper()
	broker := kafkatest.Faulty(t)
	w := startOn(t, broker.Brokers())
	w.broker = broker
	return w
}

func startOn(t *testing.T, brokers []string) *world {
	t.Helper()
	chdb := chdbtest.Open(t)
	database := chdbtest.Database(t, chdb)
	s, err := store.Open(within(t), store.Options{Transport: chdb, Database: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is pending
	if _, err := s.Migrate(within(t)); err != nil {
		t.Fatal(err)
	}
	w := &world{
		brokers: brokers, server: chdbtest.Serve(t, chdb, database), store: s,
		ask: func(t testing.TB, query string) string { return chdbtest.Exec(t, chdb, database, query) },
	}
	c := w.cluster(t)
	if err := c.CreateTopics(within(t), 1); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) cluster(t testing.TB) *queue.Cluster {
	c := queue.Open(w.brokers)
	t.Cleanup(c.Close)
	return c
}

// The days of the events, and much later the clock of the loaders.
var (
	firstDay = schemas.DateDay(2026, time.September, 7)
	later    = schemas.DateDay(2026, time.November, 24).Start()
)

// event is different for each number, of one day or the next.
func event(n int) schemas.Event {
	day := firstDay + schemas.Day(n%2)
	return schemas.Event{
		TS: day.Start().UnixMilli() + int64(n), UAI: schemas.MakeUAI(310001 + n%50), Visitor: schemas.Visitor(n + 1), Profil: schemas.Eleve,
		Service: "NOTES", Type: schemas.Natif, Device: schemas.Ordinateur, OS: schemas.Windows, Browser: schemas.Firefox, Plan: schemas.Plan2021,
	}
}

// publish publishes n new events, one of which twice, and gives the others.
func (w *world) publish(t testing.TB, n int) []schemas.Event {
	t.Helper()
	var events []schemas.Event
	var values [][]byte
	for range n - 1 {
		e := event(w.next)
		w.next++
		events = append(events, e)
		values = append(values, schemas.AppendEvent(nil, &e))
	}
	w.publishRaw(t, append(values, values[0]))
	return events
}

func (w *world) publishRaw(t testing.TB, values [][]byte) {
	t.Helper()
	w.send(t, queue.Events, values)
}

func (w *world) publishRefused(t testing.TB, values ...[]byte) {
	t.Helper()
	w.send(t, queue.Refused, values)
}

func (w *world) send(t testing.TB, topic string, values [][]byte) {
	t.Helper()
	config := queue.PublisherDefaults(topic)
	config.AckTimeout = patience
	p := queue.NewPublisher(w.cluster(t), config, quiet, prometheus.NewRegistry())
	ctx, stop := context.WithCancel(within(t))
	var running errgroup.Group
	running.Go(func() error { return p.Run(ctx) })
	if err := p.PublishAll(ctx, values); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := running.Wait(); err != nil {
		t.Fatal(err)
	}
}

func encoded(change func(*schemas.Event)) []byte {
	e := event(0)
	change(&e)
	return schemas.AppendEvent(nil, &e)
}

func (w *world) withoutUAI(testing.TB) []byte {
	return encoded(func(e *schemas.Event) { e.UAI = "0310001A" })
}

func (w *world) withoutVisitor(testing.TB) []byte {
	return encoded(func(e *schemas.Event) { e.Visitor = 0 })
}

func (w *world) ofTheYear1999(testing.TB) []byte {
	return encoded(func(e *schemas.Event) { e.TS = 946_684_799_999 })
}

// settled waits until nothing is pending, and fails unless every event is
// stored, counts once, and has its day among the loads.
func (w *world) settled(t testing.TB, events []schemas.Event) {
	t.Helper()
	c := w.cluster(t)
	eventually(t, func() (string, bool) {
		n, err := c.Pending(within(t), queue.EventsGroup, queue.Events)
		return fmt.Sprint(n, " pending, ", err), err == nil && n == 0
	})
	if got := w.ask(t, "SELECT count(), uniqExact(uai, visitor, ts) FROM events FINAL"); got != fmt.Sprintf("%d\t%[1]d\n", len(events)) {
		t.Errorf("%q distinct events stored of %d", got, len(events))
	}
	if got := w.ask(t, "SELECT uniqExact(day) FROM loads"); got != "2\n" {
		t.Errorf("%q days in the loads", got)
	}
}

// refused checks the refusals as the page of the tags has them.
func (w *world) refused(t testing.TB, want string) {
	t.Helper()
	c, err := w.store.Tagging(within(t), schemas.Period{From: schemas.DateDay(2000, time.January, 1), To: schemas.DateDay(2099, time.December, 31)})
	if got := fmt.Sprint(c.ByReason()); err != nil || got != want {
		t.Errorf("refused: %s, want %s (%v)", got, want, err)
	}
}

// eventually asks again and again.
func eventually(t testing.TB, condition func() (why string, ok bool)) {
	t.Helper()
	ctx := within(t)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		why, ok := condition()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("in vain: ", why)
		}
	}
}

// process is a loader as the program wires it, with short waits.
type process struct {
	registry *prometheus.Registry
	stop     context.CancelFunc
	running  errgroup.Group
	refuses  int // refusals that cannot be published
	rejects  *queue.Publisher
}

func (w *world) process(t *testing.T) *process {
	t.Helper()
	return w.processThat(t, func(*process) {})
}

func (w *world) processThat(t *testing.T, change func(*process)) *process {
	t.Helper()
	p := &process{registry: prometheus.NewRegistry()}
	change(p)
	s, err := store.Open(within(t), store.Options{URL: w.server.URL})
	if err != nil {
		t.Fatal(err)
	}
	c := w.cluster(t)
	p.rejects = queue.NewPublisher(c, queue.PublisherDefaults(queue.Refused), quiet, prometheus.NewRegistry())
	l := load.New(s, p, func() time.Time { return later }, quiet, p.registry)
	l.SetTimeout(3 * time.Second)
	consumer := func(topic, group string, handler queue.Handler) *queue.Consumer {
		config := queue.ConsumerDefaults(topic, group)
		config.Linger, config.MaxBackoff = 300*time.Millisecond, 20*time.Millisecond
		return queue.NewConsumer(c, config, handler, quiet, p.registry)
	}
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	events, refused := consumer(queue.Events, queue.EventsGroup, l.Store), consumer(queue.Refused, queue.RefusedGroup, l.Refused(s).Store)
	p.running.Go(func() error { return p.rejects.Run(ctx) })
	p.running.Go(func() error { return events.Run(ctx) })
	p.running.Go(func() error { return refused.Run(ctx) })
	t.Cleanup(func() {
		p.kill()
		s.Close() //nolint:errcheck // nothing is pending
	})
	return p
}

// PublishAll publishes refusals, or cannot.
func (p *process) PublishAll(ctx context.Context, values [][]byte) error {
	if p.refuses > 0 {
		p.refuses--
		return errors.New("the broker is away")
	}
	return p.rejects.PublishAll(ctx, values)
}

// kill ends the process. It does not commit what it has not committed: its
// tests keep it from that.
func (p *process) kill() {
	p.stop()
	p.running.Wait() //nolint:errcheck // it is killed
}

// short names of the counters.
func (p *process) all(t testing.TB) map[string]float64 {
	t.Helper()
	families, err := p.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		name := strings.TrimSuffix(strings.TrimPrefix(f.GetName(), "entaudience_"), "_total")
		for _, m := range f.GetMetric() {
			key := strings.TrimPrefix(name, "load_")
			if strings.HasPrefix(name, "consume_") || strings.HasPrefix(name, "queue_") {
				_, key, _ = strings.Cut(name, "_")
			}
			for _, l := range m.GetLabel() {
				if l.GetName() == "step" {
					key += "/" + l.GetValue()
				}
			}
			if key == "failures" {
				key = "again"
			}
			if m.GetCounter() != nil {
				values[key] += m.GetCounter().GetValue()
			}
		}
	}
	return values
}

func (p *process) value(t testing.TB, name string) float64 {
	t.Helper()
	v, ok := p.all(t)[name]
	if !ok {
		t.Fatal("no counter ", name, " in ", p.all(t))
	}
	return v
}

// until waits until a counter is at least n.
func (p *process) until(t testing.TB, name string, n float64) {
	t.Helper()
	eventually(t, func() (string, bool) {
		v := p.value(t, name)
		return fmt.Sprint(name, " is ", v), v >= n
	})
}

// counters checks every counter of errors, and those named.
func (p *process) counters(t testing.TB, want map[string]float64) {
	t.Helper()
	for name, v := range p.all(t) {
		n, named := want[name]
		errs := strings.HasPrefix(name, "failures") || strings.HasSuffix(name, "_errors") || name == "again" || name == "undecodable" || name == "lost"
		if !named && !errs {
			continue
		}
		if n == some && v < 1 || n >= 0 && v != n {
			t.Errorf("%s is %v, want %v", name, v, n)
		}
	}
}
