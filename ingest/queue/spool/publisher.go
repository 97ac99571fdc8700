package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// Queue takes values and tells when it has them; an error means that it may or
// may not. Implementations are safe for concurrent use.
type Queue interface {
	Publish(ctx context.Context, value []byte) error
	PublishAll(ctx context.Context, values [][]byte) error
}

const (
	// patience is how long the queue may acknowledge nothing at all while
	// values wait for it, before the next ones go to the disk at once: at
	// 10,000 values a second, 2,500 of them wait.
	patience = 250 * time.Millisecond
	// gathering is between the first value on disk and its replay, so that a
	// short stall does not make a file of each value.
	gathering = 100 * time.Millisecond
	// firstPause and lastPause are between attempts to replay.
	firstPause = 100 * time.Millisecond
	lastPause  = 2 * time.Second
	// probe is how many values are replayed first while the queue is away: what
	// it is given and does not take holds up the next attempt.
	probe = 256
)

// Publisher makes values durable: in the queue, or on disk when the queue does
// not acknowledge. A breaker keeps the wait bounded: once the queue has failed
// a value, or acknowledged none for a while, values go to the disk at once,
// until a replay succeeds. It is safe for concurrent use.
type Publisher struct {
	queue  Queue
	spool  *Spool
	logger *slog.Logger
	failed chan struct{} // holds one token when the queue has failed a value

	mu      sync.Mutex
	away    bool
	waiting int       // values that the queue has been given
	moved   time.Time // when it last acknowledged one, or when the first of these was given
	counts  Counts
}

// Counts are what became of the values since the start.
type Counts struct {
	Published uint64 // the queue acknowledged them at once
	Spooled   uint64 // durable on disk
	Lost      uint64 // neither: their caller got an error
	Replayed  uint64 // values of the disk that the queue acknowledged later
}

// NewPublisher joins a queue and a spool; Run must run for what is on disk to
// be replayed.
func NewPublisher(q Queue, s *Spool, logger *slog.Logger) *Publisher {
	return &Publisher{queue: q, spool: s, logger: logger, failed: make(chan struct{}, 1)}
}

// Publish returns nil once the value is durable. ctx bounds the wait for the
// queue, not that for the disk. The error is Unavailable when neither has it
// (each may have it all the same); Invalid, that it is too large. The value is
// copied before Publish returns.
func (p *Publisher) Publish(ctx context.Context, value []byte) error {
	var cause error
	if p.enter() {
		if cause = p.queue.Publish(ctx, value); cause == nil {
			p.left(nil)
			return nil
		}
		p.left(cause)
	}
	err := p.spool.Append(value)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.counts.Spooled++
		return nil
	}
	p.counts.Lost++
	if cause != nil {
		err = schemas.WithKind(schemas.KindOf(err), fmt.Errorf("%w, after: %w", err, cause))
	}
	return err
}

// enter says whether to ask the queue.
func (p *Publisher) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.away || p.waiting > 0 && now.Sub(p.moved) > patience {
		return false
	}
	if p.waiting == 0 {
		p.moved = now
	}
	p.waiting++
	return true
}

// left is what the queue answered.
func (p *Publisher) left(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	if err == nil {
		p.moved = time.Now()
		p.counts.Published++
		return
	}
	p.gone(err)
}

// gone opens the breaker; the caller holds mu.
func (p *Publisher) gone(err error) {
	if !p.away {
		p.away = true
		p.spool.metrics.away.Set(1)
		p.logger.Error("the queue does not acknowledge; values go to the spool", "error", err)
	}
	select {
	case p.failed <- struct{}{}:
	default:
	}
}

// back closes the breaker.
func (p *Publisher) back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		p.away = false
		p.spool.metrics.away.Set(0)
		p.logger.Info("the queue is asked again")
	}
}

// Counts are what became of the values so far, and what waits on disk.
func (p *Publisher) Counts() (Counts, State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts, p.spool.State()
}

// Run replays what is on disk until ctx is done, then closes the spool and
// returns its error. It must outlive whoever publishes, and be outlived by the
// queue.
func (p *Publisher) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-p.spool.arrived:
			p.replay(ctx)
		case <-p.failed:
			p.replay(ctx)
		}
	}
	return p.spool.Close()
}

// replay empties the disk, however long the queue is away. With nothing on
// disk to try it with, the queue is given the next values again after a pause.
func (p *Publisher) replay(ctx context.Context) {
	pause(ctx, gathering)
	wait := firstPause
	for ctx.Err() == nil {
		err := p.replayOldest(ctx)
		switch {
		case errors.Is(err, errEmpty):
			if p.isAway() {
				pause(ctx, wait)
			}
			p.back()
			return
		case err == nil:
			p.back()
			wait = firstPause
		case ctx.Err() == nil:
			p.spool.metrics.errors[stepReplay].Inc()
			p.mu.Lock()
			p.gone(err)
			p.mu.Unlock()
			pause(ctx, wait)
			wait = min(2*wait, lastPause)
		}
	}
}

var errEmpty = errors.New("nothing waits")

// replayOldest gives the oldest segment to the queue.
func (p *Publisher) replayOldest(ctx context.Context) error {
	oldest, values := p.spool.oldest()
	if oldest == nil {
		return errEmpty
	}
	first := 0
	if p.isAway() {
		first = min(probe, len(values))
	}
	for _, part := range [][][]byte{values[:first], values[first:]} {
		if len(part) == 0 {
			continue
		}
		if err := p.queue.PublishAll(ctx, part); err != nil {
			return err
		}
	}
	p.spool.done(oldest, len(values))
	p.mu.Lock()
	p.counts.Replayed += uint64(len(values))
	p.mu.Unlock()
	return nil
}

func (p *Publisher) isAway() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.away
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
