// Package recount counts the cells of an hour, a day and a week from raw
// events, by the words of the rules and by none of the statements of the
// recompute: what the two agree on is right, or both are wrong for different
// reasons. It is pure: no engine, no clock, no file.
package recount

import (
	"cmp"
	"slices"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// Cells are recounted cells. Those without any visit are not there.
type Cells map[schemas.CellKey]schemas.Measures

// pause is how long between two events begins a new visit.
const pause = 30 * 60 * 1000 // milliseconds

// Add counts events: all those of whole establishments over whole days, in any
// order, each as often as it arrived. A week's cells are right only when all
// of its days are there. events is sorted in place.
func (c Cells) Add(events []schemas.Event) {
	slices.SortFunc(events, compare)
	events = slices.CompactFunc(events, same)
	days := calendar{}
	for len(events) > 0 {
		n := 1
		week := days.of(events[0].TS).week
		for n < len(events) && events[n].UAI == events[0].UAI && events[n].Visitor == events[0].Visitor && days.of(events[n].TS).week == week {
			n++
		}
		c.person(events[:n], &days, week)
		events = events[n:]
	}
}

// compare orders the events of a person by time; of several that are the same
// event, the least in the order of the other columns comes first.
func compare(a, b schemas.Event) int {
	return cmp.Or(
		cmp.Compare(a.UAI, b.UAI), cmp.Compare(a.Visitor, b.Visitor), cmp.Compare(a.TS, b.TS),
		cmp.Compare(a.Service, b.Service), cmp.Compare(a.Outil, b.Outil), cmp.Compare(a.Profil, b.Profil),
		cmp.Compare(a.Device, b.Device), cmp.Compare(a.OS, b.OS), cmp.Compare(a.Browser, b.Browser))
}

// same says that two events are one, whatever re-sent it.
func same(a, b schemas.Event) bool {
	return a.UAI == b.UAI && a.Visitor == b.Visitor && a.TS == b.TS && a.Service == b.Service && a.Outil == b.Outil
}

// person counts the events of one person in one establishment and week.
func (c Cells) person(events []schemas.Event, days *calendar, week schemas.Week) {
	p := person{cells: c, uai: events[0].UAI, week: week, met: map[schemas.CellKey]bool{}}
	for len(events) > 0 {
		day := days.of(events[0].TS)
		n := 1
		for n < len(events) && events[n].TS < day.end && events[n].TS-events[n-1].TS < pause {
			n++
		}
		p.visit(events[:n], day.day)
		events = events[n:]
	}
	band := "5+"
	switch n := p.all.Visits; {
	case n == 1:
		band = "1"
	case n < 5:
		band = "2-4"
	}
	p.add(schemas.ParSemaine, int64(week), schemas.ParFrequence, band, p.all)
}

// person is one person in one establishment and week.
type person struct {
	cells Cells
	uai   schemas.UAI
	week  schemas.Week
	met   map[schemas.CellKey]bool // cells in which the person is a user already
	all   schemas.Measures         // of the week
}

// visit counts one visit, whose events are in order.
func (p *person) visit(events []schemas.Event, day schemas.Day) {
	first, last := events[0], events[len(events)-1]
	whole := schemas.Measures{Visits: 1, Events: uint64(len(events)), DurationMS: uint64(last.TS - first.TS)}
	if len(events) > 1 {
		whole.VisitsWithDuration = 1
	}
	p.all.Add(whole)

	hour := first.TS / 1000 / 3600 * 3600
	profil := string(first.Profil)
	p.add(schemas.ParHeure, hour, schemas.Globales, string(schemas.Globales), whole)
	p.add(schemas.ParHeure, hour, schemas.ParProfil, profil, whole)
	p.both(day, schemas.Globales, string(schemas.Globales), whole)
	p.both(day, schemas.ParProfil, profil, whole)
	p.both(day, schemas.ParAppareil, string(first.Device), whole)
	p.both(day, schemas.ParOS, string(first.OS), whole)
	p.both(day, schemas.ParNavigateur, string(first.Browser), whole)
	p.both(day, schemas.ParProfilAppareil, profil+schemas.Times+string(first.Device), whole)
	for service, m := range shares(events, func(e *schemas.Event) string { return string(e.Service) }) {
		p.both(day, schemas.ParService, service, m)
		p.both(day, schemas.ParProfilService, profil+schemas.Times+service, m)
	}
	for outil, m := range shares(events, func(e *schemas.Event) string { return e.Outil }) {
		if outil != "" {
			p.both(day, schemas.ParOutil, outil, m)
		}
	}
}

// shares cuts a visit into what belongs to each service or tool: its events,
// and the gaps that follow them. Where it was only the last page its time is
// unknown.
func shares(events []schemas.Event, of func(*schemas.Event) string) map[string]schemas.Measures {
	all := map[string]schemas.Measures{}
	for i := range events {
		code := of(&events[i])
		m := all[code]
		m.Visits = 1
		m.Events++
		if i+1 < len(events) {
			m.DurationMS += uint64(events[i+1].TS - events[i].TS)
			m.VisitsWithDuration = 1
		}
		all[code] = m
	}
	return all
}

// both counts a visit in its day and in its week.
func (p *person) both(day schemas.Day, axe schemas.Axe, modalite string, m schemas.Measures) {
	p.add(schemas.ParJour, int64(day), axe, modalite, m)
	p.add(schemas.ParSemaine, int64(p.week), axe, modalite, m)
}

func (p *person) add(grain schemas.Grain, start int64, axe schemas.Axe, modalite string, m schemas.Measures) {
	key := schemas.CellKey{Grain: grain, Start: start, UAI: p.uai, Axe: axe, Modalite: modalite}
	cell := p.cells[key]
	cell.Add(m)
	if !p.met[key] {
		p.met[key] = true
		cell.Users++
	}
	p.cells[key] = cell
}

// calendar finds the Paris day of an instant, mostly that of the one before.
type calendar struct{ last parisDay }

// parisDay spans [start, end) in UTC milliseconds.
type parisDay struct {
	start, end int64
	day        schemas.Day
	week       schemas.Week
}

func (c *calendar) of(ms int64) parisDay {
	if ms < c.last.start || ms >= c.last.end {
		day := schemas.DayOf(time.UnixMilli(ms))
		c.last = parisDay{day.Start().UnixMilli(), day.End().UnixMilli(), day, day.Week()}
	}
	return c.last
}
