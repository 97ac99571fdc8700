package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// axeMoments is not an axis of cells: it asks for visits by weekday and hour.
const axeMoments = "moments"

// rowQuery is what a CSV or a JSON of a territory asks for, beside the
// selection.
type rowQuery struct {
	schemas.CellQuery
	Moments bool
	Compare bool // weeks beside those of the year before
	Notes   bool // what pilots wrote
	Deploy  bool // enrolment, established use and rates of the children
}

// readRowQuery reads axe, grain and detail. Errors are Invalid.
func readRowQuery(q url.Values, at place, sel selection) (rowQuery, error) {
	rq := rowQuery{CellQuery: schemas.CellQuery{
		Scope: at.Scope, Period: sel.Period, Profil: sel.Profil,
		Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales},
	}}
	switch g := q.Get("grain"); schemas.Grain(g) {
	case "", schemas.ParSemaine:
	case schemas.ParJour:
		rq.Grain = schemas.ParJour
	default:
		return rq, schemas.Refuse("« %.20s » n'est pas un grain : semaine ou jour.", g)
	}
	switch d := q.Get("detail"); schemas.Detail(d) {
	case schemas.Ensemble:
	case schemas.ParEnfants, schemas.ParEcoles:
		if at.Niveau == schemas.Ecole {
			return rq, schemas.Refuse("Une école n'a pas de détail par territoire : retirez « detail ».")
		}
		rq.Detail = schemas.Detail(d)
	default:
		return rq, schemas.Refuse("« %.20s » n'est pas un détail : enfants ou ecoles.", d)
	}
	switch a := q.Get("axe"); a {
	case axeMoments:
		rq.Moments = true
		return rq, nil
	case axeComparaison:
		rq.Compare = true
		return rq, nil
	case axeNotes:
		rq.Notes = true
		return rq, nil
	case axeDeploiement:
		rq.Deploy = true
		return rq, nil
	case "":
	default:
		axe, err := schemas.ParseAxe(a)
		if err != nil {
			return rq, err
		}
		rq.Axes = []schemas.Axe{axe}
		if _, ok := axe.Filtered(); !ok && sel.Profil != "" {
			return rq, schemas.Refuse("L'axe « %s » n'est pas compté par profil : retirez le filtre « profil ».", string(axe))
		}
		if axe == schemas.ParFrequence && rq.Grain == schemas.ParJour {
			return rq, schemas.Refuse("Les bandes de fréquence n'existent que par semaine : retirez « grain=jour ».")
		}
	}
	return rq, rq.bounded()
}

// bounded refuses what would make a file of no use to anyone.
func (rq rowQuery) bounded() error {
	days := rq.Period.Days()
	switch {
	case rq.Grain == schemas.ParJour && rq.Detail == schemas.ParEcoles && days > maxDaysEcoles:
		return schemas.Refuse("Par jour et par école, demandez %d jours au plus (la période en fait %d), ou bien grain=semaine.", maxDaysEcoles, days)
	case rq.Grain == schemas.ParJour && days > maxDaysByDay:
		return schemas.Refuse("Par jour, demandez %d jours au plus (la période en fait %d), ou bien grain=semaine.", maxDaysByDay, days)
	}
	return nil
}

// slicesOf cuts the period so that one answer of the engine stays small: the
// file streams whatever its length.
func (rq rowQuery) slicesOf() []schemas.Period {
	step := rq.Period.Days()
	switch {
	case rq.Detail == schemas.ParEcoles && rq.Grain == schemas.ParJour:
		step = 1
	case rq.Detail == schemas.ParEcoles:
		step = 28
	case rq.Detail == schemas.ParEnfants:
		step = 182
	}
	var parts []schemas.Period
	for from := rq.Period.From; from <= rq.Period.To; from += schemas.Day(step) {
		parts = append(parts, schemas.Period{From: from, To: min(rq.Period.To, from+schemas.Day(step)-1)})
	}
	return parts
}

// row is one line of the CSV and one object of the JSON. Cells without any
// visit have no row.
type row struct {
	Debut            string         `json:"debut"` // Monday or day, 2026-09-07
	Grain            schemas.Grain  `json:"grain"`
	Niveau           schemas.Niveau `json:"niveau"`
	Code             string         `json:"code"`
	Nom              string         `json:"nom"`
	Axe              schemas.Axe    `json:"axe"`
	Modalite         string         `json:"modalite"`
	Visites          *uint64        `json:"visites"` // the figures are null when withheld
	Utilisateurs     *uint64        `json:"utilisateurs"`
	DureeTotaleS     *uint64        `json:"duree_totale_s"`
	VisitesAvecDuree *uint64        `json:"visites_avec_duree"`
	DureeMoyenneS    *uint64        `json:"duree_moyenne_s"` // null also when no visit has a duration
	Masque           string         `json:"masque"`          // "oui": withheld; "non"
}

var rowColumns = []string{
	"debut", "grain", "niveau", "code", "nom", "axe", "modalite", "visites", "utilisateurs",
	"duree_totale_s", "visites_avec_duree", "duree_moyenne_s", "masque",
}

// eachRow yields the rows of a query, by period, territory and modality.
func (s *Server) eachRow(ctx context.Context, at place, rq rowQuery, yield func(row) error) error {
	for _, part := range rq.slicesOf() {
		q := rq.CellQuery
		q.Period = part
		cells, err := s.reader.Cells(ctx, q)
		if err != nil {
			return err
		}
		for _, c := range cells {
			t := at.Territory
			if q.Detail != schemas.Ensemble {
				t = at.names.part(at.Niveau, q.Detail, c.Code)
			}
			r := row{
				Debut: c.Debut.String(), Grain: q.Grain, Niveau: t.Niveau, Code: t.Code, Nom: t.Name, Axe: c.Axe, Modalite: c.Modalite,
				Masque: "oui",
			}
			if !c.Withheld {
				r.measure(c.Measures)
			}
			if err := yield(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure fills the figures of a row that may be shown.
func (r *row) measure(m schemas.Measures) {
	total := m.TotalSeconds()
	r.Visites, r.Utilisateurs, r.DureeTotaleS, r.VisitesAvecDuree = &m.Visits, &m.Users, &total, &m.VisitsWithDuration
	if mean, ok := m.MeanSeconds(); ok {
		r.DureeMoyenneS = &mean
	}
	r.Masque = "non"
}

func (s *Server) territoryCSV(w http.ResponseWriter, r *http.Request, at place, sel selection) error {
	rq, err := readRowQuery(r.URL.Query(), at, sel)
	if err != nil {
		return err
	}
	return csv(w, r, rq.filename(at), true, func(t *tableur.Writer) error {
		if rq.Moments {
			return s.momentsCSV(r.Context(), t, at, sel)
		}
		if rq.Notes {
			return s.notesCSV(r.Context(), t, at, sel)
		}
		if rq.Compare {
			return s.comparisonCSV(r.Context(), t, at, sel)
		}
		if rq.Deploy {
			return s.deploymentCSV(r.Context(), t, at, sel)
		}
		t.Header(rowColumns...)
		return s.eachRow(r.Context(), at, rq, func(line row) error {
			line.write(t)
			return nil
		})
	})
}

func (r row) write(t *tableur.Writer) {
	for _, s := range []string{r.Debut, string(r.Grain), string(r.Niveau), r.Code, r.Nom, string(r.Axe), r.Modalite} {
		t.Text(s)
	}
	for _, n := range []*uint64{r.Visites, r.Utilisateurs, r.DureeTotaleS, r.VisitesAvecDuree, r.DureeMoyenneS} {
		if n == nil {
			t.Empty()
		} else {
			t.Uint(*n)
		}
	}
	t.Text(r.Masque)
	t.End()
}

// filename says what is in the file: "dsden-031_2026-09-07_2026-10-18_profil_enfants.csv".
func (rq rowQuery) filename(at place) string {
	axe := strings.ReplaceAll(string(rq.Axes[0]), schemas.Times, "-")
	if rq.Moments {
		axe = axeMoments
	}
	if rq.Compare {
		axe = axeComparaison
	}
	if rq.Deploy {
		axe = axeDeploiement
	}
	if rq.Notes {
		axe = axeNotes
	}
	parts := []string{string(at.Niveau) + "-" + at.Code, rq.Period.From.String(), rq.Period.To.String(), axe}
	if rq.Detail != schemas.Ensemble {
		parts = append(parts, string(rq.Detail))
	}
	if rq.Profil != "" {
		parts = append(parts, strings.ToLower(string(rq.Profil)))
	}
	return strings.Join(parts, "_") + ".csv"
}

// momentRow is one hour of one day of the week, 1 = Monday.
type momentRow struct {
	Jour    int    `json:"jour"`
	Heure   int    `json:"heure"`
	Visites uint64 `json:"visites"`
}

// momentRows are the hours of the weeks of the page, also those without visits.
func (s *Server) momentRows(ctx context.Context, at place, sel selection) ([]momentRow, error) {
	d := s.newTerritoryData(at, sel)
	if err := d.load(ctx, s.reader, d.loadMoments); err != nil {
		return nil, err
	}
	var rows []momentRow
	for i, day := range weekdays() {
		for h, v := range d.moments[day] {
			rows = append(rows, momentRow{i + 1, h, v})
		}
	}
	return rows, nil
}

func (s *Server) momentsCSV(ctx context.Context, t *tableur.Writer, at place, sel selection) error {
	rows, err := s.momentRows(ctx, at, sel)
	if err != nil {
		return err
	}
	t.Header("niveau", "code", "nom", "jour", "heure", "visites")
	for _, m := range rows {
		t.Text(string(at.Niveau))
		t.Text(at.Code)
		t.Text(at.Name)
		t.Uint(uint64(m.Jour))
		t.Uint(uint64(m.Heure))
		t.Uint(m.Visites)
		t.End()
	}
	return nil
}

// territoryMeta is the head of the JSON of a territory.
type territoryMeta struct {
	Territoire  territoryJSON `json:"territoire"`
	Periode     periodJSON    `json:"periode"`
	Profil      string        `json:"profil"`
	Annuaire    directoryJSON `json:"annuaire"`
	AsOf        asOf          `json:"a_jour"`
	Indicateurs []figureJSON  `json:"indicateurs"`
	Remarques   []string      `json:"remarques"`
	Notes       []notedJSON   `json:"notes"`
	Seuil       int           `json:"seuil"` // fewest users shown for a school; 0 = no limit
}

type territoryJSON struct {
	Niveau schemas.Niveau `json:"niveau"`
	Code   string         `json:"code"`
	Nom    string         `json:"nom"`
}

type periodJSON struct {
	Du string `json:"du"`
	Au string `json:"au"`
}

// directoryJSON says which directory gave territories and names.
type directoryJSON struct {
	Annee   string `json:"annee"`
	Utilise string `json:"utilise"`
	Version uint64 `json:"version"`
}

// figureJSON is a key figure; valeur is null when there is none.
type figureJSON struct {
	Code    string  `json:"code"`
	Libelle string  `json:"libelle"`
	Unite   string  `json:"unite"`
	Valeur  any     `json:"valeur"`           // a number, or null
	Bornes  any     `json:"bornes,omitempty"` // least and most, where what is withheld leaves the value between two
	Detail  string  `json:"detail"`
	Avant   *uint64 `json:"annee_precedente"` // null: not asked, or no comparison
	Compare string  `json:"comparaison"`
	periodJSON
}

// territoryJSON streams the head, then the rows of the CSV of the same
// parameters under "cellules" or "moments".
func (s *Server) territoryJSON(w http.ResponseWriter, r *http.Request, at place, sel selection) error {
	rq, err := readRowQuery(r.URL.Query(), at, sel)
	if err != nil {
		return err
	}
	d := s.newTerritoryData(at, sel)
	// Key figures are of weeks: three days without a Monday have none.
	if len(d.weeks) == 0 {
		err = d.loadState(r.Context(), s.reader)
	} else {
		err = d.load(r.Context(), s.reader, d.loadState, d.loadCalendar, d.loadWeekly, d.loadUnfiltered, d.loadMoments, d.loadActive, d.loadDeployment)
		if err == nil && sel.Compare {
			d.matchWeeks()
			err = d.load(r.Context(), s.reader, d.loadComparison)
			d.dropWithheld()
		}
	}
	if err != nil {
		return err
	}
	out := &lateWriter{w: w, r: r, begin: func() {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "private, no-cache")
	}}
	list := &jsonList{w: out}
	head, err := json.Marshal(d.meta())
	if err != nil {
		return fmt.Errorf("json: %w", err)
	}
	key := "cellules"
	if rq.Moments {
		key = "moments"
	}
	if rq.Compare {
		key = "semaines"
	}
	if rq.Deploy {
		key = "territoires"
	}
	list.open(head, key)
	if rq.Deploy {
		var rows []deploymentRow
		if rows, err = s.deploymentOf(r.Context(), at, sel); err == nil {
			for _, row := range rows {
				list.add(row) //nolint:errcheck // close gives the first error
			}
		}
	} else if rq.Compare {
		var rows []comparisonRow
		if rows, err = s.comparisonRows(r.Context(), at, sel); err == nil {
			for _, c := range rows {
				list.add(c) //nolint:errcheck // close gives the first error
			}
		}
	} else if rq.Moments {
		var rows []momentRow
		if rows, err = s.momentRows(r.Context(), at, sel); err == nil {
			for _, m := range rows {
				if err = list.add(m); err != nil {
					break
				}
			}
		}
	} else {
		err = s.eachRow(r.Context(), at, rq, func(line row) error { return list.add(line) })
	}
	if err == nil {
		err = list.close()
	}
	return out.finish(err)
}

func (d *territoryData) meta() territoryMeta {
	m := territoryMeta{
		Territoire:  territoryJSON{d.Niveau, d.Code, d.Name},
		Periode:     periodJSON{d.sel.Period.From.String(), d.sel.Period.To.String()},
		Profil:      string(d.sel.Profil),
		Annuaire:    directoryJSON{d.names.last.Year.String(), d.names.last.From.String(), d.names.dirs[0].Version},
		AsOf:        d.asOf,
		Indicateurs: []figureJSON{},
		Remarques:   slices.Concat([]string{}, d.sel.Notices, d.names.notice()),
		Notes:       d.notedJSON(),
		Seuil:       d.threshold,
	}
	if len(d.weeks) == 0 {
		return m
	}
	m.Remarques = append(m.Remarques, d.noteLines()...)
	m.Remarques = append(m.Remarques, d.compareNotices()...)
	for _, f := range append(d.figures(), d.deploymentFigures()...) {
		m.Indicateurs = append(m.Indicateurs, figureJSON{
			f.Code, f.Label, f.Unit, f.value(), f.ends(), f.Detail, f.Before, f.Compare, periodJSON{f.From.String(), f.To.String()},
		})
	}
	return m
}
