package dashboards

import (
	"context"
	"math"
	"net/http"
	"net/url"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// yearQuery names a school year in an address.
func yearQuery(y schemas.SchoolYear) url.Values { return url.Values{"annee": {y.String()}} }

func collectivitePath(number string, y schemas.SchoolYear) string {
	return address("/collectivite/"+url.PathEscape(number), yearQuery(y))
}

// conventions is what pages know of the enrolments of a school year: the
// schools that the person of the context sees, and no other.
type conventions struct {
	year       schemas.SchoolYear
	dir        *schemas.Directory
	use        schemas.DirectoryUse
	enrolments *schemas.Enrolments
	list       []schemas.Convention
	partial    bool // some schools are not the person's
	last       map[schemas.UAI]schemas.Week
	weeks      schemas.Period // the Mondays of the year so far
	price      float64
}

func (s *Server) loadConventions(r *http.Request) (*conventions, error) {
	ctx := r.Context()
	sel, err := s.readSelection(ctx, r.URL.Query())
	if err != nil {
		return nil, err
	}
	c := &conventions{year: sel.Period.To.Week().SchoolYear(), price: s.rules.Price}
	if c.dir, c.use, err = s.reader.Directory(ctx, c.year); err != nil {
		return nil, err
	}
	if c.enrolments, err = s.reader.Enrolments(ctx, c.year); err != nil {
		return nil, err
	}
	for _, v := range c.enrolments.Conventions() {
		seen := schemas.Convention{Collectivite: v.Collectivite}
		for _, e := range v.Schools {
			if s.reader.linked(ctx, schoolScope(e.UAI)) == "" {
				c.partial = true
				continue
			}
			seen.Schools = append(seen.Schools, e)
		}
		if len(seen.Schools) > 0 {
			c.list = append(c.list, seen)
		}
	}
	c.weeks = schemas.Period{From: c.year.FirstWeek().Monday(), To: min(c.year.LastWeek().Monday(), schemas.WeekOf(s.clock()).Monday())}
	c.last = map[schemas.UAI]schemas.Week{}
	for _, scope := range s.widest(ctx, c.dir) {
		last, err := s.reader.LastWeeks(ctx, scope, c.weeks)
		if err != nil {
			return nil, err
		}
		for u, w := range last {
			c.last[u] = w
		}
	}
	return c, nil
}

func schoolScope(u schemas.UAI) schemas.Scope {
	return schemas.Scope{Niveau: schemas.Ecole, Code: string(u)}
}

// widest are the territories that hold every school the person sees.
func (s *Server) widest(ctx context.Context, dir *schemas.Directory) []schemas.Scope {
	p, _ := access.From(ctx)
	if !p.Everywhere {
		return p.Scopes
	}
	var all []schemas.Scope
	for _, t := range dir.Regions() {
		all = append(all, t.Scope)
	}
	return all
}

// of finds what a collectivity enrolled that the person sees. The error is
// NotFound when that is nothing.
func (c *conventions) of(number string) (schemas.Convention, error) {
	for _, v := range c.list {
		if v.Collectivite == number {
			return v, nil
		}
	}
	return schemas.Convention{}, schemas.Missing("Aucune école n'est inscrite par la collectivité « %.40s » pour %s.", number, c.year)
}

// amount is what a collectivity owes for schools, in euros.
func (c *conventions) amount(schools int) float64 { return float64(schools) * c.price }

// used counts the schools that had an event in the year.
func (c *conventions) used(schools []schemas.Enrolment) int {
	n := 0
	for _, e := range schools {
		if _, ok := c.last[e.UAI]; ok {
			n++
		}
	}
	return n
}

func (c *conventions) notices() []string {
	var said []string
	if !c.enrolments.Known() {
		said = append(said, "Aucune liste d'inscriptions n'a été importée pour "+c.year.String()+" : lancez « entaudience import inscriptions FICHIER ».")
	}
	if c.use.From != c.year {
		said = append(said, "Aucun annuaire n'a été importé pour "+c.year.String()+" : les noms sont ceux de "+c.use.From.String()+".")
	}
	if c.partial {
		said = append(said, "Seules les écoles de vos territoires sont comptées ici.")
	}
	return said
}

// conventionRow is one collectivity.
type conventionRow struct {
	Collectivite string  `json:"collectivite"`
	Ecoles       int     `json:"ecoles_inscrites"`
	Utilisees    int     `json:"ecoles_avec_evenement"`
	Montant      float64 `json:"montant"`
}

// collectivites lists the collectivities of a school year as a page, CSV or
// JSON.
func (s *Server) collectivites(w http.ResponseWriter, r *http.Request) error {
	c, err := s.loadConventions(r)
	if err != nil {
		return err
	}
	rows := []conventionRow{}
	for _, v := range c.list {
		rows = append(rows, conventionRow{v.Collectivite, len(v.Schools), c.used(v.Schools), c.amount(len(v.Schools))})
	}
	switch formatOf(r) {
	case formatCSV:
		return csv(w, r, "collectivites_"+c.year.String()+".csv", true, func(t *tableur.Writer) error {
			t.Header("annee_scolaire", "collectivite", "ecoles_inscrites", "ecoles_avec_evenement", "montant")
			for _, v := range rows {
				t.Text(c.year.String())
				t.Text(v.Collectivite)
				t.Uint(uint64(v.Ecoles))
				t.Uint(uint64(v.Utilisees))
				t.Thousandths(thousandths(v.Montant))
				t.End()
			}
			return nil
		})
	case formatJSON:
		return s.json(w, r, map[string]any{"annee": c.year.String(), "prix": c.price, "collectivites": rows, "remarques": append([]string{}, c.notices()...)})
	}
	p := listPage{
		Layout: s.layout(r, "Collectivités", "/collectivites"), Heading: "Collectivités", Notices: c.notices(),
		Facts: []string{"année scolaire " + c.year.String(), euros(c.price) + " par école et par an"},
	}
	state, err := s.reader.Completeness(r.Context())
	if err != nil {
		return err
	}
	b := Block{
		ID: "collectivites", Title: "Écoles inscrites et montants", Indicators: indicatorsOf("ecoles_inscrites", "montant_convention"),
		Period: "année scolaire " + c.year.String(), AsOf: newAsOf(state),
		Files: []Link{{address("/collectivites.csv", yearQuery(c.year)), "CSV"}, {address("/collectivites.json", yearQuery(c.year)), "JSON"}},
		Table: Table{Caption: "Collectivités et leurs écoles", Head: []Head{
			{Label: "Collectivité"}, {Label: "Écoles inscrites", Num: true}, {Label: "Avec au moins un événement", Num: true}, {Label: "Montant", Num: true},
		}},
		Empty: "Aucune collectivité n'est connue pour cette année.",
	}
	p.Layout.Alt = b.Files
	for _, v := range rows {
		b.Empty = ""
		b.Table.Rows = append(b.Table.Rows, Row{Muted: v.Utilisees == 0, Cells: []Cell{
			{Text: v.Collectivite, Href: collectivitePath(v.Collectivite, c.year)}, num(Entier(uint64(v.Ecoles))), num(Entier(uint64(v.Utilisees))), num(euros(v.Montant)),
		}})
	}
	p.Blocks = []Block{b}
	return s.html(w, r, "liste", p)
}

// thousandths of an amount, for a file.
func thousandths(v float64) uint64 { return uint64(math.Round(1000 * math.Max(0, v))) }
