package dashboards_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas"
)

func comparison(t *testing.T, f *fixture) {
	for _, target := range []string{
		"/dsden/031/comparaison", "/region/76/comparaison", "/region/76/comparaison?detail=circonscriptions&tri=visites",
		"/circonscription/" + string(toulouse) + "/comparaison?profil=ELEVE",
		"/dsden/031/comparaison?service=NOTES&profil=ELEVE", "/dsden/031/comparaison?taille=100-199&detail=ecoles",
		"/dsden/031/comparaison?nature=151&ep=hors&rpi=non", "/academie/16/comparaison?du=2026-10-26&au=2026-11-22",
	} {
		t.Run(target, func(t *testing.T) { formsAgree(t, f, target) })
	}
	j := formsAgree(t, f, "/circonscription/"+string(toulouse)+"/comparaison?du=2026-11-16&au=2026-11-22")
	rows := j.Tableaux["comparaison"].Lignes
	byName := map[string]map[string]any{}
	for _, r := range rows {
		byName[r["ligne"].(string)+" "+r["nom"].(string)] = r
	}
	// 2 users of the 120 pupils' school in one week; the silent school has none.
	school := byName["comparaison École élémentaire Jean-Jaurès"]
	if school["visites"] != 3.0 || school["utilisateurs_semaine_moyenne"] != 2.0 || school["utilisateurs_pour_100_eleves"] != 1.7 || school["duree_moyenne_s"] != 180.0 || school["active"] != "oui" {
		t.Errorf("the exact school: %v", school)
	}
	if s := byName["comparaison École maternelle des Tilleuls"]; s["visites"] != 0.0 || s["utilisateurs_pour_100_eleves"] != 0.0 || s["evolution"] != nil || s["duree_moyenne_s"] != nil || s["active"] != "non" {
		t.Errorf("the silent school: %v", s)
	}
	// The territory and the level above say what their own pages say.
	for line, path := range map[string]string{
		"ensemble Toulouse Centre": "/circonscription/" + string(toulouse), "reference Haute-Garonne": "/dsden/031",
	} {
		want := f.page(t, path+"?du=2026-11-16&au=2026-11-22")
		for column, code := range map[string]string{"visites": "visites", "utilisateurs_semaine_moyenne": "utilisateurs_semaine_moyenne"} {
			if got := asWritten(byName[line][column]); !slices.Contains(got, want.text(`.figure-value[data-code="`+code+`"]`)) {
				t.Errorf("%s, %s: %v, its page says %s", line, column, byName[line][column], want.text(`.figure-value[data-code="`+code+`"]`))
			}
		}
	}
	// The sum over the schools is the territory.
	sum := 0.0
	for _, r := range rows {
		if r["ligne"] == "comparaison" {
			sum += r["visites"].(float64)
		}
	}
	if sum != byName["ensemble Toulouse Centre"]["visites"] {
		t.Errorf("schools add up to %v", sum)
	}
	sorting(t, f)
	filtering(t, f)
	for target, says := range map[string]string{
		"/ecole/" + string(exact) + "/comparaison":           "Une école ne se compare pas",
		"/dsden/031/comparaison?detail=academies":            "n'est pas un détail de ce territoire",
		"/dsden/031/comparaison?tri=couleur":                 "n'est pas un tri",
		"/dsden/031/comparaison?sens=haut":                   "croissant ou decroissant",
		"/dsden/031/comparaison?taille=12":                   "n'est pas une valeur de « taille »",
		"/dsden/031/comparaison?service=CANTINE":             "n'est pas un service",
		"/dsden/031/comparaison?page=0":                      "numéro de page",
		"/dsden/031/comparaison.csv?tableau=profils":         "n'est pas un tableau de cette page",
		"/dsden/031/comparaison?du=2027-01-04&au=2027-01-10": "Aucune semaine n'a commencé",
	} {
		if w := f.get(t, target); w.Code != 400 || !strings.Contains(strings.ReplaceAll(w.Body.String(), "&#39;", "'"), says) {
			t.Errorf("%s: %d, want 400 and %q", target, w.Code, says)
		}
	}
	if w := f.get(t, "/dsden/999/comparaison"); w.Code != 404 {
		t.Errorf("an unknown territory: %d", w.Code)
	}
}

// sorting: each head leads to its order, and again to the other one.
func sorting(t *testing.T, f *fixture) {
	path := "/circonscription/" + string(toulouse) + "/comparaison"
	p := f.page(t, path)
	if got := p.texts("#comparaison th[aria-sort]"); !slices.Equal(got, []string{"Pour 100 élèves : trier"}) {
		t.Errorf("sorted by %q, want the rate", got)
	}
	for _, a := range p.all("#comparaison thead a") {
		href := attr(a, "href")
		once := f.page(t, href)
		again := once.all(`#comparaison th[aria-sort] a`)
		if len(again) != 1 || textOf(again[0]) != textOf(a) {
			t.Fatalf("%s does not sort by its column", href)
		}
		first := once.texts("#comparaison tbody th")
		second := f.page(t, attr(again[0], "href")).texts("#comparaison tbody th")
		slices.Sort(first)
		slices.Sort(second)
		if !slices.Equal(first, second) {
			t.Errorf("%s: other schools in the other order", href)
		}
	}
	names := f.page(t, path+"?tri=nom").texts("#comparaison tbody th")
	if !slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(dashboards.Fold(a), dashboards.Fold(b)) }) || len(names) != 6 {
		t.Errorf("by name: %q", names)
	}
	visits := f.page(t, path+"?tri=visites&sens=croissant").texts("#comparaison tbody th")
	if visits[0] != "École maternelle des Tilleuls" {
		t.Errorf("fewest visits first: %q", visits)
	}
}

// filtering: the filter is the address, and keeps only what it says.
func filtering(t *testing.T, f *fixture) {
	p := f.page(t, "/dsden/031/comparaison?detail=ecoles&nature=101")
	if got := p.texts("#comparaison tbody th"); !slices.Equal(got, []string{"École maternelle des Tilleuls"}) {
		t.Errorf("kindergartens: %q", got)
	}
	if got := p.text("#objet"); !strings.HasPrefix(got, "1 école ; école maternelle.") {
		t.Errorf("lead %q", got)
	}
	if got := attr(p.all("#filtre-nature option[selected]")[0], "value"); got != "101" {
		t.Errorf("the form lost the filter: %q", got)
	}
	if got := f.page(t, "/dsden/031/comparaison?detail=ecoles&ep=rep").text("#comparaison"); !strings.Contains(got, "Aucune école de ce territoire ne correspond") {
		t.Errorf("nothing found says %q", got)
	}
	all := f.page(t, "/dsden/031/comparaison?detail=ecoles").row("comparaison", "École primaire Jules-Ferry")
	pupils := f.page(t, "/dsden/031/comparaison?detail=ecoles&profil=ELEVE").row("comparaison", "École primaire Jules-Ferry")
	if all[3] == pupils[3] {
		t.Errorf("the profile changes nothing: %q", pupils)
	}
}

// A long list is drawn by its two ends, and the text alternative says how many
// are between; a longer one has a table and a chart for each end.
func TestBothEndsOfALongList(t *testing.T) {
	for extra, want := range map[int][]int{39: {41}, 70: {20, 20}} { // with the six schools of the territory
		s := newStore(t)
		schools := directorySchools(2026)
		for i := range extra {
			more := schools[0]
			more.UAI, more.Name = schemas.MakeUAI(310200+i), fmt.Sprintf("École du hameau %02d", i)
			schools = append(schools, more)
		}
		must(t, s.ImportDirectory(t.Context(), 2026, "test", schools, directoryAbove()))
		load(t, s, exactEvents())
		p := serve(t, s, nil).page(t, "/circonscription/"+string(toulouse)+"/comparaison?tri=visites")
		var drawn []int
		for _, c := range p.all("#comparaison [data-chart], #dernieres [data-chart]") {
			var chart struct {
				YAxis []struct{ Data []string } `json:"yAxis"`
			}
			must(t, json.Unmarshal([]byte(attr(c, "data-chart")), &chart))
			drawn = append(drawn, len(chart.YAxis[0].Data))
		}
		if !slices.Equal(drawn, want) {
			t.Errorf("%d schools: %v bars, want %v", 6+extra, drawn, want)
		}
		alt := strings.ReplaceAll(attr(p.all("#comparaison [data-chart]")[0], "aria-label"), "\u00a0", " ")
		if extra == 39 && !strings.HasPrefix(alt, "Les 20 premières lignes et les 20 dernières ; le tableau a aussi 5 lignes entre elles. Visites : École élémentaire Jean-Jaurès en tête avec 3, ") {
			t.Errorf("the text alternative says %q", alt)
		}
	}
}
