package dashboards_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

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
		if got := f.page(t, "/recherche?q="+url.QueryEscape(q)).texts(".found a"); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", q, got, want)
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
		Refused       []struct {
			Reason string
			Count  int
		}
		Unknown []struct {
			UAI    string
			Events int
		} `json:"unknown_uai"`
		Directory struct{ Utilise string }
	}
	f.json(t, "/completude.json", &j)
	if j.EventsPending == nil || *j.EventsPending != 0 || j.DaysPending == nil || *j.DaysPending != 0 || !strings.HasPrefix(j.LastEvent, "2026-11-24T07:") {
		t.Errorf("%+v", j)
	}
	counts := map[string]int{}
	for _, r := range j.Refused {
		counts[r.Reason] = r.Count
	}
	if counts["robot"] != 2 || counts["uai_invalide"] != 1 || len(counts) != len(schemas.Reasons()) {
		t.Errorf("refused %v: want all reasons, 2 robots, 1 uai_invalide", counts)
	}
	if len(j.Unknown) != 1 || j.Unknown[0].UAI != string(stranger) || j.Unknown[0].Events != 1 || j.Directory.Utilise != "2026-2027" {
		t.Errorf("unknown %v, directory %v", j.Unknown, j.Directory)
	}
	p := f.page(t, "/completude")
	if got := p.text(`[data-code="days_pending"]`); got != "0" {
		t.Errorf("days pending %q", got)
	}
	if all := strings.Join(p.texts("tbody tr"), "\n"); !strings.Contains(all, "Robot déclarérobot2") || !strings.Contains(all, string(stranger)) {
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
