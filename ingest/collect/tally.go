package collect

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// tallyInterval bounds what a kill cuts off the counts.
	tallyInterval = 5 * time.Second
	// tallyTick is how soon it is said that events wait on disk, or none any more.
	tallyTick = time.Second
	// tallySilence is how long nothing may be said when nothing has changed.
	tallySilence = time.Minute
	// collectorFile holds, in the data directory, the name of the collector.
	collectorFile = "collector"
)

// Stored fills in what became of the accepted events: Published, Spooled,
// Failed, Replayed and the state of the spool. It must be safe for concurrent
// use.
type Stored func(*schemas.Tally)

// Teller says in the stream of refusals what the collector has counted, so
// that it outlives the process.
type Teller struct {
	metrics   *Metrics
	stored    Stored
	out       BatchPublisher
	clock     func() time.Time
	log       *slog.Logger
	run       string
	collector string
	sequence  uint64
}

// NewTeller names the collector of a data directory, for ever, and its run.
func NewTeller(dir string, m *Metrics, stored Stored, out BatchPublisher, clock func() time.Time, log *slog.Logger) (*Teller, error) {
	name, err := collectorName(filepath.Join(dir, collectorFile))
	if err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("name of the collector: %w", err))
	}
	return &Teller{metrics: m, stored: stored, out: out, clock: clock, log: log, run: randomName(), collector: name}, nil
}

// collectorName reads the name, or makes one.
func collectorName(path string) (string, error) {
	text, err := os.ReadFile(path)
	if name := strings.TrimSpace(string(text)); err == nil && len(name) == 16 {
		return name, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	name := randomName()
	return name, os.WriteFile(path, []byte(name+"\n"), 0o600)
}

func randomName() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // documented to never fail
	return hex.EncodeToString(b[:])
}

// Run tells until ctx is done, and then the last tally, which is final: it
// must outlive the server, and be outlived by what the events are written to.
func (t *Teller) Run(ctx context.Context) error {
	tick := time.NewTicker(tallyTick)
	defer tick.Stop()
	var last schemas.Tally
	var said time.Time
	for {
		select {
		case <-ctx.Done():
			now := t.tally()
			now.Ended = true
			if err := t.tell(ctx, now); err != nil {
				t.log.Warn("the last tally was not published", "error", err)
			}
			return nil
		case <-tick.C:
		}
		now := t.tally()
		wait := tallyInterval
		switch {
		case same(now, last):
			wait = tallySilence
		case (now.SpoolEvents == 0) != (last.SpoolEvents == 0):
			wait = 0
		}
		if time.Since(said) < wait {
			continue
		}
		if err := t.tell(ctx, now); err != nil {
			t.log.Warn("tally not published; the next one will say more", "error", err)
			continue
		}
		last, said = now, time.Now()
	}
}

func (t *Teller) tell(ctx context.Context, tally schemas.Tally) error {
	t.sequence++
	tally.Sequence = t.sequence
	text, err := json.Marshal(tally)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalTimeout)
	defer cancel()
	return t.out.PublishAll(ctx, [][]byte{text})
}

// same says whether nothing was counted in between.
func same(a, b schemas.Tally) bool {
	return a.Received == b.Received && a.Published == b.Published && a.Spooled == b.Spooled &&
		a.Failed == b.Failed && a.Replayed == b.Replayed && a.SpoolEvents == b.SpoolEvents
}

// tally reads the counters, what became of hits before how many there were:
// so their sum is never more than Received.
func (t *Teller) tally() schemas.Tally {
	tally := schemas.Tally{Run: t.run, Collector: t.collector, At: t.clock().UnixMilli(), Refused: map[schemas.Reason]uint64{}}
	t.stored(&tally)
	tally.Shed, tally.Objected = read(t.metrics.shed), read(t.metrics.objections)
	tally.Failed += read(t.metrics.panics)
	tally.Corrected, tally.UnknownProfiles, tally.UnknownServices = read(t.metrics.corrected), read(t.metrics.unknownProfile), read(t.metrics.unknownService)
	for _, plan := range t.metrics.refused {
		for reason, counter := range plan {
			if n := read(counter); n > 0 && reason != Objection {
				tally.Refused[reason] += n
			}
		}
	}
	tally.Received = read(t.metrics.received)
	return tally
}

func read(c prometheus.Counter) uint64 {
	var m dto.Metric
	if err := c.Write(&m); err != nil { // a counter always can
		return 0
	}
	return uint64(m.GetCounter().GetValue())
}
