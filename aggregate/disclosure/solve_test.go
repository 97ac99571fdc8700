package disclosure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// broken says which withheld cells of schools the reader finds out.
func (a *auditor) broken(threshold int) []string {
	var found []string
	for v := range a.determined() {
		if a.named[v.cell] && v.measure != 2 {
			found = append(found, fmt.Sprintf("%s of %s are determined: %d", measureNames[v.measure], v.cell, a.value[v.cell][v.measure]))
		}
	}
	low, high := a.bounds()
	for _, v := range a.guarded() {
		if high[v]-low[v] < a.room(v, threshold) {
			found = append(found, fmt.Sprintf("%s of %s are between %d and %d", measureNames[v.measure], v.cell, low[v], high[v]))
		}
	}
	slices.Sort(found)
	return found
}

// guarded is what the rule promises something of.
func (a *auditor) guarded() []variable {
	var all []variable
	for _, k := range slices.Sorted(maps.Keys(a.named)) {
		for _, m := range []int{0, 1, 3} {
			all = append(all, variable{k, m})
		}
	}
	return all
}

// room is how far apart the rule promises that a reader must hold the least and
// the most of a figure possible: less is finding it out.
func (a *auditor) room(v variable, threshold int) int64 {
	room := int64(1)
	if v.measure == 3 {
		return room // of events, no more than that they are not determined
	}
	if a.small[v.cell] {
		room = int64(threshold) - 1
	}
	// What the number of pupils alone says is not of our making.
	if most, known := a.atMost[v.cell]; known {
		room = min(room, most)
	}
	// Nor is what the school's own users and visits say of how often they came.
	if school, band, ok := strings.Cut(v.cell, "|frequence|"); ok && !a.held[school+"|globales|globales"] {
		room = min(room, often(a.value[school+"|globales|globales"])[band][v.measure])
	}
	return room
}

// often is how far apart the users and the visits of each band may be, for so
// many users and visits in all: every way to deal them out is tried.
func often(of [4]int64) map[string][2]int64 {
	type ends struct{ low, high int64 }
	var found map[string][2]ends
	take := func(band string, users, visits int64) {
		e, known := found[band]
		for m, n := range [2]int64{users, visits} {
			if !known {
				e[m] = ends{n, n}
			}
			e[m] = ends{min(e[m].low, n), max(e[m].high, n)}
		}
		found[band] = e
	}
	found = map[string][2]ends{}
	users, visits := of[0], of[1]
	for five := int64(0); five <= users; five++ {
		for two := int64(0); two <= users-five; two++ {
			for v := 2 * two; v <= 4*two; v++ {
				one := users - five - two
				left := visits - one - v
				if left < 5*five || five == 0 && left > 0 {
					continue
				}
				take("1", one, one)
				take("2-4", two, v)
				take("5+", five, left)
			}
		}
	}
	widths := map[string][2]int64{}
	for band, e := range found {
		widths[band] = [2]int64{e[0].high - e[0].low, e[1].high - e[1].low}
	}
	return widths
}

var measureNames = []string{"users", "visits", "visits with a duration", "events"}

// prime is the field in which sums are solved: exact, but for an accident of
// one in a billion.
const prime = 2147483647

// determined solves the sums for the withheld cells, all measures together.
func (a *auditor) determined() map[variable]bool {
	// Rows in echelon form, by their leading column.
	column := map[variable]int{}
	var names []variable
	rows := map[int]map[int]int64{}
	reduce := func(row map[int]int64, by map[int]int64, at int) {
		factor := prime - row[at]
		for j, v := range by {
			if sum := (row[j] + factor*v) % prime; sum == 0 {
				delete(row, j)
			} else {
				row[j] = sum
			}
		}
	}
	lead := func(row map[int]int64) int {
		first := -1
		for j := range row {
			if first < 0 || j < first {
				first = j
			}
		}
		return first
	}
	for _, l := range a.relation {
		if !l.equal {
			continue
		}
		row := map[int]int64{}
		for _, t := range l.terms {
			if !a.held[t.cell] {
				continue
			}
			c, known := column[t.variable]
			if !known {
				c = len(names)
				column[t.variable] = c
				names = append(names, t.variable)
			}
			row[c] = ((row[c]+t.times)%prime + prime) % prime
		}
		for c := lead(row); c >= 0; c = lead(row) {
			if by, taken := rows[c]; taken {
				reduce(row, by, c)
				continue
			}
			inverse := power(row[c], prime-2)
			for j := range row {
				row[j] = row[j] * inverse % prime
			}
			rows[c] = row
			break
		}
	}
	found := map[variable]bool{}
	for c := len(names) - 1; c >= 0; c-- {
		row, pivot := rows[c]
		if !pivot {
			continue
		}
		for j := c + 1; j < len(names); j++ {
			if _, in := row[j]; in && rows[j] != nil {
				reduce(row, rows[j], j)
			}
		}
		if len(row) == 1 {
			found[names[c]] = true
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

// endless is more than any figure.
const endless = int64(1) << 40

// bounds goes from relation to relation, in every measure at once, until
// nothing more follows.
func (a *auditor) bounds() (low, high map[variable]int64) {
	low, high = map[variable]int64{}, map[variable]int64{}
	of := map[variable][]int{}
	for i, l := range a.relation {
		for _, t := range l.terms {
			of[t.variable] = append(of[t.variable], i)
		}
	}
	for v := range of {
		n := a.value[v.cell][v.measure]
		low[v], high[v] = n, n
		if a.held[v.cell] {
			low[v], high[v] = 0, endless
			if most, known := a.atMost[v.cell]; known && v.measure == 0 {
				high[v] = max(most, n)
			}
			if v.measure != 2 && (strings.HasSuffix(v.cell, "|globales") || !strings.HasPrefix(v.cell, "ecole:")) {
				low[v] = min(1, n) // its line is there
			}
		}
	}
	queue := make([]int, 0, len(a.relation))
	queued := make([]bool, len(a.relation))
	for i := range a.relation {
		queue, queued[i] = append(queue, i), true
	}
	for n := 200 * len(a.relation); len(queue) > 0 && n > 0; n-- {
		i := queue[0]
		queue, queued[i] = queue[1:], false
		l := &a.relation[i]
		var least, most int64 // of the sum of the terms
		for _, t := range l.terms {
			x, y := t.times*low[t.variable], t.times*high[t.variable]
			least, most = least+min(x, y), most+max(x, y)
		}
		for _, t := range l.terms {
			if !a.held[t.cell] {
				continue
			}
			v := t.variable
			x, y := t.times*low[v], t.times*high[v]
			// The term is at least what the others leave, and for a sum no more.
			from := -(most - max(x, y))
			upTo := endless * 8
			if l.equal {
				upTo = -(least - min(x, y))
			}
			newLow, newHigh := low[v], high[v]
			if t.times > 0 {
				newLow, newHigh = max(newLow, ceil(from, t.times)), min(newHigh, floor(upTo, t.times))
			} else {
				newLow, newHigh = max(newLow, ceil(-upTo, -t.times)), min(newHigh, floor(-from, -t.times))
			}
			if newLow == low[v] && newHigh == high[v] {
				continue
			}
			low[v], high[v] = newLow, newHigh
			for _, j := range of[v] {
				if !queued[j] {
					queue, queued[j] = append(queue, j), true
				}
			}
			least, most = 0, 0
			for _, t := range l.terms {
				x, y := t.times*low[t.variable], t.times*high[t.variable]
				least, most = least+min(x, y), most+max(x, y)
			}
		}
	}
	return low, high
}

// floor and ceil divide by n > 0.
func floor(x, n int64) int64 {
	q := x / n
	if x%n < 0 {
		q--
	}
	return q
}

func ceil(x, n int64) int64 { return -floor(-x, n) }
