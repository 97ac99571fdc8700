package simulate_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// Days of the school year 2025-2026 in zone C.
var (
	monday   = schemas.DateDay(2026, time.March, 16) // of an ordinary week of classes
	holidays = schemas.DateDay(2026, time.February, 23)
	august   = schemas.DateDay(2025, time.August, 11)
)

// count is what the hits of some days are made of.
type count struct {
	hits    int
	visits  map[string]int             // by profile
	devices map[string]map[string]int  // by profile and device
	hours   map[string]*[7][24]float64 // by profile, from Sunday
	schools map[schemas.UAI]int
	users   map[schemas.UAI]map[string]bool
	plan1   int // hits of the 2012 plan
}

// week counts the visits of seven days. Visits are those of the rules: what
// two draws give one person at a time is one visit.
func week(r *simulate.Region, first schemas.Day) count {
	c := count{
		visits: map[string]int{}, devices: map[string]map[string]int{}, hours: map[string]*[7][24]float64{},
		schools: map[schemas.UAI]int{}, users: map[schemas.UAI]map[string]bool{},
	}
	type who struct {
		uai    schemas.UAI
		person string
	}
	last := map[who]int64{}
	for d := first; d < first+7; d++ {
		for h := range r.Hits(d) {
			c.hits++
			f := h.Fact
			if h.Path == "/hit.xitif" {
				c.plan1++
			}
			w := who{f.UAI, f.Person}
			before, known := last[w]
			last[w] = f.TS
			if known && f.TS-before < 30*60*1000 {
				continue
			}
			p := f.Profil
			c.visits[p]++
			c.schools[f.UAI]++
			if c.users[f.UAI] == nil {
				c.users[f.UAI] = map[string]bool{}
			}
			c.users[f.UAI][f.Person] = true
			if c.devices[p] == nil {
				c.devices[p], c.hours[p] = map[string]int{}, &[7][24]float64{}
			}
			c.devices[p][string(f.Device)]++
			at := time.UnixMilli(f.TS).In(schemas.Paris)
			c.hours[p][at.Weekday()][at.Hour()]++
		}
	}
	return c
}

func (c count) total() (n int) {
	for _, v := range c.visits {
		n += v
	}
	return n
}

// between is the number of visits of a profile from an hour to another of the
// days of the week.
func (c count) between(profil string, from, to int, days ...time.Weekday) (n float64) {
	for _, d := range days {
		for h := from; h < to; h++ {
			n += c.hours[profil][d][h]
		}
	}
	return n
}

// enrolled lists the schools enrolled in a year.
func enrolled(r *simulate.Region, y schemas.SchoolYear) (all []schemas.UAI) {
	for _, e := range r.Enrolments(y) {
		all = append(all, e.UAI)
	}
	return all
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance {
		t.Errorf("%s: %.4f, want %.4f ± %.4f", what, got, want, tolerance)
	}
}

// TestTraffic: an ordinary week of classes has the national proportions of
// domain §4 and the rhythm of domain §6.
func TestTraffic(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1, Scale: 0.05})
	c := week(r, monday)
	total := float64(c.total())
	t.Logf("%d hits, %.0f visits, %d schools, %d on the 2012 plan", c.hits, total, len(c.schools), c.plan1)

	near(t, "hits per visit", float64(c.hits)/total, 8, 0.4)
	near(t, "visits per enrolled school and week", total/0.05/float64(len(enrolled(r, 2025))), 440, 60)
	near(t, "hits of the 2012 plan", float64(c.plan1)/float64(c.hits), 0.12, 0.05)

	unknown := float64(c.visits[""] + c.visits["AUTRE"])
	for profil, want := range map[string]float64{"ELEVE": 0.402, "PARENT": 0.375, "ENSEIGNANT": 0.192, "ADMIN_VIE_SCOL_TECH": 0.03} {
		near(t, "share of "+profil, float64(c.visits[profil])/total, want, 0.02)
	}
	near(t, "share of other profiles", (unknown+float64(c.visits["COLLECTIVITE"]))/total, 0.0045, 0.002)

	for profil, devices := range map[string]map[string]float64{
		"ELEVE":  {"smartphone": 0.54, "ordinateur": 0.44, "tablette": 0.02},
		"PARENT": {"smartphone": 0.82, "ordinateur": 0.18, "tablette": 0.005},
	} {
		for device, want := range devices {
			near(t, device+" of "+profil, float64(c.devices[profil][device])/float64(c.visits[profil]), want, 0.025)
		}
	}

	classes := []time.Weekday{time.Monday, time.Tuesday, time.Thursday, time.Friday}
	for _, profil := range []string{"ELEVE", "ENSEIGNANT"} {
		day := c.between(profil, 0, 24, classes...)
		near(t, "mornings of "+profil, c.between(profil, 8, 12, classes...)/day, 0.45, 0.08)
	}
	parents := c.between("PARENT", 0, 24, classes...)
	near(t, "evenings of parents", c.between("PARENT", 17, 21, classes...)/parents, 0.47, 0.05)
	for _, profil := range []string{"ELEVE", "PARENT", "ENSEIGNANT"} {
		sunday := c.between(profil, 0, 24, time.Sunday)
		near(t, "Sunday evenings of "+profil, c.between(profil, 17, 22, time.Sunday)/sunday, 0.55, 0.08)
		if saturday := c.between(profil, 0, 24, time.Saturday); saturday >= sunday {
			t.Errorf("%s: %v visits on Saturday, %v on Sunday", profil, saturday, sunday)
		}
		if monday, wednesday := c.between(profil, 0, 24, time.Monday), c.between(profil, 0, 24, time.Wednesday); wednesday >= monday {
			t.Errorf("%s: %v visits on Wednesday, %v on Monday", profil, wednesday, monday)
		}
	}

	users := 0
	for _, people := range c.users {
		users += len(people)
	}
	near(t, "visits per user", total/float64(users), 2.6, 0.5)

	if n := float64(week(r, holidays).total()); n > 0.2*total || n < 0.05*total {
		t.Errorf("%.0f visits in a week of holidays, %.0f in one of classes", n, total)
	}
	if n := float64(week(r, august).total()); n > 0.02*total || n == 0 {
		t.Errorf("%.0f visits in a week of August, %.0f in one of classes", n, total)
	}
}

// TestSparse: a tenth of the traffic is that of two thirds of the schools, each
// with a third of its visits, of less than half the hits: as many as when every
// school has a tenth, and a school's own figures are not of two persons.
func TestSparse(t *testing.T) {
	full := region(t, simulate.Options{Seed: 1, Scale: 0.1})
	sparse := region(t, simulate.Options{Seed: 1, Scale: 0.1, Sparse: true})
	a, b := week(full, monday), week(sparse, monday)
	t.Logf("%d hits instead of %d, %d schools instead of %d", b.hits, a.hits, len(b.schools), len(a.schools))
	near(t, "hits", float64(b.hits)/float64(a.hits), 1, 0.15)
	near(t, "enrolled schools", float64(len(enrolled(sparse, 2025)))/float64(len(enrolled(full, 2025))), 0.65, 0.05)
	near(t, "visits of a school", float64(b.total())/float64(len(b.schools)), 440*0.35, 40)
	near(t, "hits of a visit", float64(b.hits)/float64(b.total()), 8*0.45, 0.3)
	for _, e := range sparse.Enrolments(2026) { // the same schools, but fewer
		if !slices.Contains(enrolled(full, 2026), e.UAI) {
			t.Errorf("%s is enrolled in the sparse region only", e.UAI)
		}
	}
}

// TestGrowth: the use grows over a year and from year to year.
func TestGrowth(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1, Scale: 0.01})
	autumn := week(r, schemas.DateDay(2025, time.September, 15)).total()
	summer := week(r, schemas.DateDay(2026, time.June, 15)).total()
	next := week(r, schemas.DateDay(2026, time.September, 14)).total()
	if autumn >= summer || autumn >= next {
		t.Errorf("visits: %d in September, %d in June, %d a year later", autumn, summer, next)
	}
}

// TestSchoolsDiffer: there are enrolled schools that never send a hit, schools
// that stop, schools that begin, and some that stand out.
func TestSchoolsDiffer(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1, Scale: 0.2, Departements: []string{"032", "048", "081"}})
	early := week(r, schemas.DateDay(2025, time.September, 15)).schools
	late := week(r, schemas.DateDay(2026, time.June, 8)).schools
	schools := enrolled(r, 2025)
	var never, stopped, began int
	for _, u := range schools {
		switch {
		case early[u] == 0 && late[u] == 0:
			never++
		case late[u] == 0:
			stopped++
		case early[u] == 0:
			began++
		}
	}
	for what, n := range map[string]int{"never send a hit": never, "stop": stopped, "begin": began} {
		if share := float64(n) / float64(len(schools)); share < 0.02 || share > 0.25 {
			t.Errorf("%d of %d schools %s", n, len(schools), what)
		}
	}
	for u := range late {
		if !slices.Contains(schools, u) {
			t.Errorf("%s is not enrolled and sends hits", u)
		}
	}
	var visits []int
	for _, n := range late {
		visits = append(visits, n)
	}
	slices.Sort(visits)
	if median, most := visits[len(visits)/2], visits[len(visits)-1]; most < 5*median {
		t.Errorf("the median school has %d visits, the best %d", median, most)
	}
	for _, a := range r.Accounts(2025) {
		if !slices.Contains(schools, a.UAI) || a.Activated > a.Loaded || a.Loaded == 0 {
			t.Errorf("accounts %+v", a)
		}
	}
	if now, before := len(enrolled(r, 2026)), len(enrolled(r, 2024)); now <= before {
		t.Errorf("%d schools are enrolled in 2026, %d in 2024", now, before)
	}
}

// TestHitsDeterministic: a seed and a day give the same hits, and those of a
// school do not depend on which others are in the region.
func TestHitsDeterministic(t *testing.T) {
	o := simulate.Options{Seed: 3, Scale: 0.05, Departements: []string{"048"}}
	first := slices.Collect(region(t, o).Hits(monday))
	if len(first) < 500 {
		t.Fatalf("only %d hits", len(first))
	}
	if again := slices.Collect(region(t, o).Hits(monday)); !slices.Equal(first, again) {
		t.Error("the same seed and day give other hits")
	}
	if next := slices.Collect(region(t, o).Hits(monday + 7)); slices.Equal(first, next) {
		t.Error("another day gives the same hits")
	}
	o.Departements = []string{"048", "046"}
	var lozere []simulate.Hit
	for h := range region(t, o).Hits(monday) {
		if h.Fact.UAI.Departement() == "048" {
			lozere = append(lozere, h)
		}
	}
	if !slices.Equal(first, lozere) {
		t.Error("the hits of Lozère are others beside those of the Lot")
	}
	for i := 1; i < len(first); i++ {
		if first[i].Fact.TS < first[i-1].Fact.TS {
			t.Fatalf("hit %d is before the one before it", i)
		}
	}
}

// TestWeekIsItsOwn: visits cross midnight, but not into another week, and a
// Sunday of 23 or 25 hours has its hits in its own day.
func TestWeekIsItsOwn(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1, Scale: 0.1, Departements: []string{"031"}})
	after := 0
	for d := monday; d < monday+7; d++ {
		for h := range r.Hits(d) {
			day := schemas.DayOf(time.UnixMilli(h.Fact.TS))
			if day > d {
				after++
			}
			if day < d || day > d+1 || day.Week() != d.Week() {
				t.Fatalf("a hit of %s is of %s", d, day)
			}
		}
	}
	if after == 0 {
		t.Error("no visit crosses midnight")
	}
	// The nights of 23 and of 25 hours.
	for _, d := range []schemas.Day{schemas.DateDay(2026, time.March, 29), schemas.DateDay(2025, time.October, 26)} {
		late := 0
		for h := range r.Hits(d) {
			at := time.UnixMilli(h.Fact.TS)
			if schemas.DayOf(at) != d {
				t.Fatalf("a hit of %s is of %s", d, at)
			}
			if at.In(schemas.Paris).Hour() == 23 {
				late++
			}
		}
		if late == 0 {
			t.Errorf("nobody comes at 23 h on %s", d)
		}
	}
}
