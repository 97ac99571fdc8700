package dashboards_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

// The exact school has 2 users in exactWeek, under the threshold of 5.
func TestWithheldSchool(t *testing.T) {
	f := withholding(t, 5)
	query := "?du=2026-11-16&au=2026-11-22"
	path := "/ecole/" + string(exact)

	p := f.page(t, path+query)
	for _, code := range []string{"visites", "utilisateurs", "duree_moyenne", "pic"} {
		if got := p.text("#chiffre-" + code + " .figure-value"); got != "masqué" {
			t.Errorf("%s: %q", code, got)
		}
	}
	// Nor may what is derived from it: a rate and a population give the users.
	for code, want := range map[string]string{
		"taux_frequentation": "masqué", "ecoles_usage_installe": "indéterminé", "visites_avec_duree": "masqué", "rebonds": "masqué",
	} {
		if got := p.text("#chiffre-" + code + " .figure-value"); got != want {
			t.Errorf("%s: %q", code, got)
		}
	}
	if row := p.row("evolution", "16 novembre"); !slices.Equal(row[1:], []string{"masqué", "masqué", "masqué"}) {
		t.Errorf("evolution: %q", row)
	}
	if row := p.row("profils", "Élèves"); !slices.Equal(row[1:], []string{"masqué", "masqué", "masqué", "masqué"}) {
		t.Errorf("profils: %q", row)
	}
	if len(p.all(`#profils a[href="/definitions#masque"]`)) == 0 {
		t.Error("no way from a withheld figure to the rule")
	}
	if notices := strings.Join(p.texts(".notice"), " "); !strings.Contains(notices, "chiffres sont masqués sur cette page") {
		t.Errorf("notices: %q", notices)
	}
	if chart := attr(p.all("#evolution [data-chart]")[0], "data-chart"); !strings.Contains(chart, `"data":[{"value":"-"}]`) {
		t.Errorf("the week is no gap: %s", chart)
	}

	rows := f.rows(t, path+".csv"+query+"&axe=profil")
	// Pupils and teachers came; whether the other profiles of the circonscription
	// did is not said either.
	if len(rows) != 5 {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	for _, r := range rows {
		if r["masque"] != "oui" || r["visites"]+r["utilisateurs"]+r["duree_totale_s"]+r["visites_avec_duree"]+r["duree_moyenne_s"] != "" {
			t.Errorf("%v", r)
		}
	}
	var doc struct {
		Seuil    int
		Cellules []struct {
			Visites *int
			Masque  string
		}
	}
	f.json(t, path+".json"+query, &doc)
	if doc.Seuil != 5 || len(doc.Cellules) != 1 || doc.Cellules[0].Visites != nil || doc.Cellules[0].Masque != "oui" {
		t.Errorf("%+v", doc)
	}
	if text := f.page(t, "/definitions").text("#masque"); !strings.Contains(text, "moins de 5 utilisateurs") {
		t.Errorf("definitions: %q", text)
	}
}

// No day and no hour of a school is shown, whether it had visits then or not.
func TestWithheldDays(t *testing.T) {
	f := withholding(t, 5)
	query := "?du=2026-11-16&au=2026-11-17&grain=jour"
	busy := schemas.MakeUAI(busyFirst)
	for _, target := range []string{"/ecole/" + string(busy) + ".csv" + query, "/circonscription/" + string(toulouse) + ".csv" + query + "&detail=ecoles"} {
		days := map[string][]string{}
		for _, r := range f.rows(t, target) {
			if r["masque"] != "oui" || r["visites"] != "" {
				t.Errorf("%s: %v", target, r)
			}
			days[r["code"]] = append(days[r["code"]], r["debut"])
		}
		if !slices.Equal(days[string(busy)], []string{"2026-11-16", "2026-11-17"}) {
			t.Errorf("%s: %v", target, days)
		}
	}
	for _, r := range f.rows(t, "/dsden/031.csv"+query+"&detail=enfants") {
		if r["masque"] == "oui" || r["niveau"] != "circonscription" {
			t.Errorf("%v", r)
		}
	}
	if text := f.page(t, "/ecole/"+string(busy)).text("#moments"); !strings.Contains(text, "Les heures d'une seule école ne sont pas montrées") {
		t.Errorf("moments: %q", text)
	}
}

// A school of unknown population has withheld pupils, no more than its 7 users:
// the rate of what lies above it is between two ends, on pages and in files.
func TestRateBetweenTwoEnds(t *testing.T) {
	s := newStoreOf(t, 5)
	ctx := context.Background()
	must(t, s.ImportDirectory(ctx, 2026, "test", directorySchools(2026), directoryAbove()))
	must(t, s.ImportPupils(ctx, "test", map[schemas.SchoolYear][]schemas.PupilCount{2026: {{UAI: busy, Pupils: 600}}}))
	week := exactWeek.Monday()
	var events []schemas.Event
	for u, n := range map[schemas.UAI][2]int{exact: {30, 20}, busy: {60, 40}, schemas.MakeUAI(busyFirst + 1): {30, 10}, lonely: {4, 3}} {
		events = append(events, visitsOn(u, week, n[0])...)
		events = append(events, by(schemas.Parent, visitsOn(u, week, n[1]))...)
	}
	load(t, s, events)
	f := serve(t, s, nil)
	const query = "?du=2026-11-16&au=2026-11-22"

	// 124 pupils of 2,325, less those of the lonely school, 0 to 7: 117 to 124.
	p := f.page(t, "/region/76"+query)
	if got, want := p.text("#chiffre-taux_frequentation .figure-value"), "entre 5,0 % et 5,3 %"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := p.row("deploiement", "Haute-Garonne"); got[5] != "entre 5,8 % et 6,1 % sur 10 écoles" {
		t.Errorf("%q", got)
	}
	for _, r := range f.rows(t, "/region/76.csv"+query+"&axe=deploiement") {
		want := map[string][4]string{"031": {"", "5,8", "6,1", "non"}, "034": {"0", "0", "0", "non"}}[r["code"]]
		if got := [4]string{r["taux_frequentation"], r["taux_frequentation_min"], r["taux_frequentation_max"], r["masque"]}; want[3] != "" && got != want {
			t.Errorf("CSV of %s: %q, want %q", r["code"], got, want)
		}
	}
	var doc struct {
		Indicateurs []struct {
			Code   string
			Valeur *float64
			Bornes []float64
		}
	}
	f.json(t, "/region/76.json"+query, &doc)
	for _, i := range doc.Indicateurs {
		if i.Code == "taux_frequentation" && (i.Valeur != nil || !slices.Equal(i.Bornes, []float64{5.0, 5.3})) {
			t.Errorf("JSON: %v %v", i.Valeur, i.Bornes)
		}
	}
	// The pupils of the effectifs, and not the directory's 60: 100 users for 600.
	for _, r := range f.rows(t, "/circonscription/"+string(toulouse)+"/comparaison.csv"+query) {
		if r["code"] == string(busy) && (r["eleves"] != "600" || r["utilisateurs_pour_100_eleves"] != "16,7") {
			t.Errorf("comparison: %v", r)
		}
	}
}
