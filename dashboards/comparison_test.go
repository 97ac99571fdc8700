package dashboards_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas"
)

// zoneC is the calendar of 2025-2026 and 2026-2027, as published.
func zoneC() []schemas.ZoneBreak {
	var breaks []schemas.ZoneBreak
	add := func(name string, first, resume schemas.Day) {
		breaks = append(breaks, schemas.ZoneBreak{Zone: "C", Population: "-", Break: schemas.Break{Name: name, First: first, Resume: resume}})
	}
	d := schemas.DateDay
	add("Vacances d'Été", d(2025, 7, 5), d(2025, 9, 1))
	add("Vacances de la Toussaint", d(2025, 10, 18), d(2025, 11, 3))
	add("Vacances de Noël", d(2025, 12, 20), d(2026, 1, 5))
	add("Vacances d'Hiver", d(2026, 2, 21), d(2026, 3, 9))
	add("Vacances de Printemps", d(2026, 4, 18), d(2026, 5, 4))
	add("Vacances d'Été", d(2026, 7, 4), d(2026, 9, 1))
	add("Vacances de la Toussaint", d(2026, 10, 17), d(2026, 11, 2))
	add("Vacances de Noël", d(2026, 12, 19), d(2027, 1, 4))
	add("Vacances d'Hiver", d(2027, 2, 6), d(2027, 2, 22))
	add("Vacances de Printemps", d(2027, 4, 3), d(2027, 4, 19))
	add("Début des Vacances d'Été", d(2027, 7, 3), 0)
	return breaks
}

// visitsOn are n visits of n persons in a school on a day.
func visitsOn(u schemas.UAI, day schemas.Day, n int) []schemas.Event {
	var events []schemas.Event
	for i := range n {
		e := exactEvents()[0]
		e.UAI, e.TS, e.Visitor = u, at(day, 9, i, 0), schemas.Visitor(100+i)
		events = append(events, e)
	}
	return events
}

// twoYears is the pages over a school with a few visits in two years: in
// school weeks 8 and 9, in the autumn break, and in the running week 11.
func twoYears(t *testing.T) *fixture {
	t.Helper()
	s := newStore(t)
	ctx := context.Background()
	for _, year := range []schemas.SchoolYear{2025, 2026} {
		must(t, s.ImportDirectory(ctx, year, "test", directorySchools(year), directoryAbove()))
	}
	must(t, s.ImportCalendar(ctx, "test", zoneC()))
	d := schemas.DateDay
	load(t, s, slices.Concat(
		visitsOn(exact, d(2025, 11, 3), 2), visitsOn(exact, d(2025, 11, 10), 4), // weeks 8 and 9 of 2025-2026
		visitsOn(exact, d(2026, 10, 20), 5),                                    // the break
		visitsOn(exact, d(2026, 11, 2), 3), visitsOn(exact, d(2026, 11, 9), 1), // weeks 8 and 9
		visitsOn(exact, d(2026, 11, 23), 6), // week 11, not over
	))
	return serveStore(t, s, func(c *dashboards.Config) { c.Rules.Zone = "C" })
}

func TestTwoYears(t *testing.T) {
	t.Parallel()
	f := twoYears(t)
	t.Run("same school week of the year before", func(t *testing.T) { sameSchoolWeek(t, f) })
	t.Run("the perimeter changed", func(t *testing.T) { perimeterChanged(t, f) })
	t.Run("unknown calendar", func(t *testing.T) { unknownCalendar(t, f) })
}

func sameSchoolWeek(t *testing.T, f *fixture) {
	if got := f.page(t, "/bilan/2026-2027/ecole/"+string(exact)).texts("#chiffres thead th"); len(got) != 4 {
		t.Errorf("the document of the year has the columns %q, want the year before, too", got)
	}
	p := f.page(t, "/ecole/"+string(exact)+"?comparer=annee-precedente")
	for _, tt := range []struct {
		week string
		want []string
	}{
		{"2 novembre 2026", []string{"2 novembre 2026 semaine scolaire 8", "3", "3", "–", "2 3 novembre 2025", "+50,0 %"}},
		{"9 novembre 2026", []string{"9 novembre 2026 semaine scolaire 9", "1", "1", "–", "4 10 novembre 2025", "−75,0 %"}},
		{"16 novembre 2026", []string{"16 novembre 2026 semaine scolaire 10", "0", "0", "–", "0 17 novembre 2025", "–"}},
		{"23 novembre 2026", []string{"23 novembre 2026 semaine scolaire 11 ; semaine en cours, inachevée", "6", "6", "–", "–", "–"}},
		{"19 octobre 2026", []string{"19 octobre 2026 vacances de la Toussaint", "5", "5", "–", "– semaine sans classe", "–"}},
		{"12 octobre 2026", []string{"12 octobre 2026 semaine scolaire 7", "0", "0", "–", "– antérieure aux premiers chiffres", "–"}},
		{"3 août 2026", []string{"3 août 2026 vacances d'Été", "0", "0", "–", "– semaine sans classe", "–"}},
	} {
		if got := p.row("evolution", tt.week); !slices.Equal(got, tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	// Three weeks compare: 8, 9 and 10. The break and the running week do not.
	if got, want := p.text("#chiffre-visites .figure-compare"), "−33,3 % : 4 contre 6, mêmes 3 semaines scolaires de l'année précédente"; got != want {
		t.Errorf("visits: %q, want %q", got, want)
	}
	if got, want := p.text("#chiffre-utilisateurs .figure-compare"), "– : 0 contre 0, semaine du 17 novembre 2025"; got != want {
		t.Errorf("users: %q, want %q", got, want)
	}
	if got := strings.Join(p.texts(".notice"), "\n"); !strings.Contains(got, "3 semaines comparées sur") ||
		!strings.Contains(got, "les mêmes écoles publiques en 2025-2026 et en 2026-2027 (1)") {
		t.Errorf("notices: %s", got)
	}
	if got := p.text("#evolution .chart[aria-label*='grisées']"); got != "" {
		t.Errorf("the chart: %q", got)
	}

	// The file of the block has the same weeks.
	rows := f.rows(t, "/ecole/"+string(exact)+".csv?axe=comparaison&du=2026-10-12&au=2026-11-24")
	var got []string
	for _, r := range rows {
		got = append(got, strings.Join([]string{r["semaine"], r["semaine_scolaire"], r["visites"], r["semaine_precedente"], r["visites_precedent"], r["remarque"]}, " "))
	}
	want := []string{
		"2026-10-12 7 0   antérieure aux premiers chiffres", "2026-10-19  5   semaine sans classe", "2026-10-26  0   semaine sans classe",
		"2026-11-02 8 3 2025-11-03 2 ", "2026-11-09 9 1 2025-11-10 4 ", "2026-11-16 10 0 2025-11-17 0 ", "2026-11-23 11 6   semaine en cours, inachevée",
	}
	if !slices.Equal(got, want) {
		t.Errorf("CSV:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var body struct {
		Indicateurs []struct {
			Code  string  `json:"code"`
			Avant *uint64 `json:"annee_precedente"`
		} `json:"indicateurs"`
		Semaines []struct {
			Semaine string  `json:"semaine"`
			Avant   *uint64 `json:"visites_precedent"`
		} `json:"semaines"`
	}
	f.json(t, "/ecole/"+string(exact)+".json?comparer=annee-precedente&axe=comparaison", &body)
	if body.Indicateurs[0].Code != "visites" || body.Indicateurs[0].Avant == nil || *body.Indicateurs[0].Avant != 6 {
		t.Errorf("JSON: %+v", body.Indicateurs[0])
	}
	if n := len(body.Semaines); n == 0 || body.Semaines[n-1].Avant != nil || body.Semaines[n-2].Avant == nil {
		t.Errorf("JSON: %+v", body.Semaines)
	}
}

// A school that moved is counted in each year where it was then.
func perimeterChanged(t *testing.T, f *fixture) {
	for circo, want := range map[schemas.UAI]string{
		toulouse: "Le périmètre a changé : 5 écoles publiques en 2025-2026, 6 en 2026-2027 ; 1 venue d'un autre territoire. Chaque année est comptée avec ses propres écoles.",
		rangueil: "Le périmètre a changé : 5 écoles publiques en 2025-2026, 4 en 2026-2027 ; 1 passée dans un autre territoire. Chaque année est comptée avec ses propres écoles.",
	} {
		p := f.page(t, "/circonscription/"+string(circo)+"?comparer=annee-precedente")
		if got := p.texts(".notice"); !slices.Contains(got, want) {
			t.Errorf("%s: notices %q, want %q", circo, got, want)
		}
	}
	// The six visits of 2025-2026 stay where the school was.
	p := f.page(t, "/circonscription/"+string(toulouse)+"?comparer=annee-precedente")
	if got, want := p.text("#chiffre-visites .figure-compare"), "– : 4 contre 0, mêmes 3 semaines scolaires de l'année précédente"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// In the DSDEN nothing moved, and its children evolve.
	p = f.page(t, "/dsden/031?comparer=annee-precedente")
	if row := p.row("territoires", "Toulouse Rangueil"); row[len(row)-1] != "−100,0 %" {
		t.Errorf("children: %q", row)
	}
}

// A year whose calendar is not published compares with nothing, and says so.
func unknownCalendar(t *testing.T, f *fixture) {
	later := serve(t, f.reader, func(c *dashboards.Config) {
		c.Rules.Zone = "C"
		c.Clock = func() time.Time { return time.Date(2027, time.September, 20, 10, 0, 0, 0, schemas.Paris) }
	})
	p := later.page(t, "/ecole/"+string(exact)+"?annee=2027-2028&comparer=annee-precedente")
	if got := strings.Join(p.texts(".notice"), "\n"); !strings.Contains(got, "Pas de comparaison : le calendrier scolaire 2027-2028 n'est pas connu.") {
		t.Errorf("notices: %s", got)
	}
	if got := p.texts("#evolution .block-note"); !slices.Contains(got, "Calendrier scolaire 2027-2028 inconnu : ni vacances ni numéros de semaine.") {
		t.Errorf("notes: %q", got)
	}
	row := p.row("evolution", "6 septembre 2027")
	if want := []string{"6 septembre 2027", "0", "0", "–", "– calendrier scolaire inconnu", "–"}; !slices.Equal(row, want) {
		t.Errorf("%q, want %q", row, want)
	}
	if got := p.text("#chiffre-visites .figure-compare"); got != "pas de comparaison possible avec l'année précédente" {
		t.Errorf("visits: %q", got)
	}
	if got := p.text("#chiffre-utilisateurs .figure-compare"); got != "pas de comparaison : calendrier scolaire inconnu" {
		t.Errorf("users: %q", got)
	}
}
