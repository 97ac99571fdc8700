package dashboards

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// who is the person as every page names them.
type who struct {
	Name string
	What string // French: their territories and rights
	Exit bool   // they can log out
	Mail bool   // they can have the weekly message
}

// who is nil where no login is asked for, and for nobody.
func (s *Server) who(ctx context.Context) *who {
	p, ok := access.From(ctx)
	if !ok || p.Everywhere {
		return nil
	}
	var has []string
	for _, t := range s.own(ctx, p) {
		has = append(has, titled(t))
	}
	for _, r := range p.Rights {
		has = append(has, r.Label())
	}
	name := p.Name
	if name == "" {
		name = p.Subject
	}
	_, exit := s.access.(leaver)
	return &who{name, strings.Join(has, ", "), exit, s.letters != nil && slices.ContainsFunc(p.Scopes, func(t schemas.Scope) bool { return t.Niveau == schemas.Circonscription })}
}

// own are the person's territories with their names; one that no directory
// knows has none.
func (s *Server) own(ctx context.Context, p access.Person) []schemas.Territory {
	dir, _, err := s.reader.Directory(ctx, s.reader.year())
	own := make([]schemas.Territory, 0, len(p.Scopes))
	for _, scope := range p.Scopes {
		t := schemas.Territory{Scope: scope}
		if err == nil {
			if known, ok := dir.Territory(scope); ok {
				t = known
			}
		}
		own = append(own, t)
	}
	return own
}

// menuOf is the menu of the person of a context; nobody has none.
func menuOf(ctx context.Context) []Link {
	p, ok := access.From(ctx)
	if !ok {
		return nil
	}
	links := slices.Clone(menu)
	if p.Has(access.Administration) && !p.Everywhere {
		links = append(links, Link{"/administration", "Administration"})
	}
	return links
}

type scopeKey struct{}

// withScope notes the territory that the guard has read in the address.
func withScope(ctx context.Context, t schemas.Scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, t)
}

// scopeOf is the territory that the address names, the one the guard has
// looked at: a handler reads no other.
func scopeOf(r *http.Request) schemas.Scope {
	t, _ := r.Context().Value(scopeKey{}).(schemas.Scope)
	return t
}
