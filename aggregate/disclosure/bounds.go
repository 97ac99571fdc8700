package disclosure

import (
	"slices"

	"github.com/entaudience/entaudience/schemas"
)

// unbounded is more than any week of a region holds.
const unbounded = 1 << 26

// bounds are what a reader can conclude of every cell, step by step: nothing
// at first of those withheld but that they have a visit and no more pupils than
// the school, everything of the others, then whatever one relation between
// cells, or between the measures of one, adds.
type bounds struct {
	*table
	low, high []figures
	queue     []int32 // families to look at again
	queued    []bool
	held      []bool
	gaps      [][]figures // by family, by part: how much more its total may have
	now       int32       // family looked at
	why       [][4]int32  // by cell: the family that last raised or lowered the bounds of users, and of visits; -1
}

func newBounds(t *table, withheld []bool) *bounds {
	b := &bounds{
		table: t, low: make([]figures, len(t.cells)), high: make([]figures, len(t.cells)),
		queued: make([]bool, len(t.families)), held: withheld, why: make([][4]int32, len(t.cells)), now: -1,
	}
	for c, hidden := range withheld {
		b.why[c] = [4]int32{-1, -1, -1, -1}
		if !hidden {
			b.low[c], b.high[c] = t.cells[c].figures, t.cells[c].figures
			continue
		}
		b.low[c] = t.least(int32(c))
		b.high[c] = figures{users: t.most(int32(c)), visits: unbounded, withDuration: unbounded, events: unbounded}
		b.again(int32(c))
	}
	b.gaps = make([][]figures, len(t.families))
	for f := range b.queue {
		b.above(b.queue[f])
	}
	return b
}

// wide is a gap between a total and its part that says nothing.
const wide = 16

// above looks up by how much the total of a family may be more than each part:
// by no more than in a territory above that shows both, of which this is one of
// those that add up to it.
func (b *bounds) above(f int32) {
	if b.families[f].geo {
		return
	}
	total := b.cells[b.families[f].total]
	for i, part := range b.families[f].parts {
		gap, found := figures{wide, wide, wide, wide}, false
		for n := b.nodes[total.node].parent; n >= 0; n = b.nodes[n].parent {
			t, p := b.find(n, total.place), b.find(n, b.cells[part].place)
			if b.held[t] || b.held[p] {
				continue
			}
			for m := range measures {
				if more := b.cells[t].at(m) - b.cells[p].at(m); more < gap.at(m) {
					gap.set(m, more)
					found = true
				}
			}
		}
		if found {
			if b.gaps[f] == nil {
				b.gaps[f] = slices.Repeat([]figures{{wide, wide, wide, wide}}, len(b.families[f].parts))
			}
			b.gaps[f][i] = gap
		}
	}
}

// near applies the gaps of a family.
func (b *bounds) near(f int32) {
	for i, gap := range b.gaps[f] {
		t, p := b.families[f].total, b.families[f].parts[i]
		for m := range measures {
			if more := int64(gap.at(m)); more < wide {
				b.atMost(t, m, int64(b.high[p].at(m))+more)
				b.atLeast(p, m, int64(b.low[t].at(m))-more)
			}
		}
	}
}

// least is what a reader knows of a cell withheld from its line being there.
func (t *table) least(c int32) figures {
	if int(t.cells[c].node) < t.schools && silent(t.places[t.cells[c].place].axe) {
		return figures{}
	}
	return figures{1, 1, 0, 1}
}

// most is how many users a cell may have for all that is known of the school
// alone: its pupils, of those of pupils.
func (t *table) most(c int32) int32 {
	n := t.cells[c].node
	if int(n) < t.schools && t.pupils[n] > 0 && t.ofPupils[t.cells[c].place] {
		return max(t.pupils[n], t.cells[c].users)
	}
	return unbounded
}

// steps bounds how often a family is looked at, on average.
const steps = 40

// run concludes all that it can.
func (b *bounds) run() {
	for n := steps * len(b.families); len(b.queue) > 0 && n > 0; n-- {
		f := b.queue[0]
		b.queue = b.queue[1:]
		b.queued[f] = false
		b.now = f
		for m := range measures {
			b.family(&b.families[f], m)
		}
		b.near(f)
		if b.families[f].bands {
			b.bands(&b.families[f])
		}
	}
}

func (b *bounds) again(c int32) {
	for _, of := range b.of[c] {
		if !b.queued[of.family] {
			b.queued[of.family] = true
			b.queue = append(b.queue, of.family)
		}
	}
}

// family applies the relation of one measure.
func (b *bounds) family(f *family, m int) {
	var low, high int64
	for _, p := range f.parts {
		low += int64(b.low[p].at(m))
		high += int64(b.high[p].at(m))
	}
	t, rel := f.total, f.rel[m]
	noMore := rel == equal || rel == pack  // the parts together are no more than the total
	noLess := rel == equal || rel == cover // and no less
	if noLess {
		b.atMost(t, m, high)
	}
	if noMore {
		b.atLeast(t, m, low)
	}
	for _, p := range f.parts {
		if !noMore {
			b.atLeast(t, m, int64(b.low[p].at(m)))
		}
		if !b.held[p] {
			continue
		}
		l, h := int64(b.low[p].at(m)), int64(b.high[p].at(m))
		if noMore {
			b.atMost(p, m, int64(b.high[t].at(m))-(low-l))
		} else {
			b.atMost(p, m, int64(b.high[t].at(m)))
		}
		if noLess {
			b.atLeast(p, m, int64(b.low[t].at(m))-(high-h))
		}
	}
}

// bands applies what users and visits say together of how often they came: who
// came twice or more has a visit beyond the first, who came five times has four.
func (b *bounds) bands(f *family) {
	beyond := int64(b.high[f.total].visits) - int64(b.low[f.total].users)
	each := func(p int32) int64 {
		fewest, _ := b.band(p)
		return int64(fewest - 1)
	}
	for _, p := range f.parts {
		beyond -= each(p) * int64(b.low[p].users)
	}
	for _, p := range f.parts {
		if n := each(p); n > 0 && beyond >= 0 {
			b.atMost(p, ofUsers, int64(b.low[p].users)+beyond/n)
		}
	}
}

// atMost lowers the upper bound of a measure of a cell.
func (b *bounds) atMost(c int32, m int, n int64) {
	high := b.high[c].at(m)
	if !b.held[c] || n >= int64(high) || n < int64(b.low[c].at(m)) {
		return
	}
	b.high[c].set(m, int32(n))
	if m < 2 {
		b.why[c][2*m+1] = b.now
	}
	b.narrowed(c, high-int32(n), high-b.low[c].at(m))
	b.within(c)
}

// atLeast raises the lower bound of a measure of a cell.
func (b *bounds) atLeast(c int32, m int, n int64) {
	low := b.low[c].at(m)
	if !b.held[c] || n <= int64(low) || n > int64(b.high[c].at(m)) {
		return
	}
	b.low[c].set(m, int32(n))
	if m < 2 {
		b.why[c][2*m] = b.now
	}
	b.narrowed(c, int32(n)-low, b.high[c].at(m)-low)
	b.within(c)
}

// within applies what ties the measures of one cell: users have a visit each,
// visits an event, and those with a duration two, but where a service is only a
// part of them; a band of frequency says how many visits each user has.
func (b *bounds) within(c int32) {
	low, high := b.low[c], b.high[c]
	fewest, most := b.band(c)
	twice := low.withDuration
	switch b.places[b.cells[c].place].axe {
	case schemas.ParService, schemas.ParProfilService, schemas.ParOutil:
		twice = 0
	default:
		b.atMost(c, ofLong, int64(high.events)-int64(low.visits))
	}
	b.atMost(c, ofVisit, int64(high.events)-int64(twice))
	b.atLeast(c, ofEvent, int64(low.visits)+int64(twice))
	b.atMost(c, ofLong, int64(high.visits))
	b.atLeast(c, ofVisit, int64(low.withDuration))
	b.atMost(c, ofUsers, int64(high.visits/fewest))
	b.atLeast(c, ofVisit, int64(low.users)*int64(fewest))
	b.atMost(c, ofVisit, int64(high.users)*int64(most))
	b.atLeast(c, ofUsers, (int64(low.visits)+int64(most)-1)/int64(most))
}

// band is how many visits a user of a cell has, at least and at most.
func (t *table) band(c int32) (fewest, most int32) {
	p := t.places[t.cells[c].place]
	if p.axe == schemas.ParFrequence {
		switch p.modalite {
		case "1":
			return 1, 1
		case "2-4":
			return 2, 4
		case "5+":
			return 5, unbounded
		}
	}
	return 1, unbounded
}

// creep is what part of its width a bound must move by.
const creep = 64

// narrowed has the families of a cell looked at again. What moves a wide bound
// a little is not worth it: such bounds creep for ever and give nothing away.
func (b *bounds) narrowed(c, by, width int32) {
	if by > width/creep {
		b.again(c)
	}
}

// width is how far apart a reader must hold the users of a cell possible, or
// its visits if those are nearer.
func (b *bounds) width(c int32) int32 {
	return min(b.high[c].users-b.low[c].users, b.high[c].visits-b.low[c].visits)
}
