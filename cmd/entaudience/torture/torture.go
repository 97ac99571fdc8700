package torture

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas"
)

// Options say what is tortured.
type Options struct {
	Program string // path of the program
	Library string // path of libchdb
	// Embedded runs all stages in one process, with its own engines.
	Embedded bool
	// Kafka are real brokers; nil with a process for each stage is an embedded
	// broker in a process of its own.
	Kafka *kafkatest.Cluster
	// DefaultSpool leaves the collector the disk and the spool of its defaults;
	// otherwise both are small, to be filled.
	DefaultSpool bool

	Kills int    // of each stage
	Only  string // if not empty, the one stage that is killed
	Seed  uint64 // of everything that is random
}

// Outcome is what a run counted.
type Outcome struct {
	Answered int // hits
	Counted  int // events in the cells of the weeks
	Lost     int // answered, and in no cell
	Twice    int // in the cells, and never sent
	Missing  int // passed over by the loader, as the completeness page says
	Wrong    []string
}

const (
	workers = 24
	every   = 150 * time.Millisecond // a person of each worker
)

// Run tortures an installation and compares it with the client's ledger. It
// fails the test when something does not come back; what was lost or counted
// twice is in the outcome.
func Run(t testing.TB, o Options) Outcome {
	t.Helper()
	s := newSite(t, o)
	if o.Embedded {
		s.embedded()
	} else {
		s.distributed(o.Kafka)
	}
	c := newClient(s.collect, s.schools, workers)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sent := make(chan error, 1)
	go func() { sent <- c.run(ctx, workers, every, o.Seed, patience) }()

	began := time.Now()
	report := s.breakAll(c)
	cancel()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	tortured := time.Since(began)
	s.settle()
	outcome := s.compare(c)
	s.stop()
	s.print(c, outcome, report, tortured, time.Since(began)-tortured)
	return outcome
}

// worked says, for each stage, how far it has come: a kill before it has done
// anything would prove nothing.
func (s *site) worked(name string, c *client) string {
	answer := ""
	switch name {
	case "collect":
		c.mu.Lock()
		defer c.mu.Unlock()
		return strconv.Itoa(c.answered / 20)
	case "load":
		answer, _ = s.ask("SELECT count() FROM loads") //nolint:errcheck // no answer is no progress
	case "aggregate", "all":
		answer, _ = s.ask("SELECT count(), max(computed_at) FROM computed") //nolint:errcheck // no answer is no progress
	case "engine":
		answer, _ = s.ask("SELECT now64(3)") //nolint:errcheck // no answer is no progress
	case "serve":
		if text, err := s.get(s.serve, "/readyz", nil); err == nil {
			answer = text + time.Now().String()
		}
	case "broker":
		if s.listens(s.stage("broker").command[2]) {
			answer = time.Now().String()
		}
	}
	return answer
}

// breakAll makes every fault until each stage was killed often enough, and
// heals everything. It says what it did.
func (s *site) breakAll(c *client) map[string]int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute+time.Duration(s.o.Kills)*45*time.Second)
	defer cancel()
	var killing sync.WaitGroup
	for n, st := range s.stages {
		if s.o.Only != "" && st.name != s.o.Only {
			continue
		}
		random := rand.New(rand.NewPCG(s.o.Seed, 1000+uint64(n)))
		killing.Go(func() { s.killOften(ctx, st, c, random) })
	}
	done := make(chan struct{})
	go func() {
		killing.Wait()
		close(done)
	}()
	report := map[string]int{}
	var breaking sync.WaitGroup
	if s.proxy != nil {
		breaking.Go(func() { s.breakTCP(done, report) })
	}
	if s.o.Kafka != nil {
		killed := s.breakBrokers(done)
		breaking.Wait()
		report["brokers killed"] = killed
	}
	<-done
	breaking.Wait()
	for _, st := range s.stages {
		st.mu.Lock()
		report[st.name+" killed"], report[st.name+" restarted by itself"] = st.kills, st.ends
		st.mu.Unlock()
	}
	return report
}

// killOften kills a stage so often, each time once it has worked.
func (s *site) killOften(ctx context.Context, st *stage, c *client, random *rand.Rand) {
	for range s.o.Kills {
		before := s.worked(st.name, c)
		again := time.NewTicker(100 * time.Millisecond)
		for limit := time.After(40 * time.Second); ; {
			now := s.worked(st.name, c)
			if now != "" && now != before {
				break
			}
			select {
			case <-again.C:
				continue
			case <-limit: // it is killed at its work or not at all
			case <-ctx.Done():
			}
			break
		}
		again.Stop()
		pause(ctx, time.Duration(random.Int64N(int64(1500*time.Millisecond))))
		for !st.kill() && ctx.Err() == nil {
			pause(ctx, 20*time.Millisecond)
		}
	}
}

// breakTCP cuts, delays, holds and refuses what passes between the stages and
// the engine.
func (s *site) breakTCP(done <-chan struct{}, report map[string]int) {
	random := rand.New(rand.NewPCG(s.o.Seed, 2000))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { <-done; cancel() }()
	for ctx.Err() == nil {
		pause(ctx, time.Duration(random.Int64N(int64(2*time.Second))))
		switch fault := random.IntN(4); fault {
		case 0:
			s.proxy.cut()
			report["connections cut at once"]++
		case 1:
			s.proxy.set(false, time.Duration(random.Int64N(int64(100*time.Millisecond))), false)
			pause(ctx, time.Second)
			report["delays"]++
		case 2:
			s.proxy.set(false, 0, true)
			pause(ctx, time.Second)
			s.proxy.cut() // what was held never arrives
			report["answers held, then cut"]++
		case 3:
			s.proxy.set(true, 0, false)
			s.proxy.cut()
			pause(ctx, time.Second)
			report["engine unreachable"]++
		}
		s.proxy.set(false, 0, false)
	}
}

// breakBrokers kills one broker of three, now and then two, which stops all
// acknowledgements. It runs in the goroutine of the test.
func (s *site) breakBrokers(done <-chan struct{}) (killed int) {
	random := rand.New(rand.NewPCG(s.o.Seed, 3000))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { <-done; cancel() }()
	n := len(s.o.Kafka.Brokers())
	for round := 0; ctx.Err() == nil; round++ {
		pause(ctx, time.Duration(random.Int64N(int64(5*time.Second))))
		victims := []int{random.IntN(n)}
		if round%3 == 2 {
			victims = append(victims, (victims[0]+1)%n)
		}
		for _, v := range victims {
			s.o.Kafka.Kill(v)
			killed++
		}
		pause(ctx, 2*time.Second+time.Duration(random.Int64N(int64(4*time.Second))))
		for _, v := range victims {
			s.o.Kafka.Restart(v)
		}
	}
	return killed
}

// settle waits until nothing waits any more: no event on the collector's disk,
// none in the queue, no day to be computed.
func (s *site) settle() {
	s.t.Helper()
	s.until("nothing waits in the spool", func() bool {
		text, err := s.get(s.collect, "/metrics", nil)
		return err == nil && strings.Contains(text, "\nentaudience_spool_events 0\n")
	})
	s.until("everything is counted", func() bool {
		text, err := s.get(s.serve, "/completude.json", nil)
		return err == nil && strings.Contains(strings.ReplaceAll(text, " ", ""), `"events_pending":0,`) &&
			strings.Contains(strings.ReplaceAll(text, " ", ""), `"days_pending":0,`)
	})
}

// compare holds the ledger against the cells and against the CSV.
func (s *site) compare(c *client) Outcome {
	s.t.Helper()
	expected := c.expected()
	o := Outcome{Answered: c.answered}
	text, err := s.ask("SELECT period, uai, sum(visits), sum(users), sum(duration_ms), sum(visits_with_duration), sum(events)" +
		" FROM cells_week WHERE axe = 'globales' GROUP BY period, uai FORMAT TSV")
	if err != nil {
		s.t.Fatal(err)
	}
	found := map[place]totals{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		week, err := schemas.ParseDay(f[0])
		if err != nil || len(f) != 7 {
			s.t.Fatalf("%q: %v", line, err)
		}
		found[place{schemas.Week(week), schemas.UAI(f[1])}] = totals{number(s.t, f[2]), number(s.t, f[3]), number(s.t, f[4]), number(s.t, f[5]), number(s.t, f[6])}
	}
	for at, want := range expected {
		got := found[at]
		delete(found, at)
		o.count(at, "cells_week", got, want)
		o.Counted += int(got.Events)
		o.Lost += int(max(want.Events, got.Events) - got.Events)
		o.Twice += int(max(want.Events, got.Events) - want.Events)
	}
	for at, got := range found {
		o.count(at, "cells_week", got, totals{})
		o.Counted, o.Twice = o.Counted+int(got.Events), o.Twice+int(got.Events)
	}
	s.compareCSV(&o, expected)
	s.account(&o)
	if o.Lost+o.Twice > 0 { // before the cells, or in them?
		text, err := s.ask("SELECT count() FROM events FINAL")
		s.t.Logf("the engine holds %s distinct events (%v)", strings.TrimSpace(text), err)
	}
	return o
}

// account reads what the program says of itself.
func (s *site) account(o *Outcome) {
	s.t.Helper()
	text, err := s.get(s.serve, "/completude.json", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	var said struct {
		Ledger struct {
			Received, Accepted, Published, Replayed, Written, Stored, Pending, Missing, Distinct int
			Repeated                                                                             int
			Alarms                                                                               []string
		}
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		s.t.Fatal(err)
	}
	l := said.Ledger
	o.Missing = l.Missing
	for what, right := range map[string]bool{
		"written = stored + missing":                       l.Written == l.Stored+l.Missing && l.Pending == 0,
		"stored = distinct + repeated":                     l.Stored == l.Distinct+l.Repeated && l.Repeated >= 0 && l.Distinct == o.Counted,
		"accepted, as far as tallies say, is in the queue": l.Published+l.Replayed <= l.Written && l.Accepted <= l.Received && l.Accepted > 0,
		"nothing is an alarm":                              len(l.Alarms) == 0,
	} {
		if !right {
			o.Wrong = append(o.Wrong, fmt.Sprintf("completude.json: not so that %s: %+v", what, l))
		}
	}
}

func (o *Outcome) count(at place, where string, got, want totals) {
	if got != want {
		o.Wrong = append(o.Wrong, fmt.Sprintf("%s: %s in week %s: %+v, answered %+v", where, at.uai, at.week, got, want))
	}
}

// compareCSV does the same with the file that a pilot takes from the region's
// page.
func (s *site) compareCSV(o *Outcome, expected map[place]totals) {
	s.t.Helper()
	weeks := map[schemas.Week]bool{}
	for at := range expected {
		weeks[at.week] = true
	}
	for week := range weeks {
		text, err := s.get(s.serve, "/region/76.csv", url.Values{
			"du": {week.Monday().String()}, "au": {week.Sunday().String()}, "grain": {"semaine"}, "axe": {"globales"}, "detail": {"ecoles"},
		})
		if err != nil {
			s.t.Fatal(err)
		}
		reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
		reader.Comma = ';'
		rows, err := reader.ReadAll()
		if err != nil || len(rows) == 0 {
			s.t.Fatalf("region.csv: %v: %.300s", err, text)
		}
		column := map[string]int{}
		for i, name := range rows[0] {
			column[name] = i
		}
		found := map[place]totals{}
		for _, row := range rows[1:] {
			at := place{week, schemas.UAI(row[column["code"]])}
			// The file has seconds, rounded once.
			found[at] = totals{
				number(s.t, row[column["visites"]]), number(s.t, row[column["utilisateurs"]]),
				number(s.t, row[column["duree_totale_s"]]), number(s.t, row[column["visites_avec_duree"]]), 0,
			}
		}
		for at, want := range expected {
			if at.week == week {
				want.DurationMS, want.Events = (want.DurationMS+500)/1000, 0
				o.count(at, "CSV", found[at], want)
				delete(found, at)
			}
		}
		for at, got := range found {
			o.count(at, "CSV", got, totals{})
		}
	}
}

func number(t testing.TB, text string) uint64 {
	t.Helper()
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// print is the ledger of the run.
func (s *site) print(c *client, o Outcome, report map[string]int, tortured, settled time.Duration) {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %s of torture, %s to settle\n", s.o.Seed, tortured.Round(time.Second), settled.Round(time.Second))
	fmt.Fprintf(&b, "answered %d, counted %d, lost %d, twice %d; passed over by the loader, as the program says: %d\n", o.Answered, o.Counted, o.Lost, o.Twice, o.Missing)
	fmt.Fprintf(&b, "asked again %d times, of which 503 %d; longest time of nothing but 503: %s\n", c.repeats, c.refused, c.longest.Round(time.Millisecond))
	for _, name := range sortedKeys(report) {
		fmt.Fprintf(&b, "%s: %d\n", name, report[name])
	}
	if s.disk != "" {
		fmt.Fprintf(&b, "the spool is on %s\n", s.disk)
	}
	s.t.Log("\n" + b.String())
}

func sortedKeys(m map[string]int) []string {
	return slices.Sorted(maps.Keys(m))
}
