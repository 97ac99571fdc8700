// Package disclosure decides which cells of a week may not be shown, so that a
// small number of persons of one school can neither be read nor found by
// subtraction (domain §5.5).
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

// Decide withholds the cells of fewer users than the threshold.
func (r Rule) Decide(cells []schemas.WeekCell, _ []schemas.School) schemas.Withholding {
	w := schemas.Withholding{Total: uint64(len(cells))}
	for _, c := range cells {
		if c.Users < uint64(r.threshold) {
			w.Cells = append(w.Cells, schemas.WithheldCell{
				Scope: schemas.Scope{Niveau: schemas.Ecole, Code: string(c.UAI)}, Axe: c.Axe, Modalite: c.Modalite,
			})
		}
	}
	w.Small, w.Withheld = uint64(len(w.Cells)), uint64(len(w.Cells))
	return w
}
