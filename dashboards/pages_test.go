package dashboards_test

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// TestPages seeds one engine for everything that only reads.
func TestPages(t *testing.T) {
	f := seeded(t)
	for name, test := range map[string]func(*testing.T, *fixture){
		"exact figures":            exactFigures,
		"profile filter":           profileFilter,
		"figures agree":            figuresAgree,
		"children":                 childrenListed,
		"golden files":             goldenFiles,
		"a school that moved":      movedSchool,
		"default year":             defaultYear,
		"bad requests":             badRequests,
		"hostile names":            hostileNames,
		"comparison":               comparison,
		"attention":                attentionList,
		"map":                      schoolMap,
		"views":                    detailViews,
		"tabs":                     tabs,
		"bilan":                    bilan,
		"workbook of a territory":  territoryWorkbook,
		"neighbourhood":            neighbourhood,
		"policy":                   policyHolds,
		"without a script":         withoutScript,
		"search":                   searching,
		"definitions":              definitions,
		"completeness":             completeness,
		"tagging":                  taggingForms,
		"tagging agrees":           taggingAgrees,
		"recounted":                recounted,
		"exports":                  exportsPage,
		"caching":                  caching,
		"observed":                 observed,
		"rights":                   rights,
		"refusals are logged":      refusalsAreLogged,
		"own lists only":           ownListsOnly,
		"every page in every form": everyForm,
	} {
		t.Run(name, func(t *testing.T) { test(t, f) })
	}
}

func exactFigures(t *testing.T, f *fixture) {
	p := f.page(t, "/ecole/"+string(exact))
	for selector, want := range map[string]string{
		"h1":                                 "École élémentaire Jean-Jaurès",
		`.figure-value[data-code="visites"]`: "3",
		`.figure-value[data-code="utilisateurs"]`:                 "2",
		`.figure-value[data-code="utilisateurs_semaine_moyenne"]`: "2",
		`.figure-value[data-code="duree_moyenne"]`:                "3 min 00 s",
		`.figure-value[data-code="ecoles_actives"]`:               "1",
		`.figure-value[data-code="pic"]`:                          "lundi, 8 h – 9 h",
		".facts":                                                  "UAI " + string(exact) + " · Ecole élémentaire · 31000 Blagnac · 120 élèves",
	} {
		if got := p.text(selector); got != want {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
	for _, tt := range []struct {
		block, row string
		want       []string
	}{
		{"evolution", "16 novembre 2026", []string{"16 novembre 2026", "3", "2", "3 min 00 s"}},
		{"evolution", "9 novembre 2026", []string{"9 novembre 2026", "0", "0", "–"}},
		{"evolution", "23 novembre 2026", []string{"23 novembre 2026 semaine en cours, inachevée", "0", "0", "–"}},
		{"profils", "Élèves", []string{"Élèves", "2", "66,7 %", "1", "4 min 30 s"}},
		{"profils", "Enseignants", []string{"Enseignants", "1", "33,3 %", "1", "1 min 30 s"}},
		{"profils", "Parents", []string{"Parents", "0", "0,0 %", "0", "–"}},
		{"services", "Notes", []string{"Notes", "1", "33,3 %", "1", "3 min 00 s"}},
		{"services", "Services de vie scolaire", []string{"Services de vie scolaire", "1", "33,3 %", "1", "1 min 30 s"}},
		{"services", "Actualités", []string{"Actualités", "1", "33,3 %", "1", "–"}},
		{"appareils", "Ensemble", []string{"Ensemble", "2 66,7 %", "1 33,3 %", "0 0,0 %", "0 0,0 %"}},
		{"appareils", "Enseignants", []string{"Enseignants", "1 100,0 %", "0 0,0 %", "0 0,0 %", "0 0,0 %"}},
		{"systemes", "Windows", []string{"Windows", "2", "66,7 %", "2", "3 min 00 s"}},
		{"navigateurs", "Chrome sur Android", []string{"Chrome sur Android", "1", "33,3 %", "1", "–"}},
		{"outils", `=PRONOTE;"`, []string{`=PRONOTE;"`, "1", "33,3 %", "1"}},
		{"moments", "18 h", []string{"18 h – 19 h", "0", "1", "0", "0", "0", "0", "0"}},
		{"moments", "8 h", []string{"8 h – 9 h", "1", "0", "0", "0", "0", "0", "0"}},
	} {
		if got := p.row(tt.block, tt.row); !slices.Equal(got[:min(len(got), len(tt.want))], tt.want) {
			t.Errorf("%s: %q, want %q", tt.block, got, tt.want)
		}
	}
	crumbs := p.texts(".crumbs li")
	if want := []string{"Région Occitanie", "Académie Toulouse", "DSDEN Haute-Garonne", "Circonscription Toulouse Centre", "École élémentaire Jean-Jaurès"}; !slices.Equal(crumbs, want) {
		t.Errorf("breadcrumb %q", crumbs)
	}
}

func profileFilter(t *testing.T, f *fixture) {
	p := f.page(t, "/ecole/"+string(exact)+"?profil=ELEVE")
	for selector, want := range map[string]string{
		`.figure-value[data-code="visites"]`:       "2",
		`.figure-value[data-code="utilisateurs"]`:  "1",
		`.figure-value[data-code="duree_moyenne"]`: "4 min 30 s",
		"#chiffre-ecoles_actives .fr-badge":        "Tous profils",
		"#chiffres .figures-period":                "année scolaire 2026-2027, élèves seulement",
	} {
		if got := p.text(selector); got != want {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
	if got := p.row("services", "Notes")[:3]; !slices.Equal(got, []string{"Notes", "1", "50,0 %"}) {
		t.Errorf("services of pupils: %q", got)
	}
	if n := len(p.all("#profils tbody tr")); n != 1 {
		t.Errorf("%d profiles listed, want the one asked for", n)
	}
	// What no profile can cut says so, counts all, and its file too.
	for _, id := range []string{"systemes", "navigateurs", "outils"} {
		if note := p.text("#" + id + " .block-note"); !strings.HasPrefix(note, "Tous profils") {
			t.Errorf("%s: %q", id, note)
		}
		for _, a := range p.all("#" + id + " .block-files a") {
			if href := attr(a, "href"); strings.Contains(href, "profil=") || f.get(t, href).Code != 200 {
				t.Errorf("%s: file %s", id, href)
			}
		}
	}
	if got := p.row("systemes", "Windows")[1]; got != "2" {
		t.Errorf("systems count %s visits, want the 2 of all profiles", got)
	}
}

// figuresAgree compares the page with its CSV and JSON, at every level.
func figuresAgree(t *testing.T, f *fixture) {
	for _, path := range []string{"/region/76", "/academie/16", "/dsden/031", "/circonscription/" + string(toulouse), "/ecole/" + string(hostile)} {
		for _, query := range []string{"", "?profil=PARENT", "?du=2026-09-07&au=2026-10-18", "?annee=2025-2026"} {
			t.Run(path+query, func(t *testing.T) {
				p := f.page(t, path+query)
				sum := map[string]int{}
				for _, r := range f.rows(t, path+".csv"+query) {
					for _, c := range []string{"visites", "utilisateurs", "duree_totale_s", "visites_avec_duree"} {
						n, err := strconv.Atoi(r[c])
						must(t, err)
						sum[c] += n
					}
				}
				visits := strings.ReplaceAll(p.text(`.figure-value[data-code="visites"]`), " ", "")
				if visits != strconv.Itoa(sum["visites"]) {
					t.Errorf("page %s visits, CSV %d", visits, sum["visites"])
				}
				var j struct {
					Indicateurs []struct {
						Code, Unite string
						Valeur      *float64
					}
					Cellules []struct{ Visites, Utilisateurs int }
				}
				f.json(t, path+".json"+query, &j)
				fromJSON := 0
				for _, c := range j.Cellules {
					fromJSON += c.Visites
				}
				if fromJSON != sum["visites"] {
					t.Errorf("JSON %d visits, CSV %d", fromJSON, sum["visites"])
				}
				for _, i := range j.Indicateurs {
					if i.Valeur == nil || i.Code == "pic" {
						continue
					}
					want := shown(i.Code, i.Unite, *i.Valeur, p.text(`.figure-value[data-code="`+i.Code+`"]`))
					if got := p.text(`.figure-value[data-code="` + i.Code + `"]`); got != want {
						t.Errorf("%s: page %q, JSON %q", i.Code, got, want)
					}
				}
				agreeOn(t, f, p, path, query, "profil", "profils")
				agreeOn(t, f, p, path, query, "service", "services")
			})
		}
	}
}

// shown is a number of the JSON as the page writes it, by its unit; what a page
// answers with yes or no is 1 or 0 in the JSON.
func shown(code, unit string, n float64, onPage string) string {
	decimal := func(digits int) string { return strings.ReplaceAll(strconv.FormatFloat(n, 'f', digits, 64), ".", ",") }
	var text string
	switch {
	case onPage == "oui" || onPage == "non":
		return map[float64]string{0: "non", 1: "oui"}[n]
	case code == "duree_moyenne":
		text = dashboards.Duree(uint64(n))
	case unit == "%":
		text = decimal(1) + " %"
	case unit == "€":
		text = decimal(2) + " €"
	default:
		text = dashboards.Entier(uint64(n))
	}
	return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)
}

// agreeOn compares the table of a block with the CSV of its axis.
func agreeOn(t *testing.T, f *fixture, p page, path, query, axe, block string) {
	t.Helper()
	sep := "?"
	if query != "" {
		sep = "&"
	}
	sums := map[string][2]int{}
	for _, r := range f.rows(t, path+".csv"+query+sep+"axe="+axe) {
		visits, _ := strconv.Atoi(r["visites"])
		users, _ := strconv.Atoi(r["utilisateurs"])
		label := schemas.Axe(axe).Label(r["modalite"])
		sums[label] = [2]int{sums[label][0] + visits, sums[label][1] + users}
	}
	rows := p.all("#" + block + " tbody tr")
	if len(rows) < len(sums) {
		t.Errorf("%s: %d rows on the page, %d in the CSV", block, len(rows), len(sums))
	}
	for _, tr := range rows {
		cells := page{t, tr}.texts("th, td")
		got := [2]string{strings.ReplaceAll(cells[1], " ", ""), strings.ReplaceAll(cells[3], " ", "")}
		if want := sums[cells[0]]; got != [2]string{strconv.Itoa(want[0]), strconv.Itoa(want[1])} {
			t.Errorf("%s, %s: page %v, CSV %v", block, cells[0], got, want)
		}
	}
}

func childrenListed(t *testing.T, f *fixture) {
	p := f.page(t, "/circonscription/"+string(toulouse))
	if got := p.row("territoires", "École maternelle des Tilleuls"); !slices.Equal(got[:7], []string{"École maternelle des Tilleuls", "L'Haÿ-les-Bains", "45", "0", "–", "–", "non"}) {
		t.Errorf("the silent school: %q", got)
	}
	if got := p.row("territoires", "École élémentaire Jean-Jaurès"); !slices.Equal(got[:7], []string{"École élémentaire Jean-Jaurès", "Blagnac", "120", "3", "2", "3 min 00 s", "oui"}) {
		t.Errorf("the exact school: %q", got)
	}
	if note := p.text("#territoires .block-note"); note != "1 ligne sans aucune visite dans la période." {
		t.Errorf("note %q", note)
	}
	// A DSDEN lists its circonscriptions, its schools without one, and no collège without visits.
	p = f.page(t, "/dsden/031")
	names := p.texts("#comparaison tbody th")
	if want := []string{"Toulouse Rangueil", "Toulouse Centre", "Sans circonscription"}; !slices.Equal(names, want) {
		t.Errorf("circonscriptions of the DSDEN %q, want %q", names, want)
	}
	if got := p.row("comparaison", "Toulouse Centre"); got[1] != "6" || got[8] != "5" {
		t.Errorf("%q: want 5 active schools of 6", got)
	}
	p = f.page(t, "/region/76")
	if got := p.texts("#comparaison tbody th"); !slices.Equal(got, []string{"Haute-Garonne", "Hérault"}) {
		t.Errorf("a region lists its DSDEN, got %q", got)
	}
	// Each line leads to a page that says the same, for the same period.
	sum := 0
	for _, a := range p.all("#comparaison tbody th a") {
		n, err := strconv.Atoi(strings.ReplaceAll(f.page(t, attr(a, "href")).text(`.figure-value[data-code="visites"]`), " ", ""))
		must(t, err)
		sum += n
	}
	if total := strings.ReplaceAll(p.text(`.figure-value[data-code="visites"]`), " ", ""); total != strconv.Itoa(sum) {
		t.Errorf("the region has %s visits, its DSDEN %d", total, sum)
	}
	// The pupils that the directory does not know are unknown, not 0.
	if facts := f.page(t, "/ecole/"+string(lonely)).text(".facts"); !strings.Contains(facts, "nombre d'élèves inconnu") || !strings.Contains(facts, "sans circonscription") {
		t.Errorf("facts %q", facts)
	}
	child := p.all("#comparaison tbody a")[0]
	if attr(child, "href") != "/dsden/031" {
		t.Errorf("link %s", attr(child, "href"))
	}
	dated := f.page(t, "/region/76?du=2026-09-07&au=2026-10-18&profil=ELEVE").all("#comparaison tbody a")[0]
	if u, err := url.Parse(attr(dated, "href")); err != nil || u.Query().Encode() != "au=2026-10-18&du=2026-09-07&profil=ELEVE" {
		t.Errorf("the link %s lost the period or the profile", attr(dated, "href"))
	}
}

func goldenFiles(t *testing.T, f *fixture) {
	week := "du=2026-11-16&au=2026-11-22"
	for name, target := range map[string]string{
		"ecole.csv":                  "/ecole/" + string(exact) + ".csv?" + week,
		"ecole-jour-profil.csv":      "/ecole/" + string(exact) + ".csv?" + week + "&grain=jour&axe=profil",
		"ecole-service.csv":          "/ecole/" + string(exact) + ".csv?" + week + "&axe=service",
		"ecole-outil.csv":            "/ecole/" + string(exact) + ".csv?" + week + "&axe=outil",
		"ecole-profil-appareil.csv":  "/ecole/" + string(exact) + ".csv?" + week + "&axe=profil-appareil",
		"ecole-frequence.csv":        "/ecole/" + string(exact) + ".csv?" + week + "&axe=frequence",
		"ecole-moments.csv":          "/ecole/" + string(exact) + ".csv?" + week + "&axe=moments",
		"region-enfants.csv":         "/region/76.csv?" + week + "&detail=enfants",
		"academie-ecoles.csv":        "/academie/11.csv?" + week + "&detail=ecoles",
		"circonscription-eleves.csv": "/circonscription/" + string(toulouse) + ".csv?" + week + "&detail=ecoles&profil=ELEVE",
		"dnma-profils.csv":           "/exports/dnma/profils.csv?semaine=2026-11-16",
		"dnma-services.csv":          "/exports/dnma/services.csv?semaine=2026-11-16",
		"dnma-appareils.csv":         "/exports/dnma/appareils.csv?semaine=2026-11-16",
		"dnma-profils-appareils.csv": "/exports/dnma/profils-appareils.csv?semaine=2026-11-16",
		"recherche.csv":              "/recherche.csv?q=toulouse",
		"exports.csv":                "/exports.csv?semaine=2026-11-16",
	} {
		got := f.ok(t, target)
		file := filepath.Join("testdata", name)
		if *update {
			must(t, os.MkdirAll("testdata", 0o755))
			must(t, os.WriteFile(file, []byte(got), 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		must(t, err)
		if got != string(want) {
			t.Errorf("%s differs from %s (run: go test ./dashboards -run TestPages -update):\n%s", target, file, got)
		}
	}
}

// The school was in another circonscription last year: a past figure is in
// the territory of its year.
func movedSchool(t *testing.T, f *fixture) {
	last := "?annee=2025-2026"
	for path, want := range map[string]string{
		"/circonscription/" + string(rangueil): "1",
		"/circonscription/" + string(toulouse): "0",
		"/ecole/" + string(exact):              "1",
	} {
		if got := f.page(t, path+last).text(`.figure-value[data-code="visites"]`); got != want {
			t.Errorf("%s%s: %s visits, want %s", path, last, got, want)
		}
	}
	crumbs := f.page(t, "/ecole/"+string(exact)+last).texts(".crumbs a")
	if !slices.Contains(crumbs, "Circonscription Toulouse Rangueil") {
		t.Errorf("breadcrumb of last year %q", crumbs)
	}
	// A period over both years takes each year's own territory.
	both := f.page(t, "/circonscription/"+string(rangueil)+"?du=2026-05-04&au=2026-11-24")
	if got := both.row("territoires", "École élémentaire Jean-Jaurès")[3]; got != "1" {
		t.Errorf("the school that left has %s visits here, want last year's 1", got)
	}
}

func defaultYear(t *testing.T, f *fixture) {
	p := f.page(t, "/region/76")
	if got := p.text("#annee option[selected]"); got != "2026-2027" {
		t.Errorf("year %q", got)
	}
	if options := p.texts("#annee option"); !slices.Equal(options, []string{"2026-2027", "2025-2026"}) {
		t.Errorf("years %q: want those that have figures", options)
	}
	for _, n := range p.texts(".notice") {
		if strings.Contains(n, "aucune visite") {
			t.Errorf("notice %q", n)
		}
	}
}

func badRequests(t *testing.T, f *fixture) {
	school := "/ecole/" + string(exact)
	for _, tt := range []struct {
		target   string
		status   int
		sentence string
	}{
		{"/region/99", 404, "ne connaît pas « Région 99 »"},
		{"/ecole/0310001A", 404, "ne connaît pas « École 0310001A »"},
		{"/ecole/" + string(stranger), 404, "ne connaît pas"},
		{"/dsden/31", 404, "ne connaît pas « DSDEN 31 »"},
		{"/nulle-part", 404, "Il n'y a pas de page à cette adresse"},
		{"/region/76?du=2026-13-01&au=2026-10-18", 400, "« 2026-13-01 » n'est pas une date"},
		{"/region/76?du=2026-09-07", 400, "Une période a deux bornes"},
		{"/region/76?du=2026-10-18&au=2026-09-07", 400, "avant de commencer"},
		{"/region/76?du=2020-01-01&au=2026-09-07", 400, "demandez-en 1098 au plus"},
		{"/region/76?du=2026-11-17&au=2026-11-19", 400, "Aucune semaine n'a commencé"},
		{"/region/76?du=2027-01-04&au=2027-01-10", 400, "Aucune semaine n'a commencé"},
		{"/region/76?annee=2026-2028", 400, "n'est pas une année scolaire"},
		{"/region/76?annee=2027-2028", 400, "n'a pas encore commencé"},
		{"/region/76?profil=DIRECTEUR", 400, "« DIRECTEUR » n'est pas un profil"},
		{"/region/76?comparer=hier", 400, "« hier » n'est pas une comparaison"},
		{"/region/76?comparer=annee-precedente", 200, "Pas de comparaison : le calendrier scolaire 2026-2027 n'est pas connu"},
		{"/region/76.csv?axe=genre", 400, "« genre » n'est pas un axe"},
		{"/region/76.csv?grain=mois", 400, "« mois » n'est pas un grain"},
		{"/region/76.csv?detail=classes", 400, "« classes » n'est pas un détail"},
		{school + ".csv?detail=ecoles", 400, "Une école n'a pas de détail"},
		{"/region/76.csv?axe=os&profil=ELEVE", 400, "n'est pas compté par profil"},
		{"/region/76.csv?axe=frequence&grain=jour", 400, "que par semaine"},
		{"/region/76.csv?grain=jour&detail=ecoles&du=2026-09-01&au=2026-10-18", 400, "31 jours au plus"},
		{"/region/76.csv?grain=jour&du=2025-01-01&au=2026-10-18", 400, "400 jours au plus"},
		{"/region/76.json?grain=jour&du=2025-01-01&au=2026-10-18", 400, "400 jours au plus"},
		{"/exports?semaine=2026-11-17", 400, "n'est pas un lundi"},
		{"/exports/dnma/profils.csv", 400, "Il faut la semaine"},
		{"/exports/dnma/profils.csv?semaine=hier", 400, "n'est pas une date"},
		{"/exports/dnma/profils.csv?semaine=2026-11-30", 400, "n'a pas encore commencé"},
		{"/exports/dnma/notes.csv?semaine=2026-11-16", 404, "pas d'export national"},
		{"/exports/dnma/profils.json?semaine=2026-11-16", 404, "pas d'export national"},
		{"/recherche?q=" + strings.Repeat("a", 101), 400, "100 caractères au plus"},
	} {
		w := f.get(t, tt.target)
		said := strings.ReplaceAll(w.Body.String(), "&#39;", "'")
		if w.Code != tt.status || !strings.Contains(said, tt.sentence) {
			t.Errorf("%s: %d, want %d with %q, got: %.300s", tt.target, w.Code, tt.status, tt.sentence, said)
		}
		if d := w.Header().Get("Content-Disposition"); d != "" {
			t.Errorf("%s: an error is offered as a file: %s", tt.target, d)
		}
		wantType := "text/html; charset=utf-8"
		switch path, _, _ := strings.Cut(tt.target, "?"); filepath.Ext(path) {
		case ".csv":
			wantType = "text/plain; charset=utf-8"
		case ".json":
			wantType = "application/json; charset=utf-8"
		}
		if got := w.Header().Get("Content-Type"); got != wantType {
			t.Errorf("%s: an error as %s, want %s", tt.target, got, wantType)
		}
	}
}

func hostileNames(t *testing.T, f *fixture) {
	p := f.page(t, "/ecole/"+string(hostile))
	if got := p.text("h1"); got != hostileName {
		t.Errorf("h1 %q, want the name as it is", got)
	}
	for _, path := range []string{"/ecole/" + string(hostile), "/circonscription/" + string(beziers), "/recherche?q=oeillets"} {
		for _, s := range f.page(t, path).all("script") {
			if attr(s, "src") == "" {
				t.Errorf("%s: a script within the page: %q", path, textOf(s))
			}
		}
	}
	row := f.rows(t, "/ecole/"+string(hostile)+".csv")[0]
	if row["nom"] != "'"+hostileName {
		t.Errorf("name in the CSV %q, want it after an apostrophe", row["nom"])
	}
	var j struct{ Territoire struct{ Nom string } }
	f.json(t, "/ecole/"+string(hostile)+".json", &j)
	if j.Territoire.Nom != hostileName {
		t.Errorf("name in the JSON %q", j.Territoire.Nom)
	}
	national := f.ok(t, "/exports/dnma/profils.csv?semaine=2026-11-16")
	if !strings.Contains(national, `;"Sète; ""le Port""";`) {
		t.Errorf("commune not quoted in the national file:\n%s", national)
	}
	q := `"><script>alert(1)</script>`
	p = f.page(t, "/recherche?q="+url.QueryEscape(q))
	if got := attr(p.all("#recherche")[0], "value"); got != q {
		t.Errorf("search box holds %q", got)
	}
}

// withoutScript: the table under each chart has every figure of the chart,
// the form works, each block is stamped and defined.
func withoutScript(t *testing.T, f *fixture) {
	p := f.page(t, "/region/76")
	for _, b := range p.all(".block") {
		block := page{t, b}
		id := attr(b, "id")
		if n := len(block.all("table tbody tr")); n == 0 {
			t.Errorf("%s: no table", id)
		}
		if c := block.all("[data-chart]"); len(c) > 0 {
			if alt := attr(c[0], "aria-label"); len(alt) < 20 || attr(c[0], "role") != "img" {
				t.Errorf("%s: text alternative %q", id, alt)
			}
			if len(block.all("table")) != 1 {
				t.Errorf("%s: a chart without its table", id)
			}
		}
		foot := block.text(".block-foot")
		for _, want := range []string{"du ", "Dernier événement compté le 24 novembre 2026", "rien en attente"} {
			if !strings.Contains(foot, want) {
				t.Errorf("%s: foot %q without %q", id, foot, want)
			}
		}
		if len(block.all(`.block-foot a[href^="/definitions#"]`)) == 0 || len(block.all(".block-files a")) < 2 {
			t.Errorf("%s: no definition, or no files", id)
		}
	}
	if n := len(p.all(".block")); n != 6 {
		t.Errorf("%d blocks, want 6", n)
	}
	for _, fig := range p.all(".figure") {
		figure := page{t, fig}
		if figure.text(".figure-label") == "" || figure.text(".figure-value") == "" || len(figure.all(`a[href^="/definitions#"]`)) != 1 {
			t.Errorf("figure without label, value or definition: %s", textOf(fig))
		}
	}
	// What the form sends when only the profile was changed.
	if w := f.get(t, "/region/76?annee=2026-2027&du=&au=&profil=ELEVE"); w.Code != 200 {
		t.Errorf("the form's own request: %d", w.Code)
	}
	if len(p.all(`form[role=search] input[name=q]`)) != 1 {
		t.Error("no search box")
	}
}
