package indicatortest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// words cuts a line at spaces; "…" keeps spaces together, also after key=.
func words(line string) ([]string, error) {
	var all []string
	var word strings.Builder
	quoted, begun := false, false
	for _, r := range line {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case !quoted && (r == ' ' || r == '\t'):
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quoted {
		return nil, fmt.Errorf("a quote is not closed")
	}
	if begun {
		all = append(all, word.String())
	}
	return all, nil
}

// fields are the key=value words of a line. Whoever reads them takes each one;
// what nobody took is a mistake in the script.
type fields map[string]string

// split separates plain words from key=value ones. A key appears once.
func split(all []string) (plain []string, f fields, err error) {
	f = fields{}
	for _, w := range all {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			plain = append(plain, w)
			continue
		}
		if _, twice := f[k]; twice || k == "" {
			return nil, nil, fmt.Errorf("%q is given twice", k+"=")
		}
		f[k] = v
	}
	return plain, f, nil
}

// take removes a field and returns its value, or otherwise when it is missing.
func (f fields) take(key, otherwise string) string {
	v, ok := f[key]
	if !ok {
		return otherwise
	}
	delete(f, key)
	return v
}

// has says whether a field was given and not yet taken.
func (f fields) has(key string) bool {
	_, ok := f[key]
	return ok
}

// over adds the fields of f to those of base, f winning.
func (f fields) over(base fields) fields {
	both := maps.Clone(base)
	maps.Copy(both, f)
	return both
}

// done is an error naming what nobody took.
func (f fields) done() error {
	if len(f) == 0 {
		return nil
	}
	return fmt.Errorf("unknown %s=", strings.Join(f.keys(), "=, "))
}

func (f fields) keys() []string { return slices.Sorted(maps.Keys(f)) }
