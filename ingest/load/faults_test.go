package load_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// TestFaults is the table of faults of the loader: fetch → insert events →
// insert loads → commit × {it fails, it times out, it took effect and its
// answer is lost, the process is killed after it}. Whatever happens, in the end
// every event that was published is stored, counts once, and nothing is pending.
//
// counters are those of the first process; what is not named must be 0. A fault
// of a connection to the coordinator ends the generation, so that the batch
// comes again: its number of messages is stored twice.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		cell     string
		engine   func(*chdbtest.Server) *chdbtest.Fault
		broker   func(*kafkatest.Broker) *kafkatest.Fault
		killed   bool
		counters map[string]float64
	}{
		{
			cell: "fetch/fails", broker: fails(kafkatest.Fetch, kafkatest.CutBefore, 600), // a few are dialled anew, and are no error
			counters: map[string]float64{"fetch_errors": some, "events": batch},
		},
		{
			cell: "fetch/answer lost", broker: fails(kafkatest.Fetch, kafkatest.CutAfter, 600),
			counters: map[string]float64{"fetch_errors": some, "events": batch},
		},
		{
			cell: "fetch/times out", broker: fails(kafkatest.Fetch, kafkatest.Hang, 12), // one of each partition
			counters: map[string]float64{"fetch_errors": 12, "events": batch},
		},
		{
			cell: "fetch/killed", engine: refuses("INSERT INTO events", chdbtest.HangBefore, 1), killed: true, // after the fetch, before anything is stored
			counters: map[string]float64{"failures/events": 1},
		},
		{
			cell: "closed days/fails", engine: refuses("Days that take no more", chdbtest.CutBefore, 2),
			counters: map[string]float64{"failures/closed": 2, "again": 2, "events": batch},
		},
		{
			cell: "insert events/fails", engine: refuses("INSERT INTO events", chdbtest.CutBefore, 2),
			counters: map[string]float64{"failures/events": 2, "again": 2, "events": batch},
		},
		{
			cell: "insert events/refused", engine: refuses("INSERT INTO events", chdbtest.Refuse, 2),
			counters: map[string]float64{"failures/events": 2, "again": 2, "events": batch},
		},
		{
			cell: "insert events/times out", engine: refuses("INSERT INTO events", chdbtest.HangBefore, 1),
			counters: map[string]float64{"failures/events": 1, "again": 1, "events": batch},
		},
		{
			cell: "insert events/answer lost", engine: refuses("INSERT INTO events", chdbtest.CutAfter, 2),
			counters: map[string]float64{"failures/events": 2, "again": 2, "events": batch},
		},
		{
			cell: "insert events/killed", engine: killsAt("INSERT INTO events"), killed: true,
			counters: map[string]float64{"failures/events": some, "failures/closed": perhaps, "again": perhaps},
		},
		{
			cell: "insert loads/fails", engine: refuses("INSERT INTO loads", chdbtest.CutBefore, 2),
			counters: map[string]float64{"failures/loads": 2, "again": 2, "events": batch},
		},
		{
			cell: "insert loads/refused", engine: refuses("INSERT INTO loads", chdbtest.Refuse, 2),
			counters: map[string]float64{"failures/loads": 2, "again": 2, "events": batch},
		},
		{
			cell: "insert loads/times out", engine: refuses("INSERT INTO loads", chdbtest.HangBefore, 1),
			counters: map[string]float64{"failures/loads": 1, "again": 1, "events": batch},
		},
		{
			cell: "insert loads/answer lost", engine: refuses("INSERT INTO loads", chdbtest.CutAfter, 2),
			counters: map[string]float64{"failures/loads": 2, "again": 2, "events": batch},
		},
		{
			cell: "insert loads/killed", engine: killsAt("INSERT INTO loads"), killed: true,
			counters: map[string]float64{"failures/loads": 1, "failures/events": perhaps, "failures/closed": perhaps, "again": perhaps},
		},
		{
			cell: "commit/fails", broker: fails(kafkatest.Commit, kafkatest.CutBefore, 1),
			counters: map[string]float64{"commit_errors": some, "events": 2 * batch},
		},
		{
			cell: "commit/answer lost", broker: fails(kafkatest.Commit, kafkatest.CutAfter, 1),
			counters: map[string]float64{"commit_errors": some, "events": batch},
		},
		{
			cell: "commit/times out", broker: fails(kafkatest.Commit, kafkatest.Hang, 1),
			counters: map[string]float64{"commit_errors": some, "events": 2 * batch},
		},
		{
			cell: "commit/killed", broker: fails(kafkatest.Commit, kafkatest.CutBefore, -1), killed: true, // stored, never committed
			counters: map[string]float64{"commit_errors": some, "events": some},
		},
	} {
		t.Run(c.cell, func(t *testing.T) {
			w := start(t)
			published := w.publish(t, batch)
			var hit <-chan struct{}
			var remove func()
			if c.engine != nil {
				f := c.engine(w.server)
				hit, remove = f.Hit(), f.Remove
			} else {
				f := c.broker(w.broker)
				hit, remove = f.Hit(), f.Remove
			}
			first := w.process(t)
			<-hit
			if c.killed {
				first.kill()
				remove()
				w.process(t)
			} else {
				defer remove()
			}
			w.settled(t, published)
			if !c.killed { // what hangs fails later than others succeed
				for name, n := range c.counters {
					if n == some {
						n = 1
					}
					first.until(t, name, n)
				}
			}
			first.counters(t, c.counters)
		})
	}
}

func fails(r kafkatest.Request, how kafkatest.How, times int) func(*kafkatest.Broker) *kafkatest.Fault {
	return func(b *kafkatest.Broker) *kafkatest.Fault { return b.Fail(r, how, times) }
}

func refuses(statement string, how chdbtest.How, times int) func(*chdbtest.Server) *chdbtest.Fault {
	return func(s *chdbtest.Server) *chdbtest.Fault { return s.Fail(statement, how, times) }
}

// killsAt lets a statement take effect, and nothing after it.
func killsAt(statement string) func(*chdbtest.Server) *chdbtest.Fault {
	return func(s *chdbtest.Server) *chdbtest.Fault { return s.FailFrom(statement, chdbtest.CutAfter) }
}

// A partition is taken away while its batch is in flight: before its events are
// stored, and after. What the first member has stored comes again, and counts
// once.
func TestPartitionsMoveWhileTheirBatchIsInFlight(t *testing.T) {
	for _, statement := range []string{"INSERT INTO events", "INSERT INTO loads"} {
		kafkatest.Each(t, func(t *testing.T, brokers []string) {
			w := startOn(t, brokers)
			published := w.publish(t, batch)
			hold := w.server.Fail(statement, chdbtest.Hold, 1)
			first := w.process(t)
			<-hold.Hit()
			second := w.process(t) // its joining takes the partitions away
			second.until(t, "generations", 1)
			hold.Remove()
			w.settled(t, published)
			if n := first.value(t, "generations"); n < 2 {
				t.Errorf("%v generations of the first member", n)
			}
		})
	}
}

// A process that is stopped while it stores leaves the batch to the next.
func TestAStopDuringAnInsert(t *testing.T) {
	w := start(t)
	published := w.publish(t, batch)
	hold := w.server.Fail("INSERT INTO events", chdbtest.Hold, 1)
	first := w.process(t)
	<-hold.Hit()
	first.kill()
	hold.Remove()
	first.counters(t, map[string]float64{"failures/events": 1})
	w.process(t)
	w.settled(t, published)
}

// An engine that is away for long is asked again and again, and what waited is
// stored once it is back.
func TestAnEngineThatIsAway(t *testing.T) {
	w := start(t)
	first := w.process(t)
	away := w.server.Fail("", chdbtest.CutBefore, -1)
	published := w.publish(t, batch)
	first.until(t, "again", 8)
	published = append(published, w.publish(t, batch)...)
	away.Remove()
	w.settled(t, published)
	if failed, again := first.value(t, "failures/events")+first.value(t, "failures/closed"), first.value(t, "again"); failed != again || failed < 8 {
		t.Errorf("%v steps failed, %v batches came again", failed, again)
	}
}

// Messages that cannot be decoded are refused by their place, whatever fails
// meanwhile, and hold up nothing.
func TestPoison(t *testing.T) {
	w := start(t)
	published := w.publish(t, batch)
	poison := [][]byte{{}, {0xff}, []byte("{}"), make([]byte, 800<<10), w.withoutUAI(t), w.withoutVisitor(t), w.ofTheYear1999(t)}
	w.publishRaw(t, poison)
	published = append(published, w.publish(t, batch)...)
	fault := w.server.Fail("INSERT INTO loads", chdbtest.CutBefore, 2)
	first := w.process(t)
	w.settled(t, published)
	first.until(t, "refused", float64(len(poison)))
	if fault.Hits() != 2 {
		t.Errorf("%d faults", fault.Hits())
	}
	if n := first.value(t, "undecodable"); n < float64(len(poison)) || n > 3*float64(len(poison)) {
		t.Errorf("%v undecodable", n)
	}
	w.refused(t, fmt.Sprintf("[{illisible %d}]", len(poison)))
}

// Events of a day that takes no more are refused by their place: a batch that
// comes again refuses them again, and each counts once.
func TestEventsOfAClosedDay(t *testing.T) {
	w := start(t)
	if err := w.store.CloseDays(within(t), []schemas.Day{firstDay + 1}); err != nil {
		t.Fatal(err)
	}
	w.publish(t, batch) // 39 different and one of them twice, every second of the closed day
	w.server.Fail("INSERT INTO events", chdbtest.CutAfter, 2)
	first := w.process(t)
	first.until(t, "refused", 3*19)
	first.until(t, "stored", batch+3*19)
	first.counters(t, map[string]float64{"failures/events": 2, "again": 2, "events": 21, "closed": 3 * 19})
	w.refused(t, "[{jour_clos 19}]")
	if got := w.ask(t, "SELECT count() FROM events FINAL"); got != "20\n" {
		t.Errorf("%q events stored", got)
	}
}

// What cannot even be refused comes again.
func TestPoisonThatCannotBeRefused(t *testing.T) {
	w := start(t)
	w.publishRaw(t, [][]byte{{0xff}})
	first := w.processThat(t, func(p *process) { p.refuses = 3 })
	first.until(t, "failures/refused", 3)
	first.until(t, "refused", 1)
	first.counters(t, map[string]float64{"failures/refused": 3, "again": 3, "undecodable": 1, "refused": 1})
	w.refused(t, "[{illisible 1}]")
}

// A refusal that cannot be stored comes again, and what is no refusal is kept
// as one.
func TestRefusals(t *testing.T) {
	w := start(t)
	w.publishRefused(t, []byte(`{"reason":"robot","received":1788847200000}`), []byte(`nonsense`), []byte(`{"reason":"robot","received":1788847200000}`))
	w.server.Fail("INSERT INTO refused", chdbtest.CutAfter, 2)
	first := w.process(t)
	first.until(t, "refused", 3)
	first.counters(t, map[string]float64{"failures/refused": 2, "again": 2, "undecodable": 3, "refused": 3}) // read three times
	w.refused(t, "[{robot 2} {illisible 1}]")
}

// Incidents and tallies of collectors come again until they are stored.
func TestWhatCollectorsSay(t *testing.T) {
	w := start(t)
	w.publishRefused(t, []byte(`{"incident":"cle_nouvelle","week":20703,"at":1788847200000}`), []byte(`{"tally":"0123456789abcdef","collector":"fedcba9876543210","n":1,"at":1788847200000}`))
	w.server.Fail("INSERT INTO incidents", chdbtest.CutAfter, 2)
	w.server.Fail("INSERT INTO tallies", chdbtest.CutBefore, 3)
	first := w.process(t)
	first.until(t, "tallies", 1)
	first.counters(t, map[string]float64{"failures/incidents": 2, "failures/tallies": 3, "again": 5, "incidents": 1, "tallies": 1, "refused": 0})
	if got := w.ask(t, "SELECT count(), (SELECT count() FROM tallies FINAL) FROM incidents FINAL"); got != "1\t1\n" {
		t.Errorf("%q stored", got)
	}
}

// An engine that cannot say which days are closed holds up old events alone.
func TestClosedDaysThatCannotBeAskedFor(t *testing.T) {
	w := start(t)
	published := w.publish(t, batch)
	w.server.Fail("Days that take no more events", chdbtest.CutBefore, 2)
	first := w.process(t)
	w.settled(t, published)
	first.counters(t, map[string]float64{"failures/closed": 2, "again": 2, "closed": 0})
}

// A batch of any size is stored.
func TestAnOversizeBatch(t *testing.T) {
	w := start(t)
	published := w.publish(t, 120_000)
	w.process(t)
	w.settled(t, published)
}

const (
	batch   = 40
	some    = -1 // at least one
	perhaps = -2 // any number
)

// patience bounds every wait; nothing takes nearly as long unless it is broken.
const patience = 3 * time.Minute
