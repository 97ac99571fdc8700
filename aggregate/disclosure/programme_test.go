package disclosure

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// near is how near to a whole number a figure is taken for it. The relations
// have coefficients of 1 to 5, so ends are fractions of small denominators, and
// what the bounds are let out by and what is lost in rounding is less than a
// thousandth of this.
const near = 1e-3

// puzzler is a reader who puts all relations together at once. He first goes
// from one to the next, so whatever that finds he finds, too.
type puzzler struct {
	*auditor
	low, high map[variable]int64
	seen      map[variable]*ends // of what is guarded
	solved    int
	exchanges int
}

// ends are the least and the most of a figure in the worlds that were found.
type ends struct {
	least, most float64 // from the truth
	room        int64
}

// enough says that the worlds found are as far apart as the rule promises.
func (e *ends) enough() bool {
	return math.Floor(e.most+near)-math.Ceil(e.least-near) >= float64(e.room)
}

// single says that only one value is left.
func (e *ends) single() bool { return e.room > 0 && math.Floor(e.most+near) == math.Ceil(e.least-near) }

// programme is a linear programme: the figures that are unknown, between the
// bounds that going from relation to relation gave, and all relations that say
// more than those bounds.
type programme struct {
	unknown []variable // then one for each inequality: what its sum is
	number  map[variable]int
	checks  []check
	simplex *simplex
}

// check is a relation, and how it stands in the truth.
type check struct {
	linear
	stands int64
}

// programme makes that of the figures of some territories: all others are as
// they are in truth.
func (p *puzzler) programme(free func(territory string) bool) *programme {
	q := &programme{number: map[variable]int{}}
	var low, high []float64 // from the truth
	for _, l := range p.relation {
		for _, t := range l.terms {
			v := t.variable
			territory, _, _ := strings.Cut(v.cell, "|")
			if _, known := q.number[v]; known || p.low[v] == p.high[v] || !free(territory) {
				continue
			}
			q.number[v] = len(q.unknown)
			q.unknown = append(q.unknown, v)
			truth := p.value[v.cell][v.measure]
			low = append(low, float64(p.low[v]-truth))
			high = append(high, float64(min(p.high[v]-truth, 1000))) // what goes so far is far enough
		}
	}
	var sums, rows []map[int]float64
	for _, l := range p.relation {
		row := map[int]float64{}
		var stands, least int64
		for _, t := range l.terms {
			v := t.variable
			n := t.times * p.value[v.cell][v.measure]
			stands += n
			if i, in := q.number[v]; in {
				row[i] += float64(t.times)
				n = min(t.times*p.low[v], t.times*p.high[v])
			}
			least += n
		}
		switch {
		case len(row) == 0 || !l.equal && least >= 0: // says nothing more
		case l.equal:
			q.checks = append(q.checks, check{l, stands})
			sums = append(sums, row)
		default:
			q.checks = append(q.checks, check{l, stands})
			rows = append(rows, row)
			low, high = append(low, -float64(stands)), append(high, math.Inf(1))
		}
	}
	follow := make([]map[int]float64, len(q.unknown), len(low))
	for u, row := range eliminate(sums, rows) {
		follow[u] = row
	}
	q.simplex = newSimplex(low, high, append(follow, rows...))
	return q
}

// eliminate solves sums, each for the unknown that is in the fewest of them, and
// puts what is found in the place of it everywhere.
func eliminate(sums, rows []map[int]float64) map[int]map[int]float64 {
	all := slices.Concat(sums, rows)
	in := map[int]map[int]bool{} // unknown → rows
	for i, row := range all {
		for u := range row {
			if in[u] == nil {
				in[u] = map[int]bool{}
			}
			in[u][i] = true
		}
	}
	solved := map[int]int{} // unknown → row
	order := make([]int, len(sums))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return len(sums[x]) - len(sums[y]) })
	for _, i := range order {
		row := sums[i]
		best := -1
		for u, t := range row {
			better := best < 0 || len(in[u]) < len(in[best]) || len(in[u]) == len(in[best]) && u < best
			if math.Abs(t) > 0.5 && better {
				best = u
			}
		}
		if best < 0 {
			continue // follows from the others
		}
		of := -1 / row[best]
		delete(row, best)
		for u := range row {
			row[u] *= of
		}
		solved[best] = i
		for r := range in[best] {
			if r == i {
				continue
			}
			t := all[r][best]
			delete(all[r], best)
			for u, v := range row {
				sum := all[r][u] + t*v
				if math.Abs(sum) < zero {
					delete(all[r], u)
					delete(in[u], r)
					continue
				}
				all[r][u] = sum
				in[u][r] = true
			}
		}
		delete(in, best)
	}
	follow := map[int]map[int]float64{}
	for u, i := range solved {
		follow[u] = all[i]
	}
	return follow
}

// puzzle says which withheld cells of schools the reader finds out. Worlds are
// looked for where few figures change, then where more do, and in the end where
// all may.
func (a *auditor) puzzle(threshold int) *puzzler {
	p := &puzzler{auditor: a, seen: map[variable]*ends{}}
	p.low, p.high = a.bounds()
	for _, v := range a.guarded() {
		p.seen[v] = &ends{room: a.room(v, threshold)}
	}
	for _, level := range []string{"circonscription:", "sans:", "dsden:"} {
		for _, t := range slices.Sorted(maps.Keys(a.below)) {
			if strings.HasPrefix(t, level) {
				p.look(func(territory string) bool { return a.below[t][territory] })
			}
		}
	}
	p.look(func(string) bool { return true })
	return p
}

// look looks for worlds.
func (p *puzzler) look(free func(string) bool) {
	var left []variable
	for _, v := range p.guarded() {
		if territory, _, _ := strings.Cut(v.cell, "|"); free(territory) && !p.seen[v].enough() {
			left = append(left, v)
		}
	}
	if len(left) == 0 {
		return
	}
	q := p.programme(free)
	show := func() {
		q.verify(p.value)
		for _, v := range left {
			if i, in := q.number[v]; in {
				at, e := q.simplex.at[i], p.seen[v]
				e.least, e.most = min(e.least, at), max(e.most, at)
			}
		}
	}
	for _, v := range left {
		i, in := q.number[v]
		e := p.seen[v]
		if !in || e.enough() {
			continue
		}
		enough := func() bool {
			now := *e
			now.least, now.most = min(e.least, q.simplex.at[i]), max(e.most, q.simplex.at[i])
			return now.enough()
		}
		for _, way := range []float64{1, -1} {
			if e.enough() {
				break
			}
			p.solved++
			q.simplex.push(i, way, enough)
			show()
		}
		q.simplex.reset()
	}
	p.exchanges += q.simplex.exchanges
}

// say is what the reader knows of a figure.
func (p *puzzler) say(v variable) string {
	truth := float64(p.value[v.cell][v.measure])
	end := func(x float64) float64 { return math.Round((truth+x)/near)*near + 0 }
	e := p.seen[v]
	return fmt.Sprintf("%s of %s are between %.2f and %.2f; step by step %d and %d",
		measureNames[v.measure], v.cell, end(e.least), end(e.most), p.low[v], p.high[v])
}

// verify stops at a world in which a relation does not hold.
func (q *programme) verify(value map[string][4]int64) {
	for _, c := range q.checks {
		sum := float64(c.stands)
		for _, t := range c.terms {
			if i, in := q.number[t.variable]; in {
				sum += float64(t.times) * q.simplex.at[i]
			}
		}
		if sum < -near/10 || c.equal && sum > near/10 {
			panic(fmt.Sprintf("a relation is missed by %g", sum))
		}
	}
}
