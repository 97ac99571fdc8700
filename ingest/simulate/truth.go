package simulate

import (
	"cmp"
	"slices"

	"github.com/entaudience/entaudience/schemas"
)

// Key names one figure of Truth: a cell of one school, in one period.
type Key struct {
	UAI      schemas.UAI
	Debut    schemas.Day // a day, or the Monday of a week
	Axe      schemas.Axe
	Modalite string
}

// Truth counts facts by the rules of domain §1, on the axes globales, profil,
// service and appareil. It is written from the rules alone, the plain way, to
// check the chain that counts the same hits: it must share no code with it. It
// is not safe for concurrent use.
type Truth struct {
	people map[who][]Fact
}

// who is one person in one school.
type who struct {
	uai    schemas.UAI
	person string
}

// NewTruth has counted nothing.
func NewTruth() *Truth { return &Truth{people: map[who][]Fact{}} }

// Add counts one fact; the same fact twice counts once.
func (t *Truth) Add(f Fact) {
	if f.Service == "" {
		f.Service = string(schemas.PageENT)
	}
	if f.Profil == "" {
		f.Profil = string(schemas.Autre)
	}
	if f.Outil == "BBB" {
		f.Outil = "BIG_BLUE_BUTTON"
	}
	w := who{f.UAI, f.Person}
	t.people[w] = append(t.people[w], f)
}

// Cells gives every cell that is not empty, by day (ParJour) or by week
// (ParSemaine).
func (t *Truth) Cells(grain schemas.Grain) map[Key]schemas.Measures {
	c := counter{cells: map[Key]schemas.Measures{}}
	for w, facts := range t.people {
		facts = slices.Clone(facts)
		slices.SortFunc(facts, func(a, b Fact) int {
			return cmp.Or(cmp.Compare(a.TS, b.TS), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Outil, b.Outil))
		})
		facts = slices.CompactFunc(facts, func(a, b Fact) bool {
			return a.TS == b.TS && a.Service == b.Service && a.Outil == b.Outil
		})
		c.seen = map[Key]bool{}
		first := 0
		for i := range facts {
			if i+1 < len(facts) && sameVisit(facts[i], facts[i+1]) {
				continue
			}
			c.visit(w.uai, grain, facts[first:i+1])
			first = i + 1
		}
	}
	return c.cells
}

// sameVisit says whether b, the fact after a, is of the visit of a.
func sameVisit(a, b Fact) bool {
	return b.TS-a.TS < 30*60*1000 && dayOf(a) == dayOf(b)
}

func dayOf(f Fact) schemas.Day { e := schemas.Event{TS: f.TS}; return e.Day() }

// counter adds up the visits of one person after the other.
type counter struct {
	cells map[Key]schemas.Measures
	seen  map[Key]bool // cells in which the person is counted as a user
}

func (c *counter) visit(uai schemas.UAI, grain schemas.Grain, visit []Fact) {
	first, last := visit[0], visit[len(visit)-1]
	debut := dayOf(first)
	if grain == schemas.ParSemaine {
		debut = debut.Week().Monday()
	}
	whole := schemas.Measures{Visits: 1, Events: uint64(len(visit)), DurationMS: uint64(last.TS - first.TS)}
	if len(visit) > 1 {
		whole.VisitsWithDuration = 1
	}
	add := func(axe schemas.Axe, modalite string, m schemas.Measures) {
		k := Key{uai, debut, axe, modalite}
		if !c.seen[k] {
			c.seen[k] = true
			m.Users = 1
		}
		all := c.cells[k]
		all.Add(m)
		c.cells[k] = all
	}
	add(schemas.Globales, "globales", whole)
	add(schemas.ParProfil, first.Profil, whole)
	add(schemas.ParAppareil, string(first.Device), whole)

	services := map[string]schemas.Measures{}
	for i, f := range visit {
		m := services[f.Service]
		m.Visits = 1
		m.Events++
		if i+1 < len(visit) { // the gap after it is time in its service
			m.DurationMS += uint64(visit[i+1].TS - f.TS)
			m.VisitsWithDuration = 1
		}
		services[f.Service] = m
	}
	for service, m := range services {
		add(schemas.ParService, service, m)
	}
}
