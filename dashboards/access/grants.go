package access

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/entaudience/entaudience/schemas"
)

// Grants are what somebody is given: territories and rights.
type Grants struct {
	Scopes []schemas.Scope
	Rights []Right
}

var codeForm = regexp.MustCompile(`^[0-9A-Za-z]{1,12}$`)

// ParseGrants reads words such as "dsden:031 export-national", separated by
// spaces, commas or semicolons. The error is Invalid and names the word.
func ParseGrants(words string) (Grants, error) {
	var g Grants
	for _, w := range strings.FieldsFunc(words, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		if err := g.add(w); err != nil {
			return Grants{}, err
		}
	}
	return g, nil
}

// add takes one word. The error is Invalid.
func (g *Grants) add(word string) error {
	if !strings.Contains(word, ":") {
		r, err := ParseRight(word)
		if err == nil && !slices.Contains(g.Rights, r) {
			g.Rights = append(g.Rights, r)
		}
		return err
	}
	s, err := schemas.ParseScope(word)
	if err == nil && !codeForm.MatchString(s.Code) { // a list cut in another way, a name of a group
		err = schemas.Refuse("« %.40s » n'est pas un code de territoire.", s.Code)
	}
	if err == nil && !slices.Contains(g.Scopes, s) {
		g.Scopes = append(g.Scopes, s)
	}
	return err
}

// join adds what other grants, without repeating.
func (g *Grants) join(other Grants) {
	for _, w := range other.Words() {
		g.add(w) //nolint:errcheck // words of grants are words of grants
	}
}

// Empty says that nothing is granted.
func (g Grants) Empty() bool { return len(g.Scopes) == 0 && len(g.Rights) == 0 }

// Words are the grants as ParseGrants reads them, each apart.
func (g Grants) Words() []string {
	var words []string
	for _, s := range g.Scopes {
		words = append(words, s.String())
	}
	for _, r := range g.Rights {
		words = append(words, string(r))
	}
	return words
}

// String is the grants on one line.
func (g Grants) String() string { return strings.Join(g.Words(), " ") }

// Claims are what a way in says of a person, before it is put into grants.
type Claims struct {
	Subject string   `json:"subject"`
	Name    string   `json:"name,omitempty"`
	Values  []string `json:"values,omitempty"` // names of groups, or grants themselves
}

// known is a person by their subject alone.
func known(m *Mapping, subject string) (Person, bool, error) {
	p := Claims{Subject: subject}.person(m)
	return p, len(p.Scopes) > 0 || len(p.Rights) > 0, nil
}

// person puts claims into grants: those values that are grants, and what the
// mapping gives the subject and the groups. A nil mapping gives nothing.
func (c Claims) person(m *Mapping) Person {
	var g Grants
	for _, v := range c.Values {
		if g.add(v) != nil {
			g.join(m.group(v)) // not a grant: a group, which the mapping may know
		}
	}
	g.join(m.subject(c.Subject))
	return Person{Subject: c.Subject, Name: c.Name, Scopes: g.Scopes, Rights: g.Rights}
}
