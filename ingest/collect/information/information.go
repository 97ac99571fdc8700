// Package information is the page that tells people, in French, what is
// measured, for whom, how long, and how to object. It needs no script, no other
// file and no engine, and is the same at the collector and at the dashboards.
package information

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
)

// Path is where the page is served.
const Path = "/informations"

// Facts are what the page says beyond what is always so.
type Facts struct {
	Controller  string // who is responsible; "" = not said
	Contact     string // e-mail, https:// address or text; "" = the school and the ENT
	RawWeeks    int    // weeks that raw events are kept
	CellsMonths int    // months that statistics are kept
	Signal      bool   // Sec-GPC: 1 is an objection
}

//go:embed information.gohtml
var page string

//go:embed information.css
var style string

// New makes the handler of Path, for GET and HEAD. Safe for concurrent use.
func New(f Facts) (http.Handler, error) {
	t, err := template.New("information").Parse(page)
	if err != nil {
		return nil, fmt.Errorf("information page: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, struct {
		Facts
		Style template.CSS
	}{f, template.CSS(style)}); err != nil {
		return nil, fmt.Errorf("information page: %w", err)
	}
	sum := sha256.Sum256([]byte(style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(b.Len()))
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "public, max-age=3600")
		if r.Method == http.MethodGet {
			w.Write(b.Bytes()) //nolint:errcheck // a browser that has gone is no error
		}
	}), nil
}

// Link is the address behind the contact: a mailto: or the web page itself; ""
// when it is neither.
func (f Facts) Link() string {
	if strings.HasPrefix(f.Contact, "https://") {
		return f.Contact
	}
	if a, err := mail.ParseAddress(f.Contact); err == nil && a.Address == f.Contact {
		return "mailto:" + f.Contact
	}
	return ""
}
