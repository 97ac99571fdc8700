package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// head is what every page about a territory begins with.
type head struct {
	Territory schemas.Territory
	Facts     []string // what the directory says of it
	Crumbs    []Link
	Views     []view
	Filter    filterForm
	Period    string // the period and the profile shown, in French
	Notices   []string
	NotesHref string
	AsOf      asOf
	Files     []Link
}

// view is one of the pages of a territory.
type view struct {
	Link
	Current bool
}

// The pages of a territory, by the end of their address.
const (
	viewOverview = ""
	viewCompare  = "/comparaison"
	viewMap      = "/carte"
	viewServices = "/services"
	viewMoments  = "/moments"
	viewDevices  = "/appareils"
)

// views are the pages of the territory, for the same period and profile.
func (d *territoryData) views(current string) []view {
	wide := []schemas.Niveau{schemas.Region, schemas.Academie, schemas.DSDEN}
	ranked := append(slices.Clone(wide), schemas.Circonscription) // a school never is
	all := []struct {
		path, text string
		of         []schemas.Niveau
	}{
		{viewOverview, "Vue d'ensemble", schemas.Niveaux()},
		{viewWatch, "À regarder", []schemas.Niveau{schemas.Circonscription}},
		{viewCompare, "Comparaison", ranked},
		{viewMap, "Carte", wide},
		{viewBand, "Voisinage", []schemas.Niveau{schemas.Ecole}},
		{viewServices, "Services", schemas.Niveaux()},
		{viewMoments, "Moments", schemas.Niveaux()},
		{viewDevices, "Appareils", schemas.Niveaux()},
		{silentPath, "Écoles silencieuses", ranked},
	}
	var views []view
	for _, v := range all {
		if !slices.Contains(v.of, d.Niveau) {
			continue
		}
		views = append(views, view{Link{address(d.Path()+v.path, d.sel.query()), v.text}, v.path == current})
	}
	return views
}

// head begins a page of the territory.
func (d *territoryData) head(current string) head {
	h := head{
		Territory: d.Territory, Facts: d.facts(), Views: d.views(current), Filter: d.filterForm(current),
		Period: d.sel.label(), Notices: slices.Concat(d.sel.Notices, d.names.notice()), AsOf: d.asOf,
		NotesHref: address("/notes", url.Values{"territoire": {d.Scope.String()}}),
	}
	for _, c := range d.dir.Ancestors(d.Scope) {
		h.Crumbs = append(h.Crumbs, Link{d.link(c.Scope), titled(c)})
	}
	if d.sel.Profil != "" {
		h.Period += ", " + strings.ToLower(d.sel.Profil.Label()) + " seulement"
	}
	if len(d.weeks) == 0 {
		return h
	}
	if days := d.days(); !d.sel.ByYear && (days.From != d.sel.Period.From || days.To < d.sel.Period.To) {
		h.Notices = append(h.Notices, "Ces chiffres sont de semaines entières, celles dont le lundi est dans la période : du "+
			Jour(days.From)+" au "+Jour(days.To)+".")
	}
	if d.running() {
		h.Notices = append(h.Notices, "La semaine en cours est comprise dans les totaux ; elle n'entre ni dans la moyenne hebdomadaire ni dans la comparaison des semaines.")
	}
	h.Notices = append(h.Notices, d.noteLines()...)
	return h
}

// link is the page of a territory for the same period and profile, "" when
// the person who asks may not open it.
func (d *territoryData) link(t schemas.Scope) string {
	path := d.linked(t)
	if path == "" {
		return ""
	}
	return address(path, d.sel.query())
}

// document begins the other forms of a page of the territory.
func (d *territoryData) document(view string, h head, sheets ...Sheet) *document {
	return &document{
		Name:  string(d.Niveau) + "-" + d.Code + strings.ReplaceAll(view, "/", "_") + "_" + d.sel.Period.From.String() + "_" + d.sel.Period.To.String(),
		Title: nameOf(d.Territory) + " – " + h.Period, Path: d.Path() + view, Query: d.sel.query(), Scope: d.Territory,
		Period: d.days(), AsOf: d.asOf, Remarks: h.Notices, Sheets: sheets, Notes: d.noteSheet(),
	}
}

// filterForm is the form above the figures.
type filterForm struct {
	Action  string
	Open    bool // in sight at once, not folded
	Years   []option
	Profils []option
	Compare []option // with the year before; none where a page has no such comparison
	Du, Au  string
	More    []selectField
	Hidden  []field
}

// selectField is one more choice of the form.
type selectField struct {
	Name, Label string
	Options     []option
}

// field is a parameter that the form keeps.
type field struct{ Name, Value string }

type option struct {
	Value, Label string
	Selected     bool
}

func (d *territoryData) filterForm(view string) filterForm {
	f := filterForm{Action: d.Path() + view, Profils: []option{{"", "Tous les profils", d.sel.Profil == ""}}}
	for _, p := range schemas.Profils() {
		f.Profils = append(f.Profils, option{string(p.Code), p.Label, d.sel.Profil == p.Code})
	}
	if view == viewOverview {
		f.Compare = []option{{"", "Sans comparaison", !d.sel.Compare}, {anneePrecedente, "Année précédente", d.sel.Compare}}
	}
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

// territoryOf is the territory of an address, its period, and their data
// before anything is read. The errors are Invalid and NotFound.
func (s *Server) territoryOf(r *http.Request) (*territoryData, error) {
	sel, err := s.readSelection(r.Context(), r.URL.Query())
	if err != nil {
		return nil, err
	}
	return s.territoryAt(r, sel)
}

// territoryAt is territoryOf for a selection made by the page.
func (s *Server) territoryAt(r *http.Request, sel selection) (*territoryData, error) {
	scope := scopeOf(r)
	names, err := s.territories(r.Context(), sel.Period)
	if err != nil {
		return nil, err
	}
	found, dir, err := names.find(scope)
	if err != nil {
		return nil, err
	}
	linked := func(t schemas.Scope) string { return s.reader.linked(r.Context(), t) }
	return s.newTerritoryData(place{Territory: found, dir: dir, names: names, linked: linked, neighbours: s.reader.neighbours}, sel), nil
}

// place is a territory and the directories that know it.
type place struct {
	schemas.Territory
	dir    *schemas.Directory
	names  *territories
	linked func(schemas.Scope) string // the page of a territory, "" when it may not be opened
	// neighbours reads schools to make a spread of.
	neighbours func(context.Context, schemas.SchoolQuery) ([]schemas.SchoolFigures, error)
}

// with is the selection's address with more parameters; an empty one is left out.
func (sel selection) with(more url.Values) url.Values {
	q := sel.query()
	for k, v := range more {
		if len(v) > 0 && v[0] != "" {
			q[k] = v
		}
	}
	return q
}
