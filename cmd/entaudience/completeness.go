package main

import (
	"context"
	"time"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/spool"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

// spooled tells what became of the events of a collector.
func spooled(p *spool.Publisher, t *schemas.Tally) {
	counts, state := p.Counts()
	t.Published, t.Spooled, t.Failed, t.Replayed = counts.Published, counts.Spooled, counts.Lost, counts.Replayed
	t.SpoolEvents, t.SpoolBytes = uint64(state.Values), uint64(state.Bytes)
	if !state.Oldest.IsZero() {
		t.SpoolSince = state.Oldest.UnixMilli()
	}
}

// reader adds to the store what only the queue knows.
type reader struct {
	*store.Store
	cluster *queue.Cluster
	zone    string // of the school calendar
	clock   func() time.Time
}

// Completeness counts what waits on the disks of collectors, as far as they have
// said, then what waits in the queue, before it asks the store, so that an event
// is never between the two.
func (r reader) Completeness(ctx context.Context) (schemas.Completeness, error) {
	collectors, err := r.Collectors(ctx)
	if err != nil {
		return schemas.Completeness{}, err
	}
	pending, err := r.cluster.Pending(ctx, queue.EventsGroup, queue.Events)
	if err != nil {
		return schemas.Completeness{}, err
	}
	c, err := r.Store.Completeness(ctx)
	c.EventsPending = pending
	for _, collector := range collectors {
		c.EventsPending += collector.SpoolEvents
	}
	return c, err
}

// aroundDays is how far back the hours of school days are compared.
const aroundDays = 21

// Ledger holds what is stored against the queue. Events flow on meanwhile: what
// is counted last is asked first, so that what comes before it is not less; and
// the queue before the runs, because what it calls committed was stored before.
func (r reader) Ledger(ctx context.Context) (schemas.Ledger, error) {
	l, err := r.Store.Ledger(ctx)
	if err != nil {
		return l, err
	}
	lags, err := r.cluster.Lag(ctx, queue.EventsGroup, queue.Events)
	if err != nil {
		return l, err
	}
	runs, err := r.StoredRuns(ctx, queue.Events)
	if err != nil {
		return l, err
	}
	for _, lag := range lags {
		l.Partitions = append(l.Partitions, schemas.NewPartitionState(lag.Partition, lag.Committed, lag.End, runs[lag.Partition]))
	}
	l.EmptyHours, err = r.emptyHours(ctx)
	return l, err
}

// emptyHours looks at the school days, which only a known calendar tells.
func (r reader) emptyHours(ctx context.Context) ([]schemas.EmptyHour, error) {
	calendar, err := r.Calendar(ctx, r.zone)
	if err != nil {
		return nil, err
	}
	today := schemas.DayOf(r.clock())
	visits, err := r.HourlyVisits(ctx, today-aroundDays)
	if err != nil || len(visits) == 0 {
		return nil, err
	}
	days := map[schemas.Day][24]uint64{}
	begun := false
	for day := today - aroundDays; day <= today; day++ {
		hours, any := visits[day]
		begun = begun || any
		if classes, known := calendar.SchoolDay(day); begun && classes && known {
			days[day] = hours // all empty when the whole day is
		}
	}
	return schemas.EmptyHours(days, r.clock()), nil
}
