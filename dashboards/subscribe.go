package dashboards

import (
	"net/http"
	netmail "net/mail"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/courrier"
	"github.com/entaudience/entaudience/schemas"
)

// Addresses of the weekly message.
const (
	pathSubscribe   = "/abonnement"
	pathConfirm     = "/abonnement/confirmer"
	pathUnsubscribe = "/desabonnement"
)

// subscribePage lets a person ask for the weekly message, and is where the
// links of messages lead.
type subscribePage struct {
	Layout
	State  string // French: what is so now
	Wrong  string
	Form   bool   // to subscribe
	Mail   string // the address of the form
	Action string // address that the button posts to, "" = no button
	Button string
}

// letterRoutes are there when messages can be sent.
func (s *Server) letterRoutes(r routes) {
	if s.letters == nil {
		return
	}
	r.get(pathSubscribe, anyPerson, s.subscription)
	r.handle(http.MethodPost, pathSubscribe, anyPerson, s.page(s.subscribe))
	// Whoever holds a signed link may ask these: a mail program has no session.
	r.get(pathConfirm, anyone, s.linked)
	r.handle(http.MethodPost, pathConfirm, anyone, s.page(s.confirm))
	r.get(pathUnsubscribe, anyone, s.linked)
	r.handle(http.MethodPost, pathUnsubscribe, anyone, s.page(s.unsubscribe))
}

func (s *Server) subscription(w http.ResponseWriter, r *http.Request) error {
	page, err := s.subscribePage(r)
	if err != nil {
		return err
	}
	return s.html(w, r, "abonnement", page)
}

func (s *Server) subscribePage(r *http.Request) (subscribePage, error) {
	page := subscribePage{Layout: s.layout(r, "Message du lundi", "")}
	p, _ := access.From(r.Context())
	if !slices.ContainsFunc(p.Scopes, func(t schemas.Scope) bool { return t.Niveau == schemas.Circonscription }) {
		page.State = "Le message du lundi dit quelles écoles d'une circonscription méritent un regard : il s'adresse à qui suit une circonscription."
		return page, nil
	}
	one, ok, err := s.letters.Subscriptions.Of(p.Subject)
	if err != nil {
		return page, err
	}
	page.Form = true
	switch {
	case !ok:
		page.State = "Vous ne recevez pas le message."
		return page, nil
	case !one.Confirmed:
		page.State = "Une confirmation a été demandée à " + one.Address + " : ouvrez le lien reçu."
	default:
		page.State = "Vous recevez le message à " + one.Address + "."
	}
	page.Mail = one.Address
	page.Action = strings.TrimPrefix(s.letterLink(pathUnsubscribe, one.Subject, one.Address), s.letters.Public)
	page.Button = "Ne plus recevoir"
	return page, nil
}

// subscribe asks the address typed to confirm.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		return schemas.Refuse("Le formulaire reçu est illisible.")
	}
	page, err := s.subscribePage(r)
	if err != nil {
		return err
	}
	if !page.Form {
		return forbidden(page.State, "no circonscription to write about")
	}
	page.Mail = strings.TrimSpace(r.PostForm.Get("adresse"))
	parsed, err := netmail.ParseAddress(page.Mail)
	if err != nil || parsed.Address != page.Mail || len(page.Mail) > 254 {
		page.Wrong = "Ce n'est pas une adresse de courriel : nom@domaine.fr."
		return s.answerForm(w, "abonnement", page, http.StatusBadRequest)
	}
	p, _ := access.From(r.Context())
	if err := s.letters.Subscriptions.Put(courrier.Subscription{Subject: p.Subject, Address: page.Mail}); err != nil {
		return err
	}
	link := s.letterLink(pathConfirm, p.Subject, page.Mail)
	err = s.letters.Server.Send(r.Context(), courrier.Message{
		To: page.Mail, Subject: "Confirmez le message du lundi",
		Text: "Quelqu'un a demandé que la liste hebdomadaire des écoles à regarder soit envoyée à cette adresse.\n\n" +
			"Pour l'accepter, ouvrez : " + link + "\n\nSinon, ne faites rien : aucun autre message ne viendra.\n",
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, pathSubscribe, http.StatusSeeOther)
	return nil
}

// ofLink is what a signed link is about. The error is Forbidden when we did
// not make it.
func (s *Server) ofLink(r *http.Request) (subject, to string, err error) {
	q := r.URL.Query()
	subject, to = q.Get("qui"), q.Get("adresse")
	if !s.letters.Signer.Verify(q.Get("signature"), r.URL.Path, subject, to) {
		return "", "", forbidden("Ce lien n'est pas entier : copiez-le du message tel qu'il est.", "signature of a link")
	}
	return subject, to, nil
}

// linked shows the button of a link: programs that look into messages open
// links, and must change nothing by it.
func (s *Server) linked(w http.ResponseWriter, r *http.Request) error {
	_, to, err := s.ofLink(r)
	if err != nil {
		return err
	}
	page := subscribePage{Layout: s.layout(r, "Message du lundi", ""), Action: r.URL.RequestURI(), State: "Envoyer chaque lundi la liste des écoles à regarder à " + to + " ?", Button: "Oui, l'envoyer"}
	if r.URL.Path == pathUnsubscribe {
		page.State, page.Button = "Ne plus envoyer le message du lundi à "+to+" ?", "Ne plus l'envoyer"
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.html(w, r, "abonnement", page)
}

func (s *Server) confirm(w http.ResponseWriter, r *http.Request) error {
	subject, to, err := s.ofLink(r)
	if err != nil {
		return err
	}
	one, ok, err := s.letters.Subscriptions.Of(subject)
	if err != nil {
		return err
	}
	if !ok || one.Address != to {
		return schemas.Missing("Cette demande a été remplacée ou retirée.")
	}
	one.Confirmed = true
	if err := s.letters.Subscriptions.Put(one); err != nil {
		return err
	}
	return s.said(w, r, "C'est confirmé : le message viendra lundi à "+to+".")
}

// unsubscribe takes the one click of RFC 8058 as well as the page's button.
func (s *Server) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	subject, to, err := s.ofLink(r)
	if err != nil {
		return err
	}
	one, ok, err := s.letters.Subscriptions.Of(subject)
	if err != nil {
		return err
	}
	if ok && one.Address == to {
		if err := s.letters.Subscriptions.Remove(subject); err != nil {
			return err
		}
	}
	return s.said(w, r, "C'est fait : "+to+" ne recevra plus le message du lundi.")
}

func (s *Server) said(w http.ResponseWriter, r *http.Request, what string) error {
	w.Header().Set("Cache-Control", "no-store")
	return s.html(w, r, "abonnement", subscribePage{Layout: s.layout(r, "Message du lundi", ""), State: what})
}
