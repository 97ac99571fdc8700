package dashboards_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas"
)

// mayorsPage: the figures are those of the statement, in words and in files.
func mayorsPage(t *testing.T, f *fixture) {
	p := f.page(t, "/collectivite/310069/fiche")
	if got, want := p.text(".fiche-says"), "Depuis la rentrée, les 2 écoles inscrites se sont servies de l'espace numérique de travail (ENT) : il a été ouvert 14 fois."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := p.text("h1"), "Collectivité 310069 Blagnac, L'Haÿ-les-Bains"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// 12 pupils in one of two weeks with visits, 1 in the other; 165 in both schools.
	if got, want := p.texts(".fiche-figures li"), []string{
		"2 écoles inscrites dont 2 avec au moins une visite", "14 visites depuis le 1er août 2026", "7 élèves par semaine en moyenne, sur 165 élèves",
		"90 € pour l'année 45 € par école, soit 6,43 € par visite",
	}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := p.row("ecoles", "École élémentaire"), []string{"École élémentaire Jean-Jaurès", "Blagnac", "120", "13", "16 novembre 2026"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := p.row("usages", "Élèves"), []string{"Élèves", "13", "92,9 %"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	formsAgree(t, f, "/collectivite/310069/fiche")
	slash := "/collectivite/Mairie%20de%20Bagn%C3%A8res%20%2F%20Sud/fiche"
	if got := f.page(t, slash).text(".fiche-says"); !strings.Contains(got, "l'école inscrite s'est servie") {
		t.Errorf("%q", got)
	}
	f.ok(t, strings.Replace(slash, "/fiche", "/fiche.csv", 1))
	if got := f.page(t, "/collectivite/340301/fiche").text(".fiche-says"); !strings.HasSuffix(got, "personne ne l'y a ouvert.") {
		t.Errorf("%q", got)
	}
	if !strings.Contains(f.logs.String(), `"what":"page for a collectivity","who":"","path":"/collectivite/310069/fiche","decision":"allowed"`) {
		t.Errorf("no line of the audit: %.500s", f.logs.String())
	}
	if links := f.page(t, "/collectivite/310069").all(`a[href="/collectivite/310069/fiche?annee=2026-2027"]`); len(links) != 1 {
		t.Errorf("%d links from the statement", len(links))
	}
}

// mayorsPageOfPart: a sheet of some of the schools says so, and is of no other.
func mayorsPageOfPart(t *testing.T, f *fixture) {
	g := serve(t, f.reader, func(c *dashboards.Config) { c.Access = told{} })
	school := person("ecole", schemas.Scope{Niveau: schemas.Ecole, Code: string(exact)})
	p := parse(t, g.as(t, school, "GET", "/collectivite/310069/fiche").Body.String())
	if got := p.texts("#ecoles tbody th"); !slices.Equal(got, []string{"École élémentaire Jean-Jaurès"}) {
		t.Errorf("schools %q", got)
	}
	if got := p.text("#lire li"); got != "Cette fiche ne porte que sur 1 école des 2 que la collectivité a inscrites : celles du territoire de qui l'a éditée." {
		t.Errorf("%q", got)
	}
	if w := g.as(t, school, "GET", "/collectivite/340301/fiche"); w.Code != 404 {
		t.Errorf("another's collectivity: %d", w.Code)
	}
}
