package information_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/ingest/collect/information"
)

func get(t *testing.T, f information.Facts, method string) *httptest.ResponseRecorder {
	t.Helper()
	h, err := information.New(f)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, information.Path, nil))
	return w
}

func TestPage(t *testing.T) {
	w := get(t, information.Facts{
		Controller: "Région <Exemple>", Contact: "dpo@region.example", RawWeeks: 13, CellsMonths: 25, Signal: true,
	}, http.MethodGet)
	body := w.Body.String()
	for _, want := range []string{
		`<html lang="fr">`, "<main>", "13 semaines", "25 mois", "Région &lt;Exemple&gt;", "Global Privacy Control",
		`<a href="mailto:dpo@region.example">dpo@region.example</a>`, `id="opposition"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, unwanted := range []string{"<script", "src=", "<link", "ZgotmplZ"} {
		if strings.Contains(body, unwanted) {
			t.Errorf("the page has %q", unwanted)
		}
	}
	if n := strings.Count(body, "<h1"); n != 1 {
		t.Errorf("%d titles", n)
	}
	// The policy lets this style in, and nothing else.
	_, rest, _ := strings.Cut(body, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q does not fit the page", policy)
	}
}

func TestContact(t *testing.T) {
	for contact, want := range map[string]string{
		"https://region.example/dpo":   `<a href="https://region.example/dpo">https://region.example/dpo</a>`,
		"1 rue de l'Exemple, Toulouse": "<p>Contact\u00a0: 1 rue de l&#39;Exemple, Toulouse</p>",
		"javascript:alert(1)":          "<p>Contact\u00a0: javascript:alert(1)</p>",
		"":                             "Adressez-vous à votre établissement",
	} {
		body := get(t, information.Facts{Contact: contact, RawWeeks: 8, CellsMonths: 13}, http.MethodGet).Body.String()
		if !strings.Contains(body, want) {
			t.Errorf("contact %q: the page lacks %q", contact, want)
		}
		if strings.Contains(body, "Global Privacy Control") {
			t.Error("the page promises a signal that is not honoured")
		}
	}
}

func TestMethods(t *testing.T) {
	if w := get(t, information.Facts{}, http.MethodHead); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d, %d bytes", w.Code, w.Body.Len())
	}
	if w := get(t, information.Facts{}, http.MethodPost); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}
