package collect

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// WeekKeyFile is the name of the week key in the data directory.
	WeekKeyFile = "week.key"
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

	mu   sync.Mutex // guards changes of held
	held atomic.Pointer[heldKeys]
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
// missing, and steps it to the present. It refuses a file that others can
// read. Run must be running for the key to be overwritten when its week is
// over.
func OpenLiveKeys(dir string, clock func() time.Time, m *Metrics, log *slog.Logger) (*LiveKeys, error) {
	k := &LiveKeys{path: filepath.Join(dir, WeekKeyFile), clock: clock, metrics: m, log: log}
	content, err := readPrivate(k.path, 1024)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		held := &heldKeys{oldest: oldestNeeded(clock())}
		rand.Read(held.key[:])
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("week key: %w", err)
		}
		if err := writePrivate(k.path, held.encode()); err != nil {
			return nil, fmt.Errorf("week key: %w", err)
		}
		k.held.Store(held.grow(0))
		return k, nil
	case err != nil:
		return nil, fmt.Errorf("week key: %w", err)
	}
	held, err := decodeKey(content)
	if err != nil {
		return nil, fmt.Errorf("week key %s: %w", k.path, err)
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

// Visitor is the token of a person in a school during a week. The token of a
// week whose key is gone is made with the oldest key held, and counted: that
// happens only when the clock was set back.
func (k *LiveKeys) Visitor(week schemas.Week, uai schemas.UAI, identifier string) schemas.Visitor {
	held := k.held.Load()
	n := int(week-held.oldest) / 7
	if week < held.oldest {
		k.metrics.weekPast.Inc()
		n = 0
	}
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
	next := &heldKeys{oldest: target, key: held.key}
	steps := int(target-held.oldest) / 7
	for range steps {
		next.key = derive(next.key[:], "next week")
	}
	if err := writePrivate(k.path, next.encode()); err != nil {
		k.metrics.weekErrors.Inc()
		return err
	}
	k.held.Store(next.grow(0))
	k.metrics.weekSteps.Add(float64(steps))
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

// The file has one line: the Monday of the week and its key in hexadecimal.
func (h *heldKeys) encode() []byte {
	b := append([]byte(h.oldest.String()), ' ')
	return append(hex.AppendEncode(b, h.key[:]), '\n')
}

// decodeKey reads a key file. The error never holds what was read.
func decodeKey(content []byte) (*heldKeys, error) {
	monday, key, ok := strings.Cut(strings.TrimSpace(string(content)), " ")
	if !ok {
		return nil, errors.New("not a week key: want a Monday, a space and 64 hexadecimal digits")
	}
	h := &heldKeys{}
	var err error
	if h.oldest, err = schemas.ParseWeek(monday); err != nil {
		return nil, errors.New("not a week key: it does not start with a Monday")
	}
	if n, err := hex.Decode(h.key[:], []byte(cut(key, 2*keySize))); err != nil || n != keySize || len(key) != 2*keySize {
		return nil, errors.New("not a week key: its key is not 64 hexadecimal digits")
	}
	return h, nil
}
