package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/schemas"
)

// checked is the run that the last recount found right, 0 = it differs.
type checked struct {
	days  map[schemas.Day]uint64
	weeks map[schemas.Week]uint64
}

func (s *Store) checked(ctx context.Context) (checked, error) {
	c := checked{days: map[schemas.Day]uint64{}, weeks: map[schemas.Week]uint64{}}
	err := s.each(ctx, "checked", nil, func(r driver.Rows) error {
		var grain string
		var period time.Time
		var run uint64
		err := r.Scan(&grain, &period, &run)
		if day := schemas.DayFromUTC(period); schemas.Grain(grain) == schemas.ParJour {
			c.days[day] = run
		} else {
			c.weeks[schemas.Week(day)] = run
		}
		return err
	})
	return c, err
}

// DayStates lists every day that was ever loaded, computed, recounted or closed,
// in order.
func (s *Store) DayStates(ctx context.Context) ([]schemas.DayState, error) {
	p, right, err := s.progressAndChecks(ctx)
	if err != nil {
		return nil, err
	}
	states := map[schemas.Day]schemas.DayState{}
	change := func(day schemas.Day, set func(*schemas.DayState)) {
		state := states[day]
		state.Day = day
		set(&state)
		states[day] = state
	}
	for day, l := range p.loads {
		change(day, func(d *schemas.DayState) { d.Loads, d.LastLoad = l.batches, known(l.last) })
	}
	for day, c := range p.days {
		change(day, func(d *schemas.DayState) { d.Run, d.Basis = c.run, c.basis })
	}
	for day, run := range right.days {
		change(day, func(d *schemas.DayState) { d.Checked = run })
	}
	for day, c := range p.closed {
		change(day, func(d *schemas.DayState) { d.Closed, d.Deleted = c.since.UTC(), c.deleted })
	}
	return slices.SortedFunc(maps.Values(states), func(a, b schemas.DayState) int { return cmp.Compare(a.Day, b.Day) }), nil
}

// WeekStates lists every week that has a computed day, in order.
func (s *Store) WeekStates(ctx context.Context) ([]schemas.WeekState, error) {
	p, right, err := s.progressAndChecks(ctx)
	if err != nil {
		return nil, err
	}
	states := map[schemas.Week]schemas.WeekState{}
	for w, runs := range p.weekRuns() {
		states[w] = schemas.WeekState{Week: w, Days: runs, Basis: p.weeks[w].basis, Run: p.weeks[w].run, Checked: right.weeks[w]}
	}
	err = s.each(ctx, "closed_weeks", nil, func(r driver.Rows) error {
		w, err := scanWeek(r)
		if state, ok := states[w]; ok {
			state.Moved = true
			states[w] = state
		}
		return err
	})
	return slices.SortedFunc(maps.Values(states), func(a, b schemas.WeekState) int { return cmp.Compare(a.Week, b.Week) }), err
}

func (s *Store) progressAndChecks(ctx context.Context) (p *progress, right checked, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		p, err = s.now(ctx)
		return err
	})
	group.Go(func() (err error) {
		right, err = s.checked(ctx)
		return err
	})
	err = group.Wait()
	return p, right, err
}
