package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/entaudience/entaudience/schemas"
)

// Header believes a reverse proxy that has already asked who it is, as the
// académies' single sign-on does. There is no session: each request says.
type Header struct {
	o HeaderOptions
}

// HeaderOptions name the headers; of several names the first that is sent
// counts, of Access and Schools all of them.
type HeaderOptions struct {
	Proxies Proxies
	Subject []string // who
	Name    []string // how they are called
	Access  []string // grants, or groups of the mapping
	Schools []string // schools by UAI, alone or before a $: the person's schools
	Mapping *Mapping // may be nil
}

// NewHeader refuses to believe just anybody: the error is Invalid when no
// proxy or no subject is named.
func NewHeader(o HeaderOptions) (*Header, error) {
	if len(o.Proxies) == 0 || len(o.Subject) == 0 {
		return nil, schemas.WithKind(schemas.Invalid, errors.New("headers: proxies and the header of the subject are required"))
	}
	return &Header{o}, nil
}

// Wrap changes nothing: there is no session.
func (h *Header) Wrap(next http.Handler) http.Handler { return next }

// Person is who the proxy says. A request that brings one of the headers from
// another address is refused: somebody tries, or a proxy is missing from the
// list, and neither should see a page.
func (h *Header) Person(r *http.Request) (Person, bool, error) {
	if !h.o.Proxies.has(peer(r)) {
		for _, names := range [][]string{h.o.Subject, h.o.Name, h.o.Access, h.o.Schools} {
			for _, name := range names {
				if len(r.Header.Values(name)) > 0 {
					return Person{}, false, unbelieved("header " + name + " from an address that is no listed proxy")
				}
			}
		}
		return Person{}, false, nil
	}
	subject, err := h.first(r, h.o.Subject)
	if err != nil || subject == "" {
		return Person{}, false, err
	}
	name, err := h.first(r, h.o.Name)
	if err != nil {
		return Person{}, false, err
	}
	c := Claims{Subject: subject, Name: name}
	for _, header := range h.o.Access {
		for _, v := range r.Header.Values(header) {
			c.Values = append(c.Values, values(decoded(v))...)
		}
	}
	for _, header := range h.o.Schools {
		for _, v := range r.Header.Values(header) {
			for _, uai := range uais(v) {
				c.Values = append(c.Values, schemas.Scope{Niveau: schemas.Ecole, Code: uai}.String())
			}
		}
	}
	return c.person(h.o.Mapping), true, nil
}

// Known is what the mapping gives a subject now. Groups are known only while
// the person asks: they open nothing here.
func (h *Header) Known(subject string) (Person, bool, error) { return known(h.o.Mapping, subject) }

// first is the value of the first header sent. Two values of one header are
// refused: a proxy that adds its own beside the sender's tells nothing.
func (h *Header) first(r *http.Request, names []string) (string, error) {
	for _, name := range names {
		switch vs := r.Header.Values(name); {
		case len(vs) > 1:
			return "", unbelieved(fmt.Sprintf("header %s is there %d times", name, len(vs)))
		case len(vs) == 1 && strings.TrimSpace(vs[0]) != "":
			return strings.TrimSpace(decoded(vs[0])), nil
		}
	}
	return "", nil
}

func unbelieved(why string) error {
	return &schemas.Error{
		Kind: schemas.Forbidden, Sentence: "Votre identité ne vient pas du portail attendu : passez par l'adresse habituelle du service.",
		Err: errors.New(why),
	}
}

// decoded is a header's text: UTF-8, or else Latin-1 as HTTP once had it.
func decoded(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, 0, len(s))
	for _, b := range []byte(s) {
		runes = append(runes, rune(b))
	}
	return string(runes)
}

// values are the candidates in a list: a JSON array, or text cut at ; and |,
// at commas, and at spaces. A name of a group may hold a comma or a space, so
// each way of cutting gives its own; what is neither grant nor group is
// nothing.
func values(s string) []string {
	s = strings.TrimSpace(s)
	var list []string
	if strings.HasPrefix(s, "[") && json.Unmarshal([]byte(s), &list) == nil {
		return list
	}
	seen := map[string]bool{"": true}
	for _, cut := range []string{";|", ";|,", ";|, \t"} {
		for _, v := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(cut, r) }) {
			if v = strings.TrimSpace(v); !seen[v] {
				seen[v] = true
				list = append(list, v)
			}
		}
	}
	return list
}

var uaiAlone = regexp.MustCompile(`^[0-9]{7}[A-Z]`)

// uais are the schools of a header: "0310001A", or "0310001A$UAJ$PU$…", in a
// list of either.
func uais(s string) []string {
	var found []string
	for _, v := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(";|, \t", r) }) {
		uai := uaiAlone.FindString(v)
		if rest := strings.TrimPrefix(v, uai); uai != "" && (rest == "" || rest[0] == '$') && schemas.ValidUAI(uai) {
			found = append(found, uai)
		}
	}
	return found
}
