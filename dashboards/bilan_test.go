package dashboards_test

import (
	"slices"
	"testing"
)

// bilan: the document says what the pages say, in every form.
func bilan(t *testing.T, f *fixture) {
	if w := f.get(t, "/bilan/2026-2027"); w.Code != 302 || w.Header().Get("Location") != "/bilan/2026-2027/region/76" {
		t.Errorf("the year's address leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := f.get(t, "/bilan/2026-2027.csv"); w.Code != 302 || w.Header().Get("Location") != "/bilan/2026-2027/region/76.csv" {
		t.Errorf("its file leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	for _, target := range []string{"/bilan/2026-2027/region/76", "/bilan/2025-2026/ecole/" + string(exact)} {
		formsAgree(t, f, target)
	}
	p := f.page(t, "/bilan/2026-2027/region/76")
	region := f.page(t, "/region/76?annee=2026-2027")
	visits := region.text(`.figure-value[data-code="visites"]`)
	want := "Depuis la rentrée de l'année scolaire 2026-2027 et jusqu'au 24 novembre 2026, l'ENT a reçu " + visits + " visites dans « Occitanie », de " +
		region.text(`.figure-value[data-code="utilisateurs_semaine_moyenne"]`) + " utilisateurs par semaine en moyenne. La dernière semaine complète, 10 écoles ont été actives, pour 12 écoles publiques ouvertes."
	if got := p.text(".bilan-sentence"); got != want {
		t.Errorf("cover\n%s, want\n%s", got, want)
	}
	if got := p.row("chiffres", "Visites")[1]; got != visits {
		t.Errorf("%s visits, the region's page says %s", got, visits)
	}
	if got := p.texts("#chiffres thead th"); !slices.Equal(got, []string{"Indicateur", "Valeur", "Précision"}) {
		t.Errorf("nothing compares, and the columns are %q", got)
	}
	if got := f.page(t, "/bilan/2025-2026/ecole/"+string(exact)).text(".bilan-sentence"); got != "Pendant l'année scolaire 2025-2026, l'ENT a reçu 1 visite dans « École élémentaire Jean-Jaurès », de 1 utilisateur par semaine en moyenne." {
		t.Errorf("last year's cover: %q", got)
	}
	for target, status := range map[string]int{"/bilan/2027-2028/region/76": 400, "/bilan/2026/region/76": 400, "/bilan/2026-2027/region/99": 404} {
		if w := f.get(t, target); w.Code != status {
			t.Errorf("%s: %d, want %d", target, w.Code, status)
		}
	}
}
