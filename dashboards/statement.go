package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// statementRow is one school of a collectivity's statement.
type statementRow struct {
	UAI         schemas.UAI `json:"uai"`
	Nom         string      `json:"nom"`
	Commune     string      `json:"commune"`
	Inscription string      `json:"date_inscription"` // "" when not said
	Montant     float64     `json:"montant"`
	Visites     *uint64     `json:"visites"` // of the weeks that may be shown; null: none may
	Masquees    uint64      `json:"semaines_masquees"`
	Derniere    string      `json:"derniere_semaine"` // "" when never in the school year
}

// numberIn is the number of a collectivity in an address; it may hold a slash.
func numberIn(r *http.Request) (string, error) {
	number := chi.URLParam(r, "numero")
	if r.URL.RawPath == "" {
		return number, nil
	}
	number, err := url.PathUnescape(number)
	if err != nil {
		return "", schemas.Missing("Il n'y a pas de collectivité à cette adresse.")
	}
	return number, nil
}

// statement answers what a collectivity owes and gets: its schools, the amount
// and their use in the school year.
func (s *Server) statement(w http.ResponseWriter, r *http.Request) error {
	number, err := numberIn(r)
	if err != nil {
		return err
	}
	switch path.Ext(number) {
	case ".csv", ".json":
		number = strings.TrimSuffix(number, path.Ext(number))
	}
	c, err := s.loadConventions(r)
	if err != nil {
		return err
	}
	rows, err := s.statementRows(r.Context(), c, number)
	if err != nil {
		return err
	}
	switch formatOf(r) {
	case formatCSV:
		return csv(w, r, "collectivite_"+c.year.String()+".csv", true, func(t *tableur.Writer) error {
			t.Header("annee_scolaire", "collectivite", "uai", "nom", "commune", "date_inscription", "montant", "visites", "semaines_masquees", "derniere_semaine")
			for _, l := range rows {
				for _, cell := range []string{c.year.String(), number, string(l.UAI), l.Nom, l.Commune, l.Inscription} {
					t.Text(cell)
				}
				t.Thousandths(thousandths(l.Montant))
				if l.Visites == nil {
					t.Empty()
				} else {
					t.Uint(*l.Visites)
				}
				t.Uint(l.Masquees)
				t.Text(l.Derniere)
				t.End()
			}
			return nil
		})
	case formatJSON:
		return s.json(w, r, map[string]any{
			"annee": c.year.String(), "collectivite": number, "prix": c.price, "montant": c.amount(len(rows)), "ecoles": rows,
			"remarques": append([]string{}, c.notices()...),
		})
	}
	state, err := s.reader.Completeness(r.Context())
	if err != nil {
		return err
	}
	return s.html(w, r, "liste", s.statementPage(r, c, number, rows, newAsOf(state)))
}

// statementRows reads the use of a collectivity's schools, by UAI. The error is
// NotFound when it enrolled none that the person sees.
func (s *Server) statementRows(ctx context.Context, c *conventions, number string) ([]statementRow, error) {
	of, err := c.of(number)
	if err != nil {
		return nil, err
	}
	cells, err := s.cellsOf(ctx, c, of, schemas.CellQuery{Axes: []schemas.Axe{schemas.Globales}, Total: true})
	if err != nil {
		return nil, err
	}
	shown := map[string]schemas.Cell{}
	for _, cell := range cells {
		shown[cell.Code] = cell
	}
	rows := make([]statementRow, 0, len(of.Schools))
	for _, e := range of.Schools {
		l := statementRow{UAI: e.UAI, Montant: c.amount(1)}
		if school, ok := c.dir.School(e.UAI); ok {
			l.Nom, l.Commune = school.Name, school.Commune
		}
		if e.On != 0 {
			l.Inscription = e.On.String()
		}
		if w, came := c.last[e.UAI]; came {
			l.Derniere = w.String()
		}
		cell := shown[string(e.UAI)]
		l.Masquees = cell.WithheldPeriods
		if !cell.Withheld {
			l.Visites = &cell.Visits
		}
		rows = append(rows, l)
	}
	return rows, nil
}

// cellsOf asks a question of each of a collectivity's schools, over the year so
// far, through the circonscriptions in which they lie.
func (s *Server) cellsOf(ctx context.Context, c *conventions, of schemas.Convention, q schemas.CellQuery) ([]schemas.Cell, error) {
	within := map[schemas.Scope][]schemas.UAI{} // none: the scope is a school
	for _, e := range of.Schools {
		scope := schoolScope(e.UAI)
		if school, ok := c.dir.School(e.UAI); ok && school.Circonscription != "" {
			circo := schemas.Scope{Niveau: schemas.Circonscription, Code: school.Circonscription}
			if s.reader.linked(ctx, circo) != "" {
				within[circo] = append(within[circo], e.UAI)
				continue
			}
		}
		within[scope] = nil
	}
	q.Period, q.Grain = c.weeks, schemas.ParSemaine
	var mu sync.Mutex
	var shown []schemas.Cell
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for scope, schools := range within {
		q := q
		q.Scope = scope
		if q.Schools = schools; len(schools) > 0 {
			q.Detail = schemas.ParEcoles
		}
		group.Go(func() error {
			cells, err := s.reader.Cells(ctx, q)
			mu.Lock()
			defer mu.Unlock()
			shown = append(shown, cells...)
			return err
		})
	}
	err := group.Wait()
	return shown, err
}

func (s *Server) statementPage(r *http.Request, c *conventions, number string, rows []statementRow, state asOf) listPage {
	back := address("/collectivites", yearQuery(c.year))
	p := listPage{
		Layout: s.layout(r, "Collectivité "+number, "/collectivites"), Heading: "Relevé de la collectivité " + number, Notices: c.notices(),
		Crumbs: []Link{{back, "Collectivités"}}, Facts: []string{"année scolaire " + c.year.String(), euros(c.price) + " par école et par an"},
	}
	file := func(ext string) string {
		return address("/collectivite/"+url.PathEscape(number)+ext, yearQuery(c.year))
	}
	b := Block{
		ID: "ecoles", Title: "Ses écoles", Indicators: indicatorsOf("ecoles_inscrites", "montant_convention", "visites", "cout_visite"),
		Period: "année scolaire " + c.year.String(), AsOf: state, Files: []Link{{file(".csv"), "CSV"}, {file(".json"), "JSON"}},
		Table: Table{Caption: "Écoles inscrites par la collectivité", Head: []Head{
			{Label: "École"}, {Label: "Commune"}, {Label: "Inscrite le"}, {Label: "Montant", Num: true}, {Label: "Visites de l'année", Num: true}, {Label: "Dernière semaine avec un événement"},
		}},
	}
	p.Layout.Alt = b.Files
	p.Lead = Link{handoutPath(number, c.year), "Fiche d'une page pour la mairie, à imprimer"}
	var visits, withheld uint64
	used := 0
	for _, l := range rows {
		name := Cell{Text: l.Nom, Href: address(schoolScope(l.UAI).Path(), yearQuery(c.year)), Note: string(l.UAI)}
		if l.Nom == "" {
			name = Cell{Text: string(l.UAI), Note: "que l'annuaire ne connaît pas"}
		}
		seen := masked()
		if l.Visites != nil {
			visits += *l.Visites
			seen = num(Entier(*l.Visites))
			if l.Masquees > 0 {
				seen.Note = withheldWeeks(l.Masquees)
			}
		}
		withheld += l.Masquees
		on, last := "non dit", "jamais en "+c.year.String()
		if day, err := schemas.ParseDay(l.Inscription); err == nil {
			on = Jour(day)
		}
		if day, err := schemas.ParseDay(l.Derniere); err == nil {
			last = Jour(day)
			used++
		}
		b.Table.Rows = append(b.Table.Rows, Row{Muted: l.Derniere == "", Cells: []Cell{
			name, text(l.Commune), text(on), num(euros(l.Montant)), seen, text(last),
		}})
	}
	p.Blocks = []Block{b}
	p.Figures = c.statementFigures(len(rows), used, visits, withheld)
	return p
}

// statementFigures are the totals of a statement. Where weeks are withheld the
// visits are those of the others, and there is no cost of a visit.
func (c *conventions) statementFigures(schools, used int, visits, withheld uint64) []Figure {
	figure := func(code string) Figure {
		return Figure{Indicator: schemas.IndicatorByCode(code), Value: none, From: c.year.First(), To: min(c.year.Last(), c.weeks.To+6)}
	}
	amount := c.amount(schools)
	enrolled, owed, seen, cost := figure("ecoles_inscrites"), figure("montant_convention"), figure("visites"), figure("cout_visite")
	enrolled.set(uint64(schools))
	enrolled.Detail = "dont " + Compte(uint64(used), "avec au moins un événement", "avec au moins un événement")
	owed.Ratio, owed.Value = &amount, euros(amount)
	owed.Detail = euros(c.price) + " par école"
	seen.set(visits)
	cost.Detail = "aucune visite"
	switch {
	case withheld > 0:
		seen.Detail = withheldWeeks(withheld)
		cost.mask()
		cost.Detail = "des semaines sont masquées"
		if visits == 0 {
			seen.mask()
		}
	case visits > 0:
		v := amount / float64(visits)
		cost.Ratio, cost.Value, cost.Detail = &v, euros(v), ""
	}
	return []Figure{enrolled, owed, seen, cost}
}
