package dashboards_test

import (
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
