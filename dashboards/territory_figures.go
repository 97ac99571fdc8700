package dashboards

import (
	"fmt"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// none stands for a figure that does not exist; never 0.
const none = "–"

// figures are the key figures, in the order of the page.
func (d *territoryData) figures() []Figure {
	figures := []Figure{d.visitsFigure(), d.usersFigure(), d.meanUsersFigure(), d.durationFigure(), d.activeFigure(), d.peakFigure()}
	d.compareFigures(figures)
	return figures
}

// figure begins a figure over the whole period.
func (d *territoryData) figure(code string) Figure {
	days := d.days()
	return Figure{
		Indicator: schemas.IndicatorByCode(code), Value: none,
		From: days.From, To: min(days.To, schemas.DayOf(d.now)),
	}
}

func (f *Figure) set(n uint64) { f.Number, f.Value = &n, Entier(n) }

// mask says that there is a figure, and that it may not be shown.
func (f *Figure) mask() { f.Number, f.Value = nil, withheldText }

func (d *territoryData) visitsFigure() Figure {
	f := d.figure("visites")
	f.set(added("visites", schemas.OverPeriods, d.weekly))
	if d.running() {
		f.Detail = "dont " + Entier(d.week(d.weeks[len(d.weeks)-1]).Visits) + " dans la semaine en cours"
		if d.week(d.weeks[len(d.weeks)-1]).Withheld {
			f.Detail = "la semaine en cours est masquée"
		}
	}
	if n := withheldPeriods(d.weekly); n > 0 {
		f.Detail = strings.TrimPrefix(f.Detail+", "+withheldWeeks(n), ", ")
		if f.Number != nil && *f.Number == 0 {
			f.mask()
		}
	}
	return f
}

// week is the cell of one week, zero when it has no visit.
func (d *territoryData) week(w schemas.Week) schemas.Cell {
	for _, c := range d.weekly {
		if schemas.Week(c.Debut) == w {
			return c
		}
	}
	return schemas.Cell{}
}

// usersFigure is of the last complete week.
func (d *territoryData) usersFigure() Figure {
	f := d.figure("utilisateurs")
	f.Detail = "aucune semaine complète dans la période"
	if last, ok := d.lastComplete(); ok {
		f.set(d.week(last).Users)
		if d.week(last).Withheld {
			f.mask()
		}
		f.From, f.To = last.Monday(), last.Sunday()
		f.Detail = "dernière semaine complète"
	}
	return f
}

func (d *territoryData) meanUsersFigure() Figure {
	f := d.figure("utilisateurs_semaine_moyenne")
	f.Detail = "aucune semaine complète avec des visites"
	if mean, n := d.weeklyMean(d.weekly); n > 0 {
		f.set(mean)
		f.Detail = "sur " + Compte(n, "semaine complète avec visites", "semaines complètes avec visites")
	}
	return f
}

func (d *territoryData) durationFigure() Figure {
	f := d.figure("duree_moyenne")
	m := total(d.weekly)
	f.Detail = "aucune visite n'a de durée"
	if m.Visits == 0 && withheldPeriods(d.weekly) > 0 {
		f.mask()
		f.Detail = withheldWeeks(withheldPeriods(d.weekly))
	}
	if s, ok := m.MeanSeconds(); ok {
		f.Number, f.Value = &s, Duree(s)
		f.Detail = "sur " + Compte(m.VisitsWithDuration, "visite ayant une durée", "visites ayant une durée")
	}
	return f
}

// activeFigure is of the last complete week; for a school, which is active or
// not, it counts the weeks.
func (d *territoryData) activeFigure() Figure {
	f := d.figure("ecoles_actives")
	f.Unfiltered = d.sel.Profil != ""
	if d.Niveau == schemas.Ecole {
		f.Label = "Semaines d'activité"
		f.Unit = "semaines"
		n := uint64(0)
		for _, w := range d.weeks {
			if d.active[w] > 0 {
				n++
			}
		}
		f.set(n)
		f.Detail = "sur " + Compte(uint64(len(d.weeks)), "semaine de la période", "semaines de la période")
		return f
	}
	f.Detail = "aucune semaine complète dans la période"
	if last, ok := d.lastComplete(); ok {
		f.set(d.active[last])
		f.From, f.To = last.Monday(), last.Sunday()
		f.Detail = "sur " + Compte(uint64(d.dir.PrimaryIn(d.Scope)), "école publique ouverte", "écoles publiques ouvertes") + ", dernière semaine complète"
	}
	return f
}

func (d *territoryData) peakFigure() Figure {
	f := d.figure("pic")
	f.Detail = "aucune visite"
	if d.hoursWithheld > 0 {
		f.mask()
		f.Detail = "les heures sont masquées"
	}
	var most uint64
	for _, day := range weekdays() {
		for h, v := range d.moments[day] {
			if v > most {
				most = v
				f.Value = fmt.Sprintf("%s, %s", jours[day], Heure(h))
				f.Number = &v
				f.Detail = Compte(v, "visite commencée", "visites commencées") + " à cette heure dans la période"
			}
		}
	}
	return f
}
