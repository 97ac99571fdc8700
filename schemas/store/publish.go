package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// publication is the tables that a decision on a week replaces.
var publication = []string{"withheld_week", "published"}

// publishWeek stages what may be shown of the cells of a week in a table.
func (s *Store) publishWeek(ctx context.Context, st *staging, d decision, table string) error {
	p := params{
		"target": st.of("published"), "withheld": st.of("withheld_week"), "cells": table,
		"week": dayParam(d.week.Monday()), "annuaire": uintParam(d.directory.year), "version": uintParam(d.directory.number),
		"basis": uintParam(s.basis(d.directory.year, d.directory.number)), "decision": uintParam(d.number),
		"threshold": uintParam(s.rule.Threshold()),
		"from":      strconv.FormatInt(d.week.Start().Unix(), 10), "to": strconv.FormatInt(d.week.End().Unix(), 10),
	}
	for _, statement := range []string{"publish_week", "publish_schools", "publish_hours"} {
		if err := s.exec(ctx, statement, p); err != nil {
			return err
		}
	}
	return nil
}

// basis names what a decision stands on beside the cells: a version of the
// directory, the threshold and the rule.
func (s *Store) basis(year schemas.SchoolYear, version uint64) uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, int(year), version, s.rule.Threshold(), s.rule.Version()) //nolint:errcheck // a hash takes everything
	return h.Sum64()
}

// Published weeks are settled when they are older than the newest few, which
// are published again and again, and when there are enough of them to be worth
// writing a school year again.
const (
	unsettled  = 4
	worthwhile = 8
)

// Settle moves weeks published a while ago to where they are quick to read.
// Pages see them throughout, and once. Not for two callers at once: a week that
// another publishes meanwhile may be dropped, and is then Undecided.
func (s *Store) Settle(ctx context.Context) error {
	open, err := s.publishedOpen(ctx)
	if err != nil || len(open) < unsettled+worthwhile {
		return err
	}
	years := map[schemas.SchoolYear][]schemas.Week{}
	for _, w := range open[unsettled:] {
		years[w.SchoolYear()] = append(years[w.SchoolYear()], w)
	}
	for year, weeks := range years {
		if err := s.settle(ctx, year, weeks, schemas.Day(1)); err != nil {
			return err
		}
	}
	return nil
}

// settle moves weeks of a school year, and forgets what was settled of it
// before keep. A kill between any two steps loses nothing, and the same call
// again ends it.
func (s *Store) settle(ctx context.Context, year schemas.SchoolYear, weeks []schemas.Week, keep schemas.Day) error {
	id := strconv.Itoa(int(year))
	empty := func() error { return s.drop(ctx, id, "staging_published_settled") }
	if err := empty(); err != nil {
		return err
	}
	if err := s.exec(ctx, "settle_weeks", params{"annee": id, "weeks": dayArray(mondays(weeks)), "keep": dayParam(keep)}); err != nil {
		return err
	}
	const swap = "ALTER TABLE published_settled REPLACE PARTITION ID '%s' FROM staging_published_settled SETTINGS allow_replace_partition_from_empty_source = 1"
	if err := s.run(ctx, "swap published_settled", fmt.Sprintf(swap, id), nil); err != nil {
		return err
	}
	if err := empty(); err != nil {
		return err
	}
	for _, w := range weeks { // from here on each is read where it was moved to
		if err := s.drop(ctx, partition(w.Monday()), "published"); err != nil {
			return err
		}
	}
	return nil
}

func mondays(weeks []schemas.Week) []schemas.Day {
	days := make([]schemas.Day, len(weeks))
	for i, w := range weeks {
		days[i] = w.Monday()
	}
	return days
}

// publishedDecisions is the decision by which each week was published.
func (s *Store) publishedDecisions(ctx context.Context) (map[schemas.Week]uint64, error) {
	published := map[schemas.Week]uint64{}
	err := s.each(ctx, "published_decisions", nil, func(r driver.Rows) error {
		var monday time.Time
		var decision uint64
		err := r.Scan(&monday, &decision)
		published[schemas.Week(schemas.DayFromUTC(monday))] = decision
		return err
	})
	return published, err
}

// publishedOpen lists the weeks that are not settled, newest first.
func (s *Store) publishedOpen(ctx context.Context) ([]schemas.Week, error) {
	var weeks []schemas.Week
	err := s.each(ctx, "published_open", nil, func(r driver.Rows) error {
		w, err := scanWeek(r)
		weeks = append(weeks, w)
		return err
	})
	return weeks, err
}
