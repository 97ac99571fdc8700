package dashboards_test

import (
	"slices"
	"strings"
	"testing"
)

// detailViews: services, moments and devices of the exact school, in figures.
func detailViews(t *testing.T, f *fixture) {
	school := "/ecole/" + string(exact)
	for _, tt := range []struct {
		target, table, key, name string
		want                     map[string]any
	}{
		{"/services", "services", "modalite", "NOTES", map[string]any{"visites": 1.0, "part": 33.3, "duree_moyenne_s": 180.0}},
		{"/services", "evolution", "semaine", "2026-11-16", map[string]any{"NOTES": 1.0, "CAHIER_TEXTES": 1.0}},
		{"/services", "profils", "modalite", "CAHIER_TEXTES", map[string]any{"eleve": 0.0, "enseignant": 1.0}},
		{"/services", "outils", "libelle", `=PRONOTE;"`, map[string]any{"visites": 1.0}},
		{"/moments", "creneaux", "creneau", "soirs", map[string]any{"visites": 1.0, "part": 33.3}},
		{"/moments", "creneaux", "creneau", "heures_d_ecole", map[string]any{"visites": 2.0, "part": 66.7}},
		{"/moments", "heures", "heure", "18\u00a0h\u00a0–\u00a019\u00a0h", map[string]any{"lundi": 0.0, "mardi": 1.0}},
		{"/appareils", "appareils", "modalite", "smartphone", map[string]any{"visites": 1.0, "part": 33.3, "duree_moyenne_s": nil}},
		{"/appareils", "profils", "profil", "ELEVE", map[string]any{"ordinateur": 1.0, "smartphone": 1.0, "part_mobile": 50.0}},
		{"/appareils", "evolution", "semaine", "2026-11-16", map[string]any{"ordinateur": 2.0, "part_mobile": 33.3}},
		{"/appareils", "evolution", "semaine", "2026-11-09", map[string]any{"ordinateur": 0.0, "part_mobile": nil}},
	} {
		var j documentForms
		f.json(t, school+tt.target+".json", &j)
		found := false
		for _, row := range j.Tableaux[tt.table].Lignes {
			if row[tt.key] != tt.name {
				continue
			}
			found = true
			for column, want := range tt.want {
				if row[column] != want {
					t.Errorf("%s, %s, %s: %s is %v, want %v", tt.target, tt.table, tt.name, column, row[column], want)
				}
			}
		}
		if !found {
			t.Errorf("%s, %s: no line %s", tt.target, tt.table, tt.name)
		}
	}
	for _, target := range []string{"/dsden/031/services", "/region/76/moments", "/region/76/appareils?profil=ELEVE", "/ecole/" + string(silent) + "/services"} {
		formsAgree(t, f, target)
	}
	if got := f.page(t, school+"/moments").text(".lead"); got != "66,7 % des visites commencent aux heures d'école. Le pic : lundi, 8 h – 9 h." {
		t.Errorf("lead %q", got)
	}
}

// tabs: each level has those of its pages that there are, and each leads to the
// page that is then the current one.
func tabs(t *testing.T, f *fixture) {
	for path, want := range map[string][]string{
		"/region/76":                           {"Vue d'ensemble", "Comparaison", "Carte", "Services", "Moments", "Appareils", "Écoles silencieuses"},
		"/dsden/031":                           {"Vue d'ensemble", "Comparaison", "Carte", "Services", "Moments", "Appareils", "Écoles silencieuses"},
		"/circonscription/" + string(toulouse): {"Vue d'ensemble", "À regarder", "Comparaison", "Services", "Moments", "Appareils", "Écoles silencieuses"},
		"/ecole/" + string(exact):              {"Vue d'ensemble", "Voisinage", "Services", "Moments", "Appareils"},
	} {
		p := f.page(t, path)
		if got := p.texts(".views-link"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		for _, a := range p.all(".views-link") {
			if got := f.page(t, attr(a, "href")).texts(".views-link[aria-current]"); !slices.Equal(got, []string{textOf(a)}) {
				t.Errorf("%s: the current tab is %q", attr(a, "href"), got)
			}
		}
	}
}

// neighbourhood: a school among enough others, and never among too few.
func neighbourhood(t *testing.T, f *fixture) {
	p := f.page(t, "/ecole/"+string(exact))
	if got := p.text("#voisinage > p"); got != "Trop peu d'écoles de la circonscription ont un chiffre qui peut être montré : une comparaison désignerait l'une d'elles." {
		t.Errorf("6 schools: %q", got)
	}
	if got := f.page(t, "/ecole/"+string(lonely)).text("#voisinage > p"); !strings.HasPrefix(got, "Cette école n'a pas de circonscription") {
		t.Errorf("no circonscription: %q", got)
	}
	s := regionStore(t, 8)
	g := serve(t, s, nil)
	dir, _, err := s.Directory(t.Context(), 2026)
	must(t, err)
	school := dir.Schools[1000]
	j := formsAgree(t, g, "/ecole/"+string(school.UAI)+"/voisinage")
	values := map[string]float64{}
	for _, l := range j.Tableaux["voisinage"].Lignes {
		if v, ok := l["utilisateurs_pour_100_eleves"].(float64); ok {
			values[l["repere"].(string)] = v
		}
	}
	order := []string{"minimum", "premier_quartile", "mediane", "troisieme_quartile", "maximum"}
	for i, name := range order[1:] {
		if values[name] < values[order[i]] || values[name] == 0 {
			t.Errorf("%s %v after %s %v", name, values[name], order[i], values[order[i]])
		}
	}
	// The circonscription's own comparison has the same quartiles.
	c := formsAgree(t, g, "/circonscription/"+school.Circonscription+"/comparaison")
	for _, l := range c.Tableaux["equite"].Lignes {
		if l["code"] == school.Circonscription && (l["mediane"] != values["mediane"] || l["premier_quartile"] != values["premier_quartile"]) {
			t.Errorf("its comparison says %v, the band %v", l, values)
		}
	}
}
