package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// eachCell reads the cells of one span as they are stored, those that may not
// be shown without their figures. p has everything but what is withheld.
func (s *Store) eachCell(ctx context.Context, q schemas.CellQuery, p params, yield func(schemas.Cell)) error {
	s.withholding(p, q)
	name, days := "cells", false
	p["above"] = "false"
	if q.Detail != schemas.Ensemble {
		name = "cells_detail"
	}
	if s.rule != nil && q.Grain == schemas.ParJour {
		// No day of an establishment is shown: its cells are not even read.
		days = true
		p["above"] = "true"
		p["lone"] = strconv.FormatBool(q.Detail == schemas.ParEnfants)
		switch lowest := parts(q); {
		case !slices.Contains(lowest, schemas.Ecole):
			days = false
		case len(lowest) == 1:
			return s.withheldDays(ctx, p, yield)
		}
	}
	err := s.each(ctx, name, p, func(r driver.Rows) error {
		var c schemas.Cell
		var debut time.Time
		var axe string
		var periods uint64
		err := r.Scan(&debut, &c.Code, &axe, &c.Modalite,
			&c.Visits, &c.Users, &c.DurationMS, &c.VisitsWithDuration, &c.Events, &c.Schools, &c.WithheldPeriods, &periods)
		c.Debut, c.Axe, c.Withheld = schemas.DayFromUTC(debut), schemas.Axe(axe), periods == 0
		yield(c)
		return err
	})
	if err != nil || !days {
		return err
	}
	return s.withheldDays(ctx, p, yield)
}

// withheldDays are the days of establishments, in no order.
func (s *Store) withheldDays(ctx context.Context, p params, yield func(schemas.Cell)) error {
	p["cells"] = "cells_weeks"
	return s.each(ctx, "withheld_days", p, func(r driver.Rows) error {
		c := schemas.Cell{Withheld: true}
		var debut time.Time
		var axe string
		err := r.Scan(&debut, &c.Code, &axe, &c.Modalite, &c.WithheldPeriods)
		c.Debut, c.Axe = schemas.DayFromUTC(debut), schemas.Axe(axe)
		yield(c)
		return err
	})
}

// parts are the levels of the territories that a query gives cells of.
func parts(q schemas.CellQuery) []schemas.Niveau {
	switch {
	case q.Detail == schemas.Ensemble:
		return []schemas.Niveau{q.Scope.Niveau}
	case q.Detail == schemas.ParEcoles || q.Scope.Niveau.Below() == schemas.Ecole || q.Scope.Niveau == schemas.Ecole:
		return []schemas.Niveau{schemas.Ecole}
	case q.Scope.Niveau.Below() == schemas.Circonscription: // and those that have none
		return []schemas.Niveau{schemas.Circonscription, schemas.Ecole}
	}
	return []schemas.Niveau{q.Scope.Niveau.Below()}
}

// withholding adds to the parameters of a query what it must leave out. Weeks
// whose decision does not stand on what is in force show nothing at the levels
// that a decision protects first.
func (s *Store) withholding(p params, q schemas.CellQuery) {
	p["threshold"], p["rule"] = "0", "0"
	if s.rule != nil {
		p["threshold"], p["rule"] = uintParam(s.rule.Threshold()), uintParam(s.rule.Version())
	}
	levels := parts(q)
	closed := slices.Contains(levels, schemas.Ecole) || slices.Contains(levels, schemas.Circonscription)
	p["establishments"] = strconv.FormatBool(s.rule != nil && q.Grain == schemas.ParSemaine && slices.Contains(levels, schemas.Ecole))
	p["niveaux"], p["closed"] = textArray(levels), strconv.FormatBool(closed)
	p["fine"] = strconv.FormatBool(q.Grain == schemas.ParJour)
}
