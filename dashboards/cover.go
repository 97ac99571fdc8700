package dashboards

import (
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// coverFacts is all that the cover sentence may say. What is not known is left
// out of the sentence.
type coverFacts struct {
	Year     schemas.SchoolYear
	Place    string      // "Occitanie"
	Until    schemas.Day // the last day counted, when the year is not over; 0 = it is
	Visits   uint64
	Withheld bool // some weeks are not shown: no total is said
	Mean     Value
	Active   Value // active schools in the last complete week
	Schools  uint64
	Now      uint64 // visits of the weeks that compare
	Before   uint64 // those of the year before; 0 = they do not compare
	Weeks    int    // how many weeks compare
}

func (d *territoryData) coverFacts(year schemas.SchoolYear) coverFacts {
	f := coverFacts{Year: year, Place: nameOf(d.Territory), Visits: total(d.weekly).Visits, Withheld: withheldPeriods(d.weekly) > 0}
	if d.running() || schemas.DayOf(d.now) <= year.Last() {
		f.Until = min(d.days().To, schemas.DayOf(d.now))
	}
	if mean, n := d.weeklyMean(d.weekly); n > 0 {
		f.Mean = number(mean)
	}
	if last, ok := d.lastComplete(); ok && d.Niveau != schemas.Ecole {
		f.Active, f.Schools = number(d.active[last]), uint64(d.dir.PrimaryIn(d.Scope))
	}
	now, before := d.compare.of(d.weekly, d.weeks)
	f.Now, f.Before, f.Weeks = total(now).Visits, total(before).Visits, len(now)
	return f
}

// coverSentence says the year in words, from the figures and nothing else.
func coverSentence(f coverFacts) string {
	when := "Pendant l'année scolaire " + f.Year.String()
	if f.Until != 0 {
		when = "Depuis la rentrée de l'année scolaire " + f.Year.String() + " et jusqu'au " + Jour(f.Until)
	}
	switch {
	case f.Withheld:
		return when + ", certains chiffres de « " + f.Place + " » ne peuvent pas être montrés : ce bilan ne donne pas de total."
	case f.Visits == 0:
		return when + ", l'ENT n'a reçu aucune visite dans « " + f.Place + " »."
	}
	said := []string{when + ", l'ENT a reçu " + Compte(f.Visits, "visite", "visites") + " dans « " + f.Place + " »"}
	if f.Mean.Known {
		said[0] += ", de " + Compte(uint64(f.Mean.N), "utilisateur", "utilisateurs") + " par semaine en moyenne"
	}
	if f.Active.N > 0 && f.Schools > 0 { // the last week of a year is in the holidays
		said = append(said, "La dernière semaine complète, "+Compte(uint64(f.Active.N), "école a été active", "écoles ont été actives")+
			", pour "+Compte(f.Schools, "école publique ouverte", "écoles publiques ouvertes"))
	}
	if f.Before > 0 && f.Weeks > 0 {
		weeks := "les mêmes " + Compte(uint64(f.Weeks), "semaine scolaire", "semaines scolaires")
		if f.Weeks == 1 {
			weeks = "la même semaine scolaire"
		}
		what := "le nombre de visites est resté le même"
		switch c := change(int64(f.Now), int64(f.Before)); {
		case c.N > 0:
			what = "le nombre de visites a augmenté de " + Dixiemes(uint64(c.N)) + solid + "%"
		case c.N < 0:
			what = "le nombre de visites a baissé de " + Dixiemes(uint64(-c.N)) + solid + "%"
		case f.Now != f.Before:
			what = "le nombre de visites est resté presque le même"
		}
		said = append(said, "Sur "+weeks+" que l'année précédente, "+what)
	}
	return strings.Join(said, ". ") + "."
}
