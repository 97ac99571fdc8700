package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/schemas"
)

// Completeness says how far the cells are behind what is stored; EventsPending
// is left at 0, because only the queue knows it. Whoever adds it must ask the
// queue first: what the queue then calls stored is counted here.
func (s *Store) Completeness(ctx context.Context) (schemas.Completeness, error) {
	var c schemas.Completeness
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		c.DaysPending, err = s.pendingDays(ctx)
		return err
	})
	group.Go(func() error {
		return s.each(ctx, "completeness", nil, func(r driver.Rows) error {
			err := r.Scan(&c.LastEvent, &c.LastLoad)
			c.LastEvent, c.LastLoad = known(c.LastEvent), known(c.LastLoad)
			return err
		})
	})
	err := group.Wait()
	return c, err
}

// pendingDays counts the days that are dirty, and the other weeks that are, or
// whose decision does not stand on what is in force. What pages then read of the
// weeks is at least as new.
func (s *Store) pendingDays(ctx context.Context) (uint64, error) {
	// In this order: a day that is recomputed meanwhile makes its week dirty, and
	// a week that is has another decision.
	days, err := s.DirtyDays(ctx)
	if err != nil {
		return 0, err
	}
	weeks, err := s.DirtyWeeks(ctx)
	if err != nil {
		return 0, err
	}
	s.cache.forget() // another process may have imported a directory
	decisions, err := s.shelf.listed.get(func() ([]decided, error) { return s.decisions(ctx) })
	if err != nil {
		return 0, err
	}
	pending := map[schemas.Week]bool{}
	for _, w := range weeks {
		pending[schemas.Week(w.Debut)] = true
	}
	for _, d := range decisions {
		ok, err := s.stands(ctx, d)
		if err != nil {
			return 0, err
		}
		if !ok {
			pending[d.week] = true
		}
	}
	n := uint64(len(days))
	for w := range pending {
		if !holdsDay(days, w) {
			n++
		}
	}
	return n, nil
}

// Incidents lists what happened to the collectors that touches figures, latest
// first.
func (s *Store) Incidents(ctx context.Context) ([]schemas.Incident, error) {
	var incidents []schemas.Incident
	err := s.each(ctx, "incidents", nil, func(r driver.Rows) error {
		var kind string
		var week, at time.Time
		err := r.Scan(&kind, &week, &at)
		incidents = append(incidents, schemas.Incident{
			Kind: schemas.IncidentKind(kind), Week: schemas.Week(schemas.DayFromUTC(week)), At: at.UnixMilli(),
		})
		return err
	})
	return incidents, err
}

// known turns the engine's "none", the epoch, into Go's.
func known(t time.Time) time.Time {
	if t.Unix() <= 0 {
		return time.Time{}
	}
	return t.UTC()
}

func holdsDay(days []schemas.Dirty, w schemas.Week) bool {
	for _, d := range days {
		if d.Debut.Week() == w {
			return true
		}
	}
	return false
}
