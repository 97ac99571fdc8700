package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

// How often the current week is computed while live traffic touches it all the
// time: at most an eighth of the time goes into it, because the history needs
// the processors too, and its figures are still fresh within a minute.
const (
	liveEvery  = 15 * time.Second
	liveLatest = 40 * time.Second
	liveShare  = 8
)

// heldWeeks is the store of a demonstration's aggregator. It hides one week
// that is not whole yet, which would be computed again and again while it comes
// in, and shows the current one only so often.
type heldWeeks struct {
	*store.Store
	clock func() time.Time

	mu     sync.Mutex
	week   schemas.Week // held
	some   bool         // there is one
	live   bool         // the current week is shown in this pass of the aggregator
	lately time.Time    // when its last computing began
	pause  time.Duration
}

func (s *heldWeeks) hold(w schemas.Week) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.week, s.some = w, true
}

func (s *heldWeeks) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.some = false
}

// DirtyDays begins a pass.
func (s *heldWeeks) DirtyDays(ctx context.Context) ([]schemas.Dirty, error) {
	now := s.clock()
	s.mu.Lock()
	s.live = now.Sub(s.lately) >= s.pause
	s.mu.Unlock()
	all, err := s.Store.DirtyDays(ctx)
	all = s.shown(all)
	if slices.ContainsFunc(all, func(d schemas.Dirty) bool { return d.Debut.Week() == schemas.WeekOf(now) }) {
		s.mu.Lock()
		s.lately = now
		s.mu.Unlock()
	}
	return all, err
}

// DirtyWeeks shows what DirtyDays did in this pass.
func (s *heldWeeks) DirtyWeeks(ctx context.Context) ([]schemas.Dirty, error) {
	all, err := s.Store.DirtyWeeks(ctx)
	return s.shown(all), err
}

// RecomputeWeek ends the computing of a week.
func (s *heldWeeks) RecomputeWeek(ctx context.Context, d schemas.Dirty) error {
	err := s.Store.RecomputeWeek(ctx, d)
	if now := s.clock(); d.Debut.Week() == schemas.WeekOf(now) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pause = min(max(liveEvery, liveShare*now.Sub(s.lately)), liveLatest)
	}
	return err
}

func (s *heldWeeks) shown(all []schemas.Dirty) []schemas.Dirty {
	s.mu.Lock()
	defer s.mu.Unlock()
	current := schemas.WeekOf(s.clock())
	kept := all[:0]
	for _, d := range all {
		w := d.Debut.Week()
		if s.some && w == s.week || w == current && !s.live {
			continue
		}
		kept = append(kept, d)
	}
	return kept
}

// waiting counts the weeks that are behind, but for the current one, in which
// live traffic always has something to compute.
func (s *heldWeeks) waiting(ctx context.Context) (int, error) {
	days, err := s.Store.DirtyDays(ctx)
	if err != nil {
		return 0, err
	}
	weeks, err := s.Store.DirtyWeeks(ctx)
	if err != nil {
		return 0, err
	}
	current := schemas.WeekOf(s.clock())
	behind := map[schemas.Week]bool{}
	for _, d := range append(days, weeks...) {
		if w := d.Debut.Week(); w != current {
			behind[w] = true
		}
	}
	return len(behind), nil
}
