package dashboards

import (
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

// Where most schools have no visit, the classes of a map still tell the others
// apart.
func TestMapClassesAmongFewSchools(t *testing.T) {
	var schools []*schoolUse
	for i := range 100 {
		s := &schoolUse{School: &schemas.School{}, pupils: schemas.Known(100)}
		if i < 20 {
			s.Now.Visits, s.Now.Users = 10, uint64(1+i)
			s.Now.Weeks.add(0)
		}
		schools = append(schools, s)
	}
	for _, s := range schools[20:80] {
		s.outside = true
	}
	q := spreadVisited(schools)
	for class, want := range map[dotClass]int{dotNone: 20, dotLow: 5, dotMiddle: 10, dotHigh: 5, dotUnknown: 0, dotOutside: 60} {
		if got := countClass(schools, q, class); int(got) != want {
			t.Errorf("%d schools of %q, want %d", got, q.label(class), want)
		}
	}
}

// The zeros of schools that nobody enrolled are no part of a spread; that of an
// enrolled school is.
func TestSpreadOfTheEnrolled(t *testing.T) {
	var schools []*schoolUse
	for i := range 18 {
		s := &schoolUse{School: &schemas.School{}, pupils: schemas.Known(100), outside: i >= 9}
		if i > 0 && i < 9 {
			s.Now.Visits, s.Now.Users = 10, uint64(i)
			s.Now.Weeks.add(0)
		}
		schools = append(schools, s)
	}
	q := spread(schools)
	if q.Schools != 9 || q.Min.N != 0 || q.Q1.N != 20 || q.Median.N != 40 || q.Q3.N != 60 || q.Max.N != 80 {
		t.Errorf("%+v, want the nine enrolled schools, from 0 to 8", q)
	}
}
