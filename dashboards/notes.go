package dashboards

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// notesPage lists what pilots wrote, and lets those who may write.
type notesPage struct {
	Layout
	At    schemas.Territory // whose notes these are; zero = all the person's
	Label string            // of At
	Notes []noteJSON
	May   bool // the person writes
	Form  noteForm
	Wrong string // French: why what was sent is not taken
	Done  bool   // a note has just been written or taken away
}

// noteForm is what the form holds.
type noteForm struct {
	ID, Text, Du, Au string
	Places, Kinds    []option
}

// noteJSON is one note.
type noteJSON struct {
	ID      string           `json:"id"`
	Niveau  schemas.Niveau   `json:"niveau"`
	Code    string           `json:"code"`
	Nom     string           `json:"nom"`
	Kind    schemas.NoteKind `json:"sorte"`
	Du      string           `json:"du"`
	Au      string           `json:"au"`
	Text    string           `json:"texte"`
	Author  string           `json:"auteur"` // "" for those who do not write themselves
	Written time.Time        `json:"ecrite"`
	note    schemas.Note
}

// Days is the period in French.
func (n noteJSON) Days() string { return noteDays(n.note) }

// KindLabel is the kind in French.
func (n noteJSON) KindLabel() string { return n.Kind.Label() }

// Place names the territory.
func (n noteJSON) Place() string { return titled(schemas.Territory{Scope: n.note.At, Name: n.Nom}) }

// notes answers /notes?territoire=dsden:031: the notes on a territory, above
// it and below it, or all those that the person may read.
func (s *Server) notes(w http.ResponseWriter, r *http.Request) error {
	page, err := s.notesPage(r, r.URL.Query().Get("territoire"))
	if err != nil {
		return err
	}
	switch formatOf(r) {
	case formatJSON:
		return s.json(w, r, map[string]any{"notes": page.Notes})
	case formatCSV:
		return csv(w, r, "notes.csv", true, func(t *tableur.Writer) error {
			t.Header("id", "niveau", "code", "nom", "sorte", "du", "au", "texte", "auteur", "ecrite")
			for _, n := range page.Notes {
				for _, c := range []string{n.ID, string(n.Niveau), n.Code, n.Nom, string(n.Kind), n.Du, n.Au, n.Text, n.Author, n.Written.Format(time.RFC3339)} {
					t.Text(c)
				}
				t.End()
			}
			return nil
		})
	}
	page.Done = r.URL.Query().Has("fait")
	if id := r.URL.Query().Get("modifier"); page.May && id != "" {
		for _, n := range page.Notes {
			if n.ID == id {
				page.Form = s.noteForm(r, n.note)
			}
		}
	}
	return s.html(w, r, "notes", page)
}

func (s *Server) notesPage(r *http.Request, at string) (notesPage, error) {
	ctx := r.Context()
	p, _ := access.From(ctx)
	page := notesPage{Layout: s.layout(r, "Notes", ""), May: p.Has(access.Notes), Notes: []noteJSON{}}
	q := url.Values{}
	names, err := s.territories(ctx, schemas.Period{From: s.reader.year().First(), To: schemas.DayOf(s.clock())})
	if err != nil {
		return page, err
	}
	if at != "" {
		scope, err := schemas.ParseScope(at)
		if err != nil {
			return page, err
		}
		if err := s.reader.sees(ctx, scope); err != nil {
			return page, err
		}
		if page.At, _, err = names.find(scope); err != nil {
			return page, err
		}
		page.Label = names.label(scope)
		q.Set("territoire", at)
	}
	page.Alt = []Link{{address("/notes.csv", q), "CSV"}, {address("/notes.json", q), "JSON"}}
	all, err := s.reader.Notes(ctx, everyDay)
	if err != nil {
		return page, err
	}
	slices.Reverse(all) // the latest first
	for _, n := range all {
		if page.At.Code != "" && !names.related(n.At, page.At.Scope) {
			continue
		}
		one := noteJSON{
			ID: n.ID, Niveau: n.At.Niveau, Code: n.At.Code, Nom: n.At.Code, Kind: n.Kind, Du: n.Period.From.String(), Au: n.Period.To.String(),
			Text: n.Text, Written: n.Written.UTC(), note: n,
		}
		if found, _, err := names.find(n.At); err == nil && found.Name != "" {
			one.Nom = found.Name
		}
		if page.May {
			one.Author = n.Author
		}
		page.Notes = append(page.Notes, one)
	}
	page.Form = s.noteForm(r, schemas.Note{At: page.At.Scope})
	return page, nil
}

// related says whether one of two territories holds the other.
func (t *territories) related(a, b schemas.Scope) bool {
	holds := func(above, below schemas.Scope) bool {
		_, dir, err := t.find(below)
		return err == nil && slices.ContainsFunc(dir.Ancestors(below), func(x schemas.Territory) bool { return x.Scope == above })
	}
	return a == b || holds(a, b) || holds(b, a)
}

// noteForm is the form that holds a note. A note stays where it is written.
func (s *Server) noteForm(r *http.Request, n schemas.Note) noteForm {
	f := noteForm{ID: n.ID, Text: n.Text}
	if n.ID != "" {
		f.Du, f.Au = n.Period.From.String(), n.Period.To.String()
	}
	for _, k := range schemas.NoteKinds() {
		f.Kinds = append(f.Kinds, option{string(k), k.Label(), k == n.Kind})
	}
	p, _ := access.From(r.Context())
	places := s.own(r.Context(), p)
	if dir, _, err := s.reader.Directory(r.Context(), s.reader.year()); err == nil {
		if p.Everywhere {
			places = dir.Regions()
		}
		if t, ok := dir.Territory(n.At); ok {
			places = []schemas.Territory{t}
		}
	}
	for _, t := range places {
		f.Places = append(f.Places, option{t.Scope.String(), titled(t), t.Scope == n.At})
	}
	return f
}

// writeNote takes the form: a new note, another version of one, or its end.
func (s *Server) writeNote(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		return schemas.Refuse("Le formulaire reçu est illisible.")
	}
	form := r.PostForm
	at, err := schemas.ParseScope(form.Get("territoire"))
	if err != nil {
		return err
	}
	n, err := s.noteSent(r, at)
	switch {
	case schemas.KindOf(err) == schemas.Invalid:
		return s.notesAgain(w, r, at, err)
	case err != nil:
		return err
	}
	if err := s.reader.WriteNote(r.Context(), n); err != nil {
		return err
	}
	s.audit.Note(access.Entry{Who: n.Author, What: access.WhatNote, Path: at.Path(), Decision: access.Allowed})
	http.Redirect(w, r, address("/notes", url.Values{"territoire": {at.String()}, "fait": {""}}), http.StatusSeeOther)
	return nil
}

// noteSent is the note that the form describes.
func (s *Server) noteSent(r *http.Request, at schemas.Scope) (schemas.Note, error) {
	form := r.PostForm
	p, _ := access.From(r.Context())
	n, err := schemas.NewNote(at, form.Get("sorte"), form.Get("du"), form.Get("au"), form.Get("texte"))
	n.ID, n.Author, n.Written = form.Get("id"), p.Subject, s.clock().UTC()
	if n.ID == "" {
		n.ID = rand.Text()
		return n, err
	}
	before, readErr := s.reader.Notes(r.Context(), everyDay)
	if readErr != nil {
		return n, readErr
	}
	i := slices.IndexFunc(before, func(b schemas.Note) bool { return b.ID == n.ID && b.At == at })
	if i < 0 {
		return n, schemas.Missing("Cette note n'existe plus.")
	}
	if form.Has("retirer") {
		gone := before[i]
		gone.Withdrawn, gone.Author, gone.Written = true, n.Author, n.Written
		return gone, nil
	}
	return n, err
}

// notesAgain shows what was sent, and why it is not taken.
func (s *Server) notesAgain(w http.ResponseWriter, r *http.Request, at schemas.Scope, wrong error) error {
	page, err := s.notesPage(r, at.String())
	if err != nil {
		return err
	}
	form := r.PostForm
	page.Wrong = schemas.SentenceOf(wrong)
	page.Form = s.noteForm(r, schemas.Note{At: at, Kind: schemas.NoteKind(form.Get("sorte"))})
	page.Form.ID, page.Form.Text, page.Form.Du, page.Form.Au = form.Get("id"), form.Get("texte"), form.Get("du"), form.Get("au")
	return s.answerForm(w, "notes", page, http.StatusBadRequest)
}
