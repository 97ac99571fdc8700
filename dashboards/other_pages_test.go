package dashboards_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

func searching(t *testing.T, f *fixture) {
	for q, want := range map[string]string{
		string(exact): "/ecole/" + string(exact), strings.ToLower(string(exact)): "/ecole/" + string(exact),
		" " + string(toulouse) + " ": "/circonscription/" + string(toulouse),
	} {
		if w := f.get(t, "/recherche?q="+url.QueryEscape(q)); w.Code != 302 || w.Header().Get("Location") != want {
			t.Errorf("%q: %d %s, want %s", q, w.Code, w.Header().Get("Location"), want)
		}
	}
	for q, want := range map[string][]string{
		"JAURES":          {"École élémentaire Jean-Jaurès"},
		"blagnac":         {"École élémentaire Jean-Jaurès"},
		"haute garonne":   {"Haute-Garonne"},
		"ecole curie":     {"École primaire Marie-Curie"},
		"oeillets":        {hostileName},
		"rien de pareil":  nil,
		string(stranger):  nil,
		"toulouse centre": {"Toulouse Centre"},
	} {
		p := f.page(t, "/recherche?q="+url.QueryEscape(q))
		if got := p.texts(".found a"); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", q, got, want)
		}
		if ways := len(p.all(`main a[href="/marquage"]`)); (ways == 1) != (want == nil) {
			t.Errorf("%q: %d ways to the schools that no directory knows", q, ways)
		}
	}
}

func definitions(t *testing.T, f *fixture) {
	p := f.page(t, "/definitions")
	for _, i := range schemas.Indicators() {
		if got := p.text("#" + i.Code + " h2"); got != i.Label {
			t.Errorf("%s: %q, want %q", i.Code, got, i.Label)
		}
	}
	// Every definition that a page links to is there.
	for _, a := range f.page(t, "/region/76").all(`a[href^="/definitions#"]`) {
		_, id, _ := strings.Cut(attr(a, "href"), "#")
		if len(p.all("#"+id)) != 1 {
			t.Errorf("no definition %s", id)
		}
	}
}

func completeness(t *testing.T, f *fixture) {
	var j struct {
		EventsPending *uint64 `json:"events_pending"`
		DaysPending   *uint64 `json:"days_pending"`
		LastEvent     string  `json:"last_event"`
		Directory     struct{ Utilise string }
	}
	f.json(t, "/completude.json", &j)
	if j.EventsPending == nil || *j.EventsPending != 0 || j.DaysPending == nil || *j.DaysPending != 0 || !strings.HasPrefix(j.LastEvent, "2026-11-24T07:") {
		t.Errorf("%+v", j)
	}
	if j.Directory.Utilise != "2026-2027" {
		t.Errorf("directory %v", j.Directory)
	}
	p := f.page(t, "/completude")
	if got := p.text(`[data-code="days_pending"]`); got != "0" {
		t.Errorf("days pending %q", got)
	}
	if len(p.all(`#contenu a[href="/marquage"]`)) != 1 {
		t.Error("no way to what the tags get wrong")
	}
}

// recounted: what the nightly recount found, and what happened to the week key.
func recounted(t *testing.T, f *fixture) {
	if got := f.page(t, "/completude").text("#titre-recomptage ~ dl"); !strings.Contains(got, "aucun encore") {
		t.Errorf("before any recount: %q", got)
	}
	ctx := t.Context()
	at := now.Add(-7 * time.Hour)
	must(t, f.store.InsertChecks(ctx, []schemas.Check{
		{Grain: schemas.ParJour, Debut: exactWeek.Monday(), Run: 1, Cells: 90, Differences: 4, At: at.Add(-time.Hour)},
		{Grain: schemas.ParJour, Debut: exactWeek.Monday(), Run: 2, Cells: 100, At: at},
		{Grain: schemas.ParSemaine, Debut: exactWeek.Monday(), Run: 1, Cells: 1000, Differences: 2, At: at},
	}))
	must(t, f.store.InsertIncidents(ctx, []schemas.Incident{
		{Kind: schemas.ClockBehind, Week: exactWeek, At: at.UnixMilli()},
		{Kind: schemas.ClockBehind, Week: exactWeek, At: at.UnixMilli()},                               // sent twice
		{Kind: schemas.NewWeekKey, Week: exactWeek.Next().Next(), At: at.AddDate(1, 0, 0).UnixMilli()}, // nothing was counted before it
	}))
	f.reader.forget()
	defer f.reader.forget()
	var j struct {
		Checks struct {
			At          string
			Days, Weeks int
			Cells       uint64
			Differences uint64
			Wrong       []struct{ Grain, Debut string }
		}
		Incidents []struct{ Kind, Week string }
	}
	f.json(t, "/completude.json", &j)
	if c := j.Checks; c.At != at.UTC().Format(time.RFC3339) || c.Days != 1 || c.Weeks != 1 || c.Cells != 1100 || c.Differences != 2 || len(c.Wrong) != 1 || c.Wrong[0].Grain != "semaine" {
		t.Errorf("checks %+v", c)
	}
	if len(j.Incidents) != 1 || j.Incidents[0].Kind != "horloge_en_retard" || j.Incidents[0].Week != exactWeek.String() {
		t.Errorf("incidents %+v", j.Incidents)
	}
	p := f.page(t, "/completude")
	if got := p.text(`[data-code="check_differences"]`); got != "2 cellules différentes" {
		t.Errorf("result %q", got)
	}
	if all := strings.Join(p.texts("tbody tr"), "\n"); !strings.Contains(all, "semaine du 16 novembre 20262") || !strings.Contains(all, "L'horloge d'un collecteur était fausse") {
		t.Errorf("tables:\n%s", all)
	}
}

func exportsPage(t *testing.T, f *fixture) {
	p := f.page(t, "/exports")
	links := p.all("#contenu table a")
	if len(links) != 5 {
		t.Fatalf("%d files, want four and their manifest", len(links))
	}
	for _, a := range links {
		href := attr(a, "href")
		if !strings.HasSuffix(href, "?semaine=2026-11-16") {
			t.Errorf("%s: want the last complete week", href)
		}
		f.ok(t, href)
	}
	if len(p.all(".notice")) != 0 || len(f.page(t, "/exports?semaine=2026-11-23").all(".notice")) != 1 {
		t.Error("only the running week is announced as unfinished")
	}
	// The form of a territory's file sends what its handler takes.
	form := p.all(`form[action="/region/76.csv"]`)
	if len(form) != 1 {
		t.Fatal("no form for the region's file")
	}
	if rows := f.rows(t, "/region/76.csv?du=2026-11-16&au=2026-11-16&grain=semaine&axe=globales&detail="); len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
	var m struct {
		Unknown []string `json:"unknown_uai"`
		Files   []struct{ Rows int }
	}
	f.json(t, "/exports/dnma/manifest.json?semaine=2026-11-16", &m)
	if len(m.Files) != 4 || m.Files[0].Rows != 10 || !slices.Equal(m.Unknown, []string{string(stranger)}) {
		t.Errorf("manifest %+v: want 10 schools, and the stranger apart", m)
	}
}

// everyForm: each page as HTML, CSV and JSON, by the links it gives itself.
func everyForm(t *testing.T, f *fixture) {
	for _, target := range pagesToLookAt {
		p := f.page(t, target)
		var kinds []string
		for _, l := range p.all("link[rel=alternate]") {
			w := f.get(t, attr(l, "href"))
			kinds = append(kinds, attr(l, "type"))
			if got := w.Header().Get("Content-Type"); w.Code != 200 || strings.TrimSuffix(got, "; charset=utf-8") != attr(l, "type") {
				t.Errorf("%s → %s: %d %s", target, attr(l, "href"), w.Code, got)
			}
		}
		if !strings.HasPrefix(fmt.Sprint(kinds), "[text/csv application/json") {
			t.Errorf("%s: other forms %v", target, kinds)
		}
	}
}
