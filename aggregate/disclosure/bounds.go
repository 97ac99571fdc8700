package disclosure

// unbounded is more than any week of a region holds.
const unbounded = 1 << 26

// bounds are what a reader can conclude of every cell, step by step: nothing
// at first of those withheld but that they have a visit, everything of the
// others, then whatever one relation at a time adds.
type bounds struct {
	*table
	low, high []figures
	queue     []int32 // families to look at again
	queued    []bool
	held      []bool
	now       int32      // family looked at
	by        [2][]int32 // by measure and cell: the family that last lowered its upper bound, -1
}

func newBounds(t *table, withheld []bool) *bounds {
	b := &bounds{
		table: t, low: make([]figures, len(t.cells)), high: make([]figures, len(t.cells)),
		queued: make([]bool, len(t.families)), held: withheld, by: [2][]int32{make([]int32, len(t.cells)), make([]int32, len(t.cells))},
	}
	for c, hidden := range withheld {
		b.by[0][c], b.by[1][c] = -1, -1
		if !hidden {
			b.low[c], b.high[c] = t.cells[c].figures, t.cells[c].figures
			continue
		}
		b.low[c] = t.least(int32(c))
		b.high[c] = figures{unbounded, unbounded, unbounded, unbounded}
		b.again(int32(c))
	}
	return b
}

// least is what a reader knows of a cell withheld from its line being there.
func (t *table) least(c int32) figures {
	if int(t.cells[c].node) < t.schools && silent(t.places[t.cells[c].place].axe) {
		return figures{}
	}
	return figures{1, 1, 0, 1}
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
		for _, m := range []int{ofUsers, ofVisit} {
			b.family(&b.families[f], m)
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

// family applies the sum of one measure.
func (b *bounds) family(f *family, m int) {
	if f.rel[m] != equal {
		return
	}
	var low, high int64
	for _, p := range f.parts {
		low += int64(b.low[p].at(m))
		high += int64(b.high[p].at(m))
	}
	t := f.total
	b.atMost(t, m, high)
	b.atLeast(t, m, low)
	for _, p := range f.parts {
		if b.held[p] {
			l, h := int64(b.low[p].at(m)), int64(b.high[p].at(m))
			b.atMost(p, m, int64(b.high[t].at(m))-(low-l))
			b.atLeast(p, m, int64(b.low[t].at(m))-(high-h))
		}
	}
}

func (b *bounds) atMost(c int32, m int, n int64) {
	if high := b.high[c].at(m); b.held[c] && n < int64(high) {
		b.high[c].set(m, int32(n))
		b.by[m][c] = b.now
		b.narrowed(c, high-int32(n), high-b.low[c].at(m))
	}
}

func (b *bounds) atLeast(c int32, m int, n int64) {
	if low := b.low[c].at(m); b.held[c] && n > int64(low) {
		b.low[c].set(m, int32(n))
		b.narrowed(c, int32(n)-low, b.high[c].at(m)-low)
	}
}

// narrowed has the families of a cell looked at again. What moves a wide bound
// a little is not worth it: such bounds creep for ever and give nothing away.
func (b *bounds) narrowed(c, by, width int32) {
	if by > width/16 {
		b.again(c)
	}
}

// narrow is the measure of a cell that is known best.
func (b *bounds) narrow(c int32) int {
	if b.high[c].users-b.low[c].users < b.high[c].visits-b.low[c].visits {
		return ofUsers
	}
	return ofVisit
}

// width is how far apart a reader must hold the users of a cell possible, or
// its visits if those are nearer.
func (b *bounds) width(c int32) int32 {
	return min(b.high[c].users-b.low[c].users, b.high[c].visits-b.low[c].visits)
}
