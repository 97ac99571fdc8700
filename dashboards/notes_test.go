package dashboards_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// send posts a form as a person.
func (f *fixture) send(t testing.TB, p *access.Person, target string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p != nil {
		r = r.WithContext(access.With(r.Context(), *p))
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

func decode(t testing.TB, text []byte, into any) {
	t.Helper()
	must(t, json.Unmarshal(text, into))
}

func noteOn(at schemas.Scope, kind, du, au, text string) url.Values {
	return url.Values{"territoire": {at.String()}, "sorte": {kind}, "du": {du}, "au": {au}, "texte": {text}}
}

// TestNotes: a note written on a DSDEN is on its chart, its table and its
// files, on those below it and on none above or beside; a later version
// replaces it, and it can be taken away.
func TestNotes(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	load(t, s, append(exactEvents(), visitsOn(exact, schemas.DateDay(2026, time.November, 9), 1)...)) // an evolution has two weeks
	at := now
	f := serveStore(t, s, func(c *dashboards.Config) { // notes are never remembered
		c.Access = told{}
		c.Clock = func() time.Time { at = at.Add(time.Millisecond); return at }
	})
	dsden := schemas.Scope{Niveau: schemas.DSDEN, Code: "031"}
	pilot, inspector, region := person("pilote", dsden), kinds()[4], kinds()[1]
	pilot.Rights = []access.Right{access.Notes}
	school := schemas.Scope{Niveau: schemas.Ecole, Code: string(exact)}

	w := f.send(t, pilot, "/notes", noteOn(dsden, "incident", "2026-11-17", "2026-11-18", "  Panne du <portail>\n mardi "))
	if w.Code != 303 || w.Header().Get("Location") != "/notes?fait=&territoire=dsden%3A031" {
		t.Fatalf("%d %s: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if w := f.send(t, pilot, "/notes", noteOn(school, "fermeture", "2026-11-16", "", "École fermée")); w.Code != 303 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	const incident = "Incident, du 17 novembre 2026 au 18 novembre 2026"
	page := func(p *access.Person, target string) page { return parse(t, f.as(t, p, "GET", target).Body.String()) }
	for _, tt := range []struct {
		who    *access.Person
		target string
		want   []string
	}{
		{pilot, "/dsden/031", []string{incident + " : Panne du <portail> mardi"}},
		{inspector, "/circonscription/" + string(toulouse), []string{incident + " (DSDEN Haute-Garonne) : Panne du <portail> mardi"}},
		{inspector, school.Path(), []string{"Fermeture, le 16 novembre 2026 : École fermée", incident + " (DSDEN Haute-Garonne) : Panne du <portail> mardi"}},
		{inspector, school.Path() + "?du=2026-09-01&au=2026-11-08", nil},
		{region, "/region/76", nil},
		{region, "/dsden/034", nil},
	} {
		p := page(tt.who, tt.target)
		var noted []string
		for _, n := range p.texts(".notice") {
			if strings.HasPrefix(n, "Incident") || strings.HasPrefix(n, "Fermeture") {
				noted = append(noted, n)
			}
		}
		if !slices.Equal(noted, tt.want) {
			t.Errorf("%s: %q, want %q", tt.target, noted, tt.want)
		}
		charts := p.all("#evolution [data-chart]")
		if marked := len(charts) > 0 && strings.Contains(attr(charts[0], "data-chart"), "--chart-note"); marked != (tt.want != nil) {
			t.Errorf("%s: marked on the chart: %t", tt.target, marked)
		}
		if tt.want == nil {
			continue
		}
		if row := p.row("evolution", "16 novembre 2026"); !strings.Contains(row[0], "Incident : Panne du <portail> mardi") {
			t.Errorf("%s: row %q", tt.target, row)
		}
		if stamp := p.text(".asof"); !strings.Contains(stamp, "1 incident noté") {
			t.Errorf("%s: stamp %q", tt.target, stamp)
		}
		if alt := attr(charts[0], "aria-label"); !strings.Contains(alt, " sur ces semaines.") {
			t.Errorf("%s: text alternative %q", tt.target, alt)
		}
		var j struct {
			Remarques []string
			AsOf      struct{ Incidents int } `json:"a_jour"`
		}
		path, query, _ := strings.Cut(tt.target, "?")
		decode(t, f.as(t, tt.who, "GET", path+".json?"+query).Body.Bytes(), &j)
		if !strings.Contains(strings.Join(j.Remarques, "\n"), "Panne du <portail> mardi") || j.AsOf.Incidents != 1 {
			t.Errorf("%s.json: %+v", path, j)
		}
	}

	notedEverywhere(t, f, pilot, dsden.Path())

	var list struct {
		Notes []struct{ ID, Nom, Auteur, Texte, Du, Au string }
	}
	decode(t, f.as(t, inspector, "GET", "/notes.json").Body.Bytes(), &list)
	if len(list.Notes) != 2 || list.Notes[0].Texte != "Panne du <portail> mardi" || list.Notes[0].Nom != "Haute-Garonne" || list.Notes[0].Auteur != "" || list.Notes[1].Au != "2026-11-16" {
		t.Errorf("an inspector reads %+v", list)
	}
	id := list.Notes[0].ID
	decode(t, f.as(t, kinds()[2], "GET", "/notes.json?territoire=academie:16").Body.Bytes(), &list)
	if len(list.Notes) != 2 {
		t.Errorf("the académie reads %+v", list)
	}
	beziersInspector := person("b", schemas.Scope{Niveau: schemas.Circonscription, Code: string(beziers)})
	decode(t, f.as(t, beziersInspector, "GET", "/notes.json").Body.Bytes(), &list)
	if len(list.Notes) != 0 {
		t.Errorf("another DSDEN reads %+v", list)
	}

	// Who may not write it.
	other := person("autre", schemas.Scope{Niveau: schemas.Circonscription, Code: string(toulouse)})
	other.Rights = []access.Right{access.Notes}
	taken := noteOn(school, "autre", "2026-11-17", "", "à moi")
	taken.Set("id", id)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"without the right":   f.send(t, inspector, "/notes", noteOn(school, "incident", "2026-11-17", "", "x")),
		"above":               f.send(t, other, "/notes", noteOn(dsden, "incident", "2026-11-17", "", "x")),
		"beside":              f.send(t, other, "/notes", noteOn(schemas.Scope{Niveau: schemas.Ecole, Code: string(hostile)}, "incident", "2026-11-17", "", "x")),
		"another's note here": f.send(t, other, "/notes", taken),
	} {
		if w.Code != 403 && w.Code != 404 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	// What cannot be a note comes back with its form and a reason.
	for reason, form := range map[string]url.Values{
		"n'est pas une sorte de note": noteOn(dsden, "blague", "2026-11-17", "", "x"),
		"n'est pas une date":          noteOn(dsden, "incident", "hier", "", "x"),
		"avant de commencer":          noteOn(dsden, "incident", "2026-11-17", "2026-11-16", "x"),
		"Il faut le texte":            noteOn(dsden, "incident", "2026-11-17", "", " "),
		"280 caractères au plus":      noteOn(dsden, "incident", "2026-11-17", "", strings.Repeat("é", 281)),
		"une année au plus":           noteOn(dsden, "incident", "2025-11-17", "2026-11-30", "x"),
	} {
		w := f.send(t, pilot, "/notes", form)
		p := parse(t, w.Body.String())
		if w.Code != 400 || !strings.Contains(p.text("[role=alert]"), reason) || p.text("#texte") != strings.TrimSpace(form.Get("texte")) {
			t.Errorf("%s: %d %s", reason, w.Code, p.text("main"))
		}
	}

	later := noteOn(dsden, "incident", "2026-11-17", "", "Panne du seul mardi")
	later.Set("id", id)
	if w := f.send(t, pilot, "/notes", later); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := strings.Join(page(pilot, "/dsden/031").texts(".notice"), "\n"); !strings.Contains(got, "Incident, le 17 novembre 2026 : Panne du seul mardi") || strings.Contains(got, "portail") {
		t.Errorf("after a change: %s", got)
	}
	gone := url.Values{"territoire": {dsden.String()}, "id": {id}, "retirer": {"oui"}}
	if w := f.send(t, pilot, "/notes", gone); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := strings.Join(page(pilot, "/dsden/031").texts(".notice"), "\n"); strings.Contains(got, "Panne") {
		t.Errorf("taken away, and there: %s", got)
	}
	if w := f.send(t, pilot, "/notes", gone); w.Code != 404 {
		t.Errorf("taken away twice: %d", w.Code)
	}
}
