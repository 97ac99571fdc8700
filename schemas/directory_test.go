package schemas

import (
	"slices"
	"testing"
	"time"
)

func smallDirectory() *Directory {
	scope := func(n Niveau, code string) Scope { return Scope{n, code} }
	school := func(n int, name, circo string, primary bool) School {
		return School{
			UAI: MakeUAI(n), Name: name, Region: "76", Academie: "16", DSDEN: "031", Circonscription: circo,
			Primary: primary, Open: true, Pupils: -1,
		}
	}
	circo := MakeUAI(311900)
	return NewDirectory(2026, 1, time.Time{},
		[]School{
			school(310003, "Zola", string(circo), true), school(310001, "Hugo", string(circo), true),
			school(310002, "Le Bout", "", true), school(310004, "Perdue", "0319999X", false),
		},
		[]Territory{
			{Scope: scope(Region, "76"), Name: "Occitanie"},
			{Scope: scope(Academie, "16"), Name: "Toulouse", Parent: scope(Region, "76")},
			{Scope: scope(DSDEN, "031"), Name: "Haute-Garonne", Parent: scope(Academie, "16")},
			{Scope: scope(Circonscription, string(circo)), Name: "Toulouse Nord", Parent: scope(DSDEN, "031")},
		})
}

func names(ts []Territory) []string {
	var n []string
	for _, t := range ts {
		n = append(n, t.Name)
	}
	return n
}

func TestDirectory(t *testing.T) {
	d := smallDirectory()
	circo := Scope{Circonscription, string(MakeUAI(311900))}
	for _, c := range []struct {
		what      string
		got, want []string
	}{
		{"children of the region", names(d.Children(Scope{Region, "76"})), []string{"Toulouse"}},
		// A school whose circonscription is unknown hangs below its DSDEN, after them.
		{"children of the DSDEN", names(d.Children(Scope{DSDEN, "031"})), []string{"Toulouse Nord", "Le Bout", "Perdue"}},
		{"children of the circonscription", names(d.Children(circo)), []string{"Hugo", "Zola"}},
		{"children of a school", names(d.Children(Scope{Ecole, string(MakeUAI(310001))})), nil},
		{"above Hugo", names(d.Ancestors(Scope{Ecole, string(MakeUAI(310001))})), []string{"Occitanie", "Toulouse", "Haute-Garonne", "Toulouse Nord"}},
		{"above Le Bout", names(d.Ancestors(Scope{Ecole, string(MakeUAI(310002))})), []string{"Occitanie", "Toulouse", "Haute-Garonne"}},
		{"above nothing", names(d.Ancestors(Scope{Ecole, "0000000A"})), nil},
		{"regions", names(d.Regions()), []string{"Occitanie"}},
		{"all", names(d.All()), []string{"Occitanie", "Toulouse", "Haute-Garonne", "Toulouse Nord", "Hugo", "Le Bout", "Perdue", "Zola"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	if n := d.PrimaryIn(Scope{DSDEN, "031"}); n != 3 {
		t.Errorf("%d primary schools, want 3", n)
	}
	if in := d.SchoolsIn(circo); len(in) != 2 || in[0].Name != "Hugo" {
		t.Errorf("%v", in)
	}
	if _, ok := d.School("0000000A"); ok {
		t.Error("a school that is not there")
	}
	if s, ok := d.School(MakeUAI(310003)); !ok || s.Name != "Zola" || !s.In(s.Scope()) || s.In(Scope{DSDEN, "034"}) {
		t.Errorf("%+v", s)
	}
	if Ecole.Below() != "" || Region.Below() != Academie || Circonscription.Below() != Ecole {
		t.Error("the levels are out of order")
	}
}
