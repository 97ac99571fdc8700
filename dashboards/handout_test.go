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

// What is withheld takes the share of a line no further than the weeks that are
// shown: neither visits nor shares are of weeks that one may not see.
func TestSharesOfShownWeeks(t *testing.T) {
	s := newStoreOf(t, 5)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	must(t, s.ImportEnrolments(t.Context(), "test", map[schemas.SchoolYear][]schemas.Enrolment{2026: {{UAI: exact, Collectivite: "310069"}}}))
	var events []schemas.Event
	come := func(week schemas.Week, p schemas.Profil, n int) {
		before := schemas.Visitor(len(events))
		for _, e := range visitsOn(exact, week.Monday(), n) {
			e.Profil, e.Visitor = p, e.Visitor+before
			events = append(events, e)
		}
	}
	come(exactWeek, schemas.Eleve, 30)
	come(exactWeek, schemas.Parent, 10)
	come(exactWeek.Previous(), schemas.Eleve, 20)
	come(exactWeek.Previous(), schemas.Parent, 8)
	come(exactWeek.Previous(), schemas.Enseignant, 2) // hides itself, and the parents with it
	load(t, s, events)
	f := serveStore(t, s, nil)
	p := f.page(t, "/collectivite/310069/fiche")
	for _, want := range [][]string{
		{"Élèves", "50", "71,4 %"},                         // of the 70 visits of both weeks
		{"Parents", "10 sans 1 semaine masquée", "25,0 %"}, // of the 40 visits of the one
		{"Enseignants", "masqué", "masqué"},
	} {
		if got := p.row("usages", want[0]); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	rows := f.rows(t, "/collectivite/310069/fiche.csv?tableau=profils")
	if len(rows) != 3 || rows[1]["part"] != "25,0" || rows[1]["semaines_masquees"] != "1" || rows[2]["visites"] != "" || rows[2]["part"] != "" {
		t.Errorf("CSV %v", rows)
	}
	if got := p.text("#lire"); !strings.Contains(got, "les parts sont ceux des semaines montrées") {
		t.Errorf("the page does not say of which weeks: %q", got)
	}
}
