package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const (
	insertClosedDays  = "INSERT INTO closed_days (day, deleted)"
	insertClosedWeeks = "INSERT INTO closed_weeks (week)"
	insertJob         = "INSERT INTO jobs (name, at)"
)

// ClosedDays says which days take no more events, and of each whether its raw
// events are gone.
func (s *Store) ClosedDays(ctx context.Context) (map[schemas.Day]bool, error) {
	all, err := s.closedDays(ctx)
	deleted := make(map[schemas.Day]bool, len(all))
	for day, c := range all {
		deleted[day] = c.deleted
	}
	return deleted, err
}

func (s *Store) closedDays(ctx context.Context) (map[schemas.Day]closed, error) {
	all := map[schemas.Day]closed{}
	err := s.each(ctx, "closed_days", nil, func(r driver.Rows) error {
		var day time.Time
		var c closed
		err := r.Scan(&day, &c.deleted, &c.since)
		all[schemas.DayFromUTC(day)] = c
		return err
	})
	return all, err
}

// CloseDays makes days take no more events. It is never taken back.
func (s *Store) CloseDays(ctx context.Context, days []schemas.Day) error {
	return s.closeDays(ctx, days, false)
}

func (s *Store) closeDays(ctx context.Context, days []schemas.Day, deleted bool) error {
	if len(days) == 0 {
		return nil
	}
	return s.insertRows(ctx, insertClosedDays, len(days), func(b driver.Batch, i int) error {
		return b.Append(days[i].UTC(), deleted)
	})
}

// DeleteRaw drops the raw events and the visits of a day, after recording that
// they are gone: from that moment nothing recomputes the day. With the last day
// of its week go the records of the batches; their sums stay. A kill in between
// leaves events that nothing reads; the same call again drops them.
func (s *Store) DeleteRaw(ctx context.Context, d schemas.Day) error {
	closed, err := s.ClosedDays(ctx)
	if err != nil {
		return err
	}
	if !closed[d] {
		if err := s.closeDays(ctx, []schemas.Day{d}, true); err != nil {
			return err
		}
	}
	var open uint64
	err = s.each(ctx, "loaded_open", params{"week": dayParam(d.Week().Monday())}, func(r driver.Rows) error { return r.Scan(&open) })
	if err == nil && open == 0 {
		err = s.drop(ctx, partition(d.Week().Monday()), "loads")
	}
	if err != nil {
		return err
	}
	return s.drop(ctx, partition(d), "events", "visits") // last: these are what a run finds to be done
}

// refuseDeleted is Invalid when raw events or visits of p are deleted.
func (s *Store) refuseDeleted(ctx context.Context, p schemas.Period) error {
	closed, err := s.ClosedDays(ctx)
	if err != nil {
		return err
	}
	for d := p.From; d <= p.To; d++ {
		if closed[d] {
			return schemas.Refuse("Le %s est clos : ses événements bruts sont effacés, et le recalculer effacerait ses chiffres.", d)
		}
	}
	return nil
}

// MoveWeeks moves the cells of weeks of one school year to those that can no
// longer change, and forgets what lies there before keep, and what was published
// of it. The cells are there throughout, and once: they switch from one table to
// the other with one row.
// A kill between any two steps loses nothing, and the same call again ends it.
func (s *Store) MoveWeeks(ctx context.Context, year schemas.SchoolYear, weeks []schemas.Week, keep schemas.Day) error {
	id := fmt.Sprint(int(year))
	empty := func() error { return s.drop(ctx, id, "staging_cells_week_closed") }
	if err := empty(); err != nil {
		return err
	}
	if err := s.exec(ctx, "move_weeks", params{"annee": id, "weeks": dayArray(mondays(weeks)), "keep": dayParam(keep)}); err != nil {
		return err
	}
	const swap = "ALTER TABLE cells_week_closed REPLACE PARTITION ID '%s' FROM staging_cells_week_closed SETTINGS allow_replace_partition_from_empty_source = 1"
	if err := s.run(ctx, "swap cells_week_closed", fmt.Sprintf(swap, id), nil); err != nil {
		return err
	}
	if err := empty(); err != nil { // before the switch, after which nothing would ask for it again
		return err
	}
	if len(weeks) > 0 {
		if err := s.insertRows(ctx, insertClosedWeeks, len(weeks), func(b driver.Batch, i int) error {
			return b.Append(weeks[i].Monday().UTC())
		}); err != nil {
			return err
		}
	}
	for _, w := range weeks {
		if err := s.drop(ctx, partition(w.Monday()), "cells_week"); err != nil {
			return err
		}
	}
	return s.settle(ctx, year, nil, keep)
}

// DropCells drops the cells of the hours and of the day for their age, after
// recording that the day has no figures any more.
func (s *Store) DropCells(ctx context.Context, d schemas.Day) error {
	defer s.done.forget()
	if err := s.exec(ctx, "record_expired", params{"day": dayParam(d)}); err != nil {
		return err
	}
	return s.drop(ctx, partition(d), "cells_hour", "cells_day")
}

// ForgetWeek drops the cells of a week that was never moved, then what was
// decided on the week: which cells may not be shown is kept as long as there
// are any. The week is Undecided afterwards; deciding it publishes that it has
// no cells, which is how a process that holds them in memory hears of it.
func (s *Store) ForgetWeek(ctx context.Context, w schemas.Week) error {
	return s.drop(ctx, partition(w.Monday()), "cells_week", "withheld_week", "published")
}

// DropWeek drops what a kill left in cells_week of a week that was moved.
func (s *Store) DropWeek(ctx context.Context, w schemas.Week) error {
	return s.drop(ctx, partition(w.Monday()), "cells_week")
}

func (s *Store) drop(ctx context.Context, id string, tables ...string) error {
	for _, t := range tables {
		if err := s.run(ctx, "drop a partition of "+t, fmt.Sprintf("ALTER TABLE %s DROP PARTITION ID '%s'", t, id), nil); err != nil {
			return err
		}
	}
	return nil
}

// DropRefused drops the refused hits of the month of a day.
func (s *Store) DropRefused(ctx context.Context, month schemas.Day) error {
	return s.drop(ctx, month.UTC().Format(monthPartition), "refused")
}

// The identifiers of partitions.
const (
	dayPartition   = "20060102"
	monthPartition = "200601"
)

// Partitions lists, by table, the days that have a partition with rows, in
// order: events, visits, cells_hour, cells_day, cells_week and withheld_week; of
// refused the first days of months.
func (s *Store) Partitions(ctx context.Context) (map[string][]schemas.Day, error) {
	all := map[string][]schemas.Day{}
	err := s.each(ctx, "partitions", nil, func(r driver.Rows) error {
		var table, id string
		if err := r.Scan(&table, &id); err != nil {
			return err
		}
		layout := dayPartition
		if len(id) == len(monthPartition) {
			layout = monthPartition
		}
		day, err := time.Parse(layout, id)
		if err != nil {
			return fmt.Errorf("partition %s of %s is not a day", id, table)
		}
		all[table] = append(all[table], schemas.DayFromUTC(day))
		return nil
	})
	return all, err
}

// ClosedCells lists the weeks that have cells among those that can no longer
// change, in order.
func (s *Store) ClosedCells(ctx context.Context) ([]schemas.Week, error) {
	var weeks []schemas.Week
	err := s.each(ctx, "closed_cells", nil, func(r driver.Rows) error {
		w, err := scanWeek(r)
		weeks = append(weeks, w)
		return err
	})
	return weeks, err
}

// scanWeek reads a row that is a Monday.
func scanWeek(r driver.Rows) (schemas.Week, error) {
	var monday time.Time
	err := r.Scan(&monday)
	return schemas.Week(schemas.DayFromUTC(monday)), err
}

// JobDone records when a job was last done; LastJob reads it, zero when never.
func (s *Store) JobDone(ctx context.Context, name string, at time.Time) error {
	return s.insertRows(ctx, insertJob, 1, func(b driver.Batch, _ int) error { return b.Append(name, at.UTC()) })
}

// LastJob is when a job was last done, UTC; zero = never.
func (s *Store) LastJob(ctx context.Context, name string) (last time.Time, err error) {
	err = s.each(ctx, "last_job", params{"name": name}, func(r driver.Rows) error {
		err := r.Scan(&last)
		last = known(last)
		return err
	})
	return last, err
}

// dayArray writes an Array(Date) parameter.
func dayArray(days []schemas.Day) string {
	texts := make([]string, len(days))
	for i, d := range days {
		texts[i] = "'" + d.String() + "'"
	}
	slices.Sort(texts)
	return "[" + strings.Join(texts, ",") + "]"
}
