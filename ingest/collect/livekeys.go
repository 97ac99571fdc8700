package collect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// weekGrace is how long the key of a week outlives it, for hits whose
	// browser's clock is behind.
	weekGrace = time.Hour
	// weekRetry is how soon a failed step of the key is tried again.
	weekRetry = time.Minute
	// weeksAhead bounds the keys kept in memory; nobody reaches it but a clock
	// gone mad.
	weeksAhead = 4096
)

// LiveKeys is the Keyring of a collector in service. Its week key is
// forward-secure: key(w+1) = HMAC-SHA-256(key(w), "next week"), so that whoever
// takes the file learns nothing of the weeks before.
//
// The file holds the oldest key still needed, and every later one follows from
// it: that of the current week, or until one hour after a week's end that of
// the week before. Collectors given the same file step alone and agree.
//
// It is safe for concurrent use; two processes must not share a file.
type LiveKeys struct {
	path    string
	clock   func() time.Time
	log     *slog.Logger
	metrics *Metrics

	mu      sync.Mutex // guards changes of held, and noticed
	held    atomic.Pointer[heldKeys]
	noticed map[schemas.Week]schemas.IncidentKind

	incidents incidentFile
	reported  chan struct{} // wakes PublishIncidents
}

// heldKeys is immutable: the key of the oldest week, and the tokenizers of it
// and of the weeks that follow, as far as they were needed.
type heldKeys struct {
	oldest schemas.Week
	key    [keySize]byte // of oldest
	last   [keySize]byte // of the last tokenizer
	weeks  []*tokenizer
}

// OpenLiveKeys reads dir/week.key, or makes it with a random key when it is
// missing, and steps it to the present. A key that is made is an incident,
// which PublishIncidents sends on. It refuses a file that others can read, and
// a folder that anybody can write. Run must be running for the key to be
// overwritten when its week is over.
func OpenLiveKeys(dir string, clock func() time.Time, m *Metrics, log *slog.Logger) (*LiveKeys, error) {
	k := &LiveKeys{
		path: filepath.Join(dir, WeekKeyFile), clock: clock, metrics: m, log: log,
		noticed: make(map[schemas.Week]schemas.IncidentKind), incidents: incidentFile{dir: dir}, reported: make(chan struct{}, 1),
	}
	held, err := readWeekKey(k.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if held, err = makeWeekKey(dir, clock()); err == nil {
			log.Warn("there was no week key: a new one starts; users of this week that were counted before are counted again",
				"file", k.path, "week", held.oldest.String())
		}
	case err == nil:
		err = private(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("week key: %w", err)
	}
	k.held.Store(held.grow(0))
	if err := k.step(clock()); err != nil {
		return nil, fmt.Errorf("week key: %w", err)
	}
	return k, nil
}

// Run steps the key forward when its week is over, until ctx is done.
func (k *LiveKeys) Run(ctx context.Context) error {
	for {
		wait := k.held.Load().oldest.End().Add(weekGrace).Sub(k.clock())
		if wait <= 0 {
			if err := k.step(k.clock()); err != nil {
				k.log.Error("the week key was not stepped forward; trying again", "error", err)
				wait = weekRetry
			}
		}
		// A clock that is set must be noticed before the week is over.
		timer := time.NewTimer(min(max(wait, 0), weekGrace))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// Visitor is the token of a person in a school during a week. The key of a
// week that is over cannot be had again: when the clock was set back, such a
// week gets a key of its own, derived from the oldest key held, so that its
// tokens are those of no other week. That is counted, and an incident.
func (k *LiveKeys) Visitor(week schemas.Week, uai schemas.UAI, identifier string) schemas.Visitor {
	held := k.held.Load()
	if week < held.oldest {
		k.metrics.weekPast.Inc()
		k.report(schemas.ClockBehind, week)
		return newTokenizer(derive(held.key[:], "past week "+week.String())).visitor(uai, identifier)
	}
	n := int(week-held.oldest) / 7
	if n >= len(held.weeks) {
		held, n = k.reach(week)
	}
	return held.weeks[n].visitor(uai, identifier)
}

// reach derives the keys up to a week, in memory only.
func (k *LiveKeys) reach(week schemas.Week) (*heldKeys, int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	held := k.held.Load()
	n := min(max(0, int(week-held.oldest)/7), weeksAhead)
	if n >= len(held.weeks) {
		held = held.grow(n)
		k.held.Store(held)
	}
	return held, n
}

// step forgets the keys of the weeks that are over at now, grace included:
// first on disk, then in memory.
func (k *LiveKeys) step(now time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	held := k.held.Load()
	target := oldestNeeded(now)
	if target <= held.oldest {
		return nil
	}
	next := held.stepped(now)
	if err := writePrivate(k.path, next.encode()); err != nil {
		k.metrics.weekErrors.Inc()
		return err
	}
	k.held.Store(next.grow(0))
	k.metrics.weekSteps.Add(float64(int(target-held.oldest) / 7))
	return nil
}

// oldestNeeded is the oldest week of which hits are still expected.
func oldestNeeded(now time.Time) schemas.Week { return schemas.WeekOf(now.Add(-weekGrace)) }

// grow is h with the tokenizers of the weeks up to the n-th after the oldest.
func (h *heldKeys) grow(n int) *heldKeys {
	g := &heldKeys{oldest: h.oldest, key: h.key, last: h.last, weeks: h.weeks[:len(h.weeks):len(h.weeks)]}
	if len(g.weeks) == 0 {
		g.last = g.key
		g.weeks = append(g.weeks, newTokenizer(g.key))
	}
	for len(g.weeks) <= n {
		g.last = derive(g.last[:], "next week")
		g.weeks = append(g.weeks, newTokenizer(g.last))
	}
	return g
}
