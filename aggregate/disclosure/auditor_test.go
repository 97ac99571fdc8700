package disclosure

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

// auditor is a reader of everything that is shown of a week. It is given cells
// and the names of those withheld, and builds the sums that tie them by itself.
type auditor struct {
	value map[string][4]int64 // by "territory|axis|modality": users, visits, visits with a duration, events
	held  map[string]bool
	small map[string]bool // withheld, of a school, with visits, under the threshold
	named map[string]bool // withheld, of a school, with visits
	sums  [4][]sum
}

// sum says that the parts add up to the total.
type sum struct {
	total string
	parts []string
}

func audit(cells []schemas.WeekCell, schools []schemas.School, w schemas.Withholding, threshold int) *auditor {
	a := &auditor{value: map[string][4]int64{}, held: map[string]bool{}, small: map[string]bool{}, named: map[string]bool{}}
	key := func(territory, axe, modalite string) string { return territory + "|" + axe + "|" + modalite }
	above := map[string][]string{}
	children := map[string]map[string]bool{}
	for _, s := range schools {
		path := []string{"ecole:" + string(s.UAI), "circonscription:" + s.Circonscription, "dsden:" + s.DSDEN, "academie:" + s.Academie, "region:" + s.Region}
		if s.Circonscription == "" {
			path[1] = "sans:" + s.DSDEN
		}
		above[path[0]] = path[1:]
		for i := range path[1:] {
			if children[path[i+1]] == nil {
				children[path[i+1]] = map[string]bool{}
			}
			children[path[i+1]][path[i]] = true
		}
	}
	modalities := map[string]map[string]bool{}
	add := func(k string, c *schemas.WeekCell) {
		v := a.value[k]
		for i, n := range []uint64{c.Users, c.Visits, c.VisitsWithDuration, c.Events} {
			v[i] += int64(n)
		}
		a.value[k] = v
	}
	for i := range cells {
		c := &cells[i]
		if modalities[string(c.Axe)] == nil {
			modalities[string(c.Axe)] = map[string]bool{}
		}
		modalities[string(c.Axe)][c.Modalite] = true
		school := "ecole:" + string(c.UAI)
		add(key(school, string(c.Axe), c.Modalite), c)
		for _, t := range above[school] {
			add(key(t, string(c.Axe), c.Modalite), c)
		}
	}
	for _, c := range w.Cells {
		if c.FineOnly {
			continue
		}
		k := key(c.Scope.String(), string(c.Axe), c.Modalite)
		a.held[k] = true
		if v := a.value[k]; c.Niveau == schemas.Ecole && v[0] > 0 {
			a.named[k] = true
			a.small[k] = v[0] < int64(threshold)
		}
	}
	// A group of schools without circonscription is on no page; it is known where
	// the rest of its DSDEN is.
	for k := range a.value {
		if strings.HasPrefix(k, "sans:") {
			a.held[k] = true
		}
	}
	territories := map[string]bool{}
	for k := range a.value {
		t, _, _ := strings.Cut(k, "|")
		territories[t] = true
	}
	tie := func(total string, parts []string, measures ...int) {
		if len(parts) > 0 {
			for _, m := range measures {
				a.sums[m] = append(a.sums[m], sum{total, parts})
			}
		}
	}
	for t := range territories {
		list := func(axe string, keep func(string) bool) (keys []string) {
			for m := range modalities[axe] {
				if keep(m) {
					keys = append(keys, key(t, axe, m))
				}
			}
			return keys
		}
		all := func(string) bool { return true }
		globales := key(t, "globales", "globales")
		for _, axe := range []string{"profil", "appareil", "os", "navigateur"} {
			tie(globales, list(axe, all), 1, 2, 3)
		}
		tie(globales, list("frequence", all), 0, 1, 2, 3)
		tie(globales, list("service", all), 3)
		for p := range modalities["profil"] {
			of := func(m string) bool { return strings.HasPrefix(m, p+"×") }
			tie(key(t, "profil", p), list("profil×appareil", of), 1, 2, 3)
			tie(key(t, "profil", p), list("profil×service", of), 3)
		}
		for axe, crossed := range map[string]string{"appareil": "profil×appareil", "service": "profil×service"} {
			for m := range modalities[axe] {
				tie(key(t, axe, m), list(crossed, func(x string) bool { return strings.HasSuffix(x, "×"+m) }), 1, 2, 3)
			}
		}
		for axe, ms := range modalities {
			for m := range ms {
				var parts []string
				for c := range children[t] {
					parts = append(parts, key(c, axe, m))
				}
				tie(key(t, axe, m), parts, 0, 1, 2, 3)
			}
		}
	}
	return a
}

// broken says which withheld cells of schools the reader finds out.
func (a *auditor) broken(threshold int) []string {
	var found []string
	for m, name := range []string{"users", "visits", "", "events"} {
		if name == "" {
			continue
		}
		for k := range a.determined(m) {
			found = append(found, fmt.Sprintf("%s of %s are determined: %d", name, k, a.value[k][m]))
		}
	}
	for m := range 2 {
		low, high := a.bounds(m)
		for k := range a.small {
			if a.small[k] && high[k]-low[k] < int64(threshold)-1 {
				found = append(found, fmt.Sprintf("%s is between %d and %d", k, low[k], high[k]))
			}
		}
	}
	slices.Sort(found)
	return found
}

// prime is the field in which sums are solved: exact, but for an accident of
// one in a billion.
const prime = 2147483647

// determined solves the sums of a measure for the withheld cells.
func (a *auditor) determined(m int) map[string]bool {
	column := map[string]int{}
	var names []string
	var rows [][]int64
	for _, s := range a.sums[m] {
		row := map[string]int64{}
		for _, p := range s.parts {
			if a.held[p] {
				row[p]++
			}
		}
		if a.held[s.total] {
			row[s.total] += prime - 1
		}
		if len(row) == 0 {
			continue
		}
		for k := range row {
			if _, ok := column[k]; !ok {
				column[k] = len(names)
				names = append(names, k)
			}
		}
		dense := make([]int64, 0, len(names))
		for range names {
			dense = append(dense, 0)
		}
		for k, v := range row {
			dense[column[k]] = v % prime
		}
		rows = append(rows, dense)
	}
	for i := range rows {
		rows[i] = append(rows[i], make([]int64, len(names)-len(rows[i]))...)
	}
	pivots := 0
	for c := range names {
		at := -1
		for r := pivots; r < len(rows); r++ {
			if rows[r][c] != 0 {
				at = r
				break
			}
		}
		if at < 0 {
			continue
		}
		rows[pivots], rows[at] = rows[at], rows[pivots]
		inverse := power(rows[pivots][c], prime-2)
		for j := range names {
			rows[pivots][j] = rows[pivots][j] * inverse % prime
		}
		for r := range rows {
			if by := rows[r][c]; r != pivots && by != 0 {
				for j, v := range rows[pivots] {
					if v != 0 {
						rows[r][j] = (rows[r][j] + (prime-by)*v) % prime
					}
				}
			}
		}
		pivots++
	}
	found := map[string]bool{}
	for _, row := range rows[:pivots] {
		only := -1
		for j, v := range row {
			if v != 0 && only >= 0 {
				only = -2
				break
			}
			if v != 0 {
				only = j
			}
		}
		if only >= 0 && a.named[names[only]] {
			found[names[only]] = true
		}
	}
	return found
}

func power(b, e int64) int64 {
	result := int64(1)
	for ; e > 0; e >>= 1 {
		if e&1 == 1 {
			result = result * b % prime
		}
		b = b * b % prime
	}
	return result
}

// bounds goes from sum to sum until nothing more follows.
func (a *auditor) bounds(m int) (low, high map[string]int64) {
	low, high = map[string]int64{}, map[string]int64{}
	known := func(k string) {
		if _, ok := low[k]; ok {
			return
		}
		low[k], high[k] = a.value[k][m], a.value[k][m]
		if a.held[k] {
			low[k], high[k] = 0, 1<<40
			if strings.HasSuffix(k, "|globales") || !strings.HasPrefix(k, "ecole:") {
				low[k] = min(1, a.value[k][m])
			}
		}
	}
	for k := range a.named {
		known(k)
	}
	for changed, n := true, 0; changed && n < 200; n++ {
		changed = false
		set := func(k string, l, h int64) {
			if l > low[k] {
				low[k], changed = l, true
			}
			if h < high[k] {
				high[k], changed = h, true
			}
		}
		for _, s := range a.sums[m] {
			known(s.total)
			var l, h int64
			for _, p := range s.parts {
				known(p)
				l, h = l+low[p], h+high[p]
			}
			set(s.total, l, h)
			for _, p := range s.parts {
				pl, ph := low[p], high[p]
				set(p, low[s.total]-(h-ph), high[s.total]-(l-pl))
			}
		}
	}
	return low, high
}

// TestNothingFollows plays the reader over 1,000 weeks of small regions.
func TestNothingFollows(t *testing.T) {
	worlds := uint64(1000)
	if testing.Short() {
		worlds = 100
	}
	var total, small, withheld, broken uint64
	for seed := range worlds {
		r := rand.New(rand.NewPCG(seed, 1))
		schools := smallShape.directory(r)
		cells := count(smallShape.week(r, len(schools)), schools)
		w := New(5).Decide(cells, schools)
		total, small, withheld = total+w.Total, small+w.Small, withheld+w.Withheld
		for _, b := range audit(cells, schools, w, 5).broken(5) {
			if broken++; broken < 10 {
				t.Errorf("world %d: %s", seed, b)
			}
		}
	}
	t.Logf("%d worlds, %d cells of schools: %.1f %% small, %.1f %% withheld, %d found out",
		worlds, total, 100*float64(small)/float64(total), 100*float64(withheld)/float64(total), broken)
	if total < 50*worlds || broken > 0 {
		t.Errorf("%d cells of %d found out", broken, total)
	}
}

// The order in which cells come from the engine changes nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	schools := smallShape.directory(r)
	cells := count(smallShape.week(r, len(schools)), schools)
	first := New(5).Decide(cells, schools)
	r.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	if again := New(5).Decide(cells, schools); !slices.Equal(first.Cells, again.Cells) {
		t.Error("another order of cells is decided otherwise")
	}
	if off := New(0).Decide(cells, schools); len(off.Cells) != 0 || off.Total != uint64(len(cells)) {
		t.Errorf("a threshold of 0 withholds: %+v", off)
	}
}

// Without the cells that protect others, the same reader finds many out.
func TestSmallCellsAloneAreFoundOut(t *testing.T) {
	worlds := 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		schools := smallShape.directory(r)
		cells := count(smallShape.week(r, len(schools)), schools)
		d := newDecision(newTable(cells, schools), 5)
		d.primary()
		if len(audit(cells, schools, d.result(), 5).broken(5)) > 0 {
			worlds++
		}
	}
	if worlds < 18 {
		t.Errorf("the reader finds cells out in %d worlds of 20 only", worlds)
	}
}
