package disclosure

import "math"

// determined marks the cells withheld whose events the sums alone determine,
// however many have to be put together: those that no change which keeps every
// sum can change. Whatever adds up in users or visits does in events, so nothing
// else is determined of any other. A direction chosen at random is projected on
// the space of such changes, by conjugate gradients; where it vanishes, all of
// them do. Sums with parts below a level of territories are left out.
func (t *table) determined(withheld []bool, level int8) []bool {
	type sum struct {
		cells []int32 // by their rank among those withheld
		total int32   // -1: shown
	}
	rank := make([]int32, len(t.cells)) // -1: shown, or left out
	var unknown []int32
	for c, hidden := range withheld {
		rank[c] = -1
		if hidden && t.nodes[t.cells[c].node].level >= level {
			rank[c] = int32(len(unknown))
			unknown = append(unknown, int32(c))
		}
	}
	var sums []sum
	scale := []float64{}
	for i := range t.families {
		f := &t.families[i]
		if f.sums&(1<<ofEvent) == 0 || t.nodes[t.cells[f.parts[0]].node].level < level {
			continue
		}
		s := sum{total: rank[f.total]}
		for _, c := range f.parts {
			if rank[c] >= 0 {
				s.cells = append(s.cells, rank[c])
			}
		}
		n := len(s.cells)
		if s.total >= 0 {
			n++
		}
		if n > 0 {
			sums = append(sums, s)
			scale = append(scale, 1/math.Sqrt(float64(n)))
		}
	}
	apply := func(x, y []float64) { // y = A x
		for i, s := range sums {
			v := 0.0
			for _, c := range s.cells {
				v += x[c]
			}
			if s.total >= 0 {
				v -= x[s.total]
			}
			y[i] = v * scale[i]
		}
	}
	adjoint := func(y, x []float64) { // x = Aᵀ y
		clear(x)
		for i, s := range sums {
			v := y[i] * scale[i]
			for _, c := range s.cells {
				x[c] += v
			}
			if s.total >= 0 {
				x[s.total] -= v
			}
		}
	}
	direction := make([]float64, len(unknown))
	random := uint64(0x9E3779B97F4A7C15)
	for c := range direction {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		direction[c] = 1 + float64(random>>40)/(1<<24)
		if random&1 == 0 {
			direction[c] = -direction[c]
		}
	}
	// Solve A Aᵀ y = A direction; the projection is direction - Aᵀ y.
	r, p, q := make([]float64, len(sums)), make([]float64, len(sums)), make([]float64, len(sums))
	step := make([]float64, len(unknown))
	apply(direction, r)
	copy(p, r)
	norm := dot(r, r)
	for n, enough := 0, 1e-18*norm; n < 2000 && norm > enough; n++ {
		adjoint(p, step)
		apply(step, q)
		alpha := norm / dot(p, q)
		for c := range direction {
			direction[c] -= alpha * step[c]
		}
		for i := range r {
			r[i] -= alpha * q[i]
		}
		next := dot(r, r)
		for i := range p {
			p[i] = r[i] + next/norm*p[i]
		}
		norm = next
	}
	found := make([]bool, len(t.cells))
	for i, c := range unknown {
		found[c] = math.Abs(direction[i]) < 1e-6
	}
	return found
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
