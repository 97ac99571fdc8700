package disclosure

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// simplex says how far one unknown may go while all relations hold. It starts
// from a world where they do and walks from there, one exchange at a time: so
// wherever it stops, it has seen another such world.
//
// It is a simplex method with bounds and a dense table, as in any book. It is
// here because there is no other for Go without C that does: gonum's (0.17)
// factorises the matrix of all relations at every exchange, took 36 seconds for
// one unknown of the smallest of the random weeks, and said in the end that it
// had no bounds, which it has. HiGHS found out the same figures as this in the
// first twelve weeks, between the same ends.
//
// Of the unknowns some are free to move, the columns; the others, the rows,
// follow from them: row = Σ times × column. All count from the world that it
// starts from, where all are 0.
type simplex struct {
	low, high []float64 // by unknown
	at        []float64 // by unknown: where it is now
	tableau
	start     tableau
	order     []int // room to work in
	exchanges int
}

// tableau says how the rows follow from the columns.
type tableau struct {
	times         [][]float64 // by column, by row
	rows, columns []int       // their unknowns
	row, column   []int       // of an unknown; -1
}

func (t tableau) clone() tableau {
	c := tableau{make([][]float64, len(t.times)), slices.Clone(t.rows), slices.Clone(t.columns), slices.Clone(t.row), slices.Clone(t.column)}
	for j := range t.times {
		c.times[j] = slices.Clone(t.times[j])
	}
	return c
}

// Coefficients are small whole numbers and stay near to them: what is less than
// zero is an error of rounding, and nothing less than pivot is divided by.
const (
	zero  = 1e-9
	pivot = 1e-5
)

// slack is by how much every bound is let out, each by another amount, so that
// no two are met at once and no walk turns in a circle. What it adds to the
// ends of an unknown is far less than near.
const slack = 1e-6

// tries is of how many columns it is looked up how far they move.
const tries = 8

// newSimplex takes the bounds of the unknowns and those that follow from others,
// each with its coefficients by unknown.
func newSimplex(low, high []float64, follow []map[int]float64) *simplex {
	n := len(low)
	s := &simplex{low: make([]float64, n), high: make([]float64, n), at: make([]float64, n)}
	s.row, s.column = make([]int, n), make([]int, n)
	r := rand.New(rand.NewPCG(7, uint64(n)))
	for u, by := range follow {
		s.low[u], s.high[u] = low[u]-slack*(1+r.Float64()), high[u]+slack*(1+r.Float64())
		s.row[u], s.column[u] = -1, -1
		if by != nil {
			s.row[u] = len(s.rows)
			s.rows = append(s.rows, u)
		} else {
			s.column[u] = len(s.columns)
			s.columns = append(s.columns, u)
		}
	}
	s.times = make([][]float64, len(s.columns))
	for j := range s.times {
		s.times[j] = make([]float64, len(s.rows))
	}
	for u, by := range follow {
		for c, times := range by {
			s.times[s.column[c]][s.row[u]] = times
		}
	}
	s.start = s.clone()
	return s
}

// reset goes back to where it started.
func (s *simplex) reset() {
	clear(s.at)
	s.tableau = s.start.clone()
}

// push moves an unknown upwards (way 1) or downwards (-1), until enough says
// that it is far enough, or it can go no further; then it returns false.
func (s *simplex) push(unknown int, way float64, enough func() bool) bool {
	for !enough() {
		j, to := s.entering(unknown, way)
		if j < 0 {
			return false
		}
		i, by := s.blocking(j, to)
		s.at[s.columns[j]] += to * by
		for r, t := range s.times[j] {
			if t != 0 {
				s.at[s.rows[r]] += t * to * by
			}
		}
		if i >= 0 {
			s.exchange(i, j)
		}
	}
	return true
}

// entering is a column that, moved to one side, moves the unknown; -1: none. Of
// the few that move it fastest it is the one that moves it furthest.
func (s *simplex) entering(unknown int, way float64) (best int, to float64) {
	if c := s.column[unknown]; c >= 0 {
		if s.moves(c, way) {
			return c, way
		}
		return -1, 0
	}
	r := s.row[unknown]
	s.order = s.order[:0]
	side := func(c int) float64 { return math.Copysign(1, s.times[c][r]) * way }
	for c := range s.columns {
		if math.Abs(s.times[c][r]) > 1e-7 && s.moves(c, side(c)) {
			s.order = append(s.order, c)
		}
	}
	slices.SortFunc(s.order, func(x, y int) int {
		return cmp.Or(cmp.Compare(math.Abs(s.times[y][r]), math.Abs(s.times[x][r])), cmp.Compare(x, y))
	})
	best, far := -1, -1.0
	for _, c := range s.order[:min(len(s.order), tries)] {
		_, by := s.blocking(c, side(c))
		if gain := by * math.Abs(s.times[c][r]); gain > far {
			best, far = c, gain
		}
	}
	if best < 0 {
		return -1, 0
	}
	return best, side(best)
}

// moves says whether a column is not at its bound of one side.
func (s *simplex) moves(c int, side float64) bool {
	u := s.columns[c]
	return side > 0 && s.at[u] < s.high[u]-zero || side < 0 && s.at[u] > s.low[u]+zero
}

// blocking is the row whose bound is met first when a column moves, and how far
// it moves; -1: its own. Of the rows that are met at nearly the same time it is
// the one with the largest coefficient: small ones multiply errors.
func (s *simplex) blocking(j int, to float64) (row int, by float64) {
	u := s.columns[j]
	row, by = -1, s.high[u]-s.at[u]
	if to < 0 {
		by = s.at[u] - s.low[u]
	}
	least := by
	left := func(i int, t, more float64) float64 {
		if t > 0 {
			return (s.high[s.rows[i]] - s.at[s.rows[i]] + more) / t
		}
		return (s.low[s.rows[i]] - s.at[s.rows[i]] - more) / t
	}
	for i, t := range s.times[j] {
		if math.Abs(t) > pivot {
			least = min(least, left(i, t*to, slack/10))
		}
	}
	size := 0.0
	for i, t := range s.times[j] {
		if t = math.Abs(t); t > size && t > pivot {
			if d := left(i, s.times[j][i]*to, 0); d <= least {
				row, by, size = i, max(d, 0), t
			}
		}
	}
	return row, by
}

// exchange makes a row free to move and has a column follow instead.
func (s *simplex) exchange(i, j int) {
	s.exchanges++
	moving := s.times[j]
	of := 1 / moving[i]
	moving[i] = 0
	s.order = s.order[:0]
	for r, t := range moving {
		if t != 0 {
			s.order = append(s.order, r)
		}
	}
	for c, column := range s.times {
		if c == j || column[i] == 0 {
			continue
		}
		t := -column[i] * of
		for _, r := range s.order {
			v := column[r] + moving[r]*t
			if math.Abs(v) < zero {
				v = 0
			}
			column[r] = v
		}
		column[i] = t
	}
	for _, r := range s.order {
		moving[r] *= of
	}
	moving[i] = of
	in, out := s.columns[j], s.rows[i]
	s.columns[j], s.rows[i] = out, in
	s.column[out], s.row[out] = j, -1
	s.column[in], s.row[in] = -1, i
}
