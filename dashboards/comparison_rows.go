package dashboards

import (
	"context"

	"github.com/entaudience/entaudience/dashboards/tableur"
)

// axeComparaison is not an axis of cells: it asks for the weeks of the period
// beside those of the year before.
const axeComparaison = "comparaison"

// comparisonRow is one week of a period and the one it compares with.
type comparisonRow struct {
	Semaine      string  `json:"semaine"`
	Numero       *int    `json:"semaine_scolaire"` // null: no number, or the calendar is not known
	Visites      *uint64 `json:"visites"`          // null: withheld
	Utilisateurs *uint64 `json:"utilisateurs"`
	Avant        string  `json:"semaine_precedente"` // "" when there is none
	VisitesAvant *uint64 `json:"visites_precedent"`
	UsersAvant   *uint64 `json:"utilisateurs_precedent"`
	Remarque     string  `json:"remarque"` // French, why there is none
}

// beforeCells are the two columns that a comparison adds to the table of the
// weeks.
func (d *territoryData) beforeCells(p weekPoint) []Cell {
	if p.Before == nil {
		c := num(none)
		c.Note = d.compare.why[p.Week]
		return []Cell{c, num(none)}
	}
	c := num(Entier(*p.Before))
	c.Note = Jour(d.compare.before[p.Week].Monday())
	return []Cell{c, num(evolved(p.Visits, *p.Before))}
}

// comparisonRows are the weeks of the page.
func (s *Server) comparisonRows(ctx context.Context, at place, sel selection) ([]comparisonRow, error) {
	sel.Compare = true
	d := s.newTerritoryData(at, sel)
	if err := d.load(ctx, s.reader, d.loadState, d.loadCalendar, d.loadWeekly); err != nil {
		return nil, err
	}
	d.matchWeeks()
	if err := d.loadComparison(ctx, s.reader); err != nil {
		return nil, err
	}
	d.dropWithheld()
	var rows []comparisonRow
	for _, p := range d.points() {
		r := comparisonRow{Semaine: p.Week.String(), Remarque: d.compare.why[p.Week]}
		if !p.Withheld {
			r.Visites, r.Utilisateurs = &p.Visits, &p.Users
		}
		if n, known := d.calendar.Number(p.Week); known && n > 0 {
			r.Numero = &n
		}
		if p.Running {
			r.Remarque = "semaine en cours, inachevée"
		}
		if same, ok := d.compare.before[p.Week]; ok {
			cell := d.compare.cells[same]
			r.Avant, r.VisitesAvant, r.UsersAvant = same.String(), &cell.Visits, &cell.Users
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (s *Server) comparisonCSV(ctx context.Context, t *tableur.Writer, at place, sel selection) error {
	rows, err := s.comparisonRows(ctx, at, sel)
	if err != nil {
		return err
	}
	t.Header("semaine", "semaine_scolaire", "niveau", "code", "nom", "visites", "utilisateurs",
		"semaine_precedente", "visites_precedent", "utilisateurs_precedent", "remarque")
	number := func(n *uint64) {
		if n == nil {
			t.Empty()
			return
		}
		t.Uint(*n)
	}
	for _, r := range rows {
		t.Text(r.Semaine)
		if r.Numero == nil {
			t.Empty()
		} else {
			t.Uint(uint64(*r.Numero))
		}
		t.Text(string(at.Niveau))
		t.Text(at.Code)
		t.Text(at.Name)
		number(r.Visites)
		number(r.Utilisateurs)
		t.Text(r.Avant)
		number(r.VisitesAvant)
		number(r.UsersAvant)
		t.Text(r.Remarque)
		t.End()
	}
	return nil
}
