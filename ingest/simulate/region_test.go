package simulate_test

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/entaudience/entaudience/ingest/reference"
	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// region generates a region of existing départements.
func region(t testing.TB, o simulate.Options) *simulate.Region {
	t.Helper()
	r, err := simulate.NewRegion(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestShape: every département has the circonscriptions, schools and pupils of
// the real one (directory of 2024-12-01).
func TestShape(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1})
	d := schemas.NewDirectory(2026, 1, schemas.Day(0).Start(), slices.Clone(r.Schools), slices.Clone(r.Above))
	occitanie := schemas.Scope{Niveau: schemas.Region, Code: "76"}
	var sizes []int
	withoutCirconscription, withoutPupils, total := 0, 0, 0
	for _, want := range []struct {
		code, name, academie    string
		circos, schools, pupils int
	}{
		{"009", "Ariège", "Toulouse", 4, 159, 10584},
		{"011", "Aude", "Montpellier", 6, 340, 28137},
		{"012", "Aveyron", "Toulouse", 5, 250, 15765},
		{"030", "Gard", "Montpellier", 12, 537, 61210},
		{"031", "Haute-Garonne", "Toulouse", 24, 795, 119191},
		{"032", "Gers", "Toulouse", 4, 187, 12321},
		{"034", "Hérault", "Montpellier", 20, 609, 95811},
		{"046", "Lot", "Toulouse", 4, 175, 10763},
		{"048", "Lozère", "Montpellier", 3, 81, 4031},
		{"065", "Hautes-Pyrénées", "Toulouse", 5, 208, 14766},
		{"066", "Pyrénées-Orientales", "Montpellier", 8, 285, 38123},
		{"081", "Tarn", "Toulouse", 6, 270, 26732},
		{"082", "Tarn-et-Garonne", "Toulouse", 6, 208, 21415},
	} {
		scope := schemas.Scope{Niveau: schemas.DSDEN, Code: want.code}
		territory, ok := d.Territory(scope)
		if !ok || territory.Name != want.name {
			t.Errorf("%s is %q, want %q", scope, territory.Name, want.name)
		}
		above := d.Ancestors(scope)
		if len(above) != 2 || above[0].Scope != occitanie || above[0].Name != "Occitanie" || above[1].Name != want.academie {
			t.Errorf("above %s: %v", scope, above)
		}
		circos, schools, pupils := 0, 0, 0
		for _, c := range d.Children(scope) {
			if c.Niveau == schemas.Circonscription {
				circos++
				if d.PrimaryIn(c.Scope) == 0 {
					t.Errorf("%s has no school", c.Scope)
				}
			}
		}
		for _, s := range d.SchoolsIn(scope) {
			if !s.Primary {
				continue
			}
			schools++
			switch {
			case s.Pupils < 0:
				withoutPupils++
			default:
				pupils += s.Pupils
				sizes = append(sizes, s.Pupils)
			}
			if s.Circonscription == "" {
				withoutCirconscription++
			} else if inspection, ok := d.Territory(schemas.Scope{Niveau: schemas.Circonscription, Code: s.Circonscription}); !ok || inspection.Parent != scope {
				t.Errorf("%s is in the circonscription %s, which is %v", s.UAI, s.Circonscription, inspection)
			}
		}
		if circos != want.circos || schools != want.schools || pupils != want.pupils {
			t.Errorf("%s: %d circonscriptions, %d schools, %d pupils; want %d, %d, %d",
				want.code, circos, schools, pupils, want.circos, want.schools, want.pupils)
		}
		total += schools
	}
	if total != 4104 || withoutCirconscription != 1 || withoutPupils != 5 {
		t.Errorf("%d schools, %d without circonscription, %d without pupils; want 4104, 1, 5", total, withoutCirconscription, withoutPupils)
	}

	slices.Sort(sizes)
	for _, q := range []struct{ at, want, tolerance float64 }{{0.10, 22, 3}, {0.50, 90, 5}, {0.90, 233, 10}, {1, 486, 0}} {
		got := float64(sizes[int(q.at*float64(len(sizes)-1))])
		if math.Abs(got-q.want) > q.tolerance {
			t.Errorf("quantile %v of pupils is %v, want %v ± %v", q.at, got, q.want, q.tolerance)
		}
	}
}

// TestSchools: UAIs have their key and their département, and are no real
// school's; names are not repeated where they could be confused.
func TestSchools(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1})
	names, outside := map[string]bool{}, 0
	for i, s := range r.Schools {
		if _, err := schemas.ParseUAI(string(s.UAI)); err != nil {
			t.Error(err)
		}
		if s.UAI.Departement() != s.DSDEN || s.UAI[3] < '5' {
			t.Errorf("%s is in %s", s.UAI, s.DSDEN)
		}
		if i > 0 && r.Schools[i-1].UAI >= s.UAI {
			t.Errorf("%s comes after %s", s.UAI, r.Schools[i-1].UAI)
		}
		if name := s.Commune + ", " + s.Name; names[name] {
			t.Errorf("two schools are called %s", name)
		} else {
			names[name] = true
		}
		if s.Latitude == 0 {
			outside++
		} else if s.Latitude < 42.3 || s.Latitude > 45.1 || s.Longitude < -0.4 || s.Longitude > 4.9 {
			t.Errorf("%s lies at %v, %v", s.UAI, s.Latitude, s.Longitude)
		}
		if len(s.CodePostal) != 5 || s.CodePostal[:2] != s.DSDEN[1:] {
			t.Errorf("%s has the postal code %s", s.UAI, s.CodePostal)
		}
	}
	if outside != 1 {
		t.Errorf("%d schools have no place, want 1", outside)
	}
}

// TestRegionDeterministic: a seed gives a region, and a school does not depend
// on which others are in it.
func TestRegionDeterministic(t *testing.T) {
	whole := region(t, simulate.Options{Seed: 7})
	if again := region(t, simulate.Options{Seed: 7}); !reflect.DeepEqual(whole, again) {
		t.Error("the same seed gives another region")
	}
	if other := region(t, simulate.Options{Seed: 8}); reflect.DeepEqual(whole.Schools, other.Schools) {
		t.Error("another seed gives the same schools")
	}
	part := region(t, simulate.Options{Seed: 7, Departements: []string{"048"}})
	var lozere []schemas.School
	for _, s := range whole.Schools {
		if s.DSDEN == "048" {
			lozere = append(lozere, s)
		}
	}
	if !reflect.DeepEqual(part.Schools, lozere) {
		t.Error("the schools of Lozère are others in a region of their own")
	}
	if _, err := simulate.NewRegion(simulate.Options{Departements: []string{"048", "075"}}); schemas.KindOf(err) != schemas.Invalid {
		t.Errorf("Paris: %v", err)
	}
	if len(part.Above) != 1+1+1+3 {
		t.Errorf("above Lozère: %v", part.Above)
	}
}

// TestAnnuaire: the directory survives being written in the national layout
// and read back.
func TestAnnuaire(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1})
	var file bytes.Buffer
	if err := reference.WriteAnnuaire(&file, r.Schools, r.Above); err != nil {
		t.Fatal(err)
	}
	a, err := reference.ReadAnnuaire(&file)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Schools, r.Schools) {
		t.Error("the schools read are not those written")
	}
	if !slices.Equal(a.Above, r.Above) {
		t.Error("the territories read are not those written")
	}
	if len(a.Summary.Skipped)+len(a.Summary.Noted) != 0 {
		t.Errorf("rows were skipped:\n%s", a.Summary.Text())
	}
}
