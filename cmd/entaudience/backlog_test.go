package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// pagesOf serves the pages over a store and a queue, without a login.
func pagesOf(t *testing.T, s *store.Store, brokers []string) (address string, read reader) {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	cluster := queue.Open(brokers)
	t.Cleanup(cluster.Close)
	read = reader{Store: s, clock: time.Now, backlog: &backlog{cluster: cluster, clock: time.Now, logger: logger}}
	pages, err := dashboards.New(dashboards.Config{
		Reader: read, Access: access.Open{}, Logger: logger, Registerer: prometheus.NewRegistry(), Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages.Handler())
	t.Cleanup(server.Close)
	return server.URL, read
}

// migrated is an empty store, and the address at which others reach it.
func migrated(t *testing.T) (*store.Store, string) {
	t.Helper()
	engine := chdbtest.Open(t)
	database := chdbtest.Database(t, engine)
	s, err := store.Open(t.Context(), store.Options{Transport: engine, Database: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is pending
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, chdbtest.Serve(t, engine, database).URL
}

// fetched is a page of status 200.
func fetched(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v: %.300s", address, response.Status, err, text)
	}
	return string(text)
}

// completude is what /completude.json says of the queue.
type completude struct {
	EventsPending *int `json:"events_pending"`
	Queue         struct {
		Answers bool
		Since   string `json:"silent_since"`
		Known   string `json:"last_answer"`
		Pending int    `json:"pending_then"`
	}
	Ledger struct {
		Written, Stored, Pending, Missing int
		Exact                             bool   `json:"queue_exact"`
		Restarted                         string `json:"queue_restarted"`
		Alarms                            []string
	}
}

func completudeOf(t *testing.T, address string) (c completude) {
	t.Helper()
	if err := json.Unmarshal([]byte(fetched(t, address+"/completude.json")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// A queue that was made anew, under a ledger that knows the one before, is seen
// and said.
func TestQueueMadeAnew(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, _ := migrated(t)
	brokers := kafkatest.Embedded(t)
	cluster := queue.Open(brokers)
	defer cluster.Close()
	if err := cluster.CreateTopics(ctx, 1); err != nil {
		t.Fatal(err)
	}
	address, read := pagesOf(t, s, brokers)
	look := func() completude {
		t.Helper()
		if err := read.look(ctx); err != nil {
			t.Fatal(err)
		}
		return completudeOf(t, address)
	}
	if c := look(); c.Ledger.Restarted != "" || len(c.Ledger.Alarms) != 0 {
		t.Errorf("at the beginning: %+v", c)
	}
	before := schemas.Load{Topic: queue.Events, Day: schemas.DayOf(time.Now()), Ranges: []schemas.OffsetRange{{Partition: 3, First: 0, Last: 99}}}
	if err := s.InsertLoads(ctx, []schemas.Load{before}); err != nil {
		t.Fatal(err)
	}
	for range anewLooks - 1 {
		if c := look(); c.Ledger.Restarted != "" { // it may have got another leader
			t.Errorf("too soon: %+v", c)
		}
	}
	first := look()
	if first.Ledger.Restarted == "" || len(first.Ledger.Alarms) != 1 || !strings.HasPrefix(first.Ledger.Alarms[0], "La file a été refaite") {
		t.Errorf("made anew: %+v", first)
	}
	if again := look(); again.Ledger.Restarted != first.Ledger.Restarted {
		t.Errorf("seen again at %s, first at %s", again.Ledger.Restarted, first.Ledger.Restarted)
	}
	if page := fetched(t, address+"/completude"); !strings.Contains(page, "La file a été refaite, constaté le") {
		t.Error("the page does not say so")
	}
}

// While the brokers are away the pages answer, at once, with what is known: what
// is stored, what waited when the queue last answered, and since when it does not.
func TestPagesWhileTheQueueIsAway(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	broker, err := queue.StartEmbedded(folder, 0, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	brokers := broker.Addrs()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s, _ := migrated(t)
	producing := queue.Open(brokers)
	defer producing.Close()
	if err := producing.CreateTopics(ctx, 1); err != nil {
		t.Fatal(err)
	}
	publisher := queue.NewPublisher(producing, queue.PublisherDefaults(queue.Events), slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	done := make(chan error, 1)
	go func() { done <- publisher.Run(ctx) }()
	values := make([][]byte, 7)
	for i := range values {
		values[i] = []byte{byte(i)}
	}
	if err := publisher.PublishAll(ctx, values); err != nil { // one batch, in one partition
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	load := schemas.Load{Topic: queue.Events, Day: schemas.DayOf(time.Now()), Ranges: []schemas.OffsetRange{{Partition: 0, First: 0, Last: 3}}}
	if err := s.InsertLoads(context.Background(), []schemas.Load{load}); err != nil {
		t.Fatal(err)
	}

	address, read := pagesOf(t, s, brokers)
	before := completudeOf(t, address)
	if before.EventsPending == nil || *before.EventsPending != 7 || !before.Queue.Answers || before.Queue.Since != "" || !before.Ledger.Exact {
		t.Fatalf("while it answers: %+v", before)
	}
	broker.Close()
	asked := time.Now()
	away := completudeOf(t, address)
	if away.EventsPending != nil || away.Queue.Answers || away.Queue.Since == "" || away.Queue.Known == "" || away.Queue.Pending != 7 {
		t.Errorf("while it is away: %+v", away)
	}
	if away.Ledger.Exact || away.Ledger.Written != 7 || away.Ledger.Stored != 4 || len(away.Ledger.Alarms) != 1 || !strings.HasPrefix(away.Ledger.Alarms[0], "La file (Kafka) ne répond pas depuis le") {
		t.Errorf("the ledger while it is away: %+v", away.Ledger)
	}
	page := fetched(t, address+"/completude")
	for _, want := range []string{"La file ne répond pas", "À sa dernière réponse, le", "7 événements attendaient", "inconnu", "à sa dernière réponse"} {
		if !strings.Contains(strings.ReplaceAll(page, "\u00a0", " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if !strings.Contains(fetched(t, address+"/completude.csv"), "file_muette_depuis") {
		t.Error("the file does not say it")
	}
	if took := time.Since(asked); took > 4*backlogPatience {
		t.Errorf("four answers took %s", took)
	}
	// A process that starts meanwhile has nothing but what is stored.
	late, _ := pagesOf(t, s, brokers)
	fresh := completudeOf(t, late)
	if fresh.EventsPending != nil || fresh.Queue.Known != "" || fresh.Ledger.Stored != 4 || fresh.Ledger.Missing != 0 {
		t.Errorf("of a process that starts meanwhile: %+v", fresh)
	}
	if text := fetched(t, late+"/completude"); !strings.Contains(text, "n&#39;a pas répondu depuis le démarrage") {
		t.Error("the page of a process that starts meanwhile does not say so")
	}

	_, text, err := net.SplitHostPort(brokers[0])
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	if broker, err = queue.StartEmbedded(folder, port, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	watching, end := context.WithTimeout(context.Background(), time.Minute)
	defer end()
	go read.watch(watching) //nolint:errcheck // it ends with the test
	for again := time.NewTicker(50 * time.Millisecond); ; <-again.C {
		back := completudeOf(t, address)
		if back.EventsPending != nil {
			if *back.EventsPending != 7 || !back.Queue.Answers || len(back.Ledger.Alarms) != 0 {
				t.Errorf("when it is back: %+v", back)
			}
			return
		}
		if watching.Err() != nil {
			t.Fatalf("it stays away: %+v", back)
		}
	}
}

// A topic that somebody deleted takes no page away.
func TestPagesWithoutTheTopic(t *testing.T) {
	t.Parallel()
	s, _ := migrated(t)
	address, _ := pagesOf(t, s, kafkatest.Embedded(t))
	if c := completudeOf(t, address); c.EventsPending != nil || c.Queue.Answers {
		t.Errorf("%+v", c)
	}
	fetched(t, address+"/completude")
}
