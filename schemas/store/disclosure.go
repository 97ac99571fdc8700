package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// Rule decides which cells of a week may not be shown. Implementations are
// pure and safe for concurrent use; another Version of a rule, or another
// threshold, has every week decided again.
type Rule interface {
	Threshold() int // fewest distinct users that may be shown
	Version() int
	// Decide is given the cells of every establishment in a week, and the
	// directory that serves its school year, with as many pupils as pages say.
	Decide(cells []schemas.WeekCell, schools []schemas.School) schemas.Withholding
}

const insertWithheld = "INSERT INTO %s (niveau, code, axe, modalite, fine_only, period)"

// showAll is the rule where none is given.
type showAll struct{}

func (showAll) Threshold() int { return 0 }
func (showAll) Version() int   { return 0 }
func (showAll) Decide(cells []schemas.WeekCell, _ []schemas.School) schemas.Withholding {
	return schemas.Withholding{Total: uint64(len(cells))}
}

// Threshold is the fewest distinct users that may be shown; 0 = no limit.
func (s *Store) Threshold() int { return s.rule.Threshold() }

// decision is what was staged for a week, and what it stands on.
type decision struct {
	week   schemas.Week
	run    uint64 // the recompute of the week whose cells it is about
	number uint64 // above every decision of the week before
	schemas.Withholding
	directory version // zero when none was ever imported
	pupils    version // the effectifs; zero when none serves the school year
}

// decide applies the rule to the cells of a week in a table, and stages what
// it withholds and what is published.
func (s *Store) decide(ctx context.Context, st *staging, week schemas.Week, table string, run uint64) (decision, error) {
	d := decision{week: week, run: run}
	published, err := s.publishedDecisions(ctx)
	if err != nil {
		return d, err
	}
	done, err := s.now(ctx)
	if err != nil {
		return d, err
	}
	d.number = max(published[week], done.decisions[week].decision) + 1
	var schools []schemas.School
	switch dir, use, err := s.Directory(ctx, week.SchoolYear()); {
	case err == nil:
		schools, d.directory = dir.Schools, version{year: use.From, number: dir.Version}
	case schemas.KindOf(err) != schemas.NotFound:
		return d, err
	}
	if schools, d.pupils, err = s.peopled(ctx, schools, week.SchoolYear()); err != nil {
		return d, err
	}
	var cells []schemas.WeekCell
	err = s.each(ctx, "week_cells", params{"cells": table, "week": dayParam(week.Monday())}, func(r driver.Rows) error {
		var c schemas.WeekCell
		var uai, axe string
		var visits, users, withDuration, events uint32
		err := r.Scan(&uai, &axe, &c.Modalite, &visits, &users, &c.DurationMS, &withDuration, &events)
		c.UAI, c.Axe = schemas.UAI(uai), schemas.Axe(axe)
		c.Visits, c.Users, c.VisitsWithDuration, c.Events = uint64(visits), uint64(users), uint64(withDuration), uint64(events)
		cells = append(cells, c)
		return err
	})
	if err != nil {
		return d, err
	}
	d.Withholding = s.rule.Decide(cells, schools)
	if len(d.Cells) > 0 {
		monday := week.Monday().UTC()
		err := s.insertRows(ctx, fmt.Sprintf(insertWithheld, st.of("withheld_week")), len(d.Cells), func(b driver.Batch, i int) error {
			c := d.Cells[i]
			return b.Append(string(c.Niveau), c.Code, string(c.Axe), c.Modalite, c.FineOnly, monday)
		})
		if err != nil {
			return d, err
		}
	}
	return d, s.publishWeek(ctx, st, d, table)
}

// peopled gives schools the pupils that pages say they have in a school year: a
// reader knows that no more of them can have come.
func (s *Store) peopled(ctx context.Context, schools []schemas.School, year schemas.SchoolYear) ([]schemas.School, version, error) {
	v, _, err := s.imported(ctx, kindPupils, notAfter(year))
	if err != nil {
		return nil, version{}, err
	}
	population, err := s.Population(ctx, year)
	if err != nil {
		return nil, version{}, err
	}
	schools = slices.Clone(schools)
	for i := range schools {
		if n, known := population.Potential(&schools[i], schemas.Eleve).Get(); known {
			schools[i].Pupils = int(n)
		}
	}
	return schools, v, nil
}

// putInForce makes the staged decision the one in force, publishes what was
// staged with it, and records it.
func (s *Store) putInForce(ctx context.Context, st *staging, d decision) error {
	for _, t := range publication {
		if err := st.replace(ctx, t); err != nil {
			return err
		}
	}
	defer s.done.forget()
	return s.exec(ctx, "record_disclosed", params{
		"period": dayParam(d.week.Monday()), "decision": uintParam(d.number), "run": uintParam(d.run), "annuaire": uintParam(d.directory.year),
		"version": uintParam(d.directory.number), "effectifs": uintParam(d.pupils.number), "threshold": uintParam(s.rule.Threshold()), "rule": uintParam(s.rule.Version()),
		"cells": uintParam(d.Total), "small": uintParam(d.Small), "withheld": uintParam(d.Withheld),
	})
}

// Undecided lists the weeks whose decision stands on another recompute,
// directory, effectifs, threshold or rule than those in force, or is not the one that is
// published, newest first. A recompute decides by itself; the others are for
// DecideWeek.
func (s *Store) Undecided(ctx context.Context) ([]schemas.Week, error) {
	done, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	published, err := s.publishedDecisions(ctx)
	if err != nil {
		return nil, err
	}
	var weeks []schemas.Week
	for _, w := range done.computedWeeks() {
		ok, err := s.stands(ctx, done, w)
		if err != nil {
			return nil, err
		}
		if !ok || published[w] != done.decisions[w].decision {
			weeks = append(weeks, w)
		}
	}
	return weeks, nil
}

// DecideWeek decides again which cells of a week may not be shown, from its
// cells, whose raw events may be gone, and publishes it.
func (s *Store) DecideWeek(ctx context.Context, week schemas.Week) error {
	done, err := s.now(ctx)
	if err != nil {
		return err
	}
	last, ok := done.weeks[week]
	if !ok {
		return nil // never computed: nothing to withhold
	}
	if err := s.decideAgain(ctx, week, last.run); err != nil {
		return fmt.Errorf("decide week %s: %w", week, err)
	}
	return nil
}

func (s *Store) decideAgain(ctx context.Context, week schemas.Week, run uint64) (err error) {
	st, err := s.stage(ctx, week.Monday(), publication...)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, st.drop(ctx)) }()
	d, err := s.decide(ctx, st, week, "cells_weeks", run)
	if err != nil {
		return err
	}
	return s.putInForce(ctx, st, d)
}
