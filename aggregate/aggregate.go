// Package aggregate keeps the cells up to date with the events: it finds the
// days that a load touched, has each rebuilt whole, then the week that holds
// it. Late events, replays and corrected rules are all the same operation.
//
// It decides what is recomputed and when; how a day becomes cells is SQL in
// schemas/queries, and it knows neither the queue nor the pages.
package aggregate

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/schemas"
)

// Store recomputes days and weeks. Implementations return the kinds of
// schemas.Error; a recompute that failed leaves its day or week dirty.
type Store interface {
	Dirt
	RecomputeDay(ctx context.Context, d schemas.Dirty) error
	RecomputeWeek(ctx context.Context, d schemas.Dirty) error
	Decider
}

// Decider decides again which cells of weeks may not be shown, where something
// else than their cells has changed: the directory, the threshold, the rule.
// Settle puts weeks that were published a while ago where they are quick to read.
type Decider interface {
	Undecided(ctx context.Context) ([]schemas.Week, error)
	DecideWeek(ctx context.Context, week schemas.Week) error
	Settle(ctx context.Context) error
}

// Dirt lists what is behind, newest first.
type Dirt interface {
	DirtyDays(ctx context.Context) ([]schemas.Dirty, error)
	DirtyWeeks(ctx context.Context) ([]schemas.Dirty, error)
}

// Config is how eager the aggregator is.
type Config struct {
	// Interval between two looks when nothing was dirty.
	Interval time.Duration
	// Fresh bounds how long the newest week may wait behind a backlog of
	// older ones.
	Fresh time.Duration
}

// Defaults keeps figures well within a minute of the events.
func Defaults() Config { return Config{Interval: 5 * time.Second, Fresh: 20 * time.Second} }

// Aggregator recomputes what is dirty. Use one per engine.
type Aggregator struct {
	store   Store
	config  Config
	logger  *slog.Logger
	metrics metrics
}

// New makes an aggregator; it does nothing before Run or Once.
func New(store Store, config Config, logger *slog.Logger, registry prometheus.Registerer) *Aggregator {
	return &Aggregator{store: store, config: config, logger: logger, metrics: newMetrics(registry)}
}

// Run recomputes what becomes dirty until ctx is done, and returns nil then.
// Errors are logged and counted, and the work is tried again.
func (a *Aggregator) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		wait := a.config.Interval
		worked, err := a.pass(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			a.logger.Error("recompute", "error", err)
		case worked:
			wait = min(wait, time.Second)
		}
		timer.Reset(wait)
	}
}

// Once recomputes until nothing is dirty. The first error ends it.
func (a *Aggregator) Once(ctx context.Context) error {
	for {
		worked, err := a.pass(ctx)
		if err != nil || !worked {
			return err
		}
	}
}

// pass recomputes the dirty weeks, newest first, for as long as the newest may
// wait. worked says that something was dirty. A week whose recompute fails
// does not hold up the others; the errors are joined.
func (a *Aggregator) pass(ctx context.Context) (worked bool, err error) {
	started := time.Now()
	days, err := a.dirt(ctx, a.store.DirtyDays)
	if err != nil {
		return false, err
	}
	weeks, err := a.dirt(ctx, a.store.DirtyWeeks)
	if err != nil {
		return false, err
	}
	a.metrics.dirty.Set(float64(len(days)))
	var failed []error
	for _, w := range dirtyWeeks(days, weeks) {
		if ctx.Err() != nil {
			return worked, ctx.Err()
		}
		worked = true
		if err := a.week(ctx, w, days); err != nil {
			failed = append(failed, err)
		}
		if time.Since(started) > a.config.Fresh {
			return worked, errors.Join(failed...)
		}
	}
	if slices.ContainsFunc(failed, func(err error) bool { return schemas.KindOf(err) == schemas.Unavailable }) {
		return worked, errors.Join(failed...)
	}
	decided, err := a.decide(ctx, started)
	return worked || decided, errors.Join(append(failed, err)...)
}

// decide has the weeks decided again whose cells are up to date and whose
// decision is not, newest first, for as long as the newest may wait.
func (a *Aggregator) decide(ctx context.Context, started time.Time) (worked bool, err error) {
	weeks, err := a.store.Undecided(ctx)
	if err != nil {
		a.metrics.errors.WithLabelValues("dirty").Inc()
		return false, err
	}
	if len(weeks) == 0 {
		return false, a.timed("publication", func() error { return a.store.Settle(ctx) })
	}
	for _, w := range weeks {
		if ctx.Err() != nil {
			return worked, ctx.Err()
		}
		worked = true
		if err := a.timed("decision", func() error { return a.store.DecideWeek(ctx, w) }); err != nil {
			return worked, err
		}
		if time.Since(started) > a.config.Fresh {
			break
		}
	}
	return worked, nil
}

// dirtyWeeks lists the weeks that hold a dirty day or are dirty themselves,
// newest first.
func dirtyWeeks(days, weeks []schemas.Dirty) []schemas.Week {
	var all []schemas.Week
	for _, d := range slices.Concat(days, weeks) {
		all = append(all, d.Debut.Week())
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.Reverse(all)
	return all
}

// dirt looks what is behind.
func (a *Aggregator) dirt(ctx context.Context, look func(context.Context) ([]schemas.Dirty, error)) ([]schemas.Dirty, error) {
	found, err := look(ctx)
	if err != nil {
		a.metrics.errors.WithLabelValues("dirty").Inc()
	}
	return found, err
}

// week recomputes the dirty days of a week, then the week. A day whose
// recompute fails does not hold up the others, but the week, which would have
// to be computed again; an engine that is away ends it.
func (a *Aggregator) week(ctx context.Context, w schemas.Week, days []schemas.Dirty) error {
	var failed []error
	for _, d := range days {
		if d.Debut.Week() != w {
			continue
		}
		if err := a.timed("jour", func() error { return a.store.RecomputeDay(ctx, d) }); err != nil {
			failed = append(failed, err)
			if schemas.KindOf(err) == schemas.Unavailable {
				break
			}
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	weeks, err := a.dirt(ctx, a.store.DirtyWeeks) // again: its basis is the days just done
	if err != nil {
		return err
	}
	for _, d := range weeks {
		if schemas.Week(d.Debut) == w {
			return a.timed("semaine", func() error { return a.store.RecomputeWeek(ctx, d) })
		}
	}
	return nil
}

func (a *Aggregator) timed(grain string, recompute func() error) error {
	started := time.Now()
	err := recompute()
	if err != nil {
		a.metrics.errors.WithLabelValues(grain).Inc()
		return err
	}
	a.metrics.seconds.WithLabelValues(grain).Observe(time.Since(started).Seconds())
	return nil
}
