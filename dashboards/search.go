package dashboards

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/entaudience/entaudience/schemas"
)

// Found is one answer of a search: a territory and, for a school, its commune.
type Found struct {
	schemas.Territory
	Commune string
}

type searchEntry struct {
	folded string // code, name and commune without accents, in lower case
	found  Found
}

// Search finds territories of one directory by code, name or commune. It is
// immutable and safe for concurrent use.
type Search struct {
	entries []searchEntry
}

// NewSearch indexes a directory.
func NewSearch(d *schemas.Directory) *Search {
	all := d.All()
	s := &Search{entries: make([]searchEntry, 0, len(all))}
	for _, t := range all {
		f := Found{Territory: t}
		if school, ok := d.School(schemas.UAI(t.Code)); ok && t.Niveau == schemas.Ecole {
			f.Commune = school.Commune
		}
		s.entries = append(s.entries, searchEntry{Fold(t.Code + " " + t.Name + " " + f.Commune), f})
	}
	return s
}

// Find lists at most limit territories whose code, name or commune hold
// every word of the query and that sees lets through, widest level first;
// accents and case do not matter. more says that others were left out. An
// empty query finds nothing.
func (s *Search) Find(query string, limit int, sees func(schemas.Scope) bool) (found []Found, more bool) {
	words := strings.Fields(Fold(query))
	if len(words) == 0 {
		return nil, false
	}
	for _, e := range s.entries {
		if !holdsAll(e.folded, words) || !sees(e.found.Scope) {
			continue
		}
		if len(found) == limit {
			return found, true
		}
		found = append(found, e.found)
	}
	return found, false
}

func holdsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// Fold removes accents, lowers the case and turns everything that is neither
// letter nor digit into a space, for comparing what people type.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'œ' || r == 'Œ':
			b.WriteString("oe")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}
