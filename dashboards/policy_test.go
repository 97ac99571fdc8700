package dashboards_test

import (
	"strings"
	"testing"
)

// pagesToLookAt is one of each page.
var pagesToLookAt = []string{
	"/region/76", "/dsden/031?profil=ELEVE", "/dsden/031/comparaison", "/dsden/031/carte", "/region/76/services", "/bilan/2026-2027/region/76", "/dsden/031/moments", "/region/76/appareils?profil=ELEVE", "/circonscription/" + string(toulouse) + "/attention", "/region/76/comparaison?detail=ecoles", "/ecole/" + string(hostile), "/ecole/" + string(silent),
	"/recherche?q=ecole", "/recherche?q=", "/definitions", "/completude", "/marquage", "/exports", "/notes",
}

// policyHolds: nothing in a page needs what the policy refuses, and nothing
// is asked from another host.
func policyHolds(t *testing.T, f *fixture) {
	for _, target := range append([]string{"/region/99"}, pagesToLookAt...) {
		w := f.get(t, target)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "same-origin",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s: %q", target, name, got)
			}
		}
		p := parse(t, w.Body.String())
		ids := map[string]bool{}
		for n := range p.root.Descendants() {
			for _, a := range n.Attr {
				switch {
				case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
					t.Errorf("%s: <%s %s>", target, n.Data, a.Key)
				case (a.Key == "src" || a.Key == "href" || a.Key == "action") && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#"):
					t.Errorf("%s: <%s> leads to %q", target, n.Data, a.Val)
				case a.Key == "id" && ids[a.Val]:
					t.Errorf("%s: two elements are %q", target, a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				}
			}
			if n.Data == "style" || (n.Data == "script" && n.FirstChild != nil) {
				t.Errorf("%s: a %s within the page", target, n.Data)
			}
			if n.Data == "link" || n.Data == "script" {
				href := attr(n, "href") + attr(n, "src")
				if strings.HasPrefix(href, "/assets/") && f.get(t, href).Code != 200 {
					t.Errorf("%s: %s is missing", target, href)
				}
			}
		}
	}
}
