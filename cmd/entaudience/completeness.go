package main

import (
	"context"
	"time"

	"github.com/entaudience/entaudience/cmd/entaudience/engines"
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
	backlog *backlog
	zone    string // of the school calendar
	clock   func() time.Time
}

func (a *app) reader(e *engines.Engines) reader {
	return reader{
		Store: e.Store, zone: a.config.Calendar.Zone, clock: a.clock,
		backlog: &backlog{cluster: e.Cluster, clock: a.clock, logger: a.logger},
	}
}

// Completeness counts what waits on the disks of collectors, as far as they have
// said, then what waits in the queue, before it asks the store, so that an event
// is never between the two. While the queue does not answer, what waits there is
// what it said last.
func (r reader) Completeness(ctx context.Context) (schemas.Completeness, error) {
	collectors, err := r.Collectors(ctx)
	if err != nil {
		return schemas.Completeness{}, err
	}
	lags, state, err := r.backlog.lag(ctx)
	if err != nil {
		return schemas.Completeness{}, err
	}
	c, err := r.Store.Completeness(ctx)
	c.Queue = state
	for _, lag := range lags {
		c.EventsPending += lag.Pending()
	}
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
	lags, state, err := r.backlog.lag(ctx)
	if err != nil {
		return l, err
	}
	l.Queue = state
	runs, err := r.StoredRuns(ctx, queue.Events)
	if err != nil {
		return l, err
	}
	l.Partitions = partitions(lags, runs)
	if l.Restarted, err = r.LastJob(ctx, madeAnew); err != nil {
		return l, err
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
