package torture

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

// Backlog is what a loader did that found so many events waiting.
type Backlog struct {
	Events, Counted  int
	Loaded, Computed time.Duration // from the start of the loader until nothing waited, and until all was counted
	Rate             float64       // most events per second that the completeness page said
	Estimated        int           // pages that said how long it would still take
	Pages            int           // answered meanwhile
	P50, P95, Max    time.Duration // of their answers
}

// pagePatience is how long a page may take meanwhile: some machines have other
// things to do, too.
const pagePatience = time.Minute

// CatchUp starts a loader before which so many events wait, and asks for pages
// until all are counted.
func CatchUp(t testing.TB, o Options, events int) Backlog {
	t.Helper()
	s := newSite(t, o)
	s.distributed(o.Kafka)
	loader := s.stage("load")
	if err := loader.stop(patience); err != nil {
		t.Fatal(err)
	}
	s.fill(events)
	b := Backlog{Events: events}
	var waits []time.Duration
	began := time.Now()
	loader.run()
	pages := []string{"/completude.json", "/region/76", "/dsden/031"}
	late := time.After(5*time.Minute + time.Duration(events)*200*time.Microsecond)
	for n := 0; b.Computed == 0; n++ {
		asked := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), pagePatience)
		text, err := fetch(ctx, http.DefaultClient, http.MethodGet, "http://"+s.serve+pages[n%len(pages)], "")
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, time.Since(asked))
		if n%len(pages) == 0 {
			b.progress(t, text, time.Since(began))
		}
		select {
		case <-late:
			t.Fatalf("not caught up: %+v", b)
		default:
		}
	}
	slices.Sort(waits)
	b.Pages, b.P50, b.P95, b.Max = len(waits), waits[len(waits)/2], waits[len(waits)*95/100], waits[len(waits)-1]
	counted, err := s.ask("SELECT sum(events) FROM cells_week WHERE axe = 'globales' FORMAT TSV")
	if err != nil {
		t.Fatal(err)
	}
	b.Counted = int(number(t, counted[:len(counted)-1]))
	s.stop()
	return b
}

// progress reads /completude.json.
func (b *Backlog) progress(t testing.TB, text string, since time.Duration) {
	t.Helper()
	var said struct {
		EventsPending *int `json:"events_pending"`
		DaysPending   int  `json:"days_pending"`
		Ledger        struct {
			Stored  int
			Loading struct {
				PerSecond float64 `json:"events_per_second"`
				Left      *int    `json:"seconds_left"`
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		t.Fatal(err)
	}
	if said.EventsPending == nil {
		return
	}
	b.Rate = max(b.Rate, said.Ledger.Loading.PerSecond)
	if *said.EventsPending > 0 && said.Ledger.Loading.Left != nil {
		b.Estimated++
	}
	if *said.EventsPending == 0 && b.Loaded == 0 {
		b.Loaded = since
	}
	if *said.EventsPending == 0 && said.DaysPending == 0 && said.Ledger.Stored == b.Events {
		b.Computed = since
	}
}

// fill writes events of the last day into the queue, eight of each person.
func (s *site) fill(events int) {
	s.t.Helper()
	cluster := queue.Open(s.brokers)
	defer cluster.Close()
	logger := slog.New(slog.DiscardHandler)
	publisher := queue.NewPublisher(cluster, queue.PublisherDefaults(queue.Events), logger, prometheus.NewRegistry())
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- publisher.Run(ctx) }()
	first := time.Now().Add(-24 * time.Hour).UnixMilli()
	step := (24 * time.Hour).Milliseconds() - time.Minute.Milliseconds()
	const chunk = 10_000
	values := make([][]byte, 0, chunk)
	for i := range events {
		values = append(values, schemas.AppendEvent(nil, &schemas.Event{
			TS: first + int64(i)*step/int64(events), UAI: s.schools[i/8%len(s.schools)], Visitor: schemas.Visitor(1 + i/8),
			Profil: schemas.Eleve, Service: schemas.Service(services[i%len(services)]), Type: schemas.Natif, Device: "ordinateur", OS: "windows", Browser: "chrome", Plan: schemas.Plan2021,
		}))
		if len(values) == chunk || i == events-1 {
			if err := publisher.PublishAll(ctx, values); err != nil {
				s.t.Fatal(err)
			}
			values = values[:0]
		}
	}
	stop()
	if err := <-ended; err != nil {
		s.t.Fatal(err)
	}
}
