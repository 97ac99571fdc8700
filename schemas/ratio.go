package schemas

// Count is a number that may be unknown, which is not zero. The zero Count is
// unknown.
type Count struct {
	n     uint64
	known bool
}

// Known is the count n.
func Known(n uint64) Count { return Count{n, true} }

// Get is the number, and whether it is known.
func (c Count) Get() (n uint64, known bool) { return c.n, c.known }

// IsKnown says whether the number is known.
func (c Count) IsKnown() bool { return c.known }

// Plus is the sum; it is unknown when either part is.
func (c Count) Plus(d Count) Count {
	if !c.known || !d.known {
		return Count{}
	}
	return Known(c.n + d.n)
}

// Ratio is a quotient of two counts: a rate, a mean, a cost. It has no value
// when either count is unknown or the lower one is zero: nothing is divided
// out of sight.
type Ratio struct {
	Part, Whole Count
}

// Value is the quotient.
func (r Ratio) Value() (v float64, ok bool) {
	if !r.Part.known || !r.Whole.known || r.Whole.n == 0 {
		return 0, false
	}
	return float64(r.Part.n) / float64(r.Whole.n), true
}

// PerMille is the quotient in thousandths, rounded half up: what a percentage
// with one decimal shows.
func (r Ratio) PerMille() (n uint64, ok bool) {
	if _, ok := r.Value(); !ok {
		return 0, false
	}
	return (2000*r.Part.n + r.Whole.n) / (2 * r.Whole.n), true
}

// AtLeast says whether the quotient reaches percent; known is false when it
// has no value.
func (r Ratio) AtLeast(percent int) (reached, known bool) {
	if _, ok := r.Value(); !ok {
		return false, false
	}
	return 100*r.Part.n >= uint64(percent)*r.Whole.n, true
}
