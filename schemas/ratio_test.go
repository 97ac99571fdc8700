package schemas

import "testing"

func TestUnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		part, whole Count
		perMille    uint64
		ok          bool
	}{
		{"a third", Known(1), Known(3), 333, true},
		{"two thirds, rounded half up", Known(2), Known(3), 667, true},
		{"nobody came", Known(0), Known(30), 0, true},
		{"more than the population", Known(31), Known(30), 1033, true},
		{"nobody could come", Known(0), Known(0), 0, false},
		{"population unknown", Known(5), Count{}, 0, false},
		{"users unknown", Count{}, Known(5), 0, false},
	} {
		r := Ratio{tt.part, tt.whole}
		if n, ok := r.PerMille(); n != tt.perMille || ok != tt.ok {
			t.Errorf("%s: %d ‰, %v", tt.name, n, ok)
		}
		if _, ok := r.Value(); ok != tt.ok {
			t.Errorf("%s: value %v", tt.name, ok)
		}
		if _, known := r.AtLeast(10); known != tt.ok {
			t.Errorf("%s: reached is known %v", tt.name, known)
		}
	}
	if n, known := Known(2).Plus(Known(3)).Get(); n != 5 || !known {
		t.Errorf("2 + 3 = %d, %v", n, known)
	}
	if Known(2).Plus(Count{}).IsKnown() || (Count{}).Plus(Known(2)).IsKnown() {
		t.Error("a sum with an unknown part is known")
	}
	for _, tt := range []struct {
		part uint64
		want bool
	}{{9, false}, {10, true}, {11, true}} {
		if got, _ := (Ratio{Known(tt.part), Known(100)}).AtLeast(10); got != tt.want {
			t.Errorf("%d of 100: %v", tt.part, got)
		}
	}
}

func TestPotentialPopulation(t *testing.T) {
	t.Parallel()
	u, v := MakeUAI(1), MakeUAI(2)
	with, without := School{UAI: u, Pupils: 90}, School{UAI: u, Pupils: -1}
	own := NewPopulation(2026, 2026, []PupilCount{{u, 100}}, []AccountCount{
		{u, Parent, 300, 50, 20}, {u, Parent, 200, 40, 10}, {u, Eleve, 300, 99, 80}, {u, Enseignant, 300, 6, -1},
	})
	earlier := NewPopulation(2026, 2024, []PupilCount{{u, 80}}, nil)
	none := NewPopulation(2026, 0, nil, nil)
	for _, tt := range []struct {
		name   string
		p      *Population
		s      School
		profil Profil
		want   Count
	}{
		{"effectifs of the year before the directory", own, with, Eleve, Known(100)},
		{"the directory before an earlier rentrée", earlier, with, Eleve, Known(90)},
		{"an earlier rentrée before nothing", earlier, without, Eleve, Known(80)},
		{"the directory alone", none, with, Eleve, Known(90)},
		{"nothing says it", none, without, Eleve, Count{}},
		{"another school", own, School{UAI: v, Pupils: -1}, Eleve, Count{}},
		{"parents: accounts of the latest day", own, with, Parent, Known(50)},
		{"teachers", own, with, Enseignant, Known(6)},
		{"parents whom the ENT does not count", none, with, Parent, Count{}},
	} {
		if got := tt.p.Potential(&tt.s, tt.profil); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	if loaded, activated := own.Accounts(u, Parent); loaded != Known(50) || activated != Known(20) {
		t.Errorf("accounts of parents: %v %v", loaded, activated)
	}
	if _, activated := own.Accounts(u, Enseignant); activated.IsKnown() {
		t.Error("activated accounts that nobody said are known")
	}
}
