package main

import (
	"context"
	"time"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

// madeAnew is the job under which it is kept when the queue was seen to be
// another one.
const madeAnew = "queue made anew"

// watch looks at the queue again and again until ctx is done: since when it does
// not answer, and that it was made anew, is then known without anybody having
// looked at a page.
func (r reader) watch(ctx context.Context) error {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		if err := r.look(ctx); err != nil && ctx.Err() == nil {
			r.backlog.logger.Warn("look at the queue", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look asks for what is stored before it asks the queue, which can but have
// grown meanwhile.
func (r reader) look(ctx context.Context) error {
	runs, err := r.StoredRuns(ctx, queue.Events)
	if err != nil {
		return err
	}
	lags, state, err := r.backlog.ask(ctx)
	if err != nil || state.Away() {
		return err
	}
	ends := map[int]int64{}
	for _, l := range lags {
		ends[l.Partition] = l.End
	}
	if !r.backlog.below(schemas.Anew(ends, runs)) {
		return nil
	}
	before, err := r.LastJob(ctx, madeAnew)
	if err != nil || r.clock().Sub(before) < anewAgain {
		return err
	}
	r.backlog.logger.Error("the queue was made anew: its offsets began again below what is stored, and what is missing of it may not be seen")
	return r.JobDone(ctx, madeAnew, r.clock())
}

// anewLooks is at how many looks in a row a queue must end below what is stored:
// a partition that has just got another leader may for a moment.
const anewLooks = 3

// below counts the looks at which the queue ended below what is stored, and says
// whether these are enough.
func (b *backlog) below(is bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.anew++; !is {
		b.anew = 0
	}
	return b.anew >= anewLooks
}

// anewAgain is how long one queue made anew stays below the offsets of the one
// before at most: the retention of its topic.
const anewAgain = 7 * 24 * time.Hour
