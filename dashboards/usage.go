package dashboards

import (
	"context"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/schemas"
)

// usage sums what a territory, or several schools, did over the same weeks.
type usage struct {
	schemas.Measures         // Users are of complete weeks
	Weeks            weekSet // complete weeks with a visit
	Hidden           uint64  // weeks, or schools with a week, that may not be shown
}

// weekSet is a set of weeks, by their rank in the period.
type weekSet [4]uint64

func (s *weekSet) add(rank uint8) { s[rank/64] |= 1 << (rank % 64) }

func (s weekSet) count() (n uint64) {
	for _, b := range s {
		n += uint64(bits.OnesCount64(b))
	}
	return n
}

// add adds what may be shown of a school.
func (u *usage) add(f schemas.SchoolFigures) {
	u.Measures = totalOver(schemas.OverSchools|schemas.OverPeriods, u.Measures, f.Measures)
	for _, w := range f.Weeks {
		u.Weeks.add(w)
	}
	if f.HiddenWeeks > 0 {
		u.Hidden++
	}
}

// addCell adds the week of a territory; first is that of rank 0.
func (u *usage) addCell(c schemas.Cell, first, running schemas.Week) {
	if c.Withheld {
		u.Hidden++
		return
	}
	m := c.Measures
	if w := schemas.Week(c.Debut); w >= running {
		m.Users = 0
	} else if m.Visits > 0 {
		u.Weeks.add(uint8((w - first) / 7))
	}
	u.Measures = totalOver(schemas.OverPeriods, u.Measures, m)
}

// mean is the weekly mean of users, rounded half up.
func (u usage) mean() Value { return ratio(u.Users, u.Weeks.count(), 1) }

// rate is the weekly mean of users for 100 pupils, in tenths.
func (u usage) rate(pupils uint64) Value { return ratio(u.Users, u.Weeks.count()*pupils, 1000) }

// since is the evolution of the weekly mean of users, in tenths of a percent.
func (u usage) since(before usage) Value {
	return change(int64(u.Users*before.Weeks.count()), int64(before.Users*u.Weeks.count()))
}

// schoolUse is a school of a comparison.
type schoolUse struct {
	*schemas.School
	pupils  schemas.Count // who could use the ENT
	outside bool          // known that nobody enrolled it
	twoUses
}

// rate is for 100 pupils, over the weeks that may be shown: 0 for a school
// without any visit; unknown where the pupils are, or where no week is shown.
func (s *schoolUse) rate() Value {
	pupils, _ := s.pupils.Get()
	switch {
	case pupils == 0 || s.Now.Hidden > 0 && s.Now.Weeks.count() == 0:
		return Value{}
	case s.Now.Weeks.count() == 0:
		return number(0)
	}
	return s.Now.rate(pupils)
}

// compared is the schools of a territory over a period and over the one
// before it, and the totals of the level above.
type compared struct {
	at      place
	above   schemas.Territory // the level above; itself for a region
	query   compareQuery
	weeks   []schemas.Week
	before  schemas.Period // the weeks before, as many as the complete ones
	known   bool           // the weeks before are all in what was ever counted
	last    schemas.Week   // the last complete week, 0 = none
	lines   []placed       // by directory and school
	active  map[schemas.UAI]bool
	sums    map[schemas.Scope]*twoUses // of territories, as their own pages show them
	running schemas.Week

	grouped     map[schemas.Niveau][]*group
	values      map[string]Value    // of the line that is being made
	population  *schemas.Population // of the school year of the last week
	enrolments  *schemas.Enrolments // of the same year
	activeAbove uint64              // active schools of the level above
}

// twoUses is a territory over the period and over the one before.
type twoUses struct{ Now, Before usage }

// placed is what a school did, and where the directory of its time placed it.
type placed struct {
	school *schemas.School
	now    bool
	schemas.SchoolFigures
}

// schoolQuery is the modality that answers a profile and a service.
func schoolQuery(profil schemas.Profil, service schemas.Service) (schemas.Axe, string) {
	switch {
	case profil != "" && service != "":
		return schemas.ParProfilService, string(profil) + schemas.Times + string(service)
	case profil != "":
		return schemas.ParProfil, string(profil)
	case service != "":
		return schemas.ParService, string(service)
	}
	return schemas.Globales, string(schemas.Globales)
}

// atOnce is how many questions one page asks the engine at the same time.
const atOnce = 4

// loadCompared reads the schools of the territory, and the sums of the
// territories compared and of the level above.
func (d *territoryData) loadCompared(ctx context.Context, r Reader, q compareQuery) (*compared, error) {
	if len(d.weeks) == 0 {
		return nil, errNoWeek(d.sel.Period)
	}
	c := &compared{
		at: d.place, above: d.Territory, query: q, weeks: d.weeks, active: map[schemas.UAI]bool{},
		sums: map[schemas.Scope]*twoUses{}, running: schemas.WeekOf(d.now),
	}
	if up := d.dir.Ancestors(d.Scope); len(up) > 0 {
		c.above = up[len(up)-1]
	}
	complete := d.weeks
	if d.running() {
		complete = complete[:len(complete)-1]
	}
	first := d.weeks[0].Monday()
	if n := schemas.Day(len(complete)); n > 0 {
		c.last = complete[n-1]
		c.before = schemas.Period{From: first - 7*n, To: first - 7}
		c.known = d.hasExtent && d.extent.From.Week().Monday() <= c.before.From
	}
	periods := []schemas.Period{d.mondays()}
	if c.known {
		periods = append(periods, c.before)
	}
	var err error
	if c.population, err = r.Population(ctx, d.year()); err != nil {
		return nil, err
	}
	if c.enrolments, err = r.Enrolments(ctx, d.year()); err != nil {
		return nil, err
	}
	g, asking := errgroup.WithContext(ctx) // done with the last answer
	g.SetLimit(atOnce)
	lines := make([][]schemas.SchoolFigures, 2)
	var mu sync.Mutex
	for i, p := range periods {
		axe, modalite := schoolQuery(d.sel.Profil, q.Service)
		g.Go(func() (err error) {
			lines[i], err = r.SchoolFigures(asking, schemas.SchoolQuery{Scope: d.Scope, Period: p, Running: c.running, Axe: axe, Modalite: modalite})
			return err
		})
		if q.picky() {
			continue
		}
		for _, cq := range c.cellQueries(d, p) {
			g.Go(func() error {
				cells, err := r.Cells(asking, cq)
				mu.Lock()
				defer mu.Unlock()
				c.addCells(cq, cells, i == 1)
				return err
			})
		}
	}
	if c.last != 0 {
		g.Go(func() error {
			weeks, err := r.Activity(asking, d.Scope, schemas.Period{From: c.last.Monday(), To: c.last.Monday()}, schemas.ParEcoles)
			for _, w := range weeks {
				c.active[schemas.UAI(w.Code)] = w.Active > 0
			}
			return err
		})
		g.Go(func() error {
			weeks, err := r.Activity(asking, c.above.Scope, schemas.Period{From: c.last.Monday(), To: c.last.Monday()}, schemas.Ensemble)
			for _, w := range weeks {
				c.activeAbove += w.Active
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	c.place(lines[0], d.names, true)
	if c.known {
		names, err := territoriesOf(ctx, r, c.before)
		if err != nil {
			return nil, err
		}
		c.place(lines[1], names, false)
	}
	return c, nil
}

// cellQueries ask for the weeks of the territory, of the one above, and of the
// rows when these are territories.
func (c *compared) cellQueries(d *territoryData, p schemas.Period) []schemas.CellQuery {
	axe := schemas.Globales
	if c.query.Service != "" {
		axe = schemas.ParService
	}
	of := func(scope schemas.Scope, detail schemas.Detail) schemas.CellQuery {
		return schemas.CellQuery{Scope: scope, Period: p, Grain: schemas.ParSemaine, Profil: d.sel.Profil, Axes: []schemas.Axe{axe}, Detail: detail}
	}
	qs := []schemas.CellQuery{of(d.Scope, schemas.Ensemble)}
	if c.above.Scope != d.Scope {
		qs = append(qs, of(c.above.Scope, schemas.Ensemble))
	}
	if c.query.Level == schemas.Ecole {
		return qs
	}
	parents := []schemas.Scope{d.Scope}
	for parents[0].Niveau.Below() != c.query.Level {
		var below []schemas.Scope
		for _, scope := range parents {
			for _, t := range d.dir.Children(scope) {
				if t.Niveau == scope.Niveau.Below() {
					below = append(below, t.Scope)
				}
			}
		}
		if len(below) == 0 {
			return qs
		}
		parents = below
	}
	for _, scope := range parents {
		qs = append(qs, of(scope, schemas.ParEnfants))
	}
	return qs
}

// addCells sums the answer of a query by territory.
func (c *compared) addCells(q schemas.CellQuery, cells []schemas.Cell, before bool) {
	first := q.Period.Weeks()[0]
	for _, cell := range cells {
		if c.query.Service != "" && cell.Modalite != string(c.query.Service) {
			continue
		}
		scope := q.Scope
		if q.Detail != schemas.Ensemble {
			scope = schemas.Scope{Niveau: q.Scope.Niveau.Below(), Code: cell.Code}
		}
		sum := c.sums[scope]
		if sum == nil {
			sum = &twoUses{}
			c.sums[scope] = sum
		}
		into := &sum.Now
		if before {
			into = &sum.Before
		}
		into.addCell(cell, first, c.running)
	}
}

// place finds the school of each line in the directory that placed it.
func (c *compared) place(lines []schemas.SchoolFigures, names *territories, now bool) {
	for _, l := range lines {
		for _, dir := range names.dirs {
			if dir.Year != l.Directory {
				continue
			}
			if school, ok := dir.School(l.UAI); ok {
				c.lines = append(c.lines, placed{school, now, l})
			}
		}
	}
}

// pupils is how many pupils a school has, as the taux de fréquentation counts
// them.
func (c *compared) pupils(s *schemas.School) schemas.Count {
	return c.population.Potential(s, schemas.Eleve)
}

// group is one row of a comparison: a territory, or one school.
type group struct {
	schemas.Territory
	twoUses
	Schools uint64 // open public primary
	Pupils  uint64 // of the schools whose pupils are known
	Active  uint64
	Members []*schoolUse // one per school of today's directory that counts
}

// rate is users for 100 pupils, over the schools whose pupils are known.
func (g *group) rate() Value {
	if g.Pupils == 0 {
		return Value{}
	}
	if g.Now.Weeks.count() == 0 && g.Now.Hidden == 0 {
		return number(0)
	}
	return g.Now.rate(g.Pupils)
}

// groups sums the lines by territory of a level, once. Every open public primary
// school that counts has its place, also without any visit. Territories have the
// sums of their own pages; what a filter keeps of them, those of the schools'
// published figures. Nobody changes what it returns.
func (c *compared) groups(level schemas.Niveau) []*group {
	made, ok := c.grouped[level]
	if !ok {
		made = c.group(level)
		if c.grouped == nil {
			c.grouped = map[schemas.Niveau][]*group{}
		}
		c.grouped[level] = made
	}
	return made
}

func (c *compared) group(level schemas.Niveau) []*group {
	byCode := map[string]*group{}
	members := map[schemas.UAI]*schoolUse{}
	var order []*group
	of := func(s *schemas.School) *group {
		code := s.Code(level)
		g := byCode[code]
		if g == nil {
			g = &group{Territory: c.territory(level, code)}
			byCode[code] = g
			order = append(order, g)
		}
		return g
	}
	for _, s := range c.at.dir.SchoolsIn(c.at.Scope) {
		if !c.query.takes(s, c.pupils(s)) || (!s.Primary && !c.active[s.UAI]) {
			continue
		}
		g := of(s)
		if c.active[s.UAI] {
			g.Active++
		}
		if !s.Primary {
			continue
		}
		m := &schoolUse{School: s, pupils: c.pupils(s), outside: c.outside(s.UAI)}
		members[s.UAI] = m
		g.Members = append(g.Members, m)
		g.Schools++
		n, _ := m.pupils.Get()
		g.Pupils += n
	}
	for _, l := range c.lines {
		if !l.school.In(c.at.Scope) || !c.query.takes(l.school, c.pupils(l.school)) {
			continue
		}
		g, m := of(l.school), members[l.UAI]
		if m == nil {
			m = &schoolUse{}
		}
		if l.now {
			g.Now.add(l.SchoolFigures)
			m.Now.add(l.SchoolFigures)
		} else {
			g.Before.add(l.SchoolFigures)
			m.Before.add(l.SchoolFigures)
		}
	}
	if level == schemas.Ecole || c.query.picky() {
		return order
	}
	for code, g := range byCode {
		switch sum := c.sums[g.Scope]; {
		case code == "": // several schools that are no territory
		case sum != nil:
			g.twoUses = *sum
		default:
			g.twoUses = twoUses{}
		}
	}
	return order
}

// territory is a row's territory; the schools of a département without
// circonscription are one row.
func (c *compared) territory(level schemas.Niveau, code string) schemas.Territory {
	if code == "" {
		return schemas.Territory{Name: "Sans " + strings.ToLower(level.Label())}
	}
	t, _, err := c.at.names.find(schemas.Scope{Niveau: level, Code: code})
	if err != nil {
		return schemas.Territory{Scope: schemas.Scope{Niveau: level, Code: code}, Name: code}
	}
	return t
}

// whole is everything of the territory as one group.
func (c *compared) whole() *group {
	for _, g := range c.groups(c.at.Niveau) {
		if g.Code == c.at.Code {
			return g
		}
	}
	return &group{Territory: c.at.Territory}
}

// over is the level above as one group, by its totals alone; nil for a region,
// and where a filter keeps some schools: those above are not known one by one.
func (c *compared) over() *group {
	if c.above.Scope == c.at.Scope || c.query.picky() {
		return nil
	}
	g := &group{Territory: c.above, Active: c.activeAbove}
	if sum := c.sums[c.above.Scope]; sum != nil {
		g.twoUses = *sum
	}
	for _, s := range c.at.dir.SchoolsIn(c.above.Scope) {
		if s.Primary {
			n, _ := c.pupils(s).Get()
			g.Schools++
			g.Pupils += n
		}
	}
	return g
}

// quartiles are the first quartile, the median and the third quartile of the
// rates of schools.
type quartiles struct {
	Q1, Median, Q3 Value
	Min, Max       Value
	Schools        int // whose rate is known
}

// bandSchools is how many schools a spread is made of at least, so that it is
// never the figure of a school that one could name.
const bandSchools = 8

// spread is the quartiles of schools, when there are enough of them. Between
// two schools, a quartile is interpolated. A school that nobody enrolled has no
// place in it: its zero says nothing of the use.
func spread(members []*schoolUse) quartiles {
	var rates []int64
	for _, m := range members {
		if v := m.rate(); v.Known && !m.outside {
			rates = append(rates, v.N)
		}
	}
	q := quartiles{Schools: len(rates)}
	if len(rates) < bandSchools {
		return q
	}
	slices.Sort(rates)
	at := func(quarter int) Value {
		pos := quarter * (len(rates) - 1) // in quarters of a school
		low, rest := rates[pos/4], int64(pos%4)
		if rest == 0 {
			return number(low)
		}
		high := rates[pos/4+1]
		return number((low*(4-rest) + high*rest + 2) / 4)
	}
	q.Q1, q.Median, q.Q3 = at(1), at(2), at(3)
	q.Min, q.Max = number(rates[0]), number(rates[len(rates)-1])
	return q
}
