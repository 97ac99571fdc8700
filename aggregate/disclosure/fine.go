package disclosure

import "github.com/entaudience/entaudience/schemas"

// crowd is what a reader could single out of a territory: users of schools of
// which nothing finer than the week is shown below it.
type crowd struct{ users, largest, schools int32 }

func (c *crowd) add(o crowd) {
	c.users, c.largest, c.schools = c.users+o.users, max(c.largest, o.largest), c.schools+o.schools
}

// hides says whether a crowd is one in which nobody is singled out.
func (c crowd) hides(threshold int32) bool {
	return c.schools == 0 || c.schools > 1 && c.users-c.largest >= threshold
}

// fine names the cells of territories whose days and hours may not be shown.
//
// No day of an establishment is shown. Those of a territory, less those of the
// territories below that are shown, must not be of a single school, nor of one
// and fewer than threshold users of the others. And they must not follow from
// what else is shown of the day: a day is tied by the same sums as the week, so
// a cell is found out where those sums determine it, and more territories keep
// theirs to themselves until none is that had to.
//
// The schools themselves need not be looked at. Two of one circonscription may
// change any visit between them, and nothing that is shown of the day changes:
// a reader does not know of which modalities a school has none. One alone is
// its circonscription, or what of a DSDEN has none. And weeks add nothing: what
// one day may have more, another may have less.
func (d *decision) fine() []schemas.WithheldCell {
	days := newDecision(d.table, int(d.threshold))
	schools := make([]int32, len(d.nodes))
	for n := range d.schools {
		schools[d.nodes[n].parent]++
	}
	protected := make([]bool, len(d.cells))
	for c := range int32(len(d.cells)) {
		n := d.cells[c].node
		protected[c] = schools[n] == 1 && d.cells[c].users > 0
		// There are no days of a band of frequency: nothing to learn from.
		if int(n) < d.schools || !d.nodes[n].shown() || d.withheld[c] || d.places[d.cells[c].place].axe == schemas.ParFrequence {
			days.withhold(c)
		}
	}
	for _, c := range d.lonely() {
		days.withhold(c)
		protected[c] = true
	}
	for more := true; more; {
		more = false
		days.alone(protected)
		days.begin()
		for c, found := range d.determined(days.withheld, 1) {
			if found && protected[c] {
				more = days.stale(int32(c)) || days.shield(int32(c)) || more
			}
		}
	}
	var found []schemas.WithheldCell
	for c, hidden := range days.withheld {
		n, p := d.nodes[d.cells[c].node], d.places[d.cells[c].place]
		if hidden && n.level > 0 && n.shown() && !d.withheld[c] && p.axe != schemas.ParFrequence {
			found = append(found, schemas.WithheldCell{Scope: n.Scope, Axe: p.axe, Modalite: p.modalite, FineOnly: true})
		}
	}
	return found
}

// alone withholds another beside each cell that is the only one withheld of a
// sum of territories: what determines most of those that are determined.
func (d *decision) alone(protected []bool) {
	for more := true; more; {
		more = false
		for i := range d.families {
			f := &d.families[i]
			if d.count[i] != 1 || f.sums == 0 || d.nodes[d.cells[f.parts[0]].node].level == 0 {
				continue
			}
			hidden := f.total
			for _, p := range f.parts {
				if d.withheld[p] {
					hidden = p
				}
			}
			if protected[hidden] && d.hide(int32(i)) {
				more = true
			}
		}
	}
}

// lonely lists the cells of territories that would single someone out, if their
// days were shown.
func (d *decision) lonely() []int32 {
	var found []int32
	crowds := make([]crowd, len(d.nodes))
	for p := range int32(len(d.places)) {
		clear(crowds)
		for n := range int32(len(d.nodes)) { // children before their parents
			c := d.find(n, p)
			if c < 0 {
				continue
			}
			node := d.nodes[n]
			if users := d.cells[c].users; node.level == 0 && users > 0 {
				crowds[n] = crowd{users, users, 1}
			}
			left := crowds[n]
			if node.level > 0 && node.shown() && !d.withheld[c] {
				if left.hides(d.threshold) {
					continue // shown: nothing is left to single out above
				}
				found = append(found, c)
			}
			if node.parent >= 0 {
				crowds[node.parent].add(left)
			}
		}
	}
	return found
}
