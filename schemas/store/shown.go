package store

import (
	"context"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// onShelf says whether the editions hold every cell of a query: all but those of
// establishments on other axes than globales and profil.
func onShelf(levels []schemas.Niveau, axes []schemas.Axe) bool {
	return !slices.Contains(levels, schemas.Ecole) ||
		!slices.ContainsFunc(axes, func(a schemas.Axe) bool { return a != schemas.Globales && a != schemas.ParProfil })
}

// eachShown calls yield with each weekly cell of one span from the editions, in
// no order.
func (s *Store) eachShown(ctx context.Context, sp span, q schemas.CellQuery, axes []schemas.Axe, yield func(schemas.Cell)) error {
	at, err := s.asked(ctx, sp, q.Scope, q.Detail)
	if err != nil {
		return err
	}
	if len(q.Schools) > 0 {
		at.parts = slices.DeleteFunc(at.parts, func(p part) bool { return !slices.Contains(q.Schools, schemas.UAI(p.code)) })
	}
	wanted := make([]bool, len(at.named))
	for i, p := range at.named {
		wanted[i] = slices.Contains(axes, p.axe) &&
			(q.Profil == "" || p.modalite == string(q.Profil) || strings.HasPrefix(p.modalite, string(q.Profil)+schemas.Times))
	}
	sums := make([]schemas.Cell, len(at.named)) // by place; without Code where there is none
	put := func() {
		for i, c := range sums {
			if c.Code != "" {
				yield(c)
				sums[i] = schemas.Cell{}
			}
		}
	}
	for _, part := range at.parts {
		for _, e := range at.weeks {
			hidden := at.hides(part.level, e)
			for _, c := range e.at(part.index) {
				if !wanted[c.place] {
					continue
				}
				sum := &sums[c.place]
				if sum.Code == "" {
					of := at.named[c.place]
					*sum = schemas.Cell{Code: part.code, Axe: of.axe, Modalite: of.modalite, Withheld: true}
				}
				if hidden || c.masque {
					sum.WithheldPeriods++
				} else {
					sum.Withheld = false
					sum.Add(c.measures())
					sum.Schools = max(sum.Schools, uint64(c.num))
				}
				if !q.Total { // a place is there once a week
					sum.Debut = e.week.Monday()
					yield(*sum)
					*sum = schemas.Cell{}
				}
			}
		}
		if q.Total {
			put()
		}
	}
	return nil
}

// asked is the editions and the territories that a read is about.
type asked struct {
	*reader
	parts []part
	basis uint64
	limit bool // some cells may not be shown
}

// part is one territory of an answer.
type part struct {
	code  string
	level schemas.Niveau
	index int // in the editions
}

// asked reads the editions of a span, and finds the parts of a territory in its
// directory. Those that no edition knows are left out.
func (s *Store) asked(ctx context.Context, sp span, t schemas.Scope, d schemas.Detail) (*asked, error) {
	dir, ok, err := s.cache.get(ctx, s, kindDirectory, sp.directory, ofYear(sp.directory), s.readDirectory)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoDirectory
	}
	r, err := s.editionsOf(ctx, sp.Period)
	if err != nil {
		return nil, err
	}
	a := &asked{reader: r, basis: s.basis(sp.directory, sp.version), limit: s.Threshold() > 0}
	add := func(t schemas.Scope) {
		if i, ok := r.scopes[t]; ok {
			a.parts = append(a.parts, part{t.Code, t.Niveau, i})
		}
	}
	switch {
	case d == schemas.Ensemble:
		add(t)
	case d == schemas.ParEcoles || t.Niveau == schemas.Ecole:
		for _, school := range dir.SchoolsIn(t) {
			add(school.Scope())
		}
	default:
		for _, c := range dir.Children(t) {
			add(c.Scope)
		}
	}
	return a, nil
}

// hides says whether a week shows nothing at a level, because its decision does
// not stand on what is in force.
func (a *asked) hides(level schemas.Niveau, e *edition) bool {
	return a.limit && e.basis != a.basis && (level == schemas.Ecole || level == schemas.Circonscription)
}

// number is that of a place, one that no cell has when no edition knows it.
func (r *reader) number(of place) uint16 {
	if n, ok := r.places[of]; ok {
		return n
	}
	return uint16(len(r.named))
}

// on finds the cell of a scope on one place.
func (e *edition) on(index int, number uint16) (shownCell, bool) {
	for _, c := range e.at(index) {
		if c.place == number {
			return c, true
		}
	}
	return shownCell{}, false
}

// Activity counts the active establishments of each week whose Monday lies in
// the period, by week and code; weeks and parts without any are not there.
func (s *Store) Activity(ctx context.Context, scope schemas.Scope, period schemas.Period, detail schemas.Detail) ([]schemas.WeekActivity, error) {
	spans, err := s.spans(ctx, period)
	if err != nil {
		return nil, err
	}
	var weeks []schemas.WeekActivity
	for _, sp := range spans {
		at, err := s.asked(ctx, sp, scope, detail)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(at.parts, func(a, b part) int { return strings.Compare(a.code, b.code) })
		of := at.number(active)
		for _, e := range at.weeks {
			for _, p := range at.parts {
				if c, ok := e.on(p.index, of); ok {
					weeks = append(weeks, schemas.WeekActivity{Week: e.week, Code: p.code, Active: uint64(c.num)})
				}
			}
		}
	}
	return weeks, nil
}

// LastWeeks gives, for each establishment of a territory that had an event in
// a week whose Monday lies in the period, the last such week.
func (s *Store) LastWeeks(ctx context.Context, scope schemas.Scope, period schemas.Period) (map[schemas.UAI]schemas.Week, error) {
	spans, err := s.spans(ctx, period)
	if err != nil {
		return nil, err
	}
	last := map[schemas.UAI]schemas.Week{}
	for _, sp := range spans {
		at, err := s.asked(ctx, sp, scope, schemas.ParEcoles)
		if err != nil {
			return nil, err
		}
		of := at.number(visited)
		for _, p := range at.parts {
			for i := len(at.weeks) - 1; i >= 0; i-- {
				if _, ok := at.weeks[i].on(p.index, of); ok {
					u := schemas.UAI(p.code)
					last[u] = max(last[u], at.weeks[i].week)
					break
				}
			}
		}
	}
	return last, nil
}
