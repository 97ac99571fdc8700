package indicatortest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// expectation is one expect, expect-none or expect-masque line.
type expectation struct {
	none   bool
	masked bool
	plain  []string
	fields fields
	school string // the school of lines that name no territory
	err    error
}

func (s *Script) expectation(st step) *expectation {
	e := &expectation{none: st.command == "expect-none", masked: st.command == "expect-masque"}
	e.plain, e.fields, e.err = split(st.words)
	for _, other := range s.steps {
		if other.directory != nil && len(other.directory.schools) > 0 {
			e.school = string(other.directory.schools[0].UAI)
			break
		}
	}
	return e
}

// check compares the line with the figures. The error says what was found.
func (e *expectation) check(ctx context.Context, c *chain) error {
	if e.err != nil {
		return e.err
	}
	if len(e.plain) == 0 {
		return fmt.Errorf("expected what to look at: heure, jour, semaine, cumul, liste, moments, actives, semaine-scolaire, deploiement, national, refuses, compteurs or inconnus")
	}
	what := e.plain[0]
	e.plain = e.plain[1:]
	switch what {
	case "jour", "semaine", "cumul", "heure":
		return e.cell(ctx, c, what)
	case "liste":
		return e.list(ctx, c)
	case "moments":
		return e.moments(ctx, c)
	case "actives":
		return e.active(ctx, c)
	case "semaine-scolaire":
		return e.schoolWeek(ctx, c)
	case "deploiement":
		return e.deployment(ctx, c)
	case "national":
		return e.national(ctx, c)
	case "refuses":
		return e.refusals(ctx, c)
	case "compteurs":
		return e.counters(c)
	case "inconnus":
		return e.unknown(ctx, c)
	}
	return fmt.Errorf("%s: unknown", what)
}

// next takes the next plain word.
func (e *expectation) next(what string) (string, error) {
	if len(e.plain) == 0 {
		return "", fmt.Errorf("expected %s", what)
	}
	w := e.plain[0]
	e.plain = e.plain[1:]
	return w, nil
}

// scope takes the territory of the line.
func (e *expectation) scope() schemas.Scope {
	for _, n := range schemas.Niveaux() {
		if e.fields.has(string(n)) {
			return schemas.Scope{Niveau: n, Code: e.fields.take(string(n), "")}
		}
	}
	return schemas.Scope{Niveau: schemas.Ecole, Code: e.school}
}

// query takes period, axis and territory: "2026-09-08 profil:ELEVE ecole=…".
// modalite is empty for a bare axis other than globales.
func (e *expectation) query(grain string) (q schemas.CellQuery, modalite string, err error) {
	period, err := e.next("a day, a Monday or two days joined by ..")
	if err != nil {
		return q, "", err
	}
	if q.Period, err = span(period); err != nil {
		return q, "", err
	}
	q.Grain = schemas.ParSemaine
	switch grain {
	case "jour":
		q.Grain = schemas.ParJour
	case "semaine":
		_, err = schemas.ParseWeek(period)
	case "cumul":
		q.Total = true
	}
	if err != nil {
		return q, "", err
	}
	axis, err := e.next("globales or axis:modality")
	if err != nil {
		return q, "", err
	}
	axis, modalite, _ = strings.Cut(axis, ":")
	axe, err := schemas.ParseAxe(axis)
	if err != nil {
		return q, "", err
	}
	if axe == schemas.Globales {
		modalite = string(schemas.Globales)
	}
	q.Axes, q.Scope, q.Profil = []schemas.Axe{axe}, e.scope(), schemas.Profil(e.fields.take("filtre", ""))
	return q, modalite, nil
}

// measures are the figures of a cell as scripts write them.
var measures = map[string]func(schemas.Cell) string{
	"visites":            func(c schemas.Cell) string { return number(c.Visits) },
	"utilisateurs":       func(c schemas.Cell) string { return number(c.Users) },
	"evenements":         func(c schemas.Cell) string { return number(c.Events) },
	"visites_avec_duree": func(c schemas.Cell) string { return number(c.VisitsWithDuration) },
	"duree_totale":       func(c schemas.Cell) string { return clock(c.DurationMS) },
	"duree_totale_s":     func(c schemas.Cell) string { return number(c.TotalSeconds()) },
	"duree_moyenne": func(c schemas.Cell) string {
		if s, ok := c.MeanSeconds(); ok {
			return clock(1000 * s)
		}
		return "inconnue"
	},
	"entrantes": func(c schemas.Cell) string { return number(c.VisitsWithDuration) },
	"rebonds":   func(c schemas.Cell) string { return number(c.Visits - c.VisitsWithDuration) },
	"ecoles":    func(c schemas.Cell) string { return number(c.Schools) },
	"masquees":  func(c schemas.Cell) string { return number(c.WithheldPeriods) },
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

// cell checks one cell, or that there is none.
func (e *expectation) cell(ctx context.Context, c *chain, grain string) error {
	var found []schemas.Cell
	var err error
	if grain == "heure" {
		found, err = e.hours(ctx, c)
	} else {
		found, err = e.cells(ctx, c, grain)
	}
	if err != nil {
		return err
	}
	if e.none {
		if err := e.fields.done(); err != nil {
			return err
		}
		if len(found) > 0 {
			return fmt.Errorf("%s: there is %+v", grain, found)
		}
		return nil
	}
	if len(found) != 1 {
		return fmt.Errorf("%s: there are %d such cells", grain, len(found))
	}
	if e.masked {
		// Of a sum of weeks the figures of some may be shown.
		if c := found[0]; !c.Withheld || c.Measures != (schemas.Measures{}) || c.Schools != 0 {
			return fmt.Errorf("%s: it is shown: %+v", grain, c)
		}
		return e.fields.done()
	}
	if found[0].Withheld {
		return fmt.Errorf("%s: it is withheld", grain)
	}
	wrong := []string{}
	checked := 0
	for _, name := range e.fields.keys() {
		measure, ok := measures[name]
		if !ok {
			continue
		}
		want := e.fields.take(name, "")
		checked++
		if got := measure(found[0]); got != want {
			wrong = append(wrong, fmt.Sprintf("%s=%s, not %s", name, got, want))
		}
	}
	if err := e.fields.done(); err != nil {
		return err
	}
	if checked == 0 {
		return fmt.Errorf("%s: no figure is expected", grain)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s: there is %s", grain, strings.Join(wrong, "; "))
	}
	return nil
}

// cells reads as pages do.
func (e *expectation) cells(ctx context.Context, c *chain, grain string) ([]schemas.Cell, error) {
	q, modalite, err := e.query(grain)
	if err != nil {
		return nil, err
	}
	if modalite == "" || len(e.plain) > 0 {
		return nil, fmt.Errorf("expected one axis:modality")
	}
	code := q.Scope.Code
	for _, d := range []schemas.Detail{schemas.ParEnfants, schemas.ParEcoles} {
		if child := e.fields.take(map[schemas.Detail]string{schemas.ParEnfants: "enfant", schemas.ParEcoles: "dont"}[d], ""); child != "" {
			q.Detail, code = d, child
		}
	}
	cells, err := c.store.Cells(ctx, q)
	return slices.DeleteFunc(cells, func(c schemas.Cell) bool { return c.Modalite != modalite || c.Code != code }), err
}

// hours reads the hour cells of a school themselves: the one grain that pages
// read only as moments. The hour is an instant: "2026-10-25 02:00+01:00".
func (e *expectation) hours(ctx context.Context, c *chain) ([]schemas.Cell, error) {
	if len(e.plain) != 3 {
		return nil, fmt.Errorf("expected a day, an hour such as 08:00:00, and globales or profil:…")
	}
	at, err := instant(e.plain[0], e.plain[1])
	if err != nil {
		return nil, err
	}
	axe, modalite, _ := strings.Cut(e.plain[2], ":")
	if axe == string(schemas.Globales) {
		modalite = axe
	}
	rows, err := c.ask(ctx, fmt.Sprintf("SELECT visits, users, duration_ms, visits_with_duration, events FROM cells_hour"+
		" WHERE period = toDateTime(%d, 'UTC') AND axe = '%s' AND modalite = '%s' AND uai = '%s'", at.Unix(), axe, modalite, e.scope().Code))
	if err != nil {
		return nil, err
	}
	var found []schemas.Cell
	for row := range strings.Lines(rows) {
		var cell schemas.Cell
		if _, err := fmt.Sscan(row, &cell.Visits, &cell.Users, &cell.DurationMS, &cell.VisitsWithDuration, &cell.Events); err != nil {
			return nil, err
		}
		found = append(found, cell)
	}
	return found, nil
}

// list checks which modalities of an axis have a visit, all of them.
func (e *expectation) list(ctx context.Context, c *chain) error {
	grain, err := e.next("jour, semaine or cumul")
	if err != nil {
		return err
	}
	q, _, err := e.query(grain)
	if err != nil {
		return err
	}
	if err := e.fields.done(); err != nil {
		return err
	}
	cells, err := c.store.Cells(ctx, q)
	if err != nil {
		return err
	}
	got := make([]string, 0, len(cells))
	for _, cell := range cells {
		got = append(got, cell.Modalite)
	}
	want := slices.Sorted(slices.Values(e.plain))
	if slices.Sort(got); !slices.Equal(got, want) {
		return fmt.Errorf("there are %s, not %s", strings.Join(got, " "), strings.Join(want, " "))
	}
	return nil
}
