package dashboards_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/entaudience/entaudience/dashboards/access"
)

// notedEverywhere: a note on 17 and 18 November is beside every chart and table
// of these days, on every chart of weeks, and in every file.
func notedEverywhere(t *testing.T, f *fixture, who *access.Person, path string) {
	t.Helper()
	for _, target := range []string{path, path + "/services", path + "/appareils", path + "/moments", path + "/comparaison", path + "/carte", "/bilan/2026-2027" + path} {
		p := parse(t, f.as(t, who, "GET", target).Body.String())
		for _, b := range p.all("#contenu .block") {
			block := page{t, b}
			if len(block.all(".block-foot")) == 0 {
				continue // words, no figures
			}
			if got := strings.Join(block.texts(".block-noted"), "\n"); got != "Noté : Incident, du 17 novembre 2026 au 18 novembre 2026" {
				t.Errorf("%s, %s: noted %q", target, attr(b, "id"), got)
			}
		}
		early := parse(t, f.as(t, who, "GET", target+"?du=2026-09-07&au=2026-10-18").Body.String())
		if !strings.HasPrefix(target, "/bilan") && len(early.all(".block-noted")) > 0 {
			t.Errorf("%s: noted on other days", target)
		}
	}
	for target, charts := range map[string]int{"/services": 1, "/appareils": 1} {
		p := parse(t, f.as(t, who, "GET", path+target+"?du=2026-11-02&au=2026-11-22").Body.String())
		marked := 0
		for _, c := range p.all("[data-chart]") {
			if strings.Contains(attr(c, "data-chart"), "--chart-note") && strings.Contains(attr(c, "aria-label"), "note est écrite sur ces semaines.") {
				marked++
			}
		}
		if marked != charts {
			t.Errorf("%s: %d charts marked, want %d", target, marked, charts)
		}
	}
	const want = "\ufeffdebut;fin;sorte;niveau;code;territoire;texte\n2026-11-17;2026-11-18;incident;dsden;031;DSDEN Haute-Garonne;Panne du <portail> mardi\n"
	for _, target := range []string{path + ".csv?axe=notes", path + "/services.csv?tableau=notes", "/bilan/2026-2027" + path + ".csv?tableau=notes"} {
		if got := strings.ReplaceAll(f.as(t, who, "GET", target).Body.String(), "\r", ""); got != want {
			t.Errorf("%s: %q", target, got)
		}
	}
	var j struct {
		Notes    []struct{ Debut, Fin, Sorte, Code, Texte string }
		Tableaux map[string]struct{ Lignes []map[string]any }
	}
	decode(t, f.as(t, who, "GET", path+".json").Body.Bytes(), &j)
	if len(j.Notes) != 1 || j.Notes[0].Fin != "2026-11-18" || j.Notes[0].Texte != "Panne du <portail> mardi" {
		t.Errorf("JSON: %+v", j.Notes)
	}
	decode(t, f.as(t, who, "GET", path+"/comparaison.json").Body.Bytes(), &j)
	if rows := j.Tableaux["notes"].Lignes; len(rows) != 1 || rows[0]["sorte"] != "incident" {
		t.Errorf("JSON of the comparison: %v", rows)
	}
	x, err := excelize.OpenReader(bytes.NewReader(f.as(t, who, "GET", path+".xlsx").Body.Bytes()))
	must(t, err)
	defer x.Close()
	rows, err := x.GetRows("Notes")
	must(t, err)
	if len(rows) != 2 || !slices.Contains(rows[1], "Panne du <portail> mardi") {
		t.Errorf("workbook: %q", rows)
	}
	everybody := access.Everybody()
	var m struct {
		Notes []struct{ Du, Au, Sorte, Code string }
	}
	decode(t, f.as(t, &everybody, "GET", "/exports/dnma/manifest.json?semaine=2026-11-16").Body.Bytes(), &m)
	if len(m.Notes) != 2 || m.Notes[1].Du != "2026-11-17" || m.Notes[1].Sorte != "incident" {
		t.Errorf("manifest: %+v", m.Notes)
	}
	exporter := kinds()[6] // without a territory: the manifest goes with all the files
	decode(t, f.as(t, exporter, "GET", "/exports/dnma/manifest.json?semaine=2026-11-16").Body.Bytes(), &m)
	if len(m.Notes) != 2 {
		t.Errorf("manifest of the exporter: %+v", m.Notes)
	}
}

// territoryWorkbook: the workbook of a territory has the figures of its page.
func territoryWorkbook(t *testing.T, f *fixture) {
	for _, target := range []string{"/region/76", "/ecole/" + string(exact)} {
		w := f.get(t, target+".xlsx")
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment; filename=") {
			t.Fatalf("%s: %d %v", target, w.Code, w.Header())
		}
		x, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
		must(t, err)
		defer x.Close()
		figures, err := x.GetRows("Chiffres clés")
		must(t, err)
		p := f.page(t, target)
		n := 0
		for _, fig := range p.all(".figure") {
			label, value := page{t, fig}.text(".figure-label"), page{t, fig}.text(".figure-value")
			if !slices.ContainsFunc(figures, func(row []string) bool { return len(row) > 2 && fold(row[1]) == label && fold(row[2]) == value }) {
				t.Errorf("%s: %s %s is not in the workbook", target, label, value)
			}
			n++
		}
		if n < 6 || len(p.all(`#chiffres a[href$=".xlsx"]`)) != 1 {
			t.Errorf("%s: %d figures", target, n)
		}
		services, err := x.GetRows("Visites par service", excelize.Options{RawCellValue: true})
		must(t, err)
		for _, tr := range p.all("#services tbody tr") {
			cells := page{t, tr}.texts("th, td")
			if !slices.ContainsFunc(services, func(row []string) bool {
				return len(row) > 2 && row[1] == cells[0] && row[2] == strings.ReplaceAll(cells[1], " ", "")
			}) {
				t.Errorf("%s: %q is not in the workbook", target, cells)
			}
		}
	}
}
