package store

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// maxSchoolWeeks is how many weeks a rank can name.
const maxSchoolWeeks = 256

// SchoolFigures gives one line per establishment that has a visit and per
// directory that serves the period, by directory and UAI. Errors:
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
		p := sp.params(q.Scope)
		s.withholding(p, schemas.CellQuery{Scope: q.Scope, Grain: schemas.ParSemaine, Detail: schemas.ParEcoles})
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
