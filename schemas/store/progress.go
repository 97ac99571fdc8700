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

// progress is what was done with what is stored. It does not change.
//
// Its parts are read at once, and no order of them can hide what is behind: each
// step records what it stood on, and a step is done when that equals the state of
// the step before. Steps that a part missed are new ones, after the moment that
// the others describe; they can only make something look behind.
type progress struct {
	loads     map[schemas.Day]loaded
	days      map[schemas.Day]computed
	weeks     map[schemas.Week]computed
	closed    map[schemas.Day]closed
	decisions map[schemas.Week]decided
}

// loaded is what arrived of a day.
type loaded struct {
	batches uint64
	last    time.Time
}

// computed is the last recompute of a day or a week.
type computed struct {
	run, basis, visits uint64
	lastEvent          time.Time // of any recompute; zero = none
}

// closed is a day that takes no more events.
type closed struct {
	since   time.Time
	deleted bool // its raw events are gone
}

// decided is the last decision on a week: what it stands on.
type decided struct {
	decision, run   uint64
	annuaire        schemas.SchoolYear
	version         uint64
	effectifs       uint64
	threshold, rule uint32
}

// Progress serves for a moment where nobody is told that nothing is pending.
const (
	listFresh   = time.Second
	extentFresh = time.Minute
)

// now is progress read after the call. What pages then read of the weeks is at
// least as new.
func (s *Store) now(ctx context.Context) (*progress, error) {
	return s.done.get(func() (*progress, error) { return s.readProgress(ctx) })
}

// lately is progress read less than age ago, or now.
func (s *Store) lately(ctx context.Context, age time.Duration) (*progress, error) {
	return s.done.within(age, func() (*progress, error) { return s.readProgress(ctx) })
}

func (s *Store) readProgress(ctx context.Context) (*progress, error) {
	p := &progress{
		loads: map[schemas.Day]loaded{}, days: map[schemas.Day]computed{}, weeks: map[schemas.Week]computed{},
		decisions: map[schemas.Week]decided{},
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return s.each(ctx, "day_loads", nil, func(r driver.Rows) error {
			var day time.Time
			var l loaded
			err := r.Scan(&day, &l.batches, &l.last)
			p.loads[schemas.DayFromUTC(day)] = l
			return err
		})
	})
	group.Go(func() error {
		return s.each(ctx, "computed", nil, func(r driver.Rows) error {
			var grain string
			var period time.Time
			var c computed
			err := r.Scan(&grain, &period, &c.run, &c.basis, &c.visits, &c.lastEvent)
			c.lastEvent = known(c.lastEvent)
			if day := schemas.DayFromUTC(period); schemas.Grain(grain) == schemas.ParJour {
				p.days[day] = c
			} else {
				p.weeks[schemas.Week(day)] = c
			}
			return err
		})
	})
	group.Go(func() error {
		return s.each(ctx, "disclosed", nil, func(r driver.Rows) error {
			var monday time.Time
			var year uint16
			var d decided
			err := r.Scan(&monday, &d.decision, &d.run, &year, &d.version, &d.effectifs, &d.threshold, &d.rule)
			d.annuaire = schemas.SchoolYear(year)
			p.decisions[schemas.Week(schemas.DayFromUTC(monday))] = d
			return err
		})
	})
	group.Go(func() (err error) {
		p.closed, err = s.closedDays(ctx)
		return err
	})
	return p, group.Wait()
}

// dirtyDays lists the days whose cells do not hold every stored batch, newest
// first. A day whose raw events are gone is never one: it cannot be recomputed.
func (p *progress) dirtyDays() []schemas.Dirty {
	var dirty []schemas.Dirty
	for day, l := range p.loads {
		if done := p.days[day]; l.batches != done.basis && !p.closed[day].deleted {
			dirty = append(dirty, schemas.Dirty{Debut: day, Basis: l.batches, Run: done.run})
		}
	}
	return newestFirst(dirty)
}

// dirtyWeeks lists the weeks one of whose days was recomputed after them, newest
// first. A week that lost the raw events of a day is never one.
func (p *progress) dirtyWeeks() []schemas.Dirty {
	basis := p.weekRuns()
	for day, c := range p.closed {
		if c.deleted {
			delete(basis, day.Week())
		}
	}
	var dirty []schemas.Dirty
	for w, sum := range basis {
		if done := p.weeks[w]; sum != done.basis {
			dirty = append(dirty, schemas.Dirty{Debut: w.Monday(), Basis: sum, Run: done.run})
		}
	}
	return newestFirst(dirty)
}

// weekRuns is the sum of the runs of the days of each week.
func (p *progress) weekRuns() map[schemas.Week]uint64 {
	sums := map[schemas.Week]uint64{}
	for day, c := range p.days {
		sums[day.Week()] += c.run
	}
	return sums
}

func newestFirst(dirty []schemas.Dirty) []schemas.Dirty {
	slices.SortFunc(dirty, func(a, b schemas.Dirty) int { return cmp.Compare(b.Debut, a.Debut) })
	return dirty
}

// extent is the first and the last day that have a visit; ok is false when none
// has.
func (p *progress) extent() (e schemas.Period, ok bool) {
	for day, c := range p.days {
		switch {
		case c.visits == 0:
		case !ok:
			e, ok = schemas.Period{From: day, To: day}, true
		default:
			e.From, e.To = min(e.From, day), max(e.To, day)
		}
	}
	return e, ok
}

// computedWeeks lists the weeks that were ever computed, newest first.
func (p *progress) computedWeeks() []schemas.Week {
	return slices.SortedFunc(maps.Keys(p.weeks), func(a, b schemas.Week) int { return cmp.Compare(b, a) })
}

// stands says whether the decision on a week stands on its cells and on what is
// in force.
func (s *Store) stands(ctx context.Context, p *progress, w schemas.Week) (bool, error) {
	d := p.decisions[w]
	if d.decision == 0 || d.run != p.weeks[w].run || int(d.threshold) != s.rule.Threshold() || int(d.rule) != s.rule.Version() {
		return false, nil
	}
	pupils, _, err := s.imported(ctx, kindPupils, notAfter(w.SchoolYear()))
	if err != nil || d.effectifs != pupils.number {
		return false, err
	}
	use, directory, err := s.directoryUse(ctx, w.SchoolYear())
	if schemas.KindOf(err) == schemas.NotFound {
		return d.version == 0, nil
	}
	return d.annuaire == use.From && d.version == directory.number, err
}

// DirtyDays lists the days whose cells do not hold every stored batch, newest
// first.
func (s *Store) DirtyDays(ctx context.Context) ([]schemas.Dirty, error) {
	p, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	return p.dirtyDays(), nil
}

// DirtyWeeks lists the weeks one of whose days was recomputed after them,
// newest first.
func (s *Store) DirtyWeeks(ctx context.Context) ([]schemas.Dirty, error) {
	p, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	return p.dirtyWeeks(), nil
}

// Extent is the first and last day that have a visit, as they were within the
// last minute or when Completeness was last asked for; ok is false when none has.
func (s *Store) Extent(ctx context.Context) (e schemas.Period, ok bool, err error) {
	p, err := s.lately(ctx, extentFresh)
	if err != nil {
		return e, false, err
	}
	if e, ok = p.extent(); !ok {
		if p, err = s.now(ctx); err == nil {
			e, ok = p.extent()
		}
	}
	return e, ok, err
}

// Completeness says how far the cells are behind what is stored; EventsPending
// is left at 0, because only the queue knows it. Whoever adds it must ask the
// queue first: what the queue then calls stored is counted here.
func (s *Store) Completeness(ctx context.Context) (c schemas.Completeness, err error) {
	var p *progress
	group, within := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		p, err = s.now(within)
		return err
	})
	group.Go(func() error { // another process may have imported a directory
		_, err := s.imports.get(func() (imports, error) { return s.readImports(within) })
		return err
	})
	if err := group.Wait(); err != nil {
		return c, err
	}
	for _, l := range p.loads {
		c.LastLoad = later(c.LastLoad, l.last)
	}
	for _, d := range p.days {
		c.LastEvent = later(c.LastEvent, d.lastEvent)
	}
	c.DaysPending, err = s.pendingDays(ctx, p)
	return c, err
}

// pendingDays counts the days that are dirty, and the other weeks that are, or whose
// decision does not stand on what is in force.
func (s *Store) pendingDays(ctx context.Context, p *progress) (uint64, error) {
	days := p.dirtyDays()
	counted := map[schemas.Week]bool{} // with a day
	for _, d := range days {
		counted[d.Debut.Week()] = true
	}
	n := uint64(len(days))
	for _, w := range p.dirtyWeeks() {
		if week := schemas.Week(w.Debut); !counted[week] {
			counted[week] = true
			n++
		}
	}
	for w := range p.weeks {
		if counted[w] {
			continue
		}
		ok, err := s.stands(ctx, p, w)
		if err != nil {
			return 0, err
		}
		if !ok {
			n++
		}
	}
	return n, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
