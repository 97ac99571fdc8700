package dashboards

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// errMethod is an address asked with another method than GET or HEAD.
var errMethod = &schemas.Error{
	Kind: schemas.Invalid, Sentence: "Cette adresse se lit seulement (GET).", Err: errors.New("method not allowed"),
}

// failure is what a kind of error means for the person who asked.
type failure struct {
	status int
	title  string
	todo   string // what to do; %s is whom to ask
}

// failures is the one table from kinds of errors to HTTP.
var failures = map[schemas.Kind]failure{
	schemas.Invalid: {
		http.StatusBadRequest, "Demande incorrecte",
		"Corrigez l'adresse ou le formulaire, puis recommencez.",
	},
	schemas.Forbidden: {
		http.StatusForbidden, "Accès refusé",
		"Vos droits ne couvrent pas cette page. Adressez-vous à %s.",
	},
	schemas.NotFound: {
		http.StatusNotFound, "Page introuvable",
		"Vérifiez l'adresse, ou cherchez un territoire ou une école par son nom, sa commune ou son UAI.",
	},
	schemas.Unavailable: {
		http.StatusServiceUnavailable, "Service momentanément indisponible",
		"Les données ne répondent pas. Aucune mesure n'est perdue : réessayez dans quelques minutes.",
	},
	schemas.Internal: {
		http.StatusInternalServerError, "Erreur du service",
		"L'erreur a été enregistrée. Réessayez ; si elle persiste, prévenez %s.",
	},
}

// errorPage is the page of a failure.
type errorPage struct {
	Layout
	Status   int
	Sentence string
	Todo     string
}

// anonymous is a page asked by nobody known.
var anonymous = failure{
	http.StatusUnauthorized, "Connexion nécessaire",
	"Connectez-vous, puis recommencez. Pour obtenir un accès, adressez-vous à %s.",
}

type handler func(http.ResponseWriter, *http.Request) error

// page answers with h, or with what its error means.
func (s *Server) page(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// classify gives what an error means. An engine that did not answer in time
// is away, whoever noticed.
func classify(err error) failure {
	kind := schemas.KindOf(err)
	if kind == schemas.Internal && errors.Is(err, context.DeadlineExceeded) {
		kind = schemas.Unavailable
	}
	f := failures[kind]
	switch {
	case errors.Is(err, errMethod):
		f.status = http.StatusMethodNotAllowed
	case errors.Is(err, errAnonymous):
		f = anonymous
	}
	return f
}

// fail answers an error in the form that was asked for: a page, JSON, or
// plain text to whoever expected CSV.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody is there to read it
	}
	f := classify(err)
	f.todo = strings.ReplaceAll(f.todo, "%s", s.contact)
	if f.status >= 500 {
		s.log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "status", f.status, "err", err)
	}
	if f.status == http.StatusForbidden {
		p, _ := access.From(r.Context())
		s.audit.Note(access.Entry{Who: p.Subject, What: access.WhatPage, Path: r.URL.Path, Decision: access.Refused, Why: err.Error()})
	}
	sentence := schemas.SentenceOf(err)
	h := w.Header()
	h.Del("Content-Disposition")
	h.Del("Etag")
	h.Set("Cache-Control", "no-store")
	if f.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "60")
	}
	if f.status == http.StatusUnauthorized {
		h.Set("Www-Authenticate", "Cookie")
	}
	if f.status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD")
	}
	switch formatOf(r) {
	case formatJSON:
		h.Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(f.status)
		json.NewEncoder(w).Encode(map[string]any{ //nolint:errcheck // the client may be gone
			"erreur": strings.TrimSpace(f.title), "detail": sentence, "que_faire": f.todo, "statut": f.status,
		})
	case formatCSV:
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(f.status)
		w.Write([]byte(strings.Join(filled(f.title+".", sentence, f.todo), "\n") + "\n"))
	default:
		p := errorPage{Layout: s.layout(r, f.title, ""), Status: f.status, Sentence: sentence, Todo: f.todo}
		body, renderErr := s.templates.render("erreur", p)
		if renderErr != nil {
			s.log.ErrorContext(r.Context(), "error page failed", "err", renderErr)
			http.Error(w, f.title, f.status)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.status)
		w.Write(body)
	}
}

func filled(ss ...string) []string {
	var out []string
	for _, s := range ss {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
