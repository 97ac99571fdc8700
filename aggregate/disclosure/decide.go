package disclosure

import (
	"math/bits"

	"github.com/entaudience/entaudience/schemas"
)

// The measures by which a cell may be found out.
const (
	ofUsers = 0
	ofVisit = 1
	ofLong  = 2
	ofEvent = 3
)

// decision is the work on one week.
type decision struct {
	*table
	threshold int32
	withheld  []bool
	count     []int32 // by family: members withheld
	small     uint64
	rounds    int
}

func newDecision(t *table, threshold int) *decision {
	return &decision{table: t, threshold: int32(threshold), withheld: make([]bool, len(t.cells)), count: make([]int32, len(t.families))}
}

// primary withholds the small cells of establishments.
func (d *decision) primary() {
	for c := range int32(len(d.cells)) {
		if int(d.cells[c].node) < d.schools && d.cells[c].users < d.threshold {
			d.withhold(c)
			if d.cells[c].users > 0 {
				d.small++
			}
		}
	}
}

// complement withholds more, until a reader who puts everything that is shown
// together finds no cell withheld, nor the users or the visits of one to within
// threshold-1. It plays that reader.
func (d *decision) complement() {
	for {
		d.sums()
		d.rounds++
		more := false
		b := newBounds(d.table, d.withheld)
		b.run()
		for c := range int32(len(d.cells)) {
			if d.protected(c) && b.width(c) < d.room(c) {
				more = d.loosen(c, b) || d.shield(c) || more
			}
		}
		if more {
			continue
		}
		for _, m := range []int{ofVisit, ofEvent} {
			for c, found := range d.determined(d.withheld, m, 0) {
				if found && d.protected(int32(c)) {
					more = d.shield(int32(c)) || more
				}
			}
		}
		if !more {
			return
		}
	}
}

// room is how far apart a reader must hold the figures of a protected cell
// possible.
func (d *decision) room(c int32) int32 {
	if d.cells[c].users < d.threshold {
		return min(d.threshold-1, d.most(c))
	}
	return 1
}

// protected says whether a cell must not be found out: one of an establishment
// that is withheld and has visits.
func (d *decision) protected(c int32) bool {
	return d.withheld[c] && int(d.cells[c].node) < d.schools && d.cells[c].users > 0
}

func (d *decision) withhold(c int32) {
	if !d.withheld[c] {
		d.withheld[c] = true
		for _, of := range d.of[c] {
			d.count[of.family]++
		}
	}
}

// sums sees to it that no sum gives a cell away by itself: beside a cell
// withheld there is another, and what they have together leaves each of them
// the room that it must have.
func (d *decision) sums() {
	for more := true; more; {
		more = false
		for i := range d.families {
			for d.tight(int32(i)) && d.hide(int32(i)) {
				more = true
			}
		}
	}
}

// tight says whether a sum leaves its withheld members too little room.
func (d *decision) tight(i int32) bool {
	f := &d.families[i]
	n := d.count[i]
	if n == 0 || f.sums == 0 {
		return false
	}
	if n == 1 {
		return true
	}
	if d.withheld[f.total] {
		return false
	}
	var sum figures
	room := int32(1)
	for _, p := range f.parts {
		if d.withheld[p] {
			room = max(room, d.room(p))
			sum = sum.plus(d.cells[p].figures, 1).plus(d.least(p), -1)
		}
	}
	for _, m := range []int{ofUsers, ofVisit, ofEvent} {
		if f.sums&(1<<m) != 0 && sum.at(m) < room {
			return true
		}
	}
	return false
}

// hide withholds one more member of a family, the cheapest; it is false when
// all are.
func (d *decision) hide(i int32) bool {
	f := &d.families[i]
	best, cost := int32(-1), int32(0)
	for _, c := range append([]int32{f.total}, f.parts...) {
		if d.withheld[c] {
			continue
		}
		if price := d.price(c); best < 0 || price < cost {
			best, cost = c, price
		}
	}
	if best < 0 {
		return false
	}
	d.withhold(best)
	return true
}

// price is what it costs the reader that a cell is withheld: more for a
// territory, for all visits and for a profile, a little more for a large cell
// than for a small one, and as much again for each sum in which another would
// have to be withheld with it.
func (d *decision) price(c int32) int32 {
	n := d.nodes[d.cells[c].node]
	if !n.shown() {
		return 1
	}
	each := [...]int32{4, 40, 120, 400, 1200}[n.level]
	switch p := d.places[d.cells[c].place]; {
	case p.axe == schemas.Globales:
		each *= 10
	case p.axe == schemas.ParProfil && p.modalite == string(schemas.Eleve):
		each *= 6 // rates hang on it
	case p.axe == schemas.ParProfil:
		each *= 2
	}
	price := each + int32(bits.Len32(uint32(d.cells[c].users)))/2
	for _, of := range d.of[c] {
		if f := &d.families[of.family]; f.sums != 0 && d.count[of.family] == 0 {
			price += each
		}
	}
	return price
}

// loosen withholds one more cell where the bounds of c come from: in a family
// that narrowed it or, where all of that is withheld, in those that narrowed its
// fellows. It is false when there is nothing left to withhold.
func (d *decision) loosen(c int32, b *bounds) bool {
	var queue []int32
	seen := map[int32]bool{-1: true}
	add := func(c int32) {
		for _, f := range b.why[c] {
			if !seen[f] {
				seen[f] = true
				queue = append(queue, f)
			}
		}
	}
	// What narrowed the measure that is known best comes first.
	if m := b.narrow(c); b.why[c][2*m+1] >= 0 {
		queue, seen[b.why[c][2*m+1]] = append(queue, b.why[c][2*m+1]), true
	}
	add(c)
	for ; len(queue) > 0; queue = queue[1:] {
		if d.hide(queue[0]) {
			return true
		}
		f := &d.families[queue[0]]
		add(f.total)
		for _, p := range f.parts {
			add(p)
		}
	}
	return false
}

// shield withholds one more cell as near to c as there is one: in a family of
// its own, the cheapest and rather where few are withheld; else in one of its
// fellows', or of theirs. It is false when nothing is left that c hangs on.
func (d *decision) shield(c int32) bool {
	ring, seen := []int32{c}, map[int32]bool{c: true}
	looked := map[int32]bool{}
	for len(ring) > 0 {
		best, cost := int32(-1), int32(0)
		var next []int32
		for _, c := range ring {
			for _, of := range d.of[c] {
				if looked[of.family] {
					continue
				}
				looked[of.family] = true
				f := &d.families[of.family]
				for _, x := range append([]int32{f.total}, f.parts...) {
					if d.withheld[x] {
						if !seen[x] {
							seen[x] = true
							next = append(next, x)
						}
						continue
					}
					if price := d.price(x) + 2*d.count[of.family]; best < 0 || price < cost {
						best, cost = x, price
					}
				}
			}
		}
		if best >= 0 {
			d.withhold(best)
			return true
		}
		ring = next
	}
	return false
}

// result names what is withheld.
func (d *decision) result() schemas.Withholding {
	w := schemas.Withholding{Small: d.small}
	for c, hidden := range d.withheld {
		n := d.nodes[d.cells[c].node]
		seen := d.cells[c].users > 0
		if n.level == 0 && seen {
			w.Total++
		}
		if !hidden || !n.shown() {
			continue
		}
		if n.level == 0 && seen {
			w.Withheld++
		}
		p := d.places[d.cells[c].place]
		w.Cells = append(w.Cells, schemas.WithheldCell{Scope: n.Scope, Axe: p.axe, Modalite: p.modalite})
	}
	return w
}
