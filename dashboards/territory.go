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
	head
	First    []Block // the answer, before the figures
	Figures  []Figure
	Deployed []figureGroup // use beside who could, enrolment, cost
	Blocks   []Block
	Ways     []way
}

// territory answers the page of a territory, or its cells as CSV or JSON.
func (s *Server) territory(w http.ResponseWriter, r *http.Request) error {
	d, err := s.territoryOf(r)
	if err != nil {
		return err
	}
	switch formatOf(r) {
	case formatCSV:
		return s.territoryCSV(w, r, d.place, d.sel)
	case formatJSON:
		return s.territoryJSON(w, r, d.place, d.sel)
	}
	if err := d.loadTerritory(r.Context(), s.reader); err != nil {
		return err
	}
	if formatOf(r) == formatXLSX {
		return s.territoryXLSX(w, r, d)
	}
	page, err := s.territoryPage(r, d)
	if err != nil {
		return err
	}
	return s.html(w, r, "territoire", page)
}

// territoryXLSX answers the figures and the tables of the page as a workbook.
func (s *Server) territoryXLSX(w http.ResponseWriter, r *http.Request, d *territoryData) error {
	parts, err := d.bilanParts()
	if err != nil {
		return err
	}
	h := d.head(viewOverview)
	h.Notices = append(h.Notices, d.compareNotices()...)
	if n := d.withheld(); n > 0 {
		h.Notices = append(h.Notices, withheldNotice(n, d.threshold))
	}
	doc := d.document(viewOverview, h)
	for _, p := range parts {
		doc.Sheets = append(doc.Sheets, p.Sheet)
	}
	return s.files(w, r, doc)
}

func (s *Server) territoryPage(r *http.Request, d *territoryData) (territoryPage, error) {
	p := territoryPage{Layout: s.layout(r, nameOf(d.Territory), "/"), head: d.head(viewOverview), Figures: d.figures(), Deployed: d.deploymentGroups()}
	p.Files = append(d.files(nil), Link{address(d.Path()+".xlsx", d.sel.query()), "XLSX"})
	if len(d.notes) > 0 {
		p.Files = append(p.Files, Link{d.files(url.Values{"axe": {axeNotes}})[0].Href, "Notes (CSV)"})
	}
	p.Layout.Alt = p.Files[:3]
	p.Notices = append(p.Notices, d.compareNotices()...)
	if n := d.withheld(); n > 0 {
		p.Notices = append(p.Notices, withheldNotice(n, d.threshold))
	}
	for _, part := range []struct {
		into   *[]Block
		blocks []func() (Block, error)
	}{{&p.First, d.firstBlocks()}, {&p.Blocks, d.otherBlocks()}} {
		for _, make := range part.blocks {
			b, err := make()
			if err != nil {
				return p, err
			}
			if b.ID != "" {
				*part.into = append(*part.into, b)
			}
		}
	}
	p.Ways = d.ways()
	return p, nil
}

// firstBlocks answer the question of who opens the page, before any figure.
func (d *territoryData) firstBlocks() []func() (Block, error) {
	if d.Niveau == schemas.Circonscription {
		return []func() (Block, error){d.watchBlock}
	}
	return nil
}

// otherBlocks follow the key figures. A school has everything on its page; a
// wider territory the essential, and pages that say more.
func (d *territoryData) otherBlocks() []func() (Block, error) {
	switch d.Niveau {
	case schemas.Ecole:
		return []func() (Block, error){d.evolution, d.bandBlock, d.profils, d.appareils, d.services, d.systems, d.browsers, d.tools, d.momentsBlock}
	case schemas.Circonscription:
		return []func() (Block, error){d.evolution, d.children, d.deploymentBlock, d.profils, d.services}
	}
	side := d.sideBlock
	if d.sel.Compare {
		side = d.children // it has the year before
	}
	if d.Niveau == schemas.DSDEN {
		return []func() (Block, error){side, d.deploymentBlock, d.evolution, d.mapBlock, d.profils, d.services}
	}
	return []func() (Block, error){d.evolution, d.mapBlock, side, d.deploymentBlock, d.profils, d.services}
}

// way leads to a page that says more.
type way struct {
	Link
	Says string
}

func (d *territoryData) ways() []way {
	says := map[string]string{
		viewServices: "Ce qui sert, à qui, et comment cela évolue",
		viewMoments:  "Jours et heures, école, soir et week-end",
		viewDevices:  "Ordinateurs, smartphones, tablettes, navigateurs",
		viewCompare:  "Classer, filtrer et comparer territoires et écoles",
		silentPath:   "Les écoles inscrites que plus personne ne visite",
	}
	var ways []way
	for _, v := range d.views(viewOverview) {
		for view, words := range says {
			if v.Href == address(d.Path()+view, d.sel.query()) {
				ways = append(ways, way{v.Link, words})
			}
		}
	}
	if d.sel.ByYear {
		ways = append(ways, way{Link{bilanPath(d.sel.Annee, d.Scope), "Bilan annuel"}, "Le document de l'année " + d.sel.Annee.String() + ", à lire ou à imprimer"})
	}
	return ways
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
