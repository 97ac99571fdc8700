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
//   - no withheld cell of a school that has visits: no measure of it follows
//     from the sums over schools, territories, profiles, devices, systems,
//     browsers, services and bands of frequency, however many are put together;
//   - of no small cell the users or the visits to within k-1: going from sum to
//     sum, what is known of them leaves at least k values open.
//
// All that a page shows over several weeks is made of weeks that are shown, so
// it adds nothing to what a reader knows. No day and no hour of a school is
// shown; those of a territory are, unless they would be of one school, or of
// one and fewer than k users of others.
//
// What the reader is not given: that one person may have two profiles, so that
// users of profiles cover rather than add up; that users are no more than
// visits, nor visits than events; the number of pupils of a school.
//
// It is pure: cells and a directory in, names of cells out. It must not know
// where they are stored, nor how pages show that they are withheld.
package disclosure

import "github.com/entaudience/entaudience/schemas"

// version of the rule: another one has every week decided again.
const version = 1

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
