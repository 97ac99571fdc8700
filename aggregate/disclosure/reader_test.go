package disclosure

import (
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// auditor is a reader of everything that is shown of a week. It is given cells
// and the names of those withheld, and builds what ties them by itself: sums,
// and what is no more than what.
type auditor struct {
	value    map[string][4]int64 // by "territory|axis|modality": users, visits, visits with a duration, events
	held     map[string]bool
	named    map[string]bool  // withheld, of a school, with visits
	small    map[string]bool  // and under the threshold
	atMost   map[string]int64 // users that the school's number of pupils allows
	relation []linear
	seen     map[string]bool            // measures of cells that have their own relations
	below    map[string]map[string]bool // territories below a territory
}

// variable is a measure of a cell.
type variable struct {
	cell    string
	measure int
}

// linear says that the sum of terms is at least 0, or equal to it.
type linear struct {
	terms []term
	equal bool
}

type term struct {
	variable
	times int64
}

func key(territory, axe, modalite string) string { return territory + "|" + axe + "|" + modalite }

// add ties a total and its parts. sign -1: the parts together are no less, +1:
// no more, 0: they are equal.
func (a *auditor) add(total string, parts []string, sign int64, measures ...int) {
	if len(parts) == 0 {
		return // not on the page
	}
	for _, m := range measures {
		times := sign
		if sign == 0 {
			times = 1
		}
		l := linear{equal: sign == 0, terms: []term{{variable{total, m}, times}}}
		for _, p := range parts {
			l.terms = append(l.terms, term{variable{p, m}, -times})
		}
		a.relation = append(a.relation, l)
	}
}

// part says that each part is no more than the total.
func (a *auditor) part(total string, parts []string, measures ...int) {
	for _, p := range parts {
		a.add(total, []string{p}, 1, measures...)
	}
}

// measures ties those of one cell.
func (a *auditor) measures(k string) {
	if a.seen[k] {
		return
	}
	a.seen[k] = true
	_, rest, _ := strings.Cut(k, "|")
	axe, modalite, _ := strings.Cut(rest, "|")
	atLeast := func(terms ...term) { a.relation = append(a.relation, linear{terms: terms}) }
	of := func(m int, times int64) term { return term{variable{k, m}, times} }
	atLeast(of(1, 1), of(0, -1)) // users ≤ visits
	atLeast(of(1, 1), of(2, -1)) // visits with a duration ≤ visits
	atLeast(of(3, 1), of(1, -1)) // visits ≤ events
	switch {
	case axe == "service" || axe == "profil×service" || axe == "outil":
	default: // a visit with a duration has two events
		atLeast(of(3, 1), of(1, -1), of(2, -1))
	}
	switch {
	case axe != "frequence":
	case modalite == "1":
		a.relation = append(a.relation, linear{equal: true, terms: []term{of(0, 1), of(1, -1)}})
	case modalite == "2-4":
		atLeast(of(1, 1), of(0, -2))
		atLeast(of(0, 4), of(1, -1))
	default:
		atLeast(of(1, 1), of(0, -5))
	}
}

func audit(cells []schemas.WeekCell, schools []schemas.School, w schemas.Withholding, threshold int) *auditor {
	a := &auditor{
		value: map[string][4]int64{}, held: map[string]bool{}, named: map[string]bool{}, small: map[string]bool{},
		atMost: map[string]int64{}, seen: map[string]bool{}, below: map[string]map[string]bool{},
	}
	above := map[string][]string{}
	children := map[string]map[string]bool{}
	pupils := map[string]int64{}
	for _, s := range schools {
		path := []string{"ecole:" + string(s.UAI), "circonscription:" + s.Circonscription, "dsden:" + s.DSDEN, "academie:" + s.Academie, "region:" + s.Region}
		if s.Circonscription == "" {
			path[1] = "sans:" + s.DSDEN
		}
		above[path[0]], pupils[path[0]] = path[1:], int64(s.Pupils)
		for i := range path[1:] {
			if children[path[i+1]] == nil {
				children[path[i+1]] = map[string]bool{}
			}
			children[path[i+1]][path[i]] = true
			for _, t := range path[:i+1] {
				if a.below[path[i+1]] == nil {
					a.below[path[i+1]] = map[string]bool{}
				}
				a.below[path[i+1]][t] = true
			}
		}
	}
	modalities := map[string]map[string]bool{}
	count := func(k string, c *schemas.WeekCell) {
		v := a.value[k]
		for i, n := range []uint64{c.Users, c.Visits, c.VisitsWithDuration, c.Events} {
			v[i] += int64(n)
		}
		a.value[k] = v
	}
	for i := range cells {
		c := &cells[i]
		if modalities[string(c.Axe)] == nil {
			modalities[string(c.Axe)] = map[string]bool{}
		}
		modalities[string(c.Axe)][c.Modalite] = true
		school := "ecole:" + string(c.UAI)
		count(key(school, string(c.Axe), c.Modalite), c)
		for _, t := range above[school] {
			count(key(t, string(c.Axe), c.Modalite), c)
		}
	}
	for _, c := range w.Cells {
		if c.FineOnly {
			continue
		}
		k := key(c.Scope.String(), string(c.Axe), c.Modalite)
		a.held[k] = true
		if v := a.value[k]; c.Niveau == schemas.Ecole && v[0] > 0 {
			a.named[k], a.small[k] = true, v[0] < int64(threshold)
		}
		if left, _, _ := strings.Cut(c.Modalite, schemas.Times); c.Niveau == schemas.Ecole && left == string(schemas.Eleve) && pupils[c.Scope.String()] > 0 {
			a.atMost[k] = pupils[c.Scope.String()]
		}
	}
	// A group of schools without circonscription is on no page; it is known where
	// the rest of its DSDEN is.
	for k := range a.value {
		if strings.HasPrefix(k, "sans:") {
			a.held[k] = true
		}
	}
	territories := map[string]bool{}
	for k := range a.value {
		t, _, _ := strings.Cut(k, "|")
		territories[t] = true
	}
	for t := range territories {
		a.territory(t, modalities, children[t])
	}
	return a
}

// territory ties the cells of a school or a territory.
func (a *auditor) territory(t string, modalities map[string]map[string]bool, children map[string]bool) {
	list := func(axe string, keep func(string) bool) (keys []string) {
		for m := range modalities[axe] {
			if keep(m) {
				keys = append(keys, key(t, axe, m))
			}
		}
		slices.Sort(keys)
		return keys
	}
	all := func(string) bool { return true }
	// A visit is of one modality, a person may be of two.
	visits := func(total string, parts []string) {
		a.add(total, parts, 0, 1, 2, 3)
		a.add(total, parts, -1, 0)
		a.part(total, parts, 0)
	}
	// A visit may see several services, an event is of one.
	events := func(total string, parts []string) {
		a.add(total, parts, 0, 3)
		a.add(total, parts, -1, 0, 1)
		a.part(total, parts, 0, 1, 2)
	}
	globales := key(t, "globales", "globales")
	for _, axe := range []string{"profil", "appareil", "os", "navigateur"} {
		visits(globales, list(axe, all))
	}
	a.add(globales, list("frequence", all), 0, 0, 1, 2, 3)
	a.often(t, globales)
	events(globales, list("service", all))
	a.add(globales, list("outil", all), 1, 3)
	a.part(globales, list("outil", all), 0, 1, 2)
	for p := range modalities["profil"] {
		of := func(m string) bool { return strings.HasPrefix(m, p+"×") }
		visits(key(t, "profil", p), list("profil×appareil", of))
		events(key(t, "profil", p), list("profil×service", of))
	}
	for axe, crossed := range map[string]string{"appareil": "profil×appareil", "service": "profil×service"} {
		for m := range modalities[axe] {
			visits(key(t, axe, m), list(crossed, func(x string) bool { return strings.HasSuffix(x, "×"+m) }))
		}
	}
	for axe, ms := range modalities {
		for m := range ms {
			a.measures(key(t, axe, m))
			var parts []string
			for c := range children {
				parts = append(parts, key(c, axe, m))
				a.measures(key(c, axe, m))
			}
			if len(parts) > 0 {
				slices.Sort(parts)
				a.add(key(t, axe, m), parts, 0, 0, 1, 2, 3)
			}
		}
	}
}

// often says that who came twice or more has a visit beyond the first, and who
// came five times has four. It follows from the sums and from what ties the
// measures of a band, but not from one of them at a time.
func (a *auditor) often(t, globales string) {
	a.relation = append(a.relation, linear{terms: []term{
		{variable{globales, 1}, 1},
		{variable{globales, 0}, -1},
		{variable{key(t, "frequence", "2-4"), 0}, -1},
		{variable{key(t, "frequence", "5+"), 0}, -4},
	}})
}

// auditDays is the reader of a day of territories: of establishments none is
// shown, of territories those whose week is, and whose days are not withheld.
// Its figures are those of the week, which for sums is as good as any day.
func auditDays(cells []schemas.WeekCell, schools []schemas.School, w schemas.Withholding) *auditor {
	a := audit(slices.DeleteFunc(slices.Clone(cells), func(c schemas.WeekCell) bool { return c.Axe == schemas.ParFrequence }), schools, w, 0)
	for _, c := range w.Cells {
		a.held[key(c.Scope.String(), string(c.Axe), c.Modalite)] = true
	}
	for k, v := range a.value {
		if strings.HasPrefix(k, "ecole:") {
			a.held[k], a.named[k] = true, v[0] > 0
		}
	}
	return a
}
