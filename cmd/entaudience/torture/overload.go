package torture

import (
	"context"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Overloaded is what a collector did that was sent more than its queue took and
// its disk held.
type Overloaded struct {
	Stopped  time.Duration // how long the broker took nothing, and cut nothing either
	Refused  int           // attempts answered 503, as the client counted
	Said     int           // the same, as the collector counted
	Other    int           // attempts without an answer within five seconds
	Slowest  time.Duration // answer, of whatever status
	Back     time.Duration // from the moment the broker went on until a hit was answered 200 or 204
	MemoryKB int           // most that the collector held of its own
}

// Overload holds the broker under load, until the collector's small disk is full
// and hits are refused, and lets it go on.
func Overload(t testing.TB, o Options) (Overloaded, Outcome) {
	t.Helper()
	s := newSite(t, o)
	s.distributed(nil)
	c := newClient(s.collect, s.schools, 4*workers)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sent := make(chan error, 1)
	go func() { sent <- c.run(ctx, 4*workers, every/3, o.Seed, patience) }()
	s.until("hits are answered", func() bool { return c.sum().Hits >= 500 })

	var out Overloaded
	held := time.Now()
	s.stage("broker").signal(t, syscall.SIGSTOP)
	s.until("hits are refused", func() bool {
		out.MemoryKB = max(out.MemoryKB, resident(s.stage("collect"), "RssAnon"))
		return c.sum().Refused >= 500
	})
	out.Stopped = time.Since(held)
	before := c.sum().Hits
	s.stage("broker").signal(t, syscall.SIGCONT)
	on := time.Now()
	s.until("hits are answered again", func() bool { return c.sum().Hits > before })
	out.Back = time.Since(on)
	s.until("it goes on as before", func() bool { return c.sum().Hits > before+1000 })
	cancel()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	out.Refused, out.Other, out.Slowest = c.refused, c.repeats-c.refused, c.slowestTry
	out.Said = s.counter(s.collect, `entaudience_collect_answers_total{status="503"}`)
	s.settle()
	outcome := s.compare(c)
	s.stop()
	return out, outcome
}

// signal sends a signal to the process, which must run.
func (s *stage) signal(t testing.TB, what syscall.Signal) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		t.Fatal(s.name, " does not run")
	}
	if err := s.process.Signal(what); err != nil {
		t.Fatal(err)
	}
}

// counter is a line of /metrics.
func (s *site) counter(address, line string) int {
	s.t.Helper()
	text, err := s.get(address, "/metrics", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, found := strings.Cut(text, "\n"+line+" ")
	value, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(value, 64)
	if !found || err != nil {
		s.t.Fatalf("no metric %s", line)
	}
	return int(n)
}
