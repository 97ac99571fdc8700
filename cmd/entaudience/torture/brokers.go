package torture

import (
	"context"
	"testing"
	"time"

	"github.com/entaudience/entaudience/ingest/queue"
)

// Failover is what the loss of one broker of three cost those who send hits.
type Failover struct {
	Took    time.Duration // from the kill until every partition had another leader
	Hits    int           // answered from the kill until a thousand after it
	Refused int           // attempts that were answered 503
	Only503 time.Duration // the longest time without any answer but 503
	Slowest time.Duration // of a hit, from its first attempt to its answer
}

// KillBrokers kills one broker after the other under load, so many times, each
// once the one before is back in sync, and gives what each kill cost. The
// collector has the spool of its defaults.
func KillBrokers(t testing.TB, o Options, kills int) ([]Failover, Outcome) {
	t.Helper()
	o.DefaultSpool = true
	s := newSite(t, o)
	s.distributed(o.Kafka)
	c := newClient(s.collect, s.schools, workers)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sent := make(chan error, 1)
	go func() { sent <- c.run(ctx, workers, every/3, o.Seed, patience) }()
	answers := func(n int) {
		t.Helper()
		before := c.sum().Hits
		s.until("hits are answered", func() bool { return c.sum().Hits >= before+n })
	}

	brokers := len(o.Kafka.Brokers())
	var all []Failover
	for i := range kills {
		o.Kafka.Await(queue.Events, brokers)
		answers(500)
		before := c.sum()
		c.forget()
		killed := time.Now()
		o.Kafka.Kill(i % brokers)
		o.Kafka.Await(queue.Events, brokers-1)
		took := time.Since(killed)
		answers(1000)
		after := c.sum()
		all = append(all, Failover{
			Took: took, Hits: after.Hits - before.Hits, Refused: after.Refused - before.Refused,
			Only503: after.Only503, Slowest: after.Slowest,
		})
		o.Kafka.Restart(i % brokers)
	}
	answers(500)
	cancel()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	s.settle()
	outcome := s.compare(c)
	s.stop()
	return all, outcome
}

// sum is what the ledger counted so far.
func (l *ledger) sum() Failover {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Failover{Hits: l.answered, Refused: l.refused, Only503: l.longest, Slowest: l.slowest}
}

// forget begins to measure waits anew.
func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.longest, l.slowest = 0, 0
}
