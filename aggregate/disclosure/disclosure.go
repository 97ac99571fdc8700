// Package disclosure decides which cells of a week may not be shown, so that a
// small number of persons of one school can neither be read nor found by
// subtraction (domain §5.5).
//
// A cell of a school is small when it has fewer users than the threshold k.
// Small cells are withheld, and with them the cells without any visit, so that
// nobody learns from a line which modality one person did not use. More cells
// are withheld, of schools and, where a territory's own figure would be that of
// a school, of territories, until a reader of all that is shown finds
//
//   - no withheld cell of a school that has visits: none of its users, visits
//     and events has a single value left;
//   - of no small cell the users or the visits to within the threshold: k values
//     at least are left, as many as "fewer than k" leaves by itself.
//
// Nothing tells small cells from those withheld to protect them, so a page does
// not say "fewer than 5": the reader starts from "any number, perhaps none", and
// the second rule is about what he could conclude from figures. A cell that is
// not small needs no such room: what there is to hide is not in it.
//
// The reader puts together, whatever the number of steps,
//
//   - the sums over schools, territories, profiles, devices, systems, browsers,
//     services and bands of frequency;
//   - that modalities which a person may share cover their total, and that no
//     part is more than its total, nor less by more than in a territory above;
//   - that users are no more than visits, nor these than events; that a visit
//     with a duration has two events; how many visits a user of a band has;
//   - that pupils are no more than pages say the school has: the effectifs, or
//     the directory where there are none. What that alone leaves is public, and
//     asks for no more room.
//
// He goes from one of these to the next. Solving all at once finds more, but
// takes minutes where this takes seconds: the rule asks for a value more than it
// promises instead. The tests do solve them, for small regions, and count what
// is left: see puzzle_test.go.
//
// All that a page shows over several weeks is made of weeks that are shown, so
// it adds nothing to what a reader knows; rates between two ends are made of
// figures that are shown. No day and no hour of a school is shown; those of a
// territory are, unless they would be of one school, or of one and fewer than k
// users of others, or would give away such ones.
//
// Rates are users ÷ population. Where users are withheld, a rate is made of what
// is shown of them (schemas.Attendance), and the population is not among the
// unknowns: pupils are a bound, above; accounts, of other profiles, are of
// persons who may come, but need not be of all who do, and bound nothing.
//
// What the reader is not given: that this program withholds as little as it can.
//
// It is pure: cells and a directory in, names of cells out. It must not know
// where they are stored, nor how pages show that they are withheld.
package disclosure

import "github.com/entaudience/entaudience/schemas"

// version of the rule: another one has every week decided again.
const version = 4

// Rule is the rule with its threshold. It is safe for concurrent use.
type Rule struct{ threshold int }

// New makes a rule that shows no cell of fewer distinct users than threshold;
// 0 withholds nothing.
func New(threshold int) Rule { return Rule{threshold} }

// Threshold is the fewest distinct users that may be shown.
func (r Rule) Threshold() int { return r.threshold }

// Version names the rule beside its threshold.
func (r Rule) Version() int { return version }

// Decide names the cells of a week that may not be shown.
func (r Rule) Decide(cells []schemas.WeekCell, schools []schemas.School) schemas.Withholding {
	if r.threshold < 2 {
		return schemas.Withholding{Total: uint64(len(cells))}
	}
	d := newDecision(newTable(cells, schools), r.threshold)
	d.primary()
	d.complement()
	w := d.result()
	w.Cells = append(w.Cells, d.fine()...)
	return w
}
