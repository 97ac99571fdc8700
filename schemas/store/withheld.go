package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// shown is the parameters of a read of what is published of a territory. Weeks
// whose decision does not stand on what is in force show nothing at the levels
// that a decision protects first.
func (s *Store) shown(sp span, t schemas.Scope, d schemas.Detail) params {
	p := sp.params(t)
	levels := parts(t.Niveau, d)
	p["detail"], p["niveaux"] = string(d), textArray(levels)
	p["closed"] = strconv.FormatBool(s.Threshold() > 0 && (slices.Contains(levels, schemas.Ecole) || slices.Contains(levels, schemas.Circonscription)))
	p["basis"] = uintParam(s.basis(sp.directory, sp.version))
	return p
}

// through is the parameters of a read of one territory over several spans.
func (s *Store) through(spans []span, t schemas.Scope) params {
	whole := spans[0]
	whole.To = spans[len(spans)-1].To
	p := s.shown(whole, t, schemas.Ensemble)
	var years []schemas.SchoolYear
	var bases []string
	for _, sp := range spans {
		for _, y := range sp.SchoolYears() {
			years, bases = append(years, y), append(bases, uintParam(s.basis(sp.directory, sp.version)))
		}
	}
	p["years"], p["bases"] = numberArray(years), "["+strings.Join(bases, ",")+"]"
	return p
}

// parts are the levels of the territories of an answer.
func parts(of schemas.Niveau, d schemas.Detail) []schemas.Niveau {
	switch {
	case d == schemas.Ensemble:
		return []schemas.Niveau{of}
	case d == schemas.ParEcoles || of == schemas.Ecole || of.Below() == schemas.Ecole:
		return []schemas.Niveau{schemas.Ecole}
	case of.Below() == schemas.Circonscription: // and those that have none
		return []schemas.Niveau{schemas.Circonscription, schemas.Ecole}
	}
	return []schemas.Niveau{of.Below()}
}

// eachCell calls yield with each cell of one span, those that may not be shown
// without their figures.
func (s *Store) eachCell(ctx context.Context, sp span, q schemas.CellQuery, axes []schemas.Axe, yield func(schemas.Cell)) error {
	levels := parts(q.Scope.Niveau, q.Detail)
	if q.Grain == schemas.ParSemaine && onShelf(levels, axes) {
		return s.eachShown(ctx, sp, q, axes, yield)
	}
	p := s.shown(sp, q.Scope, q.Detail)
	p["axes"], p["profil"], p["total"] = textArray(axes), string(q.Profil), strconv.FormatBool(q.Total)
	if q.Grain == schemas.ParSemaine {
		p["schools"] = textArray(q.Schools)
		return s.eachOf(ctx, "published_parts", p, yield)
	}
	if all := yield; len(q.Schools) > 0 {
		yield = func(c schemas.Cell) {
			if slices.Contains(q.Schools, schemas.UAI(c.Code)) {
				all(c)
			}
		}
	}
	p["threshold"], p["rule"] = uintParam(s.rule.Threshold()), uintParam(s.rule.Version())
	p["above"], p["lone"] = "false", strconv.FormatBool(q.Detail == schemas.ParEnfants)
	name := "days"
	if q.Detail != schemas.Ensemble {
		name = "days_detail"
	}
	if s.Threshold() > 0 && slices.Contains(levels, schemas.Ecole) {
		// No day of an establishment is shown: its cells are not even read.
		if err := s.withheldDays(ctx, p, yield); err != nil || len(levels) == 1 {
			return err
		}
		p["above"] = "true"
	}
	return s.eachOf(ctx, name, p, yield)
}

// eachOf reads the rows of one of the statements that give cells.
func (s *Store) eachOf(ctx context.Context, statement string, p params, yield func(schemas.Cell)) error {
	return s.each(ctx, statement, p, func(r driver.Rows) error {
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
}

// withheldDays are the days of establishments, in no order.
func (s *Store) withheldDays(ctx context.Context, p params, yield func(schemas.Cell)) error {
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
