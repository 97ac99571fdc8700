package dashboards

import (
	"context"
	"fmt"

	"github.com/entaudience/entaudience/schemas"
)

// comparison sets the weeks of a period beside those of the same school-week
// number in the school year before.
type comparison struct {
	before map[schemas.Week]schemas.Week // complete weeks that compare, to theirs
	why    map[schemas.Week]string       // French, why a complete week does not
	cells  map[schemas.Week]schemas.Cell // globales, by week of the year before
	active map[schemas.Week]uint64       // active schools, by week of the year before
	years  schemas.DirectoryUse          // the directory of the year before
	dir    *schemas.Directory
}

// matchWeeks finds which complete weeks compare with which. A week from before
// the first figure ever is unknown, not empty.
func (d *territoryData) matchWeeks() {
	c := &d.compare
	c.before, c.why = map[schemas.Week]schemas.Week{}, map[schemas.Week]string{}
	for _, w := range d.weeks {
		if !d.complete(w) {
			continue
		}
		same, outcome := d.calendar.YearBefore(w)
		switch {
		case outcome == schemas.CalendarUnknown:
			c.why[w] = "calendrier scolaire inconnu"
		case outcome == schemas.NoClasses:
			c.why[w] = "semaine sans classe"
		case outcome == schemas.NoSuchNumber:
			c.why[w] = "pas de semaine scolaire de ce numéro l'année précédente"
		case !d.hasExtent || same < d.extent.From.Week():
			c.why[w] = "antérieure aux premiers chiffres"
		default:
			c.before[w] = same
		}
	}
}

// loadComparison reads the year before, for the weeks that match.
func (d *territoryData) loadComparison(ctx context.Context, r Reader) (err error) {
	c := &d.compare
	c.cells, c.active = map[schemas.Week]schemas.Cell{}, map[schemas.Week]uint64{}
	year := d.weeks[len(d.weeks)-1].SchoolYear() - 1
	if c.dir, c.years, err = r.Directory(ctx, year); err != nil || len(c.before) == 0 {
		return err
	}
	q := d.query()
	q.Axes = []schemas.Axe{schemas.Globales}
	q.Period = c.period()
	cells, err := r.Cells(ctx, q)
	for _, cell := range cells {
		c.cells[schemas.Week(cell.Debut)] = cell
	}
	if err != nil {
		return err
	}
	active, err := r.Activity(ctx, d.Scope, q.Period, schemas.Ensemble)
	for _, a := range active {
		c.active[a.Week] += a.Active
	}
	return err
}

// dropWithheld takes out the weeks of which one of the two may not be shown:
// totals that compare are of the same weeks.
func (d *territoryData) dropWithheld() {
	for w, same := range d.compare.before {
		if d.week(w).Withheld || d.compare.cells[same].Withheld {
			delete(d.compare.before, w)
			d.compare.why[w] = "semaine masquée"
		}
	}
}

// loadChildBefore reads the year before of the children.
func (d *territoryData) loadChildBefore(ctx context.Context, r Reader) error {
	if len(d.compare.before) == 0 {
		return nil
	}
	return d.loadChildren(ctx, r, d.compare.period(), d.childBefore)
}

// childEvolution is how the visits of a child changed, over the weeks that
// compare.
func (d *territoryData) childEvolution(key childKey) string {
	if len(d.compare.before) == 0 {
		return none
	}
	byWeek := func(cells []schemas.Cell) map[schemas.Week]schemas.Cell {
		m := make(map[schemas.Week]schemas.Cell, len(cells))
		for _, c := range cells {
			m[schemas.Week(c.Debut)] = c
		}
		return m
	}
	of, ofBefore := byWeek(d.childWeeks[key]), byWeek(d.childBefore[key])
	var now, before uint64
	for w, same := range d.compare.before {
		if a, b := of[w], ofBefore[same]; !a.Withheld && !b.Withheld {
			now, before = now+a.Visits, before+b.Visits
		}
	}
	return evolved(now, before)
}

// period holds every week compared with.
func (c *comparison) period() schemas.Period {
	var p schemas.Period
	for _, w := range c.before {
		if p.From == 0 || w.Monday() < p.From {
			p.From = w.Monday()
		}
		p.To = max(p.To, w.Monday())
	}
	return p
}

// of gives the cells of the weeks that compare, this year's and the year
// before's, in the same order.
func (c *comparison) of(weekly []schemas.Cell, weeks []schemas.Week) (now, before []schemas.Cell) {
	byWeek := map[schemas.Week]schemas.Cell{}
	for _, cell := range weekly {
		byWeek[schemas.Week(cell.Debut)] = cell
	}
	for _, w := range weeks {
		if same, ok := c.before[w]; ok {
			now, before = append(now, byWeek[w]), append(before, c.cells[same])
		}
	}
	return now, before
}

// evolved writes how a figure changed: "+12,3 %"; a dash when it was zero.
func evolved(now, before uint64) string {
	switch {
	case before == 0:
		return none
	case now >= before:
		return "+" + Part(now-before, before)
	}
	return "−" + Part(before-now, before)
}

// compared adds to a figure what it was in the year before.
func (f *Figure) compared(now, before uint64, show func(uint64) string, with string) {
	f.Before = &before
	f.Compare = evolved(now, before) + " : " + show(now) + " contre " + show(before) + ", " + with
}

// compareFigures adds the year before to the figures that have one, over the
// weeks that compare.
func (d *territoryData) compareFigures(figures []Figure) {
	if !d.sel.Compare {
		return
	}
	now, before := d.compare.of(d.weekly, d.weeks)
	n := uint64(len(now))
	weeks := "mêmes " + Compte(n, "semaine scolaire", "semaines scolaires")
	if n < 2 {
		weeks = "même semaine scolaire"
	}
	weeks += " de l'année précédente"
	last, hasLast := d.lastComplete()
	same, matched := d.compare.before[last]
	for i := range figures {
		f := &figures[i]
		f.Compare = d.incomparable()
		switch f.Code {
		case "visites":
			if n > 0 {
				f.compared(total(now).Visits, total(before).Visits, Entier, weeks)
			}
		case "duree_moyenne":
			a, ok1 := total(now).MeanSeconds()
			b, ok2 := total(before).MeanSeconds()
			if ok1 && ok2 {
				f.compared(a, b, Duree, weeks)
			}
		case "utilisateurs_semaine_moyenne":
			a, n1 := d.weeklyMean(now)
			b, n2 := d.weeklyMean(before)
			if n1 > 0 && n2 > 0 {
				f.compared(a, b, Entier, weeks)
			}
		case "utilisateurs":
			f.Compare = d.whyNot(last, hasLast)
			if matched {
				f.compared(d.week(last).Users, d.compare.cells[same].Users, Entier, Semaine(same))
			}
		case "ecoles_actives":
			f.Compare = d.whyNot(last, hasLast)
			if matched && d.Niveau != schemas.Ecole {
				f.compared(d.active[last], d.compare.active[same], Entier, Semaine(same))
			}
		default:
			f.Compare = ""
		}
	}
}

// whyNot says why a week does not compare.
func (d *territoryData) whyNot(w schemas.Week, complete bool) string {
	if !complete {
		return "pas de semaine complète à comparer"
	}
	return "pas de comparaison : " + d.compare.why[w]
}

// incomparable is said where no week compares.
func (d *territoryData) incomparable() string {
	if len(d.compare.before) > 0 {
		return ""
	}
	return "pas de comparaison possible avec l'année précédente"
}

// compareNotices says what a comparison stands on, in French.
func (d *territoryData) compareNotices() []string {
	if !d.sel.Compare {
		return nil
	}
	year := d.weeks[len(d.weeks)-1].SchoolYear()
	before := year - 1
	var said []string
	switch unknown := d.unknownCalendars(year, before); {
	case unknown != "":
		said = append(said, "Pas de comparaison : le calendrier scolaire "+unknown+" n'est pas connu. Une semaine se compare à celle du même numéro de semaine scolaire, non à celle de la même date.")
	case len(d.compare.before) == 0:
		said = append(said, "Aucune semaine de cette période ne se compare à l'année "+before.String()+".")
	default:
		said = append(said, "Comparaison avec "+before.String()+" : chaque semaine complète avec celle du même numéro de semaine scolaire ; "+
			Compte(uint64(len(d.compare.before)), "semaine comparée", "semaines comparées")+" sur "+fmt.Sprint(len(d.weeks))+".")
	}
	return append(said, d.perimeterNotice(before, year))
}

func (d *territoryData) unknownCalendars(year, before schemas.SchoolYear) string {
	switch {
	case !d.calendar.Known(year):
		return year.String()
	case !d.calendar.Known(before):
		return before.String()
	}
	return ""
}

// perimeterNotice says whether the two years are of the same schools.
func (d *territoryData) perimeterNotice(before, year schemas.SchoolYear) string {
	use := d.compare.years
	after := d.names.last
	if use.From != before || after.From != year {
		return "Périmètre : il n'y a pas d'annuaire de chacune des deux années, les écoles entrées ou sorties ne sont pas connues."
	}
	p := schemas.ComparePerimeter(d.compare.dir, d.names.dirs[0], d.Scope)
	if p.Same() {
		return "Périmètre : les mêmes écoles publiques en " + before.String() + " et en " + year.String() + " (" + Entier(uint64(p.After)) + ")."
	}
	count := func(list []schemas.UAI, one, many string) string {
		if len(list) == 0 {
			return ""
		}
		return Compte(uint64(len(list)), one, many)
	}
	s := "Le périmètre a changé : " + Compte(uint64(p.Before), "école publique", "écoles publiques") + " en " + before.String() + ", " +
		Entier(uint64(p.After)) + " en " + year.String()
	for _, part := range []string{
		count(p.Opened, "ouverte", "ouvertes"), count(p.Arrived, "venue d'un autre territoire", "venues d'un autre territoire"),
		count(p.Closed, "fermée ou fusionnée", "fermées ou fusionnées"), count(p.Left, "passée dans un autre territoire", "passées dans un autre territoire"),
	} {
		if part != "" {
			s += " ; " + part
		}
	}
	return s + ". Chaque année est comptée avec ses propres écoles."
}
