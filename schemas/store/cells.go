package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/schemas"
)

// Cells answers a query, ordered by Debut, Code, Axe, Modalite. A period over
// several school years is answered with each year's own directory, or the
// nearest one where a year has none. Cells that may not be shown are marked,
// without their figures. Errors: Invalid for a grain or an axis that cannot be
// asked, NotFound when no directory was ever imported.
func (s *Store) Cells(ctx context.Context, q schemas.CellQuery) ([]schemas.Cell, error) {
	period, err := cellPeriod(q)
	if err != nil {
		return nil, err
	}
	stored, answers, err := storedAxes(q)
	if err != nil || period.Days() == 0 {
		return nil, err
	}
	spans, err := s.spans(ctx, period)
	if err != nil {
		return nil, err
	}
	if q.Grain == schemas.ParSemaine && q.Detail == schemas.Ensemble && !onShelf([]schemas.Niveau{q.Scope.Niveau}, stored) {
		var cells []schemas.Cell
		p := s.through(spans, q.Scope)
		p["axes"], p["profil"], p["total"] = textArray(stored), string(q.Profil), strconv.FormatBool(q.Total)
		err := s.eachOf(ctx, "published", p, func(c schemas.Cell) { cells = append(cells, answers(c)...) })
		return merge([][]schemas.Cell{cells}, q.Total), err
	}
	found := make([][]schemas.Cell, len(spans))
	group, ctx := errgroup.WithContext(ctx)
	for i, span := range spans {
		group.Go(func() error {
			return s.eachCell(ctx, span, q, stored, func(c schemas.Cell) {
				found[i] = append(found[i], answers(c)...)
			})
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return merge(found, q.Total), nil
}

// cellPeriod is the days of a query, or the Mondays.
func cellPeriod(q schemas.CellQuery) (schemas.Period, error) {
	switch q.Grain {
	case schemas.ParJour:
		if slices.Contains(q.Axes, schemas.ParFrequence) {
			return schemas.Period{}, schemas.Refuse("Les bandes de fréquence n'existent que par semaine : demandez grain=semaine.")
		}
		return q.Period, nil
	case schemas.ParSemaine:
		weeks := q.Period.Weeks()
		if len(weeks) == 0 {
			return schemas.Period{From: 1, To: 0}, nil
		}
		return schemas.Period{From: weeks[0].Monday(), To: weeks[len(weeks)-1].Monday()}, nil
	}
	return schemas.Period{}, schemas.Refuse("« %.20s » n'est pas un grain : semaine ou jour.", string(q.Grain))
}

// storedAxes is which axes to read for those asked, and how a stored cell
// answers them: once, or several times when a profile filters.
func storedAxes(q schemas.CellQuery) ([]schemas.Axe, func(schemas.Cell) []schemas.Cell, error) {
	if q.Profil == "" {
		return q.Axes, func(c schemas.Cell) []schemas.Cell { return []schemas.Cell{c} }, nil
	}
	asked := map[schemas.Axe][]schemas.Axe{} // by stored axis
	var stored []schemas.Axe
	for _, a := range q.Axes {
		f, ok := a.Filtered()
		if !ok {
			return nil, nil, schemas.Refuse("L'axe « %s » n'est pas compté par profil : retirez le filtre de profil.", string(a))
		}
		if !slices.Contains(stored, f) {
			stored = append(stored, f)
		}
		asked[f] = append(asked[f], a)
	}
	return stored, func(c schemas.Cell) []schemas.Cell {
		var cells []schemas.Cell
		for _, a := range asked[c.Axe] {
			one := c
			one.Axe = a
			switch a {
			case schemas.Globales:
				one.Modalite = string(schemas.Globales)
			case schemas.ParAppareil, schemas.ParService:
				_, one.Modalite, _ = strings.Cut(c.Modalite, schemas.Times)
			}
			cells = append(cells, one)
		}
		return cells
	}, nil
}

// merge puts the answers of several spans in order; totals of the same cell
// become one, whose number of schools is then the largest.
func merge(spans [][]schemas.Cell, total bool) []schemas.Cell {
	cells := slices.Concat(spans...)
	slices.SortStableFunc(cells, compareCells)
	if !total || len(spans) < 2 {
		return cells
	}
	kept := cells[:0]
	for _, c := range cells {
		if n := len(kept); n > 0 && compareCells(kept[n-1], c) == 0 {
			kept[n-1].Add(c.Measures)
			kept[n-1].Schools = max(kept[n-1].Schools, c.Schools)
			kept[n-1].WithheldPeriods += c.WithheldPeriods
			kept[n-1].Withheld = kept[n-1].Withheld && c.Withheld
			continue
		}
		kept = append(kept, c)
	}
	return kept
}

func compareCells(a, b schemas.Cell) int {
	return cmp.Or(cmp.Compare(a.Debut, b.Debut), cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Axe, b.Axe), cmp.Compare(a.Modalite, b.Modalite))
}

// NationalWeek calls yield once for every establishment that has a visit in
// the week on one of the axes, by UAI, while the engine still answers.
func (s *Store) NationalWeek(ctx context.Context, week schemas.Week, axes []schemas.Axe, yield func(schemas.SchoolWeek) error) error {
	p := params{"week": dayParam(week.Monday()), "axes": textArray(axes)}
	return s.each(ctx, "national_week", p, func(r driver.Rows) error {
		var uai string
		var modalites []string
		var visits, users, withDuration, events []uint32
		var ms []uint64
		if err := r.Scan(&uai, &modalites, &visits, &users, &ms, &withDuration, &events); err != nil {
			return err
		}
		row := schemas.SchoolWeek{UAI: schemas.UAI(uai), Cells: make(map[string]schemas.Measures, len(modalites))}
		for i, m := range modalites {
			row.Cells[m] = schemas.Measures{
				Visits: uint64(visits[i]), Users: uint64(users[i]), DurationMS: ms[i],
				VisitsWithDuration: uint64(withDuration[i]), Events: uint64(events[i]),
			}
		}
		return yield(row)
	})
}
