package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

const (
	// backlogPatience is how long a page waits for the queue to say how far the
	// loader is behind.
	backlogPatience = 3 * time.Second
	// watchInterval is between two looks at the queue that no page asks for.
	watchInterval = 10 * time.Second
	// backlogRest is how long pages do not ask a queue again that did not answer,
	// and show what it said last, at once: the next look asks it before.
	backlogRest = watchInterval + 2*backlogPatience
)

// backlog asks how far the loader is behind in the queue, and remembers the last
// answer for when there is none. It is safe for concurrent use.
type backlog struct {
	cluster *queue.Cluster
	clock   func() time.Time
	logger  *slog.Logger

	mu    sync.Mutex
	lags  []queue.PartitionLag // of the last answer
	state schemas.QueueState
	next  time.Time // not asked before, by the monotonic clock
	anew  int       // looks in a row at which the queue ended below what is stored
}

// lag is what the queue says, or said last and since when it does not answer: a
// queue without its topic is no answer, and no reason to hide the figures. The
// error is that of ctx.
func (b *backlog) lag(ctx context.Context) ([]queue.PartitionLag, schemas.QueueState, error) {
	b.mu.Lock()
	lags, state, rests := b.lags, b.state, time.Now().Before(b.next)
	b.mu.Unlock()
	if rests {
		return lags, state, nil
	}
	return b.ask(ctx)
}

// ask is lag that always asks.
func (b *backlog) ask(ctx context.Context) ([]queue.PartitionLag, schemas.QueueState, error) {
	asking, cancel := context.WithTimeout(ctx, backlogPatience)
	defer cancel()
	lags, err := b.cluster.Lag(asking, queue.EventsGroup, queue.Events)
	if err != nil && ctx.Err() != nil {
		return nil, schemas.QueueState{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock().UTC()
	if err != nil {
		if !b.state.Away() {
			b.state.Since = now
			b.logger.Warn("the queue does not say how far the loader is behind; pages show what it said last", "error", err)
		}
		b.next = time.Now().Add(backlogRest)
		return b.lags, b.state, nil
	}
	if b.state.Away() {
		b.logger.Info("the queue says again how far the loader is behind")
	}
	b.lags, b.state, b.next = lags, schemas.QueueState{Known: now}, time.Time{}
	return lags, b.state, nil
}

// partitions holds the stored runs against what the queue said. Of a queue that
// has not answered since this process began only what is stored is known.
func partitions(lags []queue.PartitionLag, runs map[int][]schemas.OffsetRun) []schemas.PartitionState {
	var all []schemas.PartitionState
	for _, lag := range lags {
		all = append(all, schemas.NewPartitionState(lag.Partition, lag.Committed, lag.End, runs[lag.Partition]))
	}
	if lags != nil {
		return all
	}
	for partition, stored := range runs {
		all = append(all, schemas.StoredPartition(partition, stored))
	}
	slices.SortFunc(all, func(a, b schemas.PartitionState) int { return a.Partition - b.Partition })
	return all
}
