package attention

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// looked is the week looked at; those before it are named by their distance.
var looked = schemas.Week(schemas.DateDay(2026, time.November, 16))

const hid = -1 // a week that may not be shown

// school has the users of its weeks; the last one is the week looked at.
func school(pupils int, users ...int) School {
	s := School{UAI: schemas.MakeUAI(310001), Name: "École", Pupils: pupils}
	for i, u := range users {
		w := Week{Week: looked - schemas.Week(7*(len(users)-1-i))}
		switch {
		case u == hid:
			w.Withheld = true
		default:
			w.Users, w.Visits = uint64(u), uint64(2*u)
		}
		s.Weeks = append(s.Weeks, w)
	}
	return s
}

func TestOneSchool(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    School
		want string // "" = nothing to say
	}{
		{"as usual", school(100, 20, 21, 19, 20, 22, 20, 20), ""},
		{"nothing known", school(100), ""},
		{"one week without a visit, after many users", school(100, 20, 21, 19, 20, 22, 20, 0), "arrêt: 0 contre 20, 1 semaine"},
		{"one week without a visit, after few users", school(100, 3, 4, 3, 4, 3, 4, 0), ""},
		{"two weeks without a visit, after few users", school(100, 3, 4, 3, 4, 3, 0, 0), "arrêt: 0 contre 3, 2 semaines"},
		{"a visit long ago", school(100, 5, 0, 0, 0, 0, 0, 0, 0), "arrêt: 0 contre 0, 7 semaines"},
		{"a visit two weeks ago, nothing usual", school(100, 0, 5, 0, 0), ""},
		{"half of the usual users", school(100, 20, 20, 20, 20, 20, 20, 10), "baisse: 10 contre 20, 6 semaines"},
		{"a bit more than half", school(100, 20, 20, 20, 20, 20, 20, 11), ""},
		{"half, but of few", school(100, 10, 10, 10, 10, 10, 10, 4), ""},
		{"a fall of a week that may not be shown", school(100, 20, 20, 20, 20, 20, 20, hid), ""},
		{"hidden weeks are left out of what is usual", school(100, hid, hid, 20, hid, 20, 20, 5), "baisse: 5 contre 20, 3 semaines"},
		{"too few known weeks", school(100, hid, hid, hid, hid, 20, 20, 5), ""},
		{"one outlier does not make it usual", school(100, 20, 20, 90, 20, 20, 20, 15), ""},
		{"never", school(100, 0, 0, 0, 0), "jamais: 0 contre 0, 4 semaines"},
		{"never, but the year is young", school(100, 0, 0), ""},
		{"the first visits", school(100, 0, 0, 0, 7), "début: 7 contre 0, 0 semaine"},
		{"the first visits two weeks ago", school(100, 0, 0, 0, 7, 9), "début: 9 contre 0, 0 semaine"},
		{"the first visits three weeks ago", school(100, 0, 0, 0, 7, 9, 9), ""},
		{"the first visits may not be shown", school(100, 0, 0, 0, hid), "début: 0 contre 0, 0 semaine"},
		{"half as many more", school(100, 20, 20, 20, 20, 20, 20, 30), "remarquable: 30 contre 20, 6 semaines"},
		{"half as many more, of few", school(100, 6, 6, 6, 6, 6, 6, 9), ""},
	} {
		items := Defaults().List([]School{tt.s})
		got := ""
		if len(items) > 0 {
			it := items[0]
			plural := "s"
			if it.Weeks < 2 {
				plural = ""
			}
			got = fmt.Sprintf("%s: %d contre %d, %d semaine%s", []string{"arrêt", "baisse", "jamais", "début", "remarquable"}[it.Kind], it.Now, it.Usual, it.Weeks, plural)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A school that was used last year has not begun when September is silent.
func TestLastYear(t *testing.T) {
	s := school(100, 20, 20, 20, 20, 0, 0, 0, 0)
	for i := range s.Weeks {
		if i < 4 {
			s.Weeks[i].Week = schemas.Week(schemas.DateDay(2026, time.June, 1)) + schemas.Week(7*i)
		}
	}
	items := Defaults().List([]School{s})
	if len(items) != 1 || items[0].Kind != Never || items[0].Weeks != 4 {
		t.Errorf("%+v: want never this year, for 4 weeks", items)
	}
	s.Weeks[7].Users, s.Weeks[7].Visits = 9, 9
	if items := Defaults().List([]School{s}); len(items) != 0 {
		t.Errorf("%+v: it comes back, it does not begin", items)
	}
}

func TestNeighbours(t *testing.T) {
	var schools []School
	for i := range 9 {
		s := school(100, 20, 20, 20, 20, 20, 20, 20)
		s.UAI = schemas.MakeUAI(310010 + i)
		schools = append(schools, s)
	}
	schools[4].Pupils = 50 // 40 for 100 pupils, twice the neighbours' 20
	items := Defaults().List(schools)
	if len(items) != 1 || items[0].UAI != schools[4].UAI || items[0].Rate != 400 || items[0].Peers != 200 {
		t.Errorf("%+v: want the small school, 40,0 against 20,0", items)
	}
	if items := Defaults().List(schools[2:]); len(items) != 0 {
		t.Errorf("%+v: 7 schools are too few to say what neighbours do", items)
	}
	if p, ok := Defaults().Together(schools); !ok || p != 100 {
		t.Errorf("together %d %v", p, ok)
	}
	for i := range schools {
		schools[i].Weeks[6].Users = 5
	}
	if p, ok := Defaults().Together(schools); !ok || p != 25 {
		t.Errorf("all fall together: %d %v, want 25", p, ok)
	}
}

// Whom to call first: those that stopped, by users lost; then those that
// fall; those that never began, the largest first; then the good news.
func TestOrder(t *testing.T) {
	schools := []School{
		school(100, 20, 20, 20, 20, 20, 20, 40),
		school(80, 0, 0, 0, 0, 0, 0, 0),
		school(200, 0, 0, 0, 0, 0, 0, 0),
		school(100, 20, 20, 20, 20, 20, 20, 5),
		school(100, 50, 50, 50, 50, 50, 50, 5),
		school(100, 30, 30, 30, 30, 30, 30, 0),
		school(100, 60, 60, 60, 60, 60, 60, 0),
		school(100, 0, 0, 0, 0, 0, 0, 8),
	}
	for i := range schools {
		schools[i].UAI = schemas.UAI(fmt.Sprint(i))
	}
	var want []schemas.UAI
	for _, i := range []int{6, 5, 4, 3, 2, 1, 7, 0} {
		want = append(want, schemas.UAI(fmt.Sprint(i)))
	}
	for range 20 {
		rand.Shuffle(len(schools), func(i, j int) { schools[i], schools[j] = schools[j], schools[i] })
		var got []schemas.UAI
		for _, it := range Defaults().List(schools) {
			got = append(got, it.UAI)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("order %v, want %v", got, want)
		}
	}
}

// The list says nothing that depends on the figures of a hidden week.
func TestHiddenWeeksSayNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		s := school(60, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		for i := range s.Weeks {
			s.Weeks[i].Users = uint64(r.IntN(40))
			s.Weeks[i].Visits = s.Weeks[i].Users
			s.Weeks[i].Withheld = r.IntN(3) == 0
		}
		other := s
		other.Weeks = slices.Clone(s.Weeks)
		for i := range other.Weeks {
			if other.Weeks[i].Withheld {
				other.Weeks[i].Users, other.Weeks[i].Visits = 0, 0
			}
		}
		a, b := fmt.Sprint(kinds(Defaults().List([]School{s}))), fmt.Sprint(kinds(Defaults().List([]School{other})))
		if a != b {
			t.Fatalf("%s with the figures of hidden weeks, %s without: %+v", a, b, s.Weeks)
		}
	}
}

func kinds(items []Item) (out []string) {
	for _, it := range items {
		out = append(out, fmt.Sprint(it.Kind, it.Usual, it.Weeks, it.Since, it.Rate))
	}
	return out
}
