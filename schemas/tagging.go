package schemas

import (
	"cmp"
	"slices"
)

// Tagging is what the tags of the ENT got wrong over some days.
type Tagging struct {
	Days    []RefusedDay  // by day and reason
	Sites   []RefusedSite // by where they come from, most first; not all when there are very many
	Unknown []UnknownUAI  // most events first
}

// RefusedDay counts the refused hits of one reason that were received on one
// day.
type RefusedDay struct {
	Day Day
	Refusals
}

// RefusedSite counts the refused hits of one collectivity that have one fault.
type RefusedSite struct {
	Site   string // s of the tag, "" when it is no number
	Plan   uint8  // generation of the tagging plan, 0 = unknown
	Detail string // the parameter at fault, "" when there is none
	Refusals
	First, Last Day
}

// Refusals counts refused hits of one reason.
type Refusals struct {
	Reason Reason
	Count  uint64
}

// UnknownUAI is a valid UAI that sent events and that no directory knows.
type UnknownUAI struct {
	UAI         UAI
	Events      uint64
	First, Last Day
}

// ByReason adds up the days: a row per reason, most refused hits first.
func (t Tagging) ByReason() []Refusals {
	var sums []Refusals
	for _, d := range t.Days {
		i := slices.IndexFunc(sums, func(r Refusals) bool { return r.Reason == d.Reason })
		if i < 0 {
			i, sums = len(sums), append(sums, Refusals{Reason: d.Reason})
		}
		sums[i].Count += d.Count
	}
	slices.SortFunc(sums, func(a, b Refusals) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return sums
}
