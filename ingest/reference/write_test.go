package reference

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

var hostile = []string{
	`École "Les Pins" ; annexe`, "=cmd|' /C calc'!A0", "+33", "-1", "@SUM(A1)", "</script><b>", "L'Haÿ 🎒", `"`, `""`, ";", ",;,",
}

// What is written is read back, whatever the names are.
func TestWriteAnnuaireRoundTrip(t *testing.T) {
	above := []schemas.Territory{
		wantAbove[0], wantAbove[1], wantAbove[2], wantAbove[3],
	}
	above[3].Name = hostile[0]
	rng := rand.New(rand.NewPCG(1, 2))
	var schools []schemas.School
	for i, name := range hostile {
		s := wantSchool
		s.UAI, s.Name, s.Commune = schemas.MakeUAI(311_000+i), name, hostile[len(hostile)-1-i]
		s.Pupils = rng.IntN(400) - 1
		s.Priority = []string{"", "REP", "REP+"}[i%3]
		s.RPI, s.Ministere, s.NatureLabel = i%2 == 0, "MINISTERE", "ECOLE DE NIVEAU ELEMENTAIRE"
		s.Latitude, s.Longitude = 43+rng.Float64(), -rng.Float64()
		switch i {
		case 3:
			s.Open, s.Primary = false, false
		case 4:
			s.Circonscription = ""
		case 5:
			s.Nature, s.Secteur, s.Primary = "340", "PR", false
		case 6:
			s.Latitude, s.Longitude = 0, 0
		}
		schools = append(schools, s)
	}
	var file bytes.Buffer
	if err := WriteAnnuaire(&file, schools, above); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(file.String(), "\n")
	if n := strings.Count(head, ";") + 1; n != 72 {
		t.Errorf("%d columns, want 72", n)
	}
	a, err := ReadAnnuaire(&file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a.Schools, schools) {
		for i := range schools {
			if !reflect.DeepEqual(a.Schools[i], schools[i]) {
				t.Errorf("school %d\n got %+v\nwant %+v", i, a.Schools[i], schools[i])
			}
		}
	}
	if !reflect.DeepEqual(a.Above, above) {
		t.Errorf("above\n got %+v\nwant %+v", a.Above, above)
	}
	if a.Summary.Offices != 2 || len(a.Summary.Skipped)+len(a.Summary.Noted) != 0 {
		t.Errorf("summary %+v", a.Summary)
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("disk full")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteAnnuaireError(t *testing.T) {
	for _, room := range []int{0, 10, 1000} {
		if err := WriteAnnuaire(&fullDisk{room}, []schemas.School{wantSchool}, wantAbove); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: error %v, want %v", room, err, errFull)
		}
	}
}

// Whatever the bytes, reading ends with a directory whose tree is whole or
// with an Invalid error.
func FuzzReadAnnuaire(f *testing.F) {
	f.Add([]byte(lines(small, schoolRow(uai1), schoolRow(uai2))))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(lines(small, schoolRow(uai1)), ";", "\t")))
	f.Add([]byte("sep=,\n\"Identifiant établissement\",\"x\n"))
	f.Add([]byte{0xff, 0xfe, 'a', 0})
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := ReadAnnuaire(bytes.NewReader(file))
		if err != nil {
			if schemas.KindOf(err) != schemas.Invalid || schemas.SentenceOf(err) == "" {
				t.Fatalf("error %v is not a sentence", err)
			}
			return
		}
		checkTree(t, a)
	})
}

// checkTree asserts that every school hangs in the tree by each of its codes.
func checkTree(t *testing.T, a *Annuaire) {
	t.Helper()
	parents := map[schemas.Scope]schemas.Scope{}
	for _, above := range a.Above {
		if above.Name == "" {
			t.Errorf("%s has no name", above.Scope)
		}
		parents[above.Scope] = above.Parent
	}
	for _, s := range a.Schools {
		up := schemas.Scope{Niveau: schemas.DSDEN, Code: s.DSDEN}
		if s.Circonscription != "" {
			if got := parents[schemas.Scope{Niveau: schemas.Circonscription, Code: s.Circonscription}]; got != up {
				t.Errorf("%s: circonscription %s lies in %s, school in %s", s.UAI, s.Circonscription, got, up)
			}
		}
		for _, want := range []schemas.Scope{{Niveau: schemas.Academie, Code: s.Academie}, {Niveau: schemas.Region, Code: s.Region}, {}} {
			if parents[up] != want {
				t.Errorf("%s: above %s is %s, want %s", s.UAI, up, parents[up], want)
			}
			up = want
		}
		if !schemas.ValidUAI(string(s.UAI)) {
			t.Errorf("school with UAI %q", s.UAI)
		}
	}
}

const realDirectory = "../../../shared/data/fr-en-annuaire-education_occitanie_20241201.csv"

// The real directory of Occitanie, against the published figures.
func TestRealOccitanie(t *testing.T) {
	file, err := os.Open(realDirectory)
	if err != nil {
		t.Skip("the real directory is not on this machine: ", err)
	}
	defer file.Close()
	a, err := ReadAnnuaire(file)
	if err != nil {
		t.Fatal(err)
	}
	checkTree(t, a)
	s := a.Summary
	if s.Rows != 6240 || s.Schools+s.Offices+s.skippedRows() != 6240 || s.Skipped[DuplicateUAI].Count != s.skippedRows() || len(s.Noted) != 0 {
		t.Errorf("rows: %+v", s)
	}
	if s.Primary != 4104 || s.Pupils != 458_849 || len(s.UnknownPupils) != 5 || s.NotOpen != 0 {
		t.Errorf("primary %d, pupils %d, unknown %v, not open %d", s.Primary, s.Pupils, s.UnknownPupils, s.NotOpen)
	}
	if want := []schemas.UAI{"0342573M"}; !reflect.DeepEqual(s.NoCirconscription, want) {
		t.Errorf("without circonscription %v, want %v", s.NoCirconscription, want)
	}
	wantTerritories := map[schemas.Niveau]int{schemas.Region: 1, schemas.Academie: 2, schemas.DSDEN: 13, schemas.Circonscription: 107}
	if !reflect.DeepEqual(s.Territories, wantTerritories) {
		t.Errorf("territories %v, want %v", s.Territories, wantTerritories)
	}
	type dsden struct {
		name             string
		academie         string
		circos, schools_ int
		pupils           int
	}
	want := map[string]dsden{
		"009": {"Ariège", "16", 4, 159, 10_584}, "011": {"Aude", "11", 6, 340, 28_137},
		"012": {"Aveyron", "16", 5, 250, 15_765}, "030": {"Gard", "11", 12, 537, 61_210},
		"031": {"Haute-Garonne", "16", 24, 795, 119_191}, "032": {"Gers", "16", 4, 187, 12_321},
		"034": {"Hérault", "11", 20, 609, 95_811}, "046": {"Lot", "16", 4, 175, 10_763},
		"048": {"Lozère", "11", 3, 81, 4_031}, "065": {"Hautes-Pyrénées", "16", 5, 208, 14_766},
		"066": {"Pyrénées-Orientales", "11", 8, 285, 38_123}, "081": {"Tarn", "16", 6, 270, 26_732},
		"082": {"Tarn-et-Garonne", "16", 6, 208, 21_415},
	}
	got := map[string]dsden{}
	for _, above := range a.Above {
		switch above.Niveau {
		case schemas.DSDEN:
			got[above.Code] = dsden{name: above.Name, academie: above.Parent.Code}
		case schemas.Circonscription:
			d := got[above.Parent.Code]
			d.circos++
			got[above.Parent.Code] = d
		}
	}
	for _, s := range a.Schools {
		if d := got[s.DSDEN]; s.Primary {
			d.schools_++
			d.pupils += max(0, s.Pupils)
			got[s.DSDEN] = d
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("by DSDEN\n got %v\nwant %v", got, want)
	}
	t.Log("\n" + s.Text())
}

// A file of 2026: no column of pupils, no rows of inspections.
func TestReal94(t *testing.T) {
	file, err := os.Open("../../../shared/data/fr-en-annuaire-education_dept94_20260527_sample.csv")
	if err != nil {
		t.Skip("the sample of 2026 is not on this machine: ", err)
	}
	defer file.Close()
	a, err := ReadAnnuaire(file)
	if err != nil {
		t.Fatal(err)
	}
	checkTree(t, a)
	s := a.Summary
	if s.Primary != 613 || len(s.UnknownPupils) != 613 || s.Territories[schemas.Circonscription] != 24 || s.skippedRows() != 0 {
		t.Errorf("primary %d, unknown pupils %d, circonscriptions %d, skipped %s", s.Primary, len(s.UnknownPupils),
			s.Territories[schemas.Circonscription], s.skippedText())
	}
	if !strings.Contains(s.Text(), "Élèves : inconnus") {
		t.Errorf("text:\n%s", s.Text())
	}
}

func BenchmarkReadAnnuaire(b *testing.B) {
	file, err := os.ReadFile(realDirectory)
	if err != nil {
		b.Skip("the real directory is not on this machine: ", err)
	}
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := ReadAnnuaire(bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}
