package dashboards_test

import (
	"slices"
	"strings"
	"testing"
)

// attentionList: the circonscription's page begins with whom to call, each
// with its reason, and the same list is a page and files of its own.
func attentionList(t *testing.T, f *fixture) {
	path := "/circonscription/" + string(toulouse)
	p := f.page(t, path)
	if first := p.all("#contenu section")[0]; attr(first, "id") != "a-regarder" {
		t.Errorf("the page begins with %q", attr(first, "id"))
	}
	if got := p.text("#a-regarder .block-lead"); got != "Semaine du 16 novembre 2026, 6 écoles : 1 à appeler." {
		t.Errorf("lead %q", got)
	}
	want := [][]string{
		{"École maternelle des Tilleuls L'Haÿ-les-Bains", "Jamais commencé Aucune visite depuis la rentrée, soit 11 semaines de classe."},
		{"École élémentaire Jean-Jaurès Blagnac", "Débute Premières visites de l'année, semaine du 16 novembre 2026 ; 2 utilisateurs cette semaine."},
	}
	rows := p.all("#a-regarder tbody tr")
	if len(rows) != len(want) {
		t.Fatalf("%q", p.texts("#a-regarder tbody tr"))
	}
	for i, tr := range rows {
		if got := (page{t, tr}).texts("th, td"); !slices.Equal(got, want[i]) {
			t.Errorf("row %d: %q, want %q", i, got, want[i])
		}
	}
	if got := p.text("#a-regarder table + p, #a-regarder .table ~ .block-note"); !strings.HasPrefix(got, "4 autres écoles") {
		t.Errorf("after the list: %q", got)
	}
	j := formsAgree(t, f, path+"/attention")
	line := j.Tableaux["a_regarder"].Lignes[1]
	if line["code"] != string(exact) || line["utilisateurs"] != 2.0 || line["habitude"] != nil || line["motif"] != "Débute" || line["semaine"] != "2026-11-16" {
		t.Errorf("%v", line)
	}
	if w := f.get(t, "/dsden/031/attention"); w.Code != 400 || !strings.Contains(w.Body.String(), "celle d&#39;une circonscription") {
		t.Errorf("of a DSDEN: %d", w.Code)
	}
	if w := f.get(t, path+"/attention?du=2026-11-23&au=2026-11-24"); !strings.Contains(w.Body.String(), "il n&#39;y a rien à regarder") {
		t.Errorf("of a week that is not over: %d %s", w.Code, w.Body)
	}
}

// schoolMap: every school is a dot of one class, and the table counts the same.
func schoolMap(t *testing.T, f *fixture) {
	j := formsAgree(t, f, "/region/76/carte")
	total := 0.0
	for _, row := range j.Tableaux["carte"].Lignes {
		for _, class := range []string{"aucune_visite", "sous_q1", "entre_quartiles", "au_dessus_q3", "inconnu"} {
			total += row[class].(float64)
		}
	}
	p := f.page(t, "/region/76")
	dots := 0
	for _, path := range p.all(".map > svg path") {
		dots += strings.Count(attr(path, "d"), "h0")
	}
	// 12 schools, of which the lonely one and the eight busy ones have no coordinates.
	if total != 12 || dots != 3 || p.text(".map figcaption > p:last-child") != "9 écoles sans coordonnées n'y sont pas." {
		t.Errorf("%v schools, %d dots: %s", total, dots, p.text(".map figcaption"))
	}
	if alt := fold(attr(p.all(".map svg")[0], "aria-label")); alt != "Carte, Occitanie : 12 écoles, dont 2 sans aucune visite." {
		t.Errorf("text alternative %q", alt)
	}
}
