package schemas

import "testing"

func use(withheld Profil, users map[Profil]uint64) *WeekUse {
	u := &WeekUse{}
	for p, n := range users {
		u.Take(Cell{Axe: ParProfil, Modalite: string(p), Measures: Measures{Users: n}})
	}
	if withheld != "" {
		u.Take(Cell{Axe: ParProfil, Modalite: string(withheld), Withheld: true})
	}
	return u
}

func TestEstablishedUse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name               string
		use                *WeekUse
		pupils             Count
		established, known bool
	}{
		{"two profiles and a tenth of the pupils", use("", map[Profil]uint64{Eleve: 10, Parent: 1}), Known(100), true, true},
		{"one pupil less", use("", map[Profil]uint64{Eleve: 9, Parent: 1}), Known(100), false, true},
		{"pupils alone", use("", map[Profil]uint64{Eleve: 90}), Known(100), false, true},
		{"two profiles without pupils", use("", map[Profil]uint64{Parent: 30, Enseignant: 5}), Known(100), false, true},
		{"nobody", nil, Known(100), false, true},
		{"nobody, whatever the number of pupils", nil, Count{}, false, true},
		{"pupils unknown", use("", map[Profil]uint64{Eleve: 10, Parent: 1}), Count{}, false, false},
		{"a school without pupils", use("", map[Profil]uint64{Eleve: 10, Parent: 1}), Known(0), false, false},
		{"a figure withheld", use(Enseignant, map[Profil]uint64{Eleve: 50}), Known(100), false, false},
	} {
		if established, known := tt.use.Established(tt.pupils, 10); established != tt.established || known != tt.known {
			t.Errorf("%s: %v, known %v", tt.name, established, known)
		}
	}
}

func TestAttendance(t *testing.T) {
	t.Parallel()
	a := &School{UAI: MakeUAI(1), Primary: true, Pupils: 100}
	b := &School{UAI: MakeUAI(2), Primary: true, Pupils: 50}
	unknown := &School{UAI: MakeUAI(3), Primary: true, Pupils: -1}
	college := &School{UAI: MakeUAI(4), Pupils: 500}
	none := NewPopulation(2026, 0, nil, nil)
	pupils := func(n uint64) *WeekUse { return use("", map[Profil]uint64{Eleve: n}) }
	for _, tt := range []struct {
		name     string
		schools  []*School
		use      map[UAI]*WeekUse
		total    *WeekUse
		perMille uint64
		ok       bool
		of       [2]uint64
		withheld bool
	}{
		{"both", []*School{a, b}, map[UAI]*WeekUse{a.UAI: pupils(20), b.UAI: pupils(10)}, pupils(30), 200, true, [2]uint64{2, 2}, false},
		{"a school that nobody uses counts", []*School{a, b}, map[UAI]*WeekUse{a.UAI: pupils(30)}, pupils(30), 200, true, [2]uint64{2, 2}, false},
		{"unknown pupils count neither above nor below", []*School{a, unknown}, map[UAI]*WeekUse{a.UAI: pupils(20), unknown.UAI: pupils(90)}, pupils(110), 200, true, [2]uint64{1, 2}, false},
		{"nor does a collège", []*School{a, college}, map[UAI]*WeekUse{a.UAI: pupils(20), college.UAI: pupils(90)}, pupils(110), 200, true, [2]uint64{1, 1}, false},
		{"nothing known", []*School{unknown}, map[UAI]*WeekUse{unknown.UAI: pupils(90)}, pupils(90), 0, false, [2]uint64{0, 1}, false},
		{"withheld schools inside a total that is shown", []*School{a, b}, map[UAI]*WeekUse{a.UAI: use(Eleve, nil), b.UAI: use(Eleve, nil)}, pupils(30), 200, true, [2]uint64{2, 2}, false},
		{"a withheld school alone", []*School{a}, map[UAI]*WeekUse{a.UAI: use(Eleve, nil)}, use(Eleve, nil), 0, false, [2]uint64{1, 1}, true},
		{"one that the rate would give away", []*School{a, unknown}, map[UAI]*WeekUse{a.UAI: use(Eleve, nil), unknown.UAI: use(Eleve, nil)}, pupils(30), 0, false, [2]uint64{1, 2}, true},
	} {
		r := Attendance(Eleve, tt.schools, none, tt.use, tt.total)
		n, ok := r.PerMille()
		if n != tt.perMille || ok != tt.ok || r.Schools != tt.of[0] || r.Of != tt.of[1] || r.Withheld != tt.withheld {
			t.Errorf("%s: %d ‰ (%v), %d of %d schools, withheld %v", tt.name, n, ok, r.Schools, r.Of, r.Withheld)
		}
	}
}

func TestActivation(t *testing.T) {
	t.Parallel()
	a, b := &School{UAI: MakeUAI(1)}, &School{UAI: MakeUAI(2)}
	p := NewPopulation(2026, 0, nil, []AccountCount{{a.UAI, Eleve, 1, 100, 50}, {b.UAI, Eleve, 1, 100, -1}, {b.UAI, Parent, 1, 100, 0}, {a.UAI, Enseignant, 1, 0, 0}})
	for _, tt := range []struct {
		profil  Profil
		schools []*School
		want    uint64
		ok      bool
	}{
		{Eleve, []*School{a, b}, 500, true}, // what is not said counts neither above nor below
		{"", []*School{a, b}, 250, true},
		{Parent, []*School{b}, 0, true},
		{Parent, []*School{a}, 0, false},
		{Enseignant, []*School{a}, 0, false}, // no account loaded: no rate
	} {
		if n, ok := Activation(tt.profil, tt.schools, p).PerMille(); n != tt.want || ok != tt.ok {
			t.Errorf("%q: %d ‰, %v", tt.profil, n, ok)
		}
	}
}

func TestSumRefusesWhatIsNotAdditive(t *testing.T) {
	t.Parallel()
	cells := []Cell{{Measures: Measures{Visits: 5, Users: 3, VisitsWithDuration: 2}}, {Measures: Measures{Visits: 4, Users: 3}}}
	for _, tt := range []struct {
		code string
		over Additivity
		want uint64
		ok   bool
	}{
		{"visites", OverPeriods, 9, true},
		{"visites", OverSchools | OverPeriods | OverProfils, 9, true},
		{"rebonds", OverPeriods, 7, true},
		{"visites_avec_duree", OverSchools, 2, true},
		{"utilisateurs", OverSchools, 6, true},
		{"utilisateurs", OverPeriods, 0, false},
		{"utilisateurs", OverProfils, 0, false}, // a person with two profiles
		{"utilisateurs_cumul_hebdomadaire", OverPeriods, 6, true},
		{"utilisateurs_cumul_hebdomadaire", OverProfils, 0, false},
		{"visites_service", OverSchools | OverPeriods, 9, true},
		{"visites_service", OverProfils, 0, false},
		{"duree_moyenne", OverSchools, 0, false},
		{"taux_frequentation", OverSchools, 0, false},
	} {
		if n, err := Sum(tt.code, tt.over, cells); n != tt.want || (err == nil) != tt.ok {
			t.Errorf("%s over %s: %d, %v", tt.code, tt.over, n, err)
		}
	}
	for code := range measured {
		IndicatorByCode(code) // panics for one that the registry lacks
	}
}

// Every indicator says all of itself: the definitions page and the README are
// made of it.
func TestRegistryIsWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, i := range Indicators() {
		if i.Code == "" || i.Label == "" || i.Unit == "" || i.Definition == "" || i.Formula == "" || i.Source == "" || seen[i.Code] {
			t.Errorf("%+v", i)
		}
		seen[i.Code] = true
	}
	if len(seen) < 22 {
		t.Errorf("%d indicators", len(seen))
	}
}
