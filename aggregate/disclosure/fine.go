package disclosure

import "github.com/entaudience/entaudience/schemas"

// crowd is what a reader could single out of a territory: users of schools of
// which nothing finer than the week is shown below it.
type crowd struct{ users, largest, schools int32 }

func (c *crowd) add(o crowd) {
	c.users, c.largest, c.schools = c.users+o.users, max(c.largest, o.largest), c.schools+o.schools
}

// fine names the cells of territories whose days and hours may not be shown:
// less those of the territories below that are shown, they would be of a single
// school, or of one and fewer than threshold users of the others.
func (d *decision) fine() []schemas.WithheldCell {
	var found []schemas.WithheldCell
	crowds := make([]crowd, len(d.nodes))
	for p := range int32(len(d.places)) {
		clear(crowds)
		for n := range int32(len(d.nodes)) { // children before their parents
			c := d.find(n, p)
			if c < 0 {
				continue
			}
			of := d.cells[c]
			node := d.nodes[n]
			if node.level == 0 && of.users > 0 {
				crowds[n] = crowd{of.users, of.users, 1}
			}
			left := crowds[n]
			if node.level > 0 && node.shown() && !d.withheld[c] {
				if left.schools == 0 || left.schools > 1 && left.users-left.largest >= d.threshold {
					continue // shown: nothing is left to single out above
				}
				at := d.places[p]
				found = append(found, schemas.WithheldCell{Scope: node.Scope, Axe: at.axe, Modalite: at.modalite, FineOnly: true})
			}
			if node.parent >= 0 {
				crowds[node.parent].add(left)
			}
		}
	}
	return found
}
