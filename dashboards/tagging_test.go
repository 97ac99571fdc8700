package dashboards_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

// taggingForms: the last thirty days by default, each table the same in the page,
// the CSV and the JSON.
func taggingForms(t *testing.T, f *fixture) {
	p := f.page(t, "/marquage")
	if got := p.text(".fr-text--lead"); !strings.HasSuffix(got, "3 marqueurs refusés, 1 code de service inconnu, 1 établissement inconnu de l'annuaire.") {
		t.Errorf("lead %q", got)
	}
	var j struct {
		Periode  struct{ Du, Au string }
		Tableaux map[string]struct{ Lignes []map[string]any }
	}
	f.json(t, "/marquage.json", &j)
	if j.Periode.Du != "2026-10-26" || j.Periode.Au != "2026-11-24" {
		t.Errorf("period %+v, want the last thirty days", j.Periode)
	}
	for table, want := range map[string][]string{ // columns, then rows in order
		"motifs":       {"motif marqueurs", "robot 2", "uai_invalide 1", "sans_visiteur 0", "hors_perimetre 0", "trop_long 0", "jour_clos 0", "illisible 0"},
		"sites":        {"site plan motif parametre marqueurs premier_jour", "- - robot - 2 2026-11-24", "365203 2021 uai_invalide uai 1 2026-11-23"},
		"uai_inconnus": {"uai evenements premier_jour dernier_jour", string(stranger) + " 1 2026-11-16 2026-11-16"},
		"arrets":       {"code"},
	} {
		var csvRows, jsonRows []string
		for _, r := range f.rows(t, "/marquage.csv?tableau="+table) {
			var cells []string
			for _, c := range strings.Fields(want[0]) {
				cells = append(cells, or(r[c], "-"))
			}
			csvRows = append(csvRows, strings.Join(cells, " "))
		}
		for _, r := range j.Tableaux[table].Lignes {
			var cells []string
			for _, c := range strings.Fields(want[0]) {
				text := fmt.Sprint(r[c])
				if r[c] == nil {
					text = "-"
				}
				cells = append(cells, text)
			}
			jsonRows = append(jsonRows, strings.Join(cells, " "))
		}
		if !slices.Equal(csvRows, want[1:]) || !slices.Equal(jsonRows, csvRows) {
			t.Errorf("%s: CSV %q, JSON %q, want %q", table, csvRows, jsonRows, want[1:])
		}
		if n := len(p.all("#" + table + " tbody tr")); n != len(want)-1 {
			t.Errorf("%s: %d rows on the page, want %d", table, n, len(want)-1)
		}
	}
	if got := p.row("jours", "23 novembre 2026"); !slices.Equal(got, []string{"23 novembre 2026", "0", "1"}) {
		t.Errorf("by day %q: want no robot and one UAI", got)
	}
	if n := len(f.rows(t, "/marquage.csv?tableau=jours")); n != 30 {
		t.Errorf("%d days", n)
	}
	if got := p.row("motifs", "Robot")[0]; !strings.HasPrefix(got, "Robot déclaré Rien : surveillance") {
		t.Errorf("what to do: %q", got)
	}
	// Asked for, the day before is there too.
	if rows := f.rows(t, "/marquage.csv?du=2026-10-25&au=2026-11-24"); rows[1]["motif"] != "hors_perimetre" || rows[1]["marqueurs"] != "1" {
		t.Errorf("with the day before: %v", rows[1])
	}
	for _, bad := range []string{"?du=2026-11-24", "?du=2025-01-01&au=2026-11-24", "?tableau=autre"} {
		if w := f.get(t, "/marquage.csv"+bad); w.Code != 400 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}

// What is said of services and profiles is what the region's own files have.
func taggingAgrees(t *testing.T, f *fixture) {
	weeks := "du=2026-10-26&au=2026-11-23"
	sums := map[string]int{}
	for _, axe := range []string{"globales", "service", "profil"} {
		for _, r := range f.rows(t, "/region/76.csv?grain=semaine&axe="+axe+"&"+weeks) {
			n, err := strconv.Atoi(r["visites"])
			must(t, err)
			sums[r["debut"]+r["modalite"]] += n
			sums[r["modalite"]] += n
		}
	}
	rows := f.rows(t, "/marquage.csv?tableau=services")
	if len(rows) != 1 || rows[0]["code"] != "INCONNU_2027" || rows[0]["visites"] != strconv.Itoa(sums["INCONNU_2027"]) || sums["INCONNU_2027"] == 0 {
		t.Errorf("services %v, the region has %d", rows, sums["INCONNU_2027"])
	}
	rows = f.rows(t, "/marquage.csv?tableau=profils")
	if len(rows) != 5 {
		t.Errorf("%d weeks, want five", len(rows))
	}
	for _, r := range rows {
		if week := r["semaine"]; r["visites"] != strconv.Itoa(sums[week+"globales"]) || r["visites_autre"] != strconv.Itoa(sums[week+"AUTRE"]) || r["visites_page_ent"] != strconv.Itoa(sums[week+"PAGE_ENT"]) {
			t.Errorf("week %v, the region has %d, %d, %d", r, sums[week+"globales"], sums[week+"AUTRE"], sums[week+"PAGE_ENT"])
		}
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// A service that two weeks had and the last whole one has not is named, while the
// ENT is visited as before; one that still comes is not.
func TestTagThatStopped(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	var events []schemas.Event
	for back := range schemas.Day(3) {
		for _, e := range exactEvents() {
			if e.Service == "NOTES" && back == 0 {
				e.Service = "ACTUALITES"
			}
			e.TS -= int64(7 * back * 86_400_000)
			events = append(events, e)
		}
	}
	load(t, s, events)
	must(t, s.InsertTallies(t.Context(), []schemas.Tally{{
		Run: "r", Collector: "c", Sequence: 1, Received: 100, Published: 80, Spooled: 10, Corrected: 9, UnknownProfiles: 3,
	}}))
	f := serveStore(t, s, nil)
	for i, want := range [][2]string{{"9", "10,0"}, {"3", "3,3"}, {"0", "0,0"}} {
		if r := f.rows(t, "/marquage.csv?tableau=corrections")[i]; r["marqueurs"] != want[0] || r["part"] != want[1] {
			t.Errorf("put right %v, want %v", r, want)
		}
	}
	if got := f.page(t, "/marquage").row("corrections", "Profil absent")[1:]; !slices.Equal(got, []string{"3", "3,3 %"}) {
		t.Errorf("the page says %q", got)
	}
	rows := f.rows(t, "/marquage.csv?tableau=arrets")
	if len(rows) != 1 || rows[0]["code"] != "NOTES" || rows[0]["visites_par_semaine"] != "1,0" || rows[0]["derniere_semaine"] != "2026-11-09" {
		t.Errorf("stopped %v, want the notes, of one visit a week", rows)
	}
	if got := f.page(t, "/marquage").row("arrets", "Notes"); !slices.Equal(got, []string{"Notes", "1,0", "2 nov. 2026", "9 nov. 2026"}) {
		t.Errorf("the page says %q", got)
	}
}
