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
	q := spreadVisited(schools)
	for class, want := range map[dotClass]int{dotNone: 80, dotLow: 5, dotMiddle: 10, dotHigh: 5, dotUnknown: 0} {
		if got := countClass(schools, q, class); int(got) != want {
			t.Errorf("%d schools of %q, want %d", got, q.label(class), want)
		}
	}
}
