package schemas

import "testing"

// use is what is shown of a week: all users, -1 where they are withheld, those
// of profiles, and the profiles withheld.
func use(all int, users map[Profil]uint64, withheld ...Profil) *WeekUse {
	u := &WeekUse{}
	u.Take(Cell{Axe: Globales, Withheld: all < 0, Measures: Measures{Users: uint64(max(0, all))}})
	for p, n := range users {
		u.Take(Cell{Axe: ParProfil, Modalite: string(p), Measures: Measures{Users: n}})
	}
	for _, p := range withheld {
		u.Take(Cell{Axe: ParProfil, Modalite: string(p), Withheld: true})
	}
	return u
}

func TestEstablishedUse(t *testing.T) {
	t.Parallel()
	type by = map[Profil]uint64
	for _, tt := range []struct {
		name               string
		use                *WeekUse
		pupils             Count
		established, known bool
	}{
		{"two profiles and a tenth of the pupils", use(11, by{Eleve: 10, Parent: 1}), Known(100), true, true},
		{"one pupil less", use(10, by{Eleve: 9, Parent: 1}), Known(100), false, true},
		{"pupils alone", use(90, by{Eleve: 90}), Known(100), false, true},
		{"two profiles without pupils", use(35, by{Parent: 30, Enseignant: 5}), Known(100), false, true},
		{"nobody", nil, Known(100), false, true},
		{"nobody, whatever the number of pupils", nil, Count{}, false, true},
		{"pupils unknown", use(11, by{Eleve: 10, Parent: 1}), Count{}, false, false},
		{"a school without pupils", use(11, by{Eleve: 10, Parent: 1}), Known(0), false, false},

		{"two profiles shown, whatever the third", use(70, by{Eleve: 50, Parent: 20}, Enseignant), Known(100), true, true},
		{"too few pupils, whoever else there is", use(29, by{Eleve: 9, Parent: 20}, Enseignant, AdminVieScolTech), Known(100), false, true},
		{"one profile shown, and users of others", use(52, by{Eleve: 50}, Enseignant, Parent), Known(100), true, true},
		{"one profile shown, all users have it: the withheld one decides", use(50, by{Eleve: 50}, Enseignant), Known(100), false, false},
		{"pupils withheld decide", use(30, by{Parent: 20}, Eleve, Enseignant), Known(100), false, false},
		{"pupils withheld, too few even if all were pupils", use(9, by{Parent: 5}, Eleve, Enseignant), Known(100), false, true},
		{"pupils withheld, enough even if nobody has two profiles", use(45, by{Parent: 20, Enseignant: 5}, Eleve), Known(100), true, true},
		{"everything withheld", use(-1, nil, Eleve, Enseignant), Known(100), false, false},
		{"one profile, withheld", use(-1, nil, Eleve), Known(100), false, true},
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
	type uses = map[UAI]*WeekUse
	pupils := func(n uint64) *WeekUse { return use(int(n), map[Profil]uint64{Eleve: n}) }
	hidden := func(all int) *WeekUse { return use(all, nil, Eleve, Parent) }
	for _, tt := range []struct {
		name        string
		schools     []*School
		use         uses
		total       *WeekUse
		least, most uint64
		ok          bool
		of          [2]uint64
		withheld    bool
	}{
		{"both", []*School{a, b}, uses{a.UAI: pupils(20), b.UAI: pupils(10)}, pupils(30), 200, 200, true, [2]uint64{2, 2}, false},
		{"a school that nobody uses counts", []*School{a, b}, uses{a.UAI: pupils(30)}, pupils(30), 200, 200, true, [2]uint64{2, 2}, false},
		{"unknown pupils count neither above nor below", []*School{a, unknown}, uses{a.UAI: pupils(20), unknown.UAI: pupils(90)}, pupils(110), 200, 200, true, [2]uint64{1, 2}, false},
		{"nor does a collège", []*School{a, college}, uses{a.UAI: pupils(20), college.UAI: pupils(90)}, pupils(110), 200, 200, true, [2]uint64{1, 1}, false},
		{"nothing known", []*School{unknown}, uses{unknown.UAI: pupils(90)}, pupils(90), 0, 0, false, [2]uint64{0, 1}, false},
		{"withheld schools inside a total that is shown", []*School{a, b}, uses{a.UAI: hidden(22), b.UAI: hidden(9)}, pupils(30), 200, 200, true, [2]uint64{2, 2}, false},
		{"a withheld school alone", []*School{a}, uses{a.UAI: hidden(-1)}, hidden(-1), 0, 0, false, [2]uint64{1, 1}, true},
		{"a withheld school of few users: no more than all", []*School{a}, uses{a.UAI: hidden(4)}, hidden(4), 0, 40, true, [2]uint64{1, 1}, false},
		{"a withheld school of many users", []*School{a}, uses{a.UAI: hidden(40)}, hidden(40), 0, 0, false, [2]uint64{1, 1}, true},
		// The school of unknown population has at most its 6 users: 24 to 30 of 100
		// pupils is too wide, 44 to 50 of 150 is not.
		{"too wide", []*School{a, unknown}, uses{a.UAI: hidden(30), unknown.UAI: hidden(6)}, pupils(30), 0, 0, false, [2]uint64{1, 2}, true},
		{"between two ends", []*School{a, b, unknown}, uses{a.UAI: hidden(40), b.UAI: hidden(15), unknown.UAI: hidden(6)}, pupils(50), 293, 333, true, [2]uint64{2, 3}, false},
		// Its users are withheld altogether: those of the territory that no other
		// school has, 5.
		{"an unseen school", []*School{a, b, unknown}, uses{a.UAI: hidden(40), b.UAI: hidden(15), unknown.UAI: hidden(-1)}, use(60, map[Profil]uint64{Eleve: 50, Parent: 10}), 300, 333, true, [2]uint64{2, 3}, false},
		// Nothing is shown of the territory: 20 are, up to 5 more may be.
		{"a sum of what is shown", []*School{a, b}, uses{a.UAI: pupils(20), b.UAI: hidden(5)}, hidden(-1), 133, 167, true, [2]uint64{2, 2}, false},
		{"both ends round to the same", []*School{{UAI: a.UAI, Primary: true, Pupils: 9000}, unknown}, uses{a.UAI: hidden(901), unknown.UAI: hidden(2)}, pupils(902), 100, 100, true, [2]uint64{1, 2}, false},
		{"no pupils at all", []*School{{UAI: a.UAI, Primary: true, Pupils: 0}}, uses{a.UAI: hidden(40)}, hidden(40), 0, 0, false, [2]uint64{1, 1}, false},
	} {
		r := Attendance(Eleve, tt.schools, none, tt.use, tt.total)
		least, most, ok := r.PerMille()
		if least != tt.least || most != tt.most || ok != tt.ok || r.Schools != tt.of[0] || r.Of != tt.of[1] || r.Withheld() != tt.withheld {
			t.Errorf("%s: %d to %d ‰ (%v), %d of %d schools, withheld %v", tt.name, least, most, ok, r.Schools, r.Of, r.Withheld())
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
	a, b := Measures{Visits: 5, Users: 3, DurationMS: 9}, Measures{Visits: 4, Users: 2, Events: 7}
	for over, ok := range map[Additivity]bool{OverSchools: true, OverPeriods: true, OverSchools | OverPeriods: true, OverProfils: false, OverSchools | OverProfils: false} {
		want := Measures{}
		if ok {
			want = Measures{Visits: 9, Users: 5, DurationMS: 9, Events: 7}
		}
		if got, err := Total(over, a, b); got != want || (err == nil) != ok {
			t.Errorf("total over %s: %+v, %v", over, got, err)
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
