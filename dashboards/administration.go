package dashboards

import (
	"net/http"
	"strings"
	"time"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// directory of people: what an Access may be able to tell of them.
type (
	accountLister interface {
		// List gives the accounts by login.
		List() ([]access.Account, error)
	}
	sessionLister interface {
		// Running lists the sessions by subject.
		Running() ([]access.Session, error)
		// End ends every session of a subject, and tells how many.
		End(subject string) (int, error)
	}
	auditReader interface {
		// Tail gives the last entries, the newest first.
		Tail(n int) ([]access.Entry, error)
	}
)

// administrationPage says who has access, who is here, and what was refused.
type administrationPage struct {
	Layout
	Accounts *Table // nil: people are known elsewhere
	Sessions []sessionJSON
	Together bool // sessions exist with this kind of access
	Audit    Table
	Ended    bool // sessions have just been ended
}

// administrationJSON is /administration.json.
type administrationJSON struct {
	Accounts []accountJSON  `json:"comptes"` // null: people are known elsewhere
	Sessions []sessionJSON  `json:"sessions"`
	Audit    []access.Entry `json:"audit"`
}

type accountJSON struct {
	Login  string `json:"identifiant"`
	Name   string `json:"nom"`
	Access string `json:"acces"`
}

type sessionJSON struct {
	Subject string    `json:"personne"`
	Name    string    `json:"nom"`
	Since   time.Time `json:"depuis"`
	Until   time.Time `json:"jusqua"`
}

// Begun and Ends are the instants in French.
func (s sessionJSON) Begun() string { return Instant(s.Since) }

// Ends is when the person has to log in again.
func (s sessionJSON) Ends() string { return Instant(s.Until) }

// auditShown is how many entries the page has.
const auditShown = 200

func (s *Server) administration(w http.ResponseWriter, r *http.Request) error {
	data, err := s.administrationData()
	if err != nil {
		return err
	}
	switch formatOf(r) {
	case formatJSON:
		return s.json(w, r, data)
	case formatCSV:
		return csv(w, r, "administration.csv", true, func(t *tableur.Writer) error {
			data.write(t)
			return nil
		})
	}
	page := administrationPage{Layout: s.layout(r, "Administration", "/administration"), Sessions: data.Sessions, Audit: auditTable(data.Audit)}
	page.Alt = []Link{{"/administration.csv", "CSV"}, {"/administration.json", "JSON"}}
	_, page.Together = s.access.(sessionLister)
	if data.Accounts != nil {
		t := accountTable(data.Accounts)
		page.Accounts = &t
	}
	page.Ended = r.URL.Query().Has("terminees")
	return s.html(w, r, "administration", page)
}

func (s *Server) administrationData() (administrationJSON, error) {
	data := administrationJSON{Sessions: []sessionJSON{}, Audit: []access.Entry{}}
	if l, ok := s.access.(accountLister); ok {
		accounts, err := l.List()
		if err != nil {
			return data, schemas.WithKind(schemas.Unavailable, err)
		}
		data.Accounts = []accountJSON{}
		for _, a := range accounts {
			data.Accounts = append(data.Accounts, accountJSON{a.Login, a.Name, a.Access})
		}
	}
	if l, ok := s.access.(sessionLister); ok {
		running, err := l.Running()
		if err != nil {
			return data, err
		}
		for _, one := range running {
			data.Sessions = append(data.Sessions, sessionJSON{one.Subject, one.Name, one.Since.UTC(), one.Until.UTC()})
		}
	}
	if l, ok := s.audit.(auditReader); ok {
		entries, err := l.Tail(auditShown)
		if err != nil {
			return data, schemas.WithKind(schemas.Unavailable, err)
		}
		data.Audit = append(data.Audit, entries...)
	}
	return data, nil
}

// write puts the three lists in one table.
func (a administrationJSON) write(t *tableur.Writer) {
	t.Header("liste", "personne", "nom", "acces", "depuis", "jusqua", "quoi", "adresse", "decision", "raison")
	line := func(cells ...string) {
		for _, c := range cells {
			t.Text(c)
		}
		t.End()
	}
	instant := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	for _, c := range a.Accounts {
		line("compte", c.Login, c.Name, c.Access, "", "", "", "", "", "")
	}
	for _, s := range a.Sessions {
		line("session", s.Subject, s.Name, "", instant(s.Since), instant(s.Until), "", "", "", "")
	}
	for _, e := range a.Audit {
		line("audit", e.Who, "", "", instant(e.Time), "", e.What, e.Path, e.Decision, e.Why)
	}
}

func accountTable(accounts []accountJSON) Table {
	t := Table{Caption: "Comptes locaux", Head: []Head{{Label: "Identifiant"}, {Label: "Nom"}, {Label: "Accès"}}}
	for _, a := range accounts {
		given := a.Access
		if given == "" {
			given = "aucun"
		}
		name := a.Name
		if name == "" {
			name = none
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(a.Login), text(name), text(given)}})
	}
	return t
}

// French words of the audit.
var (
	auditWhat = map[string]string{
		access.WhatPage: "Page", access.WhatExport: "Export national", access.WhatLogin: "Connexion",
		access.WhatLogout: "Déconnexion", access.WhatEnd: "Sessions terminées", access.WhatNote: "Note",
	}
	auditDecision = map[string]string{access.Allowed: "accordé", access.Refused: "refusé"}
	// By how the reason begins; one that is not here is in the files alone.
	auditWhy = [][2]string{
		{"outside the person's territories", "hors de ses territoires"},
		{"right ", "droit manquant"},
		{"wrong password", "mauvais mot de passe"},
		{"unknown login", "identifiant inconnu"},
		{"too many attempts", "trop d'essais"},
		{"header ", "en-tête qui ne vient pas du portail"},
		{"cross-origin ", "demande d'un autre site"},
		{"state of another login", "retour d'une autre connexion"},
		{"no login was begun", "retour sans connexion commencée"},
		{"the provider refused", "refusé par le service d'identité"},
		{"of ", "par l'administration"},
	}
)

func whyInFrench(why string) string {
	for _, w := range auditWhy {
		if strings.HasPrefix(why, w[0]) {
			return w[1]
		}
	}
	return ""
}

func auditTable(entries []access.Entry) Table {
	t := Table{
		Caption: "Dernières lignes du journal des accès",
		Head:    []Head{{Label: "Quand"}, {Label: "Qui"}, {Label: "Quoi"}, {Label: "Adresse"}, {Label: "Décision"}},
	}
	for _, e := range entries {
		who, what, decided := e.Who, auditWhat[e.What], auditDecision[e.Decision]
		if who == "" {
			who = "inconnu"
		}
		if what == "" {
			what = e.What
		}
		decision := text(decided)
		decision.Note = whyInFrench(e.Why)
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(Instant(e.Time)), text(who), text(what), text(e.Path), decision}})
	}
	return t
}

// endSessions ends the sessions of one person.
func (s *Server) endSessions(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		return schemas.Refuse("Le formulaire reçu est illisible.")
	}
	subject := r.PostForm.Get("personne")
	if subject == "" {
		return schemas.Refuse("Il faut la personne dont les sessions finissent.")
	}
	if _, err := s.access.(sessionLister).End(subject); err != nil {
		return err
	}
	p, _ := access.From(r.Context())
	s.audit.Note(access.Entry{Who: p.Subject, What: access.WhatEnd, Path: r.URL.Path, Decision: access.Allowed, Why: "of " + subject})
	http.Redirect(w, r, "/administration?terminees", http.StatusSeeOther)
	return nil
}
