package dashboards

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// deployment is what sets the use of a territory beside who could use the ENT,
// in the last complete week of the period.
type deployment struct {
	population *schemas.Population
	enrolments *schemas.Enrolments
	schools    map[schemas.UAI]*schemas.WeekUse // of the week, those with a visit
	totals     map[childKey]*schemas.WeekUse    // of the territory, with a zero parent, and of its children
	last       map[schemas.UAI]schemas.Week     // the last week with an event in the school year
}

// year is the school year whose schools, enrolments and population count.
func (d *territoryData) year() schemas.SchoolYear {
	return d.weeks[len(d.weeks)-1].SchoolYear()
}

func (d *territoryData) loadDeployment(ctx context.Context, r Reader) (err error) {
	dep := &d.deployment
	dep.schools, dep.totals = map[schemas.UAI]*schemas.WeekUse{}, map[childKey]*schemas.WeekUse{}
	if dep.population, err = r.Population(ctx, d.year()); err != nil {
		return err
	}
	if dep.enrolments, err = r.Enrolments(ctx, d.year()); err != nil {
		return err
	}
	year := schemas.Period{From: d.year().FirstWeek().Monday(), To: d.mondays().To}
	if dep.last, err = r.LastWeeks(ctx, d.Scope, year); err != nil {
		return err
	}
	last, ok := d.lastComplete()
	if !ok {
		return nil
	}
	q := d.query()
	q.Profil, q.Axes, q.Period = "", []schemas.Axe{schemas.Globales, schemas.ParProfil}, schemas.Period{From: last.Monday(), To: last.Monday()}
	err = take(ctx, r, q, func(c schemas.Cell) *schemas.WeekUse { return at(dep.totals, childKey{code: c.Code}) })
	if err != nil || d.Niveau == schemas.Ecole {
		dep.schools[schemas.UAI(d.Code)] = dep.totals[childKey{code: d.Code}]
		return err
	}
	q.Detail = schemas.ParEcoles
	err = take(ctx, r, q, func(c schemas.Cell) *schemas.WeekUse { return at(dep.schools, schemas.UAI(c.Code)) })
	if err != nil {
		return err
	}
	q.Detail = schemas.ParEnfants
	for _, parent := range d.parents() {
		q.Scope = parent
		err := take(ctx, r, q, func(c schemas.Cell) *schemas.WeekUse { return at(dep.totals, childKey{parent, c.Code}) })
		if err != nil {
			return err
		}
	}
	return nil
}

// take reads cells into the use that each belongs to.
func take(ctx context.Context, r Reader, q schemas.CellQuery, of func(schemas.Cell) *schemas.WeekUse) error {
	cells, err := r.Cells(ctx, q)
	for _, c := range cells {
		of(c).Take(c)
	}
	return err
}

func at[K comparable](m map[K]*schemas.WeekUse, k K) *schemas.WeekUse {
	if m[k] == nil {
		m[k] = &schemas.WeekUse{}
	}
	return m[k]
}

// deployed sums the schools of one territory.
type deployed struct {
	schools      []*schemas.School
	primary      uint64
	enrolled     schemas.Count
	established  uint64 // schools whose use is established
	undetermined uint64 // schools of which that cannot be said
	silent       schemas.Count
	rate         schemas.Rate // of the pupils, or of the profile that filters
	activation   schemas.Ratio
}

// deployedIn sums the schools of a territory; total is its use as it is shown.
func (d *territoryData) deployedIn(scope schemas.Scope, total *schemas.WeekUse) deployed {
	dep := &d.deployment
	s := deployed{schools: d.dir.SchoolsIn(scope)}
	since, known := d.silentSince()
	var enrolled, silent uint64
	for _, school := range s.schools {
		if _, ok := dep.enrolments.Of(school.UAI); ok {
			enrolled++
			if dep.last[school.UAI] < since {
				silent++
			}
		}
		if !school.Primary {
			continue
		}
		s.primary++
		switch established, known := dep.schools[school.UAI].Established(dep.population.Potential(school, schemas.Eleve), d.rules.Established); {
		case !known:
			s.undetermined++
		case established:
			s.established++
		}
	}
	if dep.enrolments.Known() {
		s.enrolled = schemas.Known(enrolled)
		if known {
			s.silent = schemas.Known(silent)
		}
	}
	s.rate = schemas.Attendance(d.rateOf(), s.schools, dep.population, dep.schools, total)
	s.activation = schemas.Activation(d.sel.Profil, s.schools, dep.population)
	return s
}

// rateOf is the profile whose rate is shown: the one asked for, else pupils.
func (d *territoryData) rateOf() schemas.Profil {
	if d.sel.Profil != "" {
		return d.sel.Profil
	}
	return schemas.Eleve
}

// silentSince is the first of the last complete school weeks that an enrolled
// school must have been without an event to be silent; weeks without classes do
// not count. ok is false when the school year has had too few.
func (d *territoryData) silentSince() (first schemas.Week, ok bool) {
	left := d.rules.SilentWeeks
	for i := len(d.weeks) - 1; i >= 0 && left > 0 && d.weeks[i].SchoolYear() == d.year(); i-- {
		w := d.weeks[i]
		if n, known := d.calendar.Number(w); !d.complete(w) || known && n == 0 {
			continue
		}
		first = w
		left--
	}
	return first, left == 0
}

// unknownValue stands for what nothing says: neither 0 nor an empty cell.
const unknownValue = "inconnu"

// setCount is set for a number that may be unknown.
func (f *Figure) setCount(c schemas.Count, why string) {
	if n, ok := c.Get(); ok {
		f.set(n)
		return
	}
	f.Value, f.Detail = unknownValue, why
}

// setRatio shows a percentage with one decimal, or that there is none.
func (f *Figure) setRatio(r schemas.Ratio) bool {
	n, ok := r.PerMille()
	if !ok {
		f.Value = unknownValue
		return false
	}
	v := float64(n) / 10
	f.Ratio, f.Value = &v, perMille(n)
	return true
}

// setRate shows a rate, or the two ends that it lies between.
func (f *Figure) setRate(r schemas.Rate) bool {
	least, most, ok := r.PerMille()
	f.Value = rateWords(r)
	switch {
	case ok && least == most:
		f.Ratio = tenths(least)
	case ok:
		f.Ends = &[2]float64{*tenths(least), *tenths(most)}
	}
	return ok
}

// rateWords writes a rate: "21,9 %", or "entre 21,9 % et 22,0 %" where figures
// that are withheld leave that open.
func rateWords(r schemas.Rate) string {
	least, most, ok := r.PerMille()
	switch {
	case !ok:
		return unknownValue
	case least == most:
		return perMille(least)
	}
	return "entre " + perMille(least) + " et " + perMille(most)
}

// perMille writes 402 as "40,2 %".
func perMille(n uint64) string {
	return Entier(n/10) + "," + strconv.FormatUint(n%10, 10) + solid + "%"
}

// euros writes an amount with two decimals, or four below ten cents.
func euros(v float64) string {
	decimals := 2
	if v != 0 && math.Abs(v) < 0.1 {
		decimals = 4
	}
	whole, rest, _ := strings.Cut(strconv.FormatFloat(v, 'f', decimals, 64), ".")
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil {
		return none // negative or absurd
	}
	if strings.Trim(rest, "0") == "" {
		return Entier(n) + solid + "€"
	}
	return Entier(n) + "," + rest + solid + "€"
}

// figureGroup is figures under a heading.
type figureGroup struct {
	ID, Title string
	Figures   []Figure
}

// deploymentGroups are the figures of use beside who could use the ENT, then of
// enrolment and cost.
func (d *territoryData) deploymentGroups() []figureGroup {
	all := d.deployedIn(d.Scope, d.deployment.totals[childKey{code: d.Code}])
	use := figureGroup{"usage-chiffres", "Usage", []Figure{
		d.enteringFigure("visites_avec_duree"), d.enteringFigure("rebonds"), d.rateFigure(all),
	}}
	reach := figureGroup{"deploiement-chiffres", "Déploiement", []Figure{d.enrolledFigure(all), d.establishedFigure(all), d.activationFigure(all), d.silentFigure(all)}}
	if d.sel.ByYear && d.Niveau != schemas.Ecole {
		reach.Title, reach.Figures = "Déploiement et coût", append(reach.Figures, d.costFigures(all)...)
	}
	return []figureGroup{use, reach}
}

// deploymentFigures are those of deploymentGroups in one list.
func (d *territoryData) deploymentFigures() (figures []Figure) {
	for _, g := range d.deploymentGroups() {
		figures = append(figures, g.Figures...)
	}
	return figures
}

// enteringFigure counts entering visits, or bounces.
func (d *territoryData) enteringFigure(code string) Figure {
	f := d.figure(code)
	m := total(d.weekly)
	f.set(added(code, schemas.OverPeriods, d.weekly))
	f.Detail = "aucune visite"
	if m.Visits > 0 {
		f.Detail = Part(*f.Number, m.Visits) + " des visites"
	}
	if n := withheldPeriods(d.weekly); n > 0 {
		f.Detail = withheldWeeks(n)
		if m.Visits == 0 {
			f.mask()
		}
	}
	return f
}

// added is an indicator summed over cells; the registry says that it may be.
func added(code string, over schemas.Additivity, cells []schemas.Cell) uint64 {
	n, err := schemas.Sum(code, over, cells)
	if err != nil {
		panic("dashboards: " + err.Error()) // codes are written in the program
	}
	return n
}

// ofWeek puts a figure on the last complete week.
func (d *territoryData) ofWeek(f *Figure) {
	if last, ok := d.lastComplete(); ok {
		f.From, f.To = last.Monday(), last.Sunday()
	}
}

func (d *territoryData) enrolledFigure(all deployed) Figure {
	f := d.figure("ecoles_inscrites")
	f.From, f.To = d.year().First(), d.year().Last()
	f.Link = Link{address("/collectivites", yearQuery(d.year())), "les collectivités"}
	f.Detail = "sur " + Compte(all.primary, "école publique ouverte", "écoles publiques ouvertes")
	why := "aucune liste d'inscriptions pour " + d.year().String()
	if d.Niveau != schemas.Ecole {
		f.setCount(all.enrolled, why)
		return f
	}
	f.Label, f.Detail = "Inscrite", ""
	e, enrolled := d.deployment.enrolments.Of(schemas.UAI(d.Code))
	switch {
	case !d.deployment.enrolments.Known():
		f.setCount(schemas.Count{}, why)
	case enrolled:
		f.set(1)
		f.Value, f.Detail = "oui", "par la collectivité "+e.Collectivite
		f.Link = Link{collectivitePath(e.Collectivite, d.year()), "son relevé"}
	default:
		f.set(0)
		f.Value = "non"
	}
	return f
}

func (d *territoryData) establishedFigure(all deployed) Figure {
	f := d.figure("ecoles_usage_installe")
	d.ofWeek(&f)
	if _, ok := d.lastComplete(); !ok {
		f.Detail = "aucune semaine complète dans la période"
		return f
	}
	rule := fmt.Sprintf("deux profils et %d%s%% des élèves", d.rules.Established, solid)
	f.Detail = rule
	if d.Niveau == schemas.Ecole {
		f.Label = "Usage installé"
		switch {
		case all.undetermined > 0 || all.primary == 0:
			f.Value, f.Detail = "indéterminé", rule+" ; nombre d'élèves inconnu ou chiffre masqué"
		case all.established > 0:
			f.set(1)
			f.Value = "oui"
		default:
			f.set(0)
			f.Value = "non"
		}
		return f
	}
	f.set(all.established)
	if all.undetermined > 0 {
		f.Detail += ", sans " + Compte(all.undetermined, "école indéterminée", "écoles indéterminées") + " (élèves inconnus ou chiffre masqué)"
	}
	return f
}

func (d *territoryData) rateFigure(all deployed) Figure {
	f := d.figure("taux_frequentation")
	d.ofWeek(&f)
	who := strings.ToLower(d.rateOf().Label())
	f.Detail = who + ", aucune population connue"
	if _, ok := d.lastComplete(); !ok {
		f.Detail = "aucune semaine complète dans la période"
		return f
	}
	if all.rate.Withheld() {
		f.mask()
		f.Detail = who + " de la dernière semaine complète"
		return f
	}
	if f.setRate(all.rate) {
		f.Detail = who + ", sur " + Compte(all.rate.Schools, "école dont la population est connue", "écoles dont la population est connue") +
			" (" + Entier(all.rate.Of) + " en tout)"
		if people, _ := all.rate.People.Get(); d.Niveau == schemas.Ecole {
			f.Detail = "sur " + Compte(people, "compte chargé", "comptes chargés") + ", " + who
			if d.rateOf() == schemas.Eleve {
				f.Detail = "sur " + Compte(people, "élève", "élèves") + " de l'école"
			}
		}
		if r := d.deployment.population.Pupils; d.rateOf() == schemas.Eleve && r != 0 && r != d.year() {
			f.Detail += ", à défaut effectifs de la rentrée " + strconv.Itoa(int(r))
		}
	}
	return f
}

func (d *territoryData) activationFigure(all deployed) Figure {
	f := d.figure("taux_activation")
	f.From, f.To = d.year().First(), d.year().Last()
	f.Detail = "aucun relevé de comptes pour " + d.year().String()
	if f.setRatio(all.activation) {
		loaded, _ := all.activation.Whole.Get()
		f.Detail = "tous profils"
		if d.sel.Profil != "" {
			f.Detail = strings.ToLower(d.sel.Profil.Label())
		}
		f.Detail += ", sur " + Compte(loaded, "compte chargé", "comptes chargés")
	}
	return f
}

func (d *territoryData) silentFigure(all deployed) Figure {
	f := d.figure("ecoles_silencieuses")
	why := "aucune liste d'inscriptions pour " + d.year().String()
	since, known := d.silentSince()
	if !known {
		why = fmt.Sprintf("il faut %d semaines scolaires complètes dans la période", d.rules.SilentWeeks)
	} else if last, ok := d.lastComplete(); ok {
		f.From, f.To = since.Monday(), last.Sunday()
	}
	f.Detail = "inscrites, sans événement depuis " + Compte(uint64(d.rules.SilentWeeks), "semaine scolaire", "semaines scolaires")
	f.setCount(all.silent, why)
	if d.Niveau == schemas.Ecole {
		f.Label = "Silencieuse"
		f.Detail = "l'est une école inscrite, sans événement depuis " + Compte(uint64(d.rules.SilentWeeks), "semaine scolaire", "semaines scolaires")
		if n, ok := all.silent.Get(); ok {
			f.Value = map[bool]string{true: "oui", false: "non"}[n > 0]
		}
		return f
	}
	f.Link = Link{address(d.Path()+silentPath, d.sel.query()), "la liste"}
	return f
}

// costFigures set the convention's price beside the use of a school year.
func (d *territoryData) costFigures(all deployed) []Figure {
	visit, active := d.figure("cout_visite"), d.figure("cout_ecole_active")
	d.ofWeek(&active)
	enrolled, known := all.enrolled.Get()
	amount := float64(enrolled) * d.rules.Price
	why := "aucune liste d'inscriptions pour " + d.year().String()
	cost := func(f *Figure, over uint64, one, many string) {
		switch {
		case !known:
			f.Value, f.Detail = unknownValue, why
		case over == 0:
			f.Value, f.Detail = none, "aucune "+one
		default:
			v := amount / float64(over)
			f.Ratio, f.Value = &v, euros(v)
			f.Detail = euros(amount) + " pour " + Compte(enrolled, "école inscrite", "écoles inscrites") + ", " + Compte(over, one, many)
		}
	}
	cost(&visit, d.allVisits(), "visite", "visites")
	if n := withheldPeriods(d.weekly); n > 0 && known {
		visit.Ratio = nil
		visit.mask()
		visit.Detail = "des semaines sont masquées"
	}
	last, _ := d.lastComplete()
	cost(&active, d.active[last], "école active", "écoles actives")
	return []Figure{visit, active}
}

// allVisits are those of the period, of all profiles.
func (d *territoryData) allVisits() uint64 {
	if d.sel.Profil == "" {
		return added("visites", schemas.OverPeriods, d.weekly)
	}
	var all []schemas.Cell
	for _, c := range d.unfiltered {
		if c.Axe == schemas.Globales {
			all = append(all, c)
		}
	}
	return added("visites", schemas.OverPeriods, all)
}
