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
	touched   []bool  // by family: one was withheld since begin
	small     uint64
	rounds    int
}

func newDecision(t *table, threshold int) *decision {
	return &decision{table: t, threshold: int32(threshold), withheld: make([]bool, len(t.cells)), count: make([]int32, len(t.families)), touched: make([]bool, len(t.families))}
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
		d.begin()
		for c := range int32(len(d.cells)) {
			if d.protected(c) && b.width(c) < d.room(c) {
				more = d.stale(c) || d.loosen(c, b) || d.shield(c) || more
			}
		}
		if more {
			continue
		}
		for c, found := range d.determined(d.withheld, 0) {
			if found && d.protected(int32(c)) {
				more = d.stale(int32(c)) || d.shield(int32(c)) || more
			}
		}
		if !more {
			return
		}
	}
}

// margin is what is asked for beyond the promise. The reader that the rule plays
// goes from one relation to the next; one who solves them all at once concludes
// a little more of a few cells.
const margin = 1

// room is how far apart a reader must hold the figures of a protected cell
// possible, by what he concludes step by step.
func (d *decision) room(c int32) int32 {
	if d.cells[c].users >= d.threshold {
		return 1
	}
	return min(d.threshold-1+margin, d.most(c), d.spread(c))
}

// spread is how far apart the users of a band of frequency may be for all that
// the users and visits of the school say, where they are shown: of twelve users
// with twenty visits no more than two came five times. That is known of twelve,
// and withholding it would be withholding the school.
func (d *decision) spread(c int32) int32 {
	p := d.places[d.cells[c].place]
	all := d.find(d.cells[c].node, d.globales)
	if p.axe != schemas.ParFrequence || all < 0 || d.withheld[all] {
		return unbounded
	}
	users := d.cells[all].users
	more := d.cells[all].visits - users // beyond the first of each
	some := min(users, more)            // who may have come twice
	switch {
	case p.modalite == "5+" && more > 3*users: // one did, at least
		return min(users, more/4) - 1
	case p.modalite == "5+":
		return min(users, more/4)
	case more < 4: // nobody came five times
		return some - (more+2)/3
	case more > 3*users:
		return users - 1
	case p.modalite == "2-4":
		return some
	}
	return some - 1
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
			d.touched[of.family] = true
		}
	}
}

// begin forgets what was withheld before: bounds have just been drawn.
func (d *decision) begin() { clear(d.touched) }

// stale says whether something was withheld in the families of a cell since its
// bounds were drawn: it may be well protected by now.
func (d *decision) stale(c int32) bool {
	for _, of := range d.of[c] {
		if d.touched[of.family] {
			return true
		}
	}
	return false
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

// loosen withholds one more cell where the bounds of c come from: the cheapest
// of the families that narrowed it or, where all of these is withheld, of those
// that narrowed its fellows. It is false when there is nothing left to withhold.
func (d *decision) loosen(c int32, b *bounds) bool {
	return d.nearest(c, func(c int32, look func(int32)) {
		for _, f := range b.why[c] {
			if f >= 0 {
				look(f)
			}
		}
	})
}

// shield withholds one more cell as near to c as there is one: in a family of
// its own, the cheapest and rather where few are withheld; else in one of its
// fellows', or of theirs. It is false when nothing is left that c hangs on.
func (d *decision) shield(c int32) bool {
	return d.nearest(c, func(c int32, look func(int32)) {
		for _, of := range d.of[c] {
			look(of.family)
		}
	})
}

// nearest withholds the cheapest cell of the families of c and of those of its
// fellows there, or, where all of these is withheld, of those of theirs, and so
// on.
func (d *decision) nearest(c int32, families func(int32, func(int32))) bool {
	ring, seen, looked := []int32{c}, map[int32]bool{c: true}, map[int32]bool{}
	best, cost := int32(-1), int32(0)
	for far := int32(0); len(ring) > 0; far++ {
		var next []int32
		look := func(i int32) {
			if looked[i] {
				return
			}
			looked[i] = true
			f := &d.families[i]
			for _, x := range append([]int32{f.total}, f.parts...) {
				switch {
				case !d.withheld[x]:
					if price := d.price(x) + 2*d.count[i] + 4*far; best < 0 || price < cost {
						best, cost = x, price
					}
				case !seen[x]:
					seen[x] = true
					next = append(next, x)
				}
			}
		}
		for _, c := range ring {
			families(c, look)
		}
		if best >= 0 && far > 0 {
			break
		}
		ring = next
	}
	if best >= 0 {
		d.withhold(best)
	}
	return best >= 0
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
