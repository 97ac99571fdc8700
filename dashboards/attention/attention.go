// Package attention says which schools of a territory deserve a look this
// week, and why, from the weeks of each. It reads nothing and writes no
// sentence: what goes in is what may be shown, what comes out are figures.
//
// A school is compared with itself, over weeks with classes, so that neither
// its size nor the holidays make it stand out.
package attention

import (
	"cmp"
	"slices"

	"github.com/entaudience/entaudience/schemas"
)

// Week is a school in one week with classes.
type Week struct {
	Week     schemas.Week
	Visits   uint64
	Users    uint64
	Withheld bool // there are visits, of which nothing may be said
}

func (w Week) seen() bool { return w.Withheld || w.Visits > 0 }

// School is a school and its weeks with classes, ascending and without holes;
// the last one is the week looked at.
type School struct {
	UAI    schemas.UAI
	Name   string
	Pupils int // -1 = unknown
	Weeks  []Week
}

// Kind is why a school is on the list.
type Kind uint8

// Kinds, in the order of the list: whom to call comes first.
const (
	Stopped     Kind = iota // it had users, it has none
	Falling                 // far fewer users than usual
	Never                   // no visit since the beginning of the school year
	Began                   // its first visits, after weeks without any
	Outstanding             // far more users than usual, or than its neighbours
)

// Item is a school of the list.
type Item struct {
	School
	Kind  Kind
	Now   uint64       // users of the week looked at
	Usual uint64       // median of users of the weeks before, 0 = none
	Since schemas.Week // Stopped: the last week with a visit. Began: the first
	Weeks int          // Stopped, Never: weeks with classes without a visit. Falling, Outstanding: weeks that make Usual
	Rate  uint64       // Outstanding: users for 100 pupils in tenths, 0 = unknown
	Peers uint64       // Outstanding: the median of Rate over the schools of the territory
}

// Rules are the thresholds of the list.
type Rules struct {
	// UsualWeeks is how many weeks before the one looked at say what is usual,
	// and UsualAtLeast how many of them must be known.
	UsualWeeks, UsualAtLeast int
	// StoppedUsers: a school that had so many users a week has stopped after one
	// week without any; one that had fewer, after StoppedWeeks of them; one of
	// which nothing usual is known, after NeverWeeks.
	StoppedUsers uint64
	StoppedWeeks int
	// Falling: at most this percentage of the usual users, and at least so many
	// users fewer.
	FallingPercent, FallingUsers uint64
	// Never: so many weeks of the school year without a visit. Began: the first
	// visit within BeganWeeks, after NeverWeeks without any.
	NeverWeeks, BeganWeeks int
	// Outstanding: at least this percentage of the usual users and so many users
	// more; or this percentage of the neighbours' median rate.
	RisingPercent, RisingUsers uint64
	PeersPercent               uint64
	// PeersSchools is how many schools make a median that neighbours are
	// measured by, Outstandings how many of them are listed at most.
	PeersSchools, Outstandings int
}

// Defaults are the rules of the pages. The definitions page says them.
func Defaults() Rules {
	return Rules{
		UsualWeeks: 6, UsualAtLeast: 3,
		StoppedUsers: 5, StoppedWeeks: 2,
		FallingPercent: 50, FallingUsers: 8,
		NeverWeeks: 3, BeganWeeks: 2,
		RisingPercent: 150, RisingUsers: 10,
		PeersPercent: 200, PeersSchools: 8, Outstandings: 5,
	}
}

// List is the schools that deserve a look, most pressing first. All schools
// must end with the same week.
func (r Rules) List(schools []School) []Item {
	peers := r.peers(schools)
	var items, outstanding []Item
	for _, s := range schools {
		it, ok := r.look(s, peers)
		switch {
		case !ok:
		case it.Kind == Outstanding:
			outstanding = append(outstanding, it)
		default:
			items = append(items, it)
		}
	}
	slices.SortFunc(outstanding, order)
	items = append(items, outstanding[:min(len(outstanding), r.Outstandings)]...)
	slices.SortFunc(items, order)
	return items
}

// order puts first whom to call first: by kind, then by how many users it is
// about.
func order(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), -cmp.Compare(a.weight(), b.weight()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.UAI, b.UAI))
}

// weight is the users lost or gained, or the pupils who never had any.
func (it Item) weight() int64 {
	switch it.Kind {
	case Stopped, Falling:
		return int64(it.Usual) - int64(it.Now)
	case Never:
		return int64(it.Pupils)
	case Outstanding:
		return int64(it.Rate)
	}
	return int64(it.Now)
}

// look says whether one school deserves a look. A week that may not be shown
// is a week with visits and nothing more: no figure is judged by it.
func (r Rules) look(s School, peers uint64) (Item, bool) {
	n := len(s.Weeks)
	if n == 0 {
		return Item{}, false
	}
	last := s.Weeks[n-1]
	it := Item{School: s, Now: last.Users, Peers: peers}
	year := thisYear(s.Weeks)
	if !last.seen() {
		return r.silent(it, year)
	}
	if first, blank := begun(year); blank >= r.NeverWeeks && blank >= len(year)-r.BeganWeeks && !seenBefore(s.Weeks, len(year)) {
		it.Kind, it.Since = Began, year[first].Week
		return it, true
	}
	if last.Withheld {
		return it, false
	}
	usual, weeks, known := r.usual(s.Weeks[:n-1])
	it.Usual, it.Weeks = usual, weeks
	switch {
	case known && last.Users*100 <= usual*r.FallingPercent && usual-last.Users >= r.FallingUsers:
		it.Kind = Falling
		return it, true
	case known && last.Users*100 >= usual*r.RisingPercent && last.Users >= usual+r.RisingUsers:
		it.Kind, it.Rate = Outstanding, rate(s, last)
		return it, true
	case peers > 0 && rate(s, last)*100 >= peers*r.PeersPercent:
		it.Kind, it.Rate = Outstanding, rate(s, last)
		return it, true
	}
	return it, false
}

// silent is a school without a visit in the week looked at.
func (r Rules) silent(it Item, year []Week) (Item, bool) {
	blank := 0
	for i := len(it.School.Weeks) - 1; i >= 0 && !it.School.Weeks[i].seen(); i-- {
		blank++
	}
	n := len(it.School.Weeks)
	it.Weeks = blank
	if blank >= len(year) && len(year) >= r.NeverWeeks {
		it.Kind, it.Weeks = Never, len(year)
		return it, true
	}
	if blank == n {
		return it, false // too early to tell
	}
	before := it.School.Weeks[:n-blank]
	it.Since = before[len(before)-1].Week
	usual, _, known := r.usual(before)
	it.Usual = usual
	it.Kind = Stopped
	return it, known && (usual >= r.StoppedUsers || blank >= r.StoppedWeeks) || blank >= r.NeverWeeks
}

// usual is the median of users of the last weeks, of those that may be shown.
func (r Rules) usual(weeks []Week) (median uint64, n int, known bool) {
	var users []uint64
	for _, w := range weeks[max(0, len(weeks)-r.UsualWeeks):] {
		if !w.Withheld {
			users = append(users, w.Users)
		}
	}
	if len(users) < r.UsualAtLeast {
		return 0, len(users), false
	}
	m := medianOf(users)
	return m, len(users), m > 0
}

// peers is the median of users for 100 pupils, in tenths, over the schools that
// have visits and whose figures are known; 0 when they are too few.
func (r Rules) peers(schools []School) uint64 {
	var rates []uint64
	for _, s := range schools {
		if n := len(s.Weeks); n > 0 && s.Pupils > 0 && !s.Weeks[n-1].Withheld && s.Weeks[n-1].Visits > 0 {
			rates = append(rates, rate(s, s.Weeks[n-1]))
		}
	}
	if len(rates) < r.PeersSchools {
		return 0
	}
	return medianOf(rates)
}

func rate(s School, w Week) uint64 {
	if s.Pupils <= 0 {
		return 0
	}
	return (2000*w.Users + uint64(s.Pupils)) / (2 * uint64(s.Pupils))
}

// medianOf is the middle value, rounded half up between two.
func medianOf(values []uint64) uint64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2] + 1) / 2
}

// thisYear is the weeks of the school year of the last one.
func thisYear(weeks []Week) []Week {
	y := weeks[len(weeks)-1].Week.SchoolYear()
	i := len(weeks)
	for i > 0 && weeks[i-1].Week.SchoolYear() == y {
		i--
	}
	return weeks[i:]
}

// begun is the first week of a year with a visit, and how many before it have none.
func begun(year []Week) (first, blank int) {
	for i, w := range year {
		if w.seen() {
			return i, i
		}
	}
	return -1, len(year)
}

// seenBefore says whether a week before the last ones has a visit.
func seenBefore(weeks []Week, last int) bool {
	return slices.ContainsFunc(weeks[:len(weeks)-last], Week.seen)
}

// Together says whether the schools move as one in the week looked at: the
// median, over the schools that have a usual figure, of now as a percentage
// of usual. ok is false when fewer than PeersSchools have one. A strike or a
// breakdown is the news then, not each school.
func (r Rules) Together(schools []School) (percent uint64, ok bool) {
	var ratios []uint64
	for _, s := range schools {
		n := len(s.Weeks)
		if n == 0 || s.Weeks[n-1].Withheld {
			continue
		}
		if usual, _, known := r.usual(s.Weeks[:n-1]); known {
			ratios = append(ratios, s.Weeks[n-1].Users*100/usual)
		}
	}
	if len(ratios) < r.PeersSchools {
		return 0, false
	}
	return medianOf(ratios), true
}
