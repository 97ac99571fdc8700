package dashboards

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// silentPath follows the address of a territory: /circonscription/X/silencieuses.
const silentPath = "/silencieuses"

// listPage is a page of a list: schools, collectivities, a statement.
type listPage struct {
	Layout
	Crumbs  []Link
	Heading string
	Badge   string
	Facts   []string
	Views   []view // of the territory that it is of
	Lead    Link   // to the document made of it, "" = none
	Notices []string
	Figures []Figure
	Blocks  []Block
}

// silentSchool is one enrolled school without an event.
type silentSchool struct {
	UAI          schemas.UAI `json:"uai"`
	Nom          string      `json:"nom"`
	Commune      string      `json:"commune"`
	Circo        string      `json:"circonscription"`
	CircoNom     string      `json:"circonscription_nom"`
	Collectivite string      `json:"collectivite"`
	Inscription  string      `json:"date_inscription"` // "" when not said
	Derniere     string      `json:"derniere_semaine"` // "" when never in the school year
}

// silentSchools lists the enrolled schools of the territory that are silent,
// those that never came first, then by commune and name.
func (d *territoryData) silentSchools() []silentSchool {
	since, known := d.silentSince()
	if !known {
		return nil
	}
	var list []silentSchool
	for _, s := range d.dir.SchoolsIn(d.Scope) {
		e, enrolled := d.deployment.enrolments.Of(s.UAI)
		last, came := d.deployment.last[s.UAI]
		if !enrolled || came && last >= since {
			continue
		}
		row := silentSchool{UAI: s.UAI, Nom: s.Name, Commune: s.Commune, Circo: s.Circonscription, Collectivite: e.Collectivite}
		if c, ok := d.dir.Territory(schemas.Scope{Niveau: schemas.Circonscription, Code: s.Circonscription}); ok {
			row.CircoNom = nameOf(c)
		}
		if e.On != 0 {
			row.Inscription = e.On.String()
		}
		if came {
			row.Derniere = last.String()
		}
		list = append(list, row)
	}
	slices.SortStableFunc(list, func(a, b silentSchool) int {
		return cmp.Or(cmp.Compare(a.Derniere, b.Derniere), cmp.Compare(a.Commune, b.Commune), cmp.Compare(a.Nom, b.Nom))
	})
	return list
}

// silent answers the silent schools of a territory as a page, CSV or JSON.
func (s *Server) silent(w http.ResponseWriter, r *http.Request) error {
	d, err := s.territoryOf(r)
	if err != nil {
		return err
	}
	if d.Niveau == schemas.Ecole {
		return schemas.Refuse("Une école n'a pas de liste d'écoles silencieuses : sa page dit si elle l'est.")
	}
	if err := d.load(r.Context(), s.reader, d.loadState, d.loadCalendar, d.loadDeployment); err != nil {
		return err
	}
	list := d.silentSchools()
	switch formatOf(r) {
	case formatCSV:
		return csv(w, r, "silencieuses_"+string(d.Niveau)+"-"+d.Code+"_"+d.year().String()+".csv", true, func(t *tableur.Writer) error {
			t.Header("uai", "nom", "commune", "circonscription", "circonscription_nom", "collectivite", "date_inscription", "derniere_semaine")
			for _, l := range list {
				for _, c := range []string{string(l.UAI), l.Nom, l.Commune, l.Circo, l.CircoNom, l.Collectivite, l.Inscription, l.Derniere} {
					t.Text(c)
				}
				t.End()
			}
			return nil
		})
	case formatJSON:
		figure := d.silentFigure(d.deployedIn(d.Scope, nil))
		return s.json(w, r, map[string]any{
			"territoire": territoryJSON{d.Niveau, d.Code, d.Name}, "annee": d.year().String(), "a_jour": d.asOf,
			"nombre": figure.value(), "detail": figure.Detail, "ecoles": slices.Concat([]silentSchool{}, list),
		})
	}
	return s.html(w, r, "liste", s.silentPageOf(r, d, list))
}

func (s *Server) silentPageOf(r *http.Request, d *territoryData, list []silentSchool) listPage {
	figure := d.silentFigure(d.deployedIn(d.Scope, nil))
	figure.Link = Link{}
	p := listPage{
		Layout: s.layout(r, "Écoles silencieuses, "+nameOf(d.Territory), "/"), Heading: "Écoles silencieuses", Badge: titled(d.Territory),
		Crumbs: d.crumbs(), Views: d.views(silentPath), Figures: []Figure{figure}, Notices: slices.Concat(d.sel.Notices, d.names.notice(), unknownYears(d.calendar, d.weeks[len(d.weeks)-1:])),
	}
	b := d.block("ecoles", "Les écoles", []Link{
		{address(d.Path()+silentPath+".csv", d.sel.query()), "CSV"}, {address(d.Path()+silentPath+".json", d.sel.query()), "JSON"},
	}, "ecoles_silencieuses", "ecoles_inscrites")
	p.Layout.Alt = b.Files
	b.Table = Table{Caption: "Écoles inscrites et silencieuses", Head: []Head{
		{Label: "École"}, {Label: "Commune"}, {Label: "Circonscription"}, {Label: "Collectivité"}, {Label: "Inscrite le"}, {Label: "Dernière semaine avec un événement"},
	}}
	for _, l := range list {
		name := Cell{Text: l.Nom, Href: d.linked(schemas.Scope{Niveau: schemas.Ecole, Code: string(l.UAI)}), Note: string(l.UAI)}
		on, last := "non dit", "jamais en "+d.year().String()
		if day, err := schemas.ParseDay(l.Inscription); err == nil {
			on = Jour(day)
		}
		if week, err := schemas.ParseDay(l.Derniere); err == nil {
			last = Jour(week)
		}
		b.Table.Rows = append(b.Table.Rows, Row{Cells: []Cell{
			name, text(l.Commune), text(l.CircoNom), {Text: l.Collectivite, Href: collectivitePath(l.Collectivite, d.year())}, text(on), text(last),
		}})
	}
	if len(list) == 0 {
		b.Empty = "Aucune école inscrite n'est silencieuse."
		if figure.Number == nil {
			b.Empty = "Les écoles silencieuses ne sont pas connues : " + figure.Detail + "."
		}
	}
	p.Blocks = []Block{b}
	return p
}

// crumbs are the territories above and the territory itself.
func (d *territoryData) crumbs() []Link {
	var up []Link
	for _, above := range d.dir.Ancestors(d.Scope) {
		up = append(up, Link{d.linked(above.Scope), titled(above)})
	}
	return append(up, Link{address(d.Path(), d.sel.query()), titled(d.Territory)})
}
