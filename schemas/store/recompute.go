package store

import (
	"cmp"
	"context"
	"fmt"

	"github.com/entaudience/entaudience/schemas"
)

// RecomputeDay rebuilds the visits, hour cells and day cells of one day from
// its events and swaps them in. Doing it again changes nothing; events that
// arrive meanwhile leave the day dirty, and so does an error. Of two that
// recompute a day at once, at most one succeeds. The error is Invalid when the
// raw events of the day are deleted: what arrived since would replace
// everything.
func (s *Store) RecomputeDay(ctx context.Context, d schemas.Dirty) (err error) {
	if err := s.refuseDeleted(ctx, schemas.Period{From: d.Debut, To: d.Debut}); err != nil {
		return err
	}
	tables := []string{"visits", "cells_hour", "cells_day"}
	st, err := s.stage(ctx, d.Debut, tables...)
	if err != nil {
		return fmt.Errorf("recompute %s: %w", d.Debut, err)
	}
	defer func() { err = cmp.Or(err, st.drop(ctx)) }()
	day, visits := dayParam(d.Debut), st.of("visits")
	sizes, err := s.sizes(ctx, "day_sizes", params{"day": day})
	if err != nil {
		return fmt.Errorf("recompute %s: %w", d.Debut, err)
	}
	err = s.eachPortion(ctx, portions(sizes, s.mostEvents), []step{
		{"recompute_visits", params{"target": visits, "day": day}},
		{"recompute_hours", params{"target": st.of("cells_hour"), "visits": visits, "day": day}},
		{"recompute_cells", params{"target": st.of("cells_day"), "visits": visits, "period": day, "from": day, "to": day}},
	})
	if err != nil {
		return fmt.Errorf("recompute %s: %w", d.Debut, err)
	}
	for _, t := range tables {
		if err := st.replace(ctx, t); err != nil {
			return fmt.Errorf("recompute %s: %w", d.Debut, err)
		}
	}
	return s.record(ctx, "record_day", d)
}

// RecomputeWeek rebuilds the cells of the week whose Monday is d.Debut from
// the visits of its days, decides which may not be shown, swaps them in, and
// publishes what may be shown.
// Otherwise it is as RecomputeDay; the error is Invalid when the visits of one
// of its days are deleted.
func (s *Store) RecomputeWeek(ctx context.Context, d schemas.Dirty) (err error) {
	if err := s.refuseDeleted(ctx, schemas.Period{From: d.Debut, To: d.Debut + 6}); err != nil {
		return err
	}
	week := schemas.Week(d.Debut)
	st, err := s.stage(ctx, d.Debut, append([]string{"cells_week"}, publication...)...)
	if err != nil {
		return fmt.Errorf("recompute week %s: %w", week, err)
	}
	defer func() { err = cmp.Or(err, st.drop(ctx)) }()
	p := params{
		"target": st.of("cells_week"), "visits": "visits", "period": dayParam(week.Monday()),
		"from": dayParam(week.Monday()), "to": dayParam(week.Sunday()),
	}
	sizes, err := s.sizes(ctx, "week_sizes", params{"from": p["from"], "to": p["to"]})
	if err != nil {
		return fmt.Errorf("recompute week %s: %w", week, err)
	}
	err = s.eachPortion(ctx, portions(sizes, s.mostVisits), []step{{"recompute_cells", p}, {"recompute_frequence", p}})
	if err != nil {
		return fmt.Errorf("recompute week %s: %w", week, err)
	}
	if err := s.swapDecided(ctx, st, week, d.Run+1); err != nil {
		return fmt.Errorf("recompute week %s: %w", week, err)
	}
	return s.record(ctx, "record_week", d)
}

// swapDecided decides which of the staged cells of a week may not be shown, and
// swaps in the cells and what is published of them. The days and the hours of the
// week are already in place: until its cells are in too, the decision before and
// this one are in force, so that none shows that either of them withholds.
func (s *Store) swapDecided(ctx context.Context, st *staging, week schemas.Week, run uint64) error {
	decided, err := s.decide(ctx, st, week, st.of("cells_week"), run)
	if err != nil {
		return err
	}
	if err := s.exec(ctx, "withhold_also", params{"staged": st.of("withheld_week"), "week": dayParam(week.Monday())}); err != nil {
		return err
	}
	if err := st.replace(ctx, "cells_week"); err != nil {
		return err
	}
	return s.putInForce(ctx, st, decided)
}

// record says that a recompute is done. Killed before, its period is dirty and
// it is done again.
func (s *Store) record(ctx context.Context, query string, d schemas.Dirty) error {
	defer s.done.forget()
	return s.exec(ctx, query, params{
		"period": dayParam(d.Debut), "run": uintParam(d.Run + 1), "basis": uintParam(d.Basis),
	})
}
