package store

import (
	"context"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// maxSchoolWeeks is how many weeks a rank can name.
const maxSchoolWeeks = 256

// SchoolFigures gives one line per establishment that has a week, shown or
// withheld, and per directory that serves the period, by directory and UAI. Errors:
// Invalid for a period of more weeks than five years, NotFound when no
// directory was ever imported.
func (s *Store) SchoolFigures(ctx context.Context, q schemas.SchoolQuery) ([]schemas.SchoolFigures, error) {
	weeks := q.Period.Weeks()
	if len(weeks) == 0 {
		return nil, nil
	}
	if len(weeks) > maxSchoolWeeks {
		return nil, schemas.Refuse("La période fait %d semaines : demandez-en %d au plus.", len(weeks), maxSchoolWeeks)
	}
	spans, err := s.spans(ctx, schemas.Period{From: weeks[0].Monday(), To: weeks[len(weeks)-1].Monday()})
	if err != nil {
		return nil, err
	}
	var found []schemas.SchoolFigures
	for _, sp := range spans {
		if onShelf([]schemas.Niveau{schemas.Ecole}, []schemas.Axe{q.Axe}) {
			more, err := s.schoolsShown(ctx, sp, q, weeks[0])
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
			continue
		}
		p := s.shown(sp, q.Scope, schemas.ParEcoles)
		p["axe"], p["modalite"] = string(q.Axe), q.Modalite
		p["first"], p["running"] = dayParam(weeks[0].Monday()), dayParam(q.Running.Monday())
		err := s.each(ctx, "school_figures", p, func(r driver.Rows) error {
			var f schemas.SchoolFigures
			var uai string
			err := r.Scan(&uai, &f.Visits, &f.Users, &f.DurationMS, &f.VisitsWithDuration, &f.Events, &f.Weeks, &f.HiddenWeeks)
			f.UAI, f.Directory = schemas.UAI(uai), sp.directory
			found = append(found, f)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// schoolsShown is the lines of one span, from the editions.
func (s *Store) schoolsShown(ctx context.Context, sp span, q schemas.SchoolQuery, first schemas.Week) ([]schemas.SchoolFigures, error) {
	at, err := s.asked(ctx, sp, q.Scope, schemas.ParEcoles)
	if err != nil {
		return nil, err
	}
	found := make([]schemas.SchoolFigures, len(at.parts))
	ranks := make([]uint8, len(at.parts)*len(at.weeks))
	of := at.number(place{q.Axe, q.Modalite})
	for _, e := range at.weeks { // week by week: an edition lies in one piece
		hidden := at.hides(schemas.Ecole, e)
		for i, p := range at.parts {
			c, ok := e.on(p.index, of)
			if !ok {
				continue
			}
			f := &found[i]
			if f.UAI == "" {
				from := i * len(at.weeks)
				*f = schemas.SchoolFigures{UAI: schemas.UAI(p.code), Directory: sp.directory, Weeks: ranks[from : from : from+len(at.weeks)]}
			}
			if c.masque || hidden {
				f.HiddenWeeks++
				continue
			}
			m := c.measures()
			if e.week >= q.Running {
				m.Users = 0
			} else if m.Visits > 0 {
				f.Weeks = append(f.Weeks, uint8((e.week-first)/7))
			}
			f.Add(m)
		}
	}
	return slices.DeleteFunc(found, func(f schemas.SchoolFigures) bool { return f.UAI == "" }), nil
}
