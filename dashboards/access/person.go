package access

import (
	"context"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Right is what a person may do beside seeing territories.
type Right string

// The rights.
const (
	ExportNational Right = "export-national" // the complete files of the national cell
	Administration Right = "administration"  // who has access, their sessions, the audit
	Notes          Right = "notes"           // writes notes on the territories they see
)

// Rights lists every right.
func Rights() []Right { return []Right{ExportNational, Administration, Notes} }

// ParseRight reads "export-national". The error is Invalid.
func ParseRight(s string) (Right, error) {
	if r := Right(s); slices.Contains(Rights(), r) {
		return r, nil
	}
	return "", schemas.Refuse("« %.40s » n'est pas un droit : export-national, administration ou notes.", s)
}

// Label is the right in French.
func (r Right) Label() string {
	switch r {
	case ExportNational:
		return "exports nationaux"
	case Administration:
		return "administration"
	case Notes:
		return "notes"
	}
	return string(r)
}

// Person is who asks. The zero Person sees nothing.
type Person struct {
	Subject    string // names the person to us, and in the audit: a login, the provider's subject
	Name       string // shown to the person; the subject when it is not known
	Scopes     []schemas.Scope
	Rights     []Right
	Everywhere bool // no login is asked for: every territory and every right
}

// Everybody is whoever asks where no login is asked for.
func Everybody() Person { return Person{Everywhere: true} }

// Has says whether the person has a right.
func (p Person) Has(r Right) bool { return p.Everywhere || slices.Contains(p.Rights, r) }

// Sees says whether a territory is one of the person's or lies below one,
// according to d. A territory that d does not know lies below none.
func (p Person) Sees(d *schemas.Directory, t schemas.Scope) bool {
	if p.Everywhere || slices.Contains(p.Scopes, t) {
		return true
	}
	return slices.ContainsFunc(d.Ancestors(t), func(above schemas.Territory) bool { return slices.Contains(p.Scopes, above.Scope) })
}

// Compares says whether a territory lies above one of the person's: its
// totals are then values to compare with, and nothing else of it is shown.
func (p Person) Compares(d *schemas.Directory, t schemas.Scope) bool {
	return slices.ContainsFunc(p.Scopes, func(own schemas.Scope) bool {
		return slices.ContainsFunc(d.Ancestors(own), func(above schemas.Territory) bool { return above.Scope == t })
	})
}

// Spans says whether the person has a whole level, such as a region.
func (p Person) Spans(n schemas.Niveau) bool {
	return p.Everywhere || slices.ContainsFunc(p.Scopes, func(s schemas.Scope) bool { return s.Niveau == n })
}

// String is what logs may say of a person.
func (p Person) String() string {
	switch {
	case p.Everywhere:
		return "everybody"
	case p.Subject == "":
		return "nobody"
	}
	var has []string
	for _, s := range p.Scopes {
		has = append(has, s.String())
	}
	for _, r := range p.Rights {
		has = append(has, string(r))
	}
	return p.Subject + " (" + strings.Join(has, " ") + ")"
}

type key struct{}

// With gives a context in which p asks. Requests have one, and so does work
// done on behalf of a person; what reads figures refuses to answer without.
func With(ctx context.Context, p Person) context.Context { return context.WithValue(ctx, key{}, p) }

// From is who asks; ok is false when nobody is known.
func From(ctx context.Context) (p Person, ok bool) {
	p, ok = ctx.Value(key{}).(Person)
	return p, ok
}
