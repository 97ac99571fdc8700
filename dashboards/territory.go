package dashboards

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/dashboards/national"
	"github.com/entaudience/entaudience/schemas"
)

// territoryPage is the page of a territory of any of the five levels.
type territoryPage struct {
	Layout
	Territory schemas.Territory
	Facts     []string // what the directory says of it
	Crumbs    []Link
	Filter    filterForm
	Period    string // the period and the profile shown, in French
	Notices   []string
	Figures   []Figure
	AsOf      asOf
	Blocks    []Block
	Files     []Link
}

// filterForm is the form above the figures.
type filterForm struct {
	Action  string
	Years   []option
	Profils []option
	Compare []option
	Du, Au  string
}

type option struct {
	Value, Label string
	Selected     bool
}

// territory answers the page of a territory, or its cells as CSV or JSON.
func (s *Server) territory(w http.ResponseWriter, r *http.Request) error {
	scope := scopeOf(r)
	sel, err := s.readSelection(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	names, err := s.territories(r.Context(), sel.Period)
	if err != nil {
		return err
	}
	found, dir, err := names.find(scope)
	if err != nil {
		return err
	}
	place := place{Territory: found, dir: dir, names: names, linked: func(t schemas.Scope) string { return s.reader.linked(r.Context(), t) }}
	switch formatOf(r) {
	case formatCSV:
		return s.territoryCSV(w, r, place, sel)
	case formatJSON:
		return s.territoryJSON(w, r, place, sel)
	}
	d, err := s.loadTerritory(r.Context(), place, sel)
	if err != nil {
		return err
	}
	page, err := s.territoryPage(r, d)
	if err != nil {
		return err
	}
	return s.html(w, r, "territoire", page)
}

// place is a territory and the directories that know it.
type place struct {
	schemas.Territory
	dir    *schemas.Directory
	names  *territories
	linked func(schemas.Scope) string // the page of a territory, "" when it may not be opened
}

func (s *Server) territoryPage(r *http.Request, d *territoryData) (territoryPage, error) {
	sel := d.sel
	p := territoryPage{
		Layout:    s.layout(r, d.Name, "/"),
		Territory: d.Territory,
		Facts:     d.facts(),
		Filter:    d.filterForm(),
		Period:    sel.label(),
		Notices:   slices.Concat(sel.Notices, d.names.notice(), d.compareNotices()),
		Figures:   d.figures(),
		AsOf:      d.asOf,
		Files:     d.files(nil),
	}
	p.Layout.Alt = p.Files
	for _, above := range d.dir.Ancestors(d.Scope) {
		p.Crumbs = append(p.Crumbs, Link{d.linked(above.Scope), above.Niveau.Label() + " " + above.Name})
	}
	if sel.Profil != "" {
		p.Period += ", " + strings.ToLower(sel.Profil.Label()) + " seulement"
	}
	if days := d.days(); !sel.ByYear && (days.From != sel.Period.From || days.To < sel.Period.To) {
		p.Notices = append(p.Notices, "Ces chiffres sont de semaines entières, celles dont le lundi est dans la période : du "+
			Jour(days.From)+" au "+Jour(days.To)+".")
	}
	if d.running() {
		p.Notices = append(p.Notices, "La semaine en cours est comprise dans les totaux ; elle n'entre ni dans la moyenne hebdomadaire ni dans la comparaison des semaines.")
	}
	if n := d.withheld(); n > 0 {
		p.Notices = append(p.Notices, withheldNotice(n, d.threshold))
	}
	blocks := []func() (Block, error){d.evolution, d.children, d.profils, d.appareils, d.services, d.systems, d.browsers, d.tools, d.momentsBlock}
	for _, make := range blocks {
		b, err := make()
		if err != nil {
			return p, err
		}
		if b.ID != "" {
			p.Blocks = append(p.Blocks, b)
		}
	}
	return p, nil
}

// facts is what the directory says of the territory.
func (d *territoryData) facts() []string {
	school, ok := d.dir.School(schemas.UAI(d.Code))
	if !ok || d.Niveau != schemas.Ecole {
		n := uint64(d.dir.PrimaryIn(d.Scope))
		return []string{Compte(n, "école publique ouverte", "écoles publiques ouvertes")}
	}
	facts := []string{"UAI " + string(school.UAI)}
	facts = append(facts, national.NatureLabel(school))
	facts = append(facts, strings.TrimSpace(school.CodePostal+" "+school.Commune))
	if school.Pupils >= 0 {
		facts = append(facts, Compte(uint64(school.Pupils), "élève", "élèves"))
	} else {
		facts = append(facts, "nombre d'élèves inconnu")
	}
	if school.Priority != "" {
		facts = append(facts, school.Priority)
	}
	if school.Circonscription == "" {
		facts = append(facts, "sans circonscription")
	}
	if !school.Open {
		facts = append(facts, "fermée")
	}
	return slices.DeleteFunc(facts, func(f string) bool { return f == "" })
}

func (d *territoryData) filterForm() filterForm {
	f := filterForm{Action: d.Path(), Profils: []option{{"", "Tous les profils", d.sel.Profil == ""}}}
	for _, p := range schemas.Profils() {
		f.Profils = append(f.Profils, option{string(p.Code), p.Label, d.sel.Profil == p.Code})
	}
	f.Compare = []option{{"", "Sans comparaison", !d.sel.Compare}, {anneePrecedente, "Année précédente", d.sel.Compare}}
	current := schemas.WeekOf(d.now).SchoolYear()
	first := current
	if d.hasExtent {
		first = min(first, d.extent.From.Week().SchoolYear())
	}
	if d.sel.ByYear {
		first = min(first, d.sel.Annee)
	} else {
		f.Du, f.Au = d.sel.Period.From.String(), d.sel.Period.To.String()
		f.Years = append(f.Years, option{"", "Dates", true})
	}
	for y := current; y >= first; y-- {
		f.Years = append(f.Years, option{y.String(), y.String(), d.sel.ByYear && d.sel.Annee == y})
	}
	return f
}

// files are the addresses of the same figures, with more parameters.
func (d *territoryData) files(more url.Values) []Link {
	q := d.sel.query()
	for k, v := range more {
		q[k] = v
	}
	return []Link{
		{address(d.Path()+".csv", q), "CSV"},
		{address(d.Path()+".json", q), "JSON"},
	}
}

func (d *territoryData) axis(a schemas.Axe) []Link {
	return d.files(url.Values{"axe": {strings.ReplaceAll(string(a), schemas.Times, "-")}})
}
