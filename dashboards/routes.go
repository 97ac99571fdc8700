package dashboards

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// Access says who asks. access.Open is the one that asks for no login.
type Access interface {
	// Wrap opens the session of a request, if there are sessions, before next.
	Wrap(next http.Handler) http.Handler
	// Person is who sent a request, below Wrap; ok is false when nobody is
	// logged in. The error is Forbidden when the request says who sends it and
	// must not be believed, Unavailable when it cannot be known now.
	Person(r *http.Request) (p access.Person, ok bool, err error)
}

// rule says who may ask a route. The error is Forbidden, or errAnonymous.
type rule func(s *Server, r *http.Request, at schemas.Scope) error

// routes registers routes, each with its rule. A route registered in another
// way has none, and the guard keeps it closed.
type routes struct {
	chi.Router
	s     *Server
	rules map[string]rule // by method and pattern
}

// get registers a page.
func (rt routes) get(pattern string, may rule, h handler) {
	rt.handle(http.MethodGet, pattern, may, rt.s.page(h))
}

func (rt routes) handle(method, pattern string, may rule, h http.HandlerFunc) {
	rt.rules[method+" "+pattern] = may
	rt.Method(method, pattern, h)
}

// group is a part of the routes with middlewares of its own.
func (rt routes) group(more func(http.Handler) http.Handler, add func(routes)) {
	rt.Group(func(r chi.Router) {
		r.Use(more)
		add(routes{r, rt.s, rt.rules})
	})
}

// anyone may ask, logged in or not.
func anyone(*Server, *http.Request, schemas.Scope) error { return nil }

// anyPerson who is logged in may ask; the handler shows each their own.
func anyPerson(_ *Server, r *http.Request, _ schemas.Scope) error {
	if _, ok := access.From(r.Context()); !ok {
		return errAnonymous
	}
	return nil
}

// withRight wants a right.
func withRight(right access.Right) rule {
	return func(_ *Server, r *http.Request, _ schemas.Scope) error {
		p, ok := access.From(r.Context())
		switch {
		case !ok:
			return errAnonymous
		case !p.Has(right):
			return forbidden("Il faut le droit « "+right.Label()+" ».", "right "+string(right)+" missing")
		}
		return nil
	}
}

// ofTerritory wants the territory named by the address to be the person's, or
// below. A pattern that names none is open to nobody.
func ofTerritory(s *Server, r *http.Request, at schemas.Scope) error {
	switch _, ok := access.From(r.Context()); {
	case !ok:
		return errAnonymous
	case at == (schemas.Scope{}):
		return forbidden("", "the address names no territory")
	}
	return s.reader.sees(r.Context(), at)
}

// errAnonymous is a page that wants to know who asks.
var errAnonymous = &schemas.Error{
	Kind: schemas.Forbidden, Sentence: "Cette page demande de se connecter.", Err: errors.New("nobody is logged in"),
}

func forbidden(sentence, why string) error {
	return &schemas.Error{Kind: schemas.Forbidden, Sentence: sentence, Err: errors.New(why)}
}

// guard finds the route of a request before any handler runs, and answers in
// its place whoever may not ask it. A route without a rule is closed.
func (s *Server) guard(rt routes) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet
			}
			// The same path that the router will take.
			path := r.URL.Path
			if r.URL.RawPath != "" {
				path = r.URL.RawPath
			}
			route := chi.NewRouteContext()
			found := rt.Match(route, method, path)
			pattern := route.RoutePattern()

			p, known, err := s.access.Person(r)
			ctx := r.Context()
			if known && err == nil {
				ctx = access.With(ctx, p)
			}
			at, named := scopeIn(pattern, route)
			if named {
				ctx = withScope(ctx, at)
			}
			r = r.WithContext(ctx)

			may, declared := rt.rules[method+" "+pattern]
			switch {
			case err != nil:
			case !found: // no page, or not with this method: the router says which
			case !declared:
				err = forbidden("", "route without a rule")
				s.log.ErrorContext(ctx, "a route without a rule is closed", "route", pattern)
			default:
				err = may(s, r, at)
			}
			if err != nil {
				s.refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// refuse answers whoever may not ask. A page asked by nobody known leads to
// the login.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	page := (r.Method == http.MethodGet || r.Method == http.MethodHead) && formatOf(r) == formatHTML
	if errors.Is(err, errAnonymous) && page && s.canLogin() {
		http.Redirect(w, r, address(access.PathLogin, url.Values{"retour": {r.URL.RequestURI()}}), http.StatusSeeOther)
		return
	}
	s.fail(w, r, err)
}

// Auditor keeps who did what, and what was refused.
type Auditor interface {
	// Note adds an entry, stamped now; it never fails its caller.
	Note(e access.Entry)
}

// logged is an Auditor without a file of its own.
type logged struct{ log *slog.Logger }

// Note writes a line of the log.
func (l logged) Note(e access.Entry) {
	l.log.Info("audit", "what", e.What, "who", e.Who, "path", e.Path, "decision", e.Decision, "why", e.Why)
}

// sameOrigin refuses what another site makes a browser send.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.cross.Check(r); err != nil {
			s.fail(w, r, forbidden("Cette demande vient d'un autre site : elle est refusée.", err.Error()))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// scopeIn is the territory that an address names: {code} after a level, which
// is a part of the pattern or {niveau}.
func scopeIn(pattern string, route *chi.Context) (schemas.Scope, bool) {
	code, err := url.PathUnescape(route.URLParam("code"))
	if err != nil || code == "" {
		return schemas.Scope{}, false
	}
	for _, f := range []format{formatCSV, formatJSON, formatXLSX} {
		code = strings.TrimSuffix(code, string(f))
	}
	niveau := route.URLParam("niveau")
	if niveau == "" {
		parts := strings.Split(pattern, "/")
		if i := slices.IndexFunc(parts, func(p string) bool { return strings.HasPrefix(p, "{code}") }); i > 0 {
			niveau = parts[i-1]
		}
	}
	if !slices.Contains(schemas.Niveaux(), schemas.Niveau(niveau)) {
		return schemas.Scope{}, false
	}
	return schemas.Scope{Niveau: schemas.Niveau(niveau), Code: code}, true
}
