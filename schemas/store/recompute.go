package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// DirtyDays lists the days whose cells do not hold every stored batch, newest
// first.
func (s *Store) DirtyDays(ctx context.Context) ([]schemas.Dirty, error) {
	return s.dirty(ctx, "dirty_days")
}

// DirtyWeeks lists the weeks one of whose days was recomputed after them,
// newest first.
func (s *Store) DirtyWeeks(ctx context.Context) ([]schemas.Dirty, error) {
	return s.dirty(ctx, "dirty_weeks")
}

func (s *Store) dirty(ctx context.Context, query string) ([]schemas.Dirty, error) {
	var all []schemas.Dirty
	err := s.each(ctx, query, nil, func(r driver.Rows) error {
		var day time.Time
		var d schemas.Dirty
		err := r.Scan(&day, &d.Basis, &d.Run)
		d.Debut = schemas.DayFromUTC(day)
		all = append(all, d)
		return err
	})
	return all, err
}

// RecomputeDay rebuilds the visits, hour cells and day cells of one day from
// its events and swaps them in. Doing it again changes nothing; events that
// arrive meanwhile leave the day dirty. One recompute of a day at a time.
func (s *Store) RecomputeDay(ctx context.Context, d schemas.Dirty) error {
	tables := []string{"visits", "cells_hour", "cells_day"}
	if err := s.clear(ctx, d.Debut, tables...); err != nil {
		return err
	}
	day := dayParam(d.Debut)
	steps := []struct {
		query string
		params
	}{
		{"recompute_visits", params{"target": "staging_visits", "day": day}},
		{"recompute_hours", params{"target": "staging_cells_hour", "visits": "staging_visits", "day": day}},
		{"recompute_cells", params{"target": "staging_cells_day", "visits": "staging_visits", "period": day, "from": day, "to": day}},
	}
	for _, step := range steps {
		if err := s.exec(ctx, step.query, step.params); err != nil {
			return fmt.Errorf("recompute %s: %w", d.Debut, err)
		}
	}
	return s.swap(ctx, d, "record_day", tables...)
}

// RecomputeWeek rebuilds the cells of the week whose Monday is d.Debut from
// the visits of its days, decides which may not be shown, and swaps them in.
func (s *Store) RecomputeWeek(ctx context.Context, d schemas.Dirty) error {
	const table = "cells_week"
	if err := s.clear(ctx, d.Debut, table); err != nil {
		return err
	}
	week := schemas.Week(d.Debut)
	p := params{
		"target": "staging_cells_week", "visits": "visits", "period": dayParam(week.Monday()),
		"from": dayParam(week.Monday()), "to": dayParam(week.Sunday()),
	}
	for _, query := range []string{"recompute_cells", "recompute_frequence"} {
		if err := s.exec(ctx, query, p); err != nil {
			return fmt.Errorf("recompute week %s: %w", week, err)
		}
	}
	if s.rule == nil {
		return s.swap(ctx, d, "record_week", table)
	}
	decided, err := s.decide(ctx, week, "staging_cells_week", d.Run+1)
	if err != nil {
		return err
	}
	// Until the new cells are in, both decisions are in force: at no moment
	// does a cell show that either of them withholds.
	if err := s.exec(ctx, "withhold_also", params{"week": dayParam(week.Monday())}); err != nil {
		return err
	}
	if err := s.replace(ctx, d.Debut, table); err != nil {
		return err
	}
	if err := s.putInForce(ctx, decided); err != nil {
		return err
	}
	return s.record(ctx, d, "record_week", table)
}

// partition is the identifier of a day's partition, as the engine names it.
func partition(d schemas.Day) string { return strings.ReplaceAll(d.String(), "-", "") }

// clear empties the staging partitions of a day.
func (s *Store) clear(ctx context.Context, d schemas.Day, tables ...string) error {
	for _, t := range tables {
		if err := s.run(ctx, "clear staging_"+t,
			fmt.Sprintf("ALTER TABLE staging_%s DROP PARTITION ID '%s'", t, partition(d)), nil); err != nil {
			return err
		}
	}
	return nil
}

// swap replaces the partitions of a day by the staged ones, records that, and
// empties the staging. A kill in between leaves the day dirty: it is done again.
func (s *Store) swap(ctx context.Context, d schemas.Dirty, record string, tables ...string) error {
	for _, t := range tables {
		if err := s.replace(ctx, d.Debut, t); err != nil {
			return err
		}
	}
	return s.record(ctx, d, record, tables...)
}

// replace swaps the partition of a day for the staged one.
func (s *Store) replace(ctx context.Context, d schemas.Day, table string) error {
	return s.run(ctx, "swap "+table, fmt.Sprintf(
		"ALTER TABLE %[1]s REPLACE PARTITION ID '%[2]s' FROM staging_%[1]s SETTINGS allow_replace_partition_from_empty_source = 1",
		table, partition(d)), nil)
}

// record says that a recompute is done, and empties its staging.
func (s *Store) record(ctx context.Context, d schemas.Dirty, record string, tables ...string) error {
	if err := s.exec(ctx, record, params{
		"period": dayParam(d.Debut), "run": uintParam(d.Run + 1), "basis": uintParam(d.Basis),
	}); err != nil {
		return err
	}
	return s.clear(ctx, d.Debut, tables...)
}
