package store

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// editions keeps what is published of each week that was asked for: all of the
// territories and, of each establishment, globales, the profiles, and whether it
// was visited. Every second, and whenever Completeness is asked for, the decisions
// are read anew, and those weeks again that have another one, whoever published
// it. A region takes two megabytes a week.
type editions struct {
	mu     sync.Mutex
	weeks  map[schemas.Week]*edition
	scopes map[schemas.Scope]int // index in edition.of
	places map[place]uint16      // number of an axis and modality
	named  []place               // by number
}

type place struct {
	axe      schemas.Axe
	modalite string
}

// The places that are not of cells.
var (
	active  = place{"ecoles", "actives"}
	visited = place{"ecoles", "visitees"}
)

// edition is what is published of a week. It does not change.
type edition struct {
	week     schemas.Week
	decision uint64
	basis    uint64
	of       [][]shownCell // by the index of the scope; short where the last have none
	hours    map[hoursOf]shownHours
}

// hoursOf names the hours of a territory, of all visits or of a profile.
type hoursOf struct {
	scope    int
	modalite string
}

// shownHours is visits by Paris hour of the week, 0 = Monday 00:00, where there
// are any.
type shownHours struct {
	slots  []uint8
	visits []uint32
	masque bool
}

// shownCell is a cell as it is published. A week of a region has fewer than 2^32
// events.
type shownCell struct {
	ms                               uint64
	visits, users, with, events, num uint32
	place                            uint16
	masque                           bool
}

func (c shownCell) measures() schemas.Measures {
	return schemas.Measures{
		Visits: uint64(c.visits), Users: uint64(c.users), DurationMS: c.ms,
		VisitsWithDuration: uint64(c.with), Events: uint64(c.events),
	}
}

// at is the cells of a scope.
func (e *edition) at(index int) []shownCell {
	if index >= len(e.of) {
		return nil
	}
	return e.of[index]
}

// reader reads some weeks as one moment saw them.
type reader struct {
	weeks  []*edition // in order; those never published are not there
	scopes map[schemas.Scope]int
	places map[place]uint16
	named  []place
}

// editionsOf reads the editions of the weeks whose Monday lies in a period.
func (s *Store) editionsOf(ctx context.Context, p schemas.Period) (*reader, error) {
	done, err := s.lately(ctx, listFresh)
	if err != nil {
		return nil, err
	}
	listed := map[schemas.Week]uint64{}
	for w, d := range done.decisions {
		listed[w] = d.decision
	}
	e := &s.shelf
	e.mu.Lock()
	defer e.mu.Unlock()
	var missing []schemas.Week
	for w, decision := range listed {
		if known := e.weeks[w]; p.From <= w.Monday() && w.Monday() <= p.To && (known == nil || known.decision != decision) {
			missing = append(missing, w)
		}
	}
	if len(missing) > 0 {
		if err := s.readEditions(ctx, missing, listed); err != nil {
			return nil, err
		}
	}
	r := &reader{scopes: e.scopes, places: e.places, named: e.named}
	for _, w := range p.Weeks() {
		if known := e.weeks[w]; known != nil && listed[w] != 0 {
			r.weeks = append(r.weeks, known)
		}
	}
	return r, nil
}

// warmWeeks is how many weeks Warm reads at once: who asks meanwhile waits for
// no more than that.
const warmWeeks = 8

// Warm reads the weeks since a day into memory, newest first, before somebody
// asks for them. Weeks published later are read when they are asked for.
func (s *Store) Warm(ctx context.Context, since schemas.Day) error {
	e, ok, err := s.Extent(ctx)
	if err != nil || !ok {
		return err
	}
	for to := e.To; to >= max(since, e.From.Week().Monday()); to -= 7 * warmWeeks {
		if _, err := s.editionsOf(ctx, schemas.Period{From: max(since, to-7*warmWeeks+1), To: to}); err != nil {
			return err
		}
	}
	return nil
}

// readEditions reads weeks and keeps them; the caller holds the lock. Scopes and
// places that are new go into copies: readers have those before.
func (s *Store) readEditions(ctx context.Context, weeks []schemas.Week, listed map[schemas.Week]uint64) error {
	e := &s.shelf
	scopes, places, named := cloned(e.scopes), cloned(e.places), slices.Clone(e.named)
	if len(named) == 0 { // those that are looked for one by one come first
		for i, p := range []place{{schemas.Globales, string(schemas.Globales)}, active, visited} {
			places[p], named = uint16(i), append(named, p)
		}
	}
	type line struct {
		scope int
		shownCell
	}
	lines, basis := map[schemas.Week][]line{}, map[schemas.Week]uint64{}
	hours := map[schemas.Week]map[hoursOf]shownHours{}
	err := s.each(ctx, "edition_cells", params{"weeks": dayArray(mondays(weeks))}, func(r driver.Rows) error {
		var monday time.Time
		var niveau, code, axe, modalite string
		var l line
		var visits, users, with, events, stands uint64
		var byHour map[uint8]uint64
		if err := r.Scan(&monday, &niveau, &code, &axe, &modalite, &l.masque, &visits, &users, &l.ms, &with, &events, &l.num, &byHour, &stands); err != nil {
			return err
		}
		l.visits, l.users, l.with, l.events = uint32(visits), uint32(users), uint32(with), uint32(events)
		scope, at := schemas.Scope{Niveau: schemas.Niveau(niveau), Code: code}, place{schemas.Axe(axe), modalite}
		i, ok := scopes[scope]
		if !ok {
			i = len(scopes)
			scopes[scope] = i
		}
		w := schemas.Week(schemas.DayFromUTC(monday))
		basis[w] = stands
		if axe == "heures" {
			if hours[w] == nil {
				hours[w] = map[hoursOf]shownHours{}
			}
			h := shownHours{masque: l.masque}
			for slot, n := range byHour {
				h.slots, h.visits = append(h.slots, slot), append(h.visits, uint32(n))
			}
			hours[w][hoursOf{i, modalite}] = h
			return nil
		}
		n, ok := places[at]
		if !ok {
			n = uint16(len(named))
			places[at], named = n, append(named, at)
		}
		l.scope, l.place = i, n
		lines[w] = append(lines[w], l)
		return nil
	})
	if err != nil {
		return err
	}
	kept := cloned(e.weeks)
	for _, w := range weeks {
		all := lines[w]
		slices.SortFunc(all, func(a, b line) int { return cmp.Or(cmp.Compare(a.scope, b.scope), cmp.Compare(a.place, b.place)) })
		ed := &edition{week: w, decision: listed[w], basis: basis[w], hours: hours[w]}
		cells := make([]shownCell, len(all))
		if len(all) > 0 {
			ed.of = make([][]shownCell, all[len(all)-1].scope+1)
		}
		for from := 0; from < len(all); {
			to := from
			for ; to < len(all) && all[to].scope == all[from].scope; to++ {
				cells[to] = all[to].shownCell
			}
			ed.of[all[from].scope] = cells[from:to:to]
			from = to
		}
		kept[w] = ed
	}
	e.weeks, e.scopes, e.places, e.named = kept, scopes, places, named
	return nil
}

func cloned[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m)+1)
	for k, v := range m {
		c[k] = v
	}
	return c
}
