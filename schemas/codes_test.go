package schemas

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// published reads a table of the national plan, by header. Without the shared
// data the test is skipped.
func published(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("SKIP needs the open data file %s", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = ';'
	r.FieldsPerRecord = -1 // a label may hold the separator
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, h := range all[0] {
			row[h] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestServicesAreThoseOfThePlan(t *testing.T) {
	rows := published(t, "dnma_services_v2021.csv")
	if len(rows) != len(Services()) {
		t.Errorf("%d services, the plan has %d", len(Services()), len(rows))
	}
	for _, row := range rows {
		code := row["code"]
		i := slices.IndexFunc(Services(), func(s ServiceInfo) bool { return string(s.Code) == code })
		if i < 0 {
			t.Errorf("%s is missing", code)
			continue
		}
		s := Services()[i]
		if s.Suffix != row["open_data_suffix"] {
			t.Errorf("%s has the suffix %q, want %q", code, s.Suffix, row["open_data_suffix"])
		}
		if got, known := ParseService(code); !known || got != s.Code {
			t.Errorf("%s reads as %s", code, got)
		}
		// Number 13 stands for six codes and is kept as the documentary one.
		if n := row["legacy_v2_id"]; n != "" && n != "13" {
			if got, known := ServiceByNumber(n); !known || string(got) != code {
				t.Errorf("number %s is %s, want %s", n, got, code)
			}
		}
	}
	if got, known := ServiceByNumber("13"); !known || got != "RESSOURCE_DOCUMENTAIRE" {
		t.Errorf("number 13 is %s", got)
	}
}

func TestProfilesAreThoseOfThePlan(t *testing.T) {
	for _, row := range published(t, "dnma_profils.csv") {
		code := row["code_2021"]
		got, known := ProfilByNumber(row["v2_id"])
		if row["v2_id"] == "7" {
			code = string(Collectivite) // the plan's 2021 code is unknown, this one is ours
		}
		if !known || string(got) != code {
			t.Errorf("number %s is %s, want %s", row["v2_id"], got, code)
		}
		i := slices.IndexFunc(Profils(), func(p ProfilInfo) bool { return p.Code == got })
		published := row["open_data_suffix"]
		if strings.HasPrefix(published, "(") { // "(not published)"
			published = ""
		}
		if suffix := Profils()[i].Suffix; suffix != published {
			t.Errorf("%s has the suffix %q, want %q", code, suffix, published)
		}
	}
}

// TestUnknownCodes: an unknown service is kept, an unknown profile is AUTRE.
func TestUnknownCodes(t *testing.T) {
	if s, known := ParseService("POTAGER"); known || s != "POTAGER" || s.Label() != "POTAGER" {
		t.Errorf("%s %t", s, known)
	}
	if s, known := ParseService(""); !known || s != PageENT {
		t.Errorf("%s %t", s, known)
	}
	if s, known := ServiceByNumber("99"); known || s != "N°99" {
		t.Errorf("%s %t", s, known)
	}
	if s, known := ServiceByNumber(""); !known || s != PageENT {
		t.Errorf("%s %t", s, known)
	}
	if p, known := ParseProfil("DIRECTEUR"); known || p != Autre {
		t.Errorf("%s %t", p, known)
	}
	if p, known := ParseProfil("AUTRE"); !known || p != Autre {
		t.Errorf("%s %t", p, known)
	}
	if p, known := ProfilByNumber("5"); known || p != Autre {
		t.Errorf("%s %t", p, known)
	}
}

// TestEveryCodeHasItsLabel: no page shows a bare code of the plan.
func TestEveryCodeHasItsLabel(t *testing.T) {
	check := func(code, label string) {
		t.Helper()
		if label == "" || label == code && code != "iOS" && code != "macOS" {
			t.Errorf("%q has the label %q", code, label)
		}
	}
	for _, s := range Services() {
		check(string(s.Code), s.Code.Label())
	}
	for _, p := range Profils() {
		check(string(p.Code), p.Code.Label())
	}
	for _, d := range Devices() {
		check(string(d), d.Label())
	}
	for _, o := range OSes() {
		check(string(o), o.Label())
	}
	for _, b := range Browsers() {
		check(string(b), b.Label())
	}
	for _, r := range Reasons() {
		check(string(r), r.Label())
	}
	for _, n := range Niveaux() {
		check(string(n), n.Label())
	}
	check("ELEVE×smartphone", ParProfilAppareil.Label("ELEVE×smartphone"))
	check("ELEVE×NOTES", ParProfilService.Label("ELEVE×NOTES"))
	for _, band := range []string{"1", "2-4", "5+"} {
		check(band, ParFrequence.Label(band))
	}
}

func TestAxesAreReadAsTheyAreWritten(t *testing.T) {
	for _, a := range Axes() {
		if got, err := ParseAxe(string(a)); err != nil || got != a {
			t.Errorf("%s reads as %s, %v", a, got, err)
		}
	}
	if a, err := ParseAxe("profil-appareil"); err != nil || a != ParProfilAppareil {
		t.Errorf("%s %v", a, err)
	}
	for _, s := range []string{"", "profil×", "appareil-profil", "Profil"} {
		if _, err := ParseAxe(s); KindOf(err) != Invalid || SentenceOf(err) == "" {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", "region", "region:", "pays:fr", "76"} {
		if _, err := ParseScope(s); KindOf(err) != Invalid || SentenceOf(err) == "" {
			t.Errorf("%q: %v", s, err)
		}
	}
	if s, err := ParseScope("dsden:031"); err != nil || s.String() != "dsden:031" || s.Path() != "/dsden/031" {
		t.Errorf("%v %v", s, err)
	}
}

// TestMeansAreRoundedOnce: half up, at the end, over the visits that have a
// duration.
func TestMeansAreRoundedOnce(t *testing.T) {
	for _, c := range []struct {
		m       Measures
		seconds uint64
		ok      bool
	}{
		{Measures{Visits: 4}, 0, false},
		{Measures{Visits: 4, VisitsWithDuration: 1}, 0, true}, // two events in the same instant
		{Measures{Visits: 9, VisitsWithDuration: 3, DurationMS: 4_499}, 1, true},
		{Measures{Visits: 9, VisitsWithDuration: 3, DurationMS: 4_500}, 2, true},
		{Measures{VisitsWithDuration: 2, DurationMS: 998}, 0, true},
		{Measures{VisitsWithDuration: 2, DurationMS: 1_000}, 1, true},
	} {
		if s, ok := c.m.MeanSeconds(); s != c.seconds || ok != c.ok {
			t.Errorf("%+v: %d %t, want %d %t", c.m, s, ok, c.seconds, c.ok)
		}
	}
	sum := Measures{Visits: 1, Users: 1, DurationMS: 499, VisitsWithDuration: 1, Events: 2}
	sum.Add(Measures{Visits: 2, Users: 1, DurationMS: 1, VisitsWithDuration: 1, Events: 3})
	if sum != (Measures{Visits: 3, Users: 2, DurationMS: 500, VisitsWithDuration: 2, Events: 5}) || sum.TotalSeconds() != 1 {
		t.Errorf("%+v, %d s", sum, sum.TotalSeconds())
	}
}
