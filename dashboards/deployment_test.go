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

var busy = schemas.MakeUAI(busyFirst)

// by gives events a profile, and visitors of their own.
func by(p schemas.Profil, events []schemas.Event) []schemas.Event {
	for i := range events {
		events[i].Profil = p
		events[i].Visitor += schemas.Visitor(1000 * len(p))
	}
	return events
}

// deployed is the pages over five enrolled schools. In the last complete week
// the exact school has 12 of its 120 pupils and a teacher, the busy one 5 of 60
// pupils and nobody else, the lonely one, whose number of pupils nobody knows,
// 30 pupils and a parent. The silent one came once, before the last four school
// weeks; the hostile one never.
func deployed(t *testing.T) *fixture {
	t.Helper()
	s := newStore(t)
	ctx := context.Background()
	must(t, s.ImportDirectory(ctx, 2026, "test", directorySchools(2026), directoryAbove()))
	must(t, s.ImportCalendar(ctx, "test", zoneC()))
	d := schemas.DateDay
	must(t, s.ImportEnrolments(ctx, "test", map[schemas.SchoolYear][]schemas.Enrolment{2026: {
		{UAI: exact, Collectivite: "310069", On: d(2026, 9, 1)},
		{UAI: silent, Collectivite: "310069"},
		{UAI: lonely, Collectivite: "Mairie de Bagnères / Sud"},
		{UAI: busy, Collectivite: "310555"},
		{UAI: hostile, Collectivite: "340301"},
	}}))
	must(t, s.ImportAccounts(ctx, "test", map[schemas.SchoolYear][]schemas.AccountCount{2026: {
		{UAI: exact, Profil: schemas.Parent, Day: d(2026, 10, 1), Loaded: 200, Activated: 50}, {UAI: exact, Profil: schemas.Enseignant, Day: d(2026, 10, 1), Loaded: 6, Activated: -1},
	}}))
	week := exactWeek.Monday()
	load(t, s, slices.Concat(
		visitsOn(exact, week, 12), by(schemas.Enseignant, visitsOn(exact, week, 1)),
		visitsOn(busy, week, 5),
		visitsOn(lonely, week, 30), by(schemas.Parent, visitsOn(lonely, week, 1)),
		visitsOn(silent, d(2026, 10, 5), 1),
	))
	return serveStore(t, s, nil)
}

func TestDeployment(t *testing.T) {
	t.Parallel()
	f := deployed(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"figures", deploymentFigures},
		{"children", deploymentChildren},
		{"silent schools", silentList},
		{"schools to call are enrolled", enrolledOnly},
		{"statements", statements},
		{"lists agree with their files", listsAgree},
		{"page for a mayor", mayorsPage},
		{"page for a mayor and who may see it", mayorsPageOfPart},
		{"nothing imported", nothingImported},
		{"early in the year", earlyInTheYear},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, f) })
	}
}

func deploymentFigures(t *testing.T, f *fixture) {
	for target, want := range map[string]map[string]string{
		"/region/76": {
			"ecoles_inscrites":      "5",
			"ecoles_usage_installe": "1",
			"taux_frequentation":    "1,0 %", // 17 of 1,785
			"taux_activation":       "25,0 %",
			"ecoles_silencieuses":   "2",
			"cout_visite":           "4,50 €", // 225 € for 50 visits
			"cout_ecole_active":     "75 €",
			"visites_avec_duree":    "0",
			"rebonds":               "50",
		},
		"/region/76?profil=PARENT":                       {"taux_frequentation": "0,0 %", "cout_visite": "4,50 €"},
		"/region/76?profil=ENSEIGNANT":                   {"taux_frequentation": "16,7 %", "taux_activation": "inconnu"},
		"/region/76?profil=COLLECTIVITE":                 {"taux_frequentation": "inconnu"},
		"/circonscription/" + string(toulouse):           {"ecoles_inscrites": "3", "taux_frequentation": "2,2 %"}, // 17 of 765
		"/ecole/" + string(exact):                        {"ecoles_inscrites": "oui", "ecoles_usage_installe": "oui", "taux_frequentation": "10,0 %", "ecoles_silencieuses": "non"},
		"/ecole/" + string(busy):                         {"ecoles_inscrites": "oui", "ecoles_usage_installe": "non", "taux_frequentation": "8,3 %"},
		"/ecole/" + string(lonely):                       {"ecoles_usage_installe": "indéterminé", "taux_frequentation": "inconnu"},
		"/ecole/" + string(silent):                       {"ecoles_usage_installe": "non", "taux_frequentation": "0,0 %", "ecoles_silencieuses": "oui"},
		"/ecole/" + string(schemas.MakeUAI(busyFirst+1)): {"ecoles_inscrites": "non", "ecoles_silencieuses": "non"},
	} {
		p := f.page(t, target)
		for code, value := range want {
			if got := p.text(`.figure-value[data-code="` + code + `"]`); got != value {
				t.Errorf("%s: %s is %q, want %q", target, code, got, value)
			}
		}
	}
	p := f.page(t, "/region/76")
	if got, want := p.text("#chiffre-taux_frequentation .figure-detail"), "élèves, sur 11 écoles dont la population est connue (12 en tout)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := p.text("#chiffre-ecoles_usage_installe .figure-detail"), "deux profils et 10 % des élèves, sans 1 école indéterminée (élèves inconnus ou chiffre masqué)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	school := f.page(t, "/ecole/"+string(exact))
	if got, want := school.text("#usage-chiffres #chiffre-taux_frequentation .figure-detail"), "sur 120 élèves de l'école"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := school.texts("#usage-chiffres .figure-label, #deploiement-chiffres .figure-label"); !slices.Equal(got, []string{
		"Visites entrantes", "Rebonds", "Taux de fréquentation", "Inscrite", "Usage installé", "Taux d'activation", "Silencieuse",
	}) {
		t.Errorf("of a school: %q", got)
	}
	if got := attr(p.all("#chiffre-ecoles_silencieuses a.small-link")[0], "href"); got != "/region/76/silencieuses" {
		t.Errorf("the list of silent schools is at %q", got)
	}
	var body struct {
		Indicateurs []struct {
			Code   string   `json:"code"`
			Valeur *float64 `json:"valeur"`
		} `json:"indicateurs"`
	}
	f.json(t, "/region/76.json?profil=PARENT", &body)
	values := map[string]*float64{}
	for _, i := range body.Indicateurs {
		values[i.Code] = i.Valeur
	}
	if v := values["cout_visite"]; v == nil || *v != 4.5 {
		t.Errorf("cost of a visit in JSON: %v", v)
	}
	if v := values["ecoles_inscrites"]; v == nil || *v != 5 {
		t.Errorf("enrolled schools in JSON: %v", v)
	}
}

func deploymentChildren(t *testing.T, f *fixture) {
	p := f.page(t, "/dsden/031")
	for _, tt := range []struct {
		row  string
		want []string
	}{
		{"Toulouse Centre", []string{"Toulouse Centre", "6", "3", "1", "1", "2,2 %", "25,0 %"}},
		{"Toulouse Rangueil", []string{"Toulouse Rangueil", "4", "0", "0", "0", "0,0 %", "inconnu"}},
		{"École du Bout-du-Monde", []string{"École du Bout-du-Monde", "1", "1", "0 1 indéterminée", "0", "inconnu", "inconnu"}},
	} {
		if got := p.row("deploiement", tt.row); !slices.Equal(got, tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	rows := f.rows(t, "/circonscription/"+string(toulouse)+".csv?axe=deploiement")
	i := slices.IndexFunc(rows, func(r map[string]string) bool { return r["code"] == string(busy) })
	if i < 0 || rows[i]["taux_frequentation"] != "8,3" || rows[i]["population"] != "60" || rows[i]["taux_activation"] != "" || rows[i]["ecoles_usage_installe"] != "0" {
		t.Errorf("CSV: %v", rows)
	}
	var body struct {
		Territoires []struct {
			Code      string
			Inscrites *uint64 `json:"ecoles_inscrites"`
		}
	}
	f.json(t, "/region/76.json?axe=deploiement", &body)
	if len(body.Territoires) != 4 || body.Territoires[0].Inscrites == nil {
		t.Errorf("JSON: %+v", body)
	}
}

func silentList(t *testing.T, f *fixture) {
	p := f.page(t, "/region/76/silencieuses")
	if got := p.text(`.figure-value[data-code="ecoles_silencieuses"]`); got != "2" {
		t.Errorf("%s silent schools", got)
	}
	rows := p.all("#ecoles tbody tr")
	if len(rows) != 2 || !strings.Contains(textOf(rows[0]), "jamais en 2026-2027") || !strings.HasSuffix(textOf(rows[1]), "5 octobre 2026") {
		t.Errorf("silent schools: %v", p.texts("#ecoles tbody tr"))
	}
	file := f.rows(t, "/circonscription/"+string(toulouse)+"/silencieuses.csv")
	if len(file) != 1 || file[0]["uai"] != string(silent) || file[0]["derniere_semaine"] != "2026-10-05" || file[0]["collectivite"] != "310069" {
		t.Errorf("CSV: %v", file)
	}
	var body struct {
		Nombre *uint64
		Ecoles []struct{ UAI string }
	}
	f.json(t, "/dsden/034/silencieuses.json", &body)
	if body.Nombre == nil || *body.Nombre != 1 || len(body.Ecoles) != 1 || body.Ecoles[0].UAI != string(hostile) {
		t.Errorf("JSON: %+v", body)
	}
	if w := f.get(t, "/ecole/"+string(exact)+"/silencieuses"); w.Code != 400 {
		t.Errorf("a school has a list of silent schools: %d", w.Code)
	}
}

// Of the six schools three are enrolled; the others never came, and nobody
// expects them to.
func enrolledOnly(t *testing.T, f *fixture) {
	p := f.page(t, "/circonscription/"+string(toulouse))
	if got, want := p.text("#a-regarder .block-lead"), "Semaine du 16 novembre 2026, 3 écoles : 1 à appeler."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, row := range p.texts("#a-regarder tbody tr") {
		if strings.Contains(row, "Jamais commencé") {
			t.Errorf("to call: %s", row)
		}
	}
}

func statements(t *testing.T, f *fixture) {
	p := f.page(t, "/collectivites")
	for _, want := range [][]string{
		{"310069", "2", "2", "90 €"}, {"340301", "1", "0", "45 €"}, {"Mairie de Bagnères / Sud", "1", "1", "45 €"},
	} {
		if got := p.row("collectivites", want[0]); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	p = f.page(t, "/collectivite/310069")
	if got, want := p.row("ecoles", "École élémentaire Jean-Jaurès"), []string{"École élémentaire Jean-Jaurès " + string(exact), "Blagnac", "1er septembre 2026", "45 €", "13", "16 novembre 2026"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for code, want := range map[string]string{"montant_convention": "90 €", "visites": "14", "cout_visite": "6,43 €", "ecoles_inscrites": "2"} {
		if got := p.text(`.figure-value[data-code="` + code + `"]`); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
	// A number with a slash and a space has an address, too.
	for _, a := range f.page(t, "/collectivites").all("#collectivites tbody a") {
		if got := f.page(t, attr(a, "href")).text("h1"); !strings.HasPrefix(got, "Relevé de la collectivité") {
			t.Errorf("%s: %s", attr(a, "href"), got)
		}
	}
	if rows := f.rows(t, "/collectivite/310069.csv"); len(rows) != 2 || rows[0]["montant"] != "45" || rows[0]["visites"] != "13" || rows[1]["visites"] != "1" {
		t.Errorf("CSV: %v", rows)
	}
	if rows := f.rows(t, "/collectivites.csv"); len(rows) != 4 || rows[0]["montant"] != "90" {
		t.Errorf("CSV: %v", rows)
	}
	var body struct {
		Montant float64
		Ecoles  []struct{ UAI string }
	}
	f.json(t, "/collectivite/340301.json", &body)
	if body.Montant != 45 || len(body.Ecoles) != 1 {
		t.Errorf("JSON: %+v", body)
	}
	if w := f.get(t, "/collectivite/999"); w.Code != 404 || !strings.Contains(w.Body.String(), "Aucune école") {
		t.Errorf("an unknown collectivity: %d", w.Code)
	}
}

// A year without a list of enrolments says that it does not know them: no
// zero, no cost.
func nothingImported(t *testing.T, f *fixture) {
	p := f.page(t, "/region/76?annee=2025-2026")
	for code, want := range map[string]string{
		"ecoles_inscrites": "inconnu", "ecoles_silencieuses": "inconnu", "cout_visite": "inconnu", "cout_ecole_active": "inconnu", "taux_activation": "inconnu",
	} {
		if got := p.text(`.figure-value[data-code="` + code + `"]`); got != want {
			t.Errorf("%s is %q, want %q", code, got, want)
		}
	}
	if got := p.row("deploiement", "Montpellier"); got[2] != "inconnu" || got[4] != "inconnu" {
		t.Errorf("children: %q", got)
	}
	if got := f.page(t, "/collectivites?annee=2025-2026").text(".notice"); !strings.Contains(got, "Aucune liste d'inscriptions n'a été importée pour 2025-2026") {
		t.Errorf("%q", got)
	}
	if got := f.page(t, "/region/76/silencieuses?annee=2025-2026").text("#ecoles p"); !strings.Contains(got, "ne sont pas connues") {
		t.Errorf("%q", got)
	}
}

// Before the year has had four school weeks nobody is silent yet.
func earlyInTheYear(t *testing.T, f *fixture) {
	early := serve(t, f.reader, func(c *dashboards.Config) {
		c.Clock = func() time.Time { return time.Date(2026, time.September, 24, 10, 0, 0, 0, schemas.Paris) }
	})
	p := early.page(t, "/region/76")
	if got, detail := p.text(`.figure-value[data-code="ecoles_silencieuses"]`), p.text("#chiffre-ecoles_silencieuses .figure-detail"); got != "inconnu" ||
		detail != "il faut 4 semaines scolaires complètes dans la période" {
		t.Errorf("%q, %q", got, detail)
	}
}

// Schools that nobody enrolled are apart on the map and among no quartiles, as
// soon as the enrolments of the year are known.
func TestNobodyEnrolled(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	load(t, s, append(exactEvents(), generated()...))
	period := "du=2026-11-16&au=2026-11-22"
	counts := func(f *fixture, column string) (all []string) {
		for _, r := range f.rows(t, "/region/76/carte.csv?"+period) {
			all = append(all, r["nom"]+" "+r[column])
		}
		return all
	}
	f := serve(t, s, nil)
	if got := counts(f, "aucune_visite"); !slices.Equal(got, []string{"Haute-Garonne 2", "Hérault 0"}) {
		t.Errorf("without enrolments, no visit: %q", got)
	}
	if got := counts(f, "non_inscrite"); !slices.Equal(got, []string{"Haute-Garonne ", "Hérault "}) {
		t.Errorf("without enrolments, not enrolled: %q, want nothing known", got)
	}
	enrolled := []schemas.Enrolment{{UAI: exact, Collectivite: "310069"}, {UAI: lonely, Collectivite: "310069"}, {UAI: hostile, Collectivite: "310069"}}
	for i := range 8 {
		enrolled = append(enrolled, schemas.Enrolment{UAI: schemas.MakeUAI(busyFirst + i), Collectivite: "310555"})
	}
	must(t, s.ImportEnrolments(t.Context(), "test", map[schemas.SchoolYear][]schemas.Enrolment{2026: enrolled}))
	f = serve(t, s, nil)
	if got := counts(f, "aucune_visite"); !slices.Equal(got, []string{"Haute-Garonne 1", "Hérault 0"}) {
		t.Errorf("no visit: %q, want the enrolled one", got)
	}
	if got := counts(f, "non_inscrite"); !slices.Equal(got, []string{"Haute-Garonne 1", "Hérault 0"}) {
		t.Errorf("not enrolled: %q", got)
	}
	p := f.page(t, "/region/76/carte?"+period)
	if got := p.texts(".map-legend li"); got[0] != "non inscrite, sans visite (1 école)" {
		t.Errorf("legend %q", got)
	}
	const out = "1 école que personne n'a inscrite n'y est pas comptée."
	if !strings.Contains(p.text("#carte"), out) {
		t.Errorf("the map does not say it: %q", p.text("#carte"))
	}
	equity := f.rows(t, "/region/76/comparaison.csv?tableau=equite&"+period)
	if last := equity[len(equity)-1]; last["nom"] != "Occitanie" || last["ecoles"] != "10" {
		t.Errorf("equity %v, want the ten enrolled schools whose pupils are known", last)
	}
	for _, target := range []string{"/region/76/comparaison?" + period, "/region/76?" + period} {
		if got := f.page(t, target).text("main"); !strings.Contains(got, out) {
			t.Errorf("%s does not say it", target)
		}
	}
}
