package main

import (
	"flag"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/entaudience/entaudience/cmd/entaudience/torture"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

var (
	tortureKills    = flag.Int("torture.kills", 0, "how often TestTorture kills each stage; 0 is a short run on the embedded engines")
	tortureSeed     = flag.Uint64("torture.seed", 0, "what TestTorture draws its faults from; 0 chooses, and prints it")
	tortureBacklog  = flag.Int("torture.backlog", 1_500_000, "how many events wait in the long form of TestTortureBacklog")
	rateSeconds     = flag.Int("rate.seconds", 0, "how long TestRate sends hits; 0 skips it")
	ratePerSec      = flag.Int("rate.hits", 10_000, "how many hits a second TestRate sends")
	rateConnections = flag.Int("rate.connections", 256, "over how many connections TestRate sends them")
	rateKafka       = flag.Bool("rate.kafka", false, "whether TestRate has a real Kafka; else it has the embedded broker, which waits for the disk")
)

// TestTorture breaks everything and compares what was answered with what is
// counted. `make torture` is its long form.
func TestTorture(t *testing.T) {
	t.Parallel()
	o := tortureOptions(t)
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		o := o
		o.Embedded = true
		if o.Kills == 0 {
			o.Kills = 2
		}
		held(t, torture.Run(t, o))
	})
	t.Run("processes", func(t *testing.T) {
		t.Parallel()
		if o.Kills > 0 {
			t.Skip("three brokers is the same and more")
		}
		o := o
		o.Kills = 1
		held(t, torture.Run(t, o))
	})
	t.Run("three brokers", func(t *testing.T) {
		if o.Kills == 0 {
			t.Skip("only with -torture.kills")
		}
		o := o
		o.Kafka = kafkatest.Real(t, 3)
		held(t, torture.Run(t, o))
	})
}

// tortureOptions are of this binary, which is the program under its name.
func tortureOptions(t *testing.T) torture.Options {
	t.Helper()
	path, err := exec.LookPath("entaudience")
	if err != nil {
		t.Fatal(err)
	}
	o := torture.Options{Program: path, Library: chdbtest.Library(t), Kills: *tortureKills, Seed: *tortureSeed}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	return o
}

// held fails unless every answered hit is counted exactly once, everywhere.
func held(t *testing.T, o torture.Outcome) {
	t.Helper()
	for _, w := range o.Wrong {
		t.Error(w)
	}
	if o.Lost != 0 || o.Twice != 0 || o.Missing != 0 || o.Answered != o.Counted || o.Answered < 200 {
		t.Errorf("answered %d, counted %d, lost %d, twice %d", o.Answered, o.Counted, o.Lost, o.Twice)
	}
}

// TestTortureBrokerKilled kills brokers of three under load, while the collector has
// its default spool: no answered hit is lost, and no hit is refused, or for no
// longer than the brokers take to agree on other leaders.
func TestTortureBrokerKilled(t *testing.T) {
	kills := 1
	if *tortureKills > 0 {
		kills = 3
	}
	o := tortureOptions(t)
	o.Kafka = kafkatest.Real(t, 3)
	failovers, outcome := torture.KillBrokers(t, o, kills)
	for i, f := range failovers {
		t.Logf("kill %d: other leaders after %s; %d hits answered, %d times 503, longest time of nothing but 503 %s, longest wait of a hit %s",
			i+1, f.Took.Round(time.Millisecond), f.Hits, f.Refused, f.Only503.Round(time.Millisecond), f.Slowest.Round(time.Millisecond))
		if f.Only503 > f.Took {
			t.Errorf("kill %d: nothing but 503 for %s", i+1, f.Only503)
		}
	}
	t.Logf("answered %d, counted %d, lost %d, twice %d", outcome.Answered, outcome.Counted, outcome.Lost, outcome.Twice)
	held(t, outcome)
}

// TestTortureOverload holds the broker, which cuts nothing and answers nothing,
// until the collector's disk is full: hits are refused at once with 503, each
// counted, nobody waits for long, and it goes on by itself.
func TestTortureOverload(t *testing.T) {
	t.Parallel()
	o, outcome := torture.Overload(t, tortureOptions(t))
	t.Logf("the broker was held for %s: %d times 503, longest answer %s; answered again %s after it went on; collector at most %.1f MB; answered %d, counted %d",
		o.Stopped.Round(time.Millisecond), o.Refused, o.Slowest.Round(time.Millisecond), o.Back.Round(time.Millisecond), float64(o.MemoryKB)/1024, outcome.Answered, outcome.Counted)
	if o.Said != o.Refused || o.Other != 0 {
		t.Errorf("the client was refused %d times, the collector says %d; %d attempts had no answer", o.Refused, o.Said, o.Other)
	}
	if limit := 128 << 10; o.MemoryKB > limit {
		t.Errorf("the collector held %d kB", o.MemoryKB)
	}
	held(t, outcome)
}

// TestTortureBacklog starts a loader before which many events wait: the page says
// how fast and how long, pages answer meanwhile, and all is counted.
func TestTortureBacklog(t *testing.T) {
	t.Parallel()
	events := 100_000
	if *tortureKills > 0 {
		events = *tortureBacklog
	}
	b := torture.CatchUp(t, tortureOptions(t), events)
	t.Logf("%d events waited: loaded after %s (%.0f a second), all counted after %s; the page said %.0f a second; %d pages answered meanwhile, p50 %s, p95 %s, longest %s",
		b.Events, b.Loaded.Round(time.Millisecond), float64(b.Events)/b.Loaded.Seconds(), b.Computed.Round(time.Millisecond), b.Rate,
		b.Pages, b.P50.Round(time.Millisecond), b.P95.Round(time.Millisecond), b.Max.Round(time.Millisecond))
	if b.Counted != b.Events {
		t.Errorf("%d of %d events are counted", b.Counted, b.Events)
	}
	if *tortureKills > 0 && (b.Rate == 0 || b.Estimated == 0) {
		t.Error("the page never said how fast the backlog becomes less")
	}
}

// TestTortureClock sets the clock of all stages forward by an hour and back,
// again and again, around the end of a week: every answered hit is counted, the
// week keys hold, and who was seen in a week counts once in it. Set forward
// beyond the grace of the week's key and back, the collector goes on with a key
// that it had to make up, and says so.
func TestTortureClock(t *testing.T) {
	if *tortureKills == 0 {
		t.Skip("only with -torture.kills: it builds the program once more")
	}
	o := tortureOptions(t)
	o.Program = filepath.Join(t.TempDir(), "entaudience")
	if out, err := exec.Command("go", "build", "-tags", "torture_clock", "-o", o.Program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, beyond := range map[string]bool{"within the grace": false, "beyond it": true} {
		t.Run(name, func(t *testing.T) {
			found := torture.ClockSteps(t, o, beyond)
			t.Logf("%+v", found)
			for _, w := range found.Wrong {
				t.Error(w)
			}
			if found.Counted < found.Answered || found.Counted > found.Answered+found.Again || found.Weeks != 2 || found.Answered < 2000 {
				t.Error("the ledger does not add up")
			}
			if found.Corrected == 0 || found.KeyErrors != 0 || found.Incidents[schemas.NewWeekKey] != 1 {
				t.Error("the clock was not set, or the week key broke")
			}
			if (found.Past > 0) != beyond || (found.Incidents[schemas.ClockBehind] > 0) != beyond {
				t.Errorf("a week key that is gone was asked for %d times", found.Past)
			}
			// At each step, and at each attempt made again, somebody may be in both weeks.
			if slack := 10*24 + found.Again; found.Users < found.Persons || !beyond && found.Users > found.Persons+slack {
				t.Errorf("%d persons are %d users", found.Persons, found.Users)
			}
		})
	}
}

// TestTortureSees: the suite finds the faults that it is there for, in builds
// that commit before they store, or answer before the event is durable.
func TestTortureSees(t *testing.T) {
	if *tortureKills == 0 {
		t.Skip("only with -torture.kills: it builds the program twice")
	}
	for tag, breaks := range map[string]struct {
		stage string
		kills int
	}{
		"torture_commit_first": {"load", 5},
		"torture_answer_first": {"collect", 30}, // few hits are under way at a time
	} {
		t.Run(tag, func(t *testing.T) {
			o := tortureOptions(t)
			o.Program = filepath.Join(t.TempDir(), "entaudience")
			o.Only, o.Kills = breaks.stage, breaks.kills
			if out, err := exec.Command("go", "build", "-tags", tag, "-o", o.Program, ".").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			found := torture.Run(t, o)
			if found.Lost == 0 || len(found.Wrong) == 0 {
				t.Errorf("it lost nothing: answered %d, counted %d", found.Answered, found.Counted)
			}
			if (found.Missing > 0) != (tag == "torture_commit_first") {
				t.Errorf("the program says that the loader passed over %d", found.Missing)
			}
			if found.Twice != 0 || found.Answered != found.Counted+found.Lost {
				t.Errorf("answered %d, counted %d, lost %d, twice %d", found.Answered, found.Counted, found.Lost, found.Twice)
			}
		})
	}
}

// TestRate holds a collector, a process of its own, to a steady rate: none
// refused, and no more memory than its budget. It wants the machine for itself:
// go test ./cmd/entaudience -run TestRate -v -rate.seconds 60
func TestRate(t *testing.T) {
	if *rateSeconds == 0 {
		t.Skip("only with -rate.seconds")
	}
	o := tortureOptions(t)
	if *rateKafka {
		o.Kafka = kafkatest.Real(t, 1)
	}
	r := torture.MeasureRate(t, o, *ratePerSec, *rateConnections, time.Duration(*rateSeconds)*time.Second)
	t.Logf("%d of %d hits answered, %d refused, %.0f a second; p50 %s, p99 %s, longest %s from when a hit was due, p99 %s from when it was sent; collector at most %.1f MB, %.1f with what it maps of its binary; %d events counted",
		r.Answered, r.Sent, r.Refused, r.PerSecond, r.P50, r.P99, r.Longest, r.Sent99, float64(r.MemoryKB)/1024, float64(r.PeakKB)/1024, r.Counted)
	if r.Answered != r.Sent || r.Refused != 0 || r.Counted != r.Answered {
		t.Errorf("%d hits not answered, %d counted", r.Sent-r.Answered, r.Counted)
	}
	if budget := 60 << 10; *ratePerSec <= 10_000 && *rateConnections <= 256 && r.MemoryKB > budget {
		t.Errorf("the collector held %d kB, its budget is %d", r.MemoryKB, budget)
	}
}
