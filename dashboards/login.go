package dashboards

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// passwords is an Access whose people come in by a form.
type passwords interface {
	// Enter begins the session of a request. The error is Forbidden, with what
	// to say, when the password is not the login's.
	Enter(r *http.Request, login, password string) error
}

// provider is an Access whose people come in by an identity provider.
type provider interface {
	// Begin gives the address to go to; the answer may set cookies. The error
	// is Unavailable when the provider is away.
	Begin(w http.ResponseWriter, r *http.Request, back string) (string, error)
	// Finish begins the session of a request that the provider sent back, and
	// gives what Begin was given. The error is Forbidden when the answer is
	// not to a login of this browser.
	Finish(w http.ResponseWriter, r *http.Request) (back string, err error)
}

// leaver is an Access that people can leave.
type leaver interface {
	// Leave ends the session of a request, and tells whose it was.
	Leave(r *http.Request) (subject string, err error)
}

// loginPage lets people in.
type loginPage struct {
	Layout
	Back     string // where to go afterwards
	Form     bool   // by login and password
	Provider string // address that leads to the provider, "" = there is none
	Login    string // typed before
	Wrong    string // French: why it did not work
	Left     bool   // the person has just gone out
	Contact  string
}

// loginRoutes are the ways in and out, which depend on the kind of access.
func (s *Server) loginRoutes(r routes) {
	_, byForm := s.access.(passwords)
	_, byProvider := s.access.(provider)
	if byForm || byProvider {
		r.get(access.PathLogin, anyone, s.login)
	}
	if byForm {
		r.handle(http.MethodPost, access.PathLogin, anyone, s.page(s.enter))
	}
	if byProvider {
		r.get(access.PathProvider, anyone, s.begin)
		r.get(access.PathReturn, anyone, s.finish)
	}
	if _, ok := s.access.(leaver); ok {
		r.handle(http.MethodPost, access.PathLogout, anyone, s.page(s.leave))
	}
}

// canLogin says whether there is a login page to lead to.
func (s *Server) canLogin() bool {
	_, byForm := s.access.(passwords)
	_, byProvider := s.access.(provider)
	return byForm || byProvider
}

// local is an address of ours to go back to: a path, whatever was asked.
func local(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") ||
		strings.ContainsAny(back, "\\\r\n\t") || strings.HasPrefix(u.Path, access.PathLogin) {
		return "/"
	}
	return u.RequestURI()
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	page := s.loginPage(r, local(r.URL.Query().Get("retour")))
	if _, known := access.From(r.Context()); known {
		http.Redirect(w, r, page.Back, http.StatusSeeOther)
		return nil
	}
	page.Left = r.URL.Query().Has("deconnexion")
	w.Header().Set("Cache-Control", "no-store")
	return s.html(w, r, "connexion", page)
}

func (s *Server) loginPage(r *http.Request, back string) loginPage {
	p := loginPage{Layout: s.layout(r, "Connexion", ""), Back: back, Contact: s.contact}
	_, p.Form = s.access.(passwords)
	if _, ok := s.access.(provider); ok {
		p.Provider = address(access.PathProvider, url.Values{"retour": {back}})
	}
	return p
}

// formBytes is more than any form of ours sends.
const formBytes = 64 << 10

// enter is the login form.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		return schemas.Refuse("Le formulaire reçu est illisible.")
	}
	page := s.loginPage(r, local(r.PostForm.Get("retour")))
	page.Login = strings.TrimSpace(r.PostForm.Get("identifiant"))
	err := s.access.(passwords).Enter(r, page.Login, r.PostForm.Get("mot-de-passe"))
	if schemas.KindOf(err) == schemas.Forbidden {
		page.Wrong = schemas.SentenceOf(err)
		return s.answerForm(w, "connexion", page, http.StatusForbidden)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, page.Back, http.StatusSeeOther)
	return nil
}

// answerForm sends the page of a form that was not taken.
func (s *Server) answerForm(w http.ResponseWriter, name string, page any, status int) error {
	body, err := s.templates.render(name, page)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body) // the client may be gone
	return nil
}

// begin leads to the identity provider.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) error {
	to, err := s.access.(provider).Begin(w, r, local(r.URL.Query().Get("retour")))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// finish is where the identity provider leads back.
func (s *Server) finish(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	back, err := s.access.(provider).Finish(w, r)
	if err != nil {
		return err
	}
	http.Redirect(w, r, local(back), http.StatusSeeOther)
	return nil
}

// leave ends the session, if there is one.
func (s *Server) leave(w http.ResponseWriter, r *http.Request) error {
	subject, err := s.access.(leaver).Leave(r)
	if err != nil {
		return err
	}
	if subject != "" {
		s.audit.Note(access.Entry{Who: subject, What: access.WhatLogout, Path: access.PathLogout, Decision: access.Allowed})
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, access.PathLogin+"?deconnexion", http.StatusSeeOther)
	return nil
}
