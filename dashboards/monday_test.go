package dashboards_test

import (
	"bytes"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/courrier"
	"github.com/entaudience/entaudience/schemas"
)

// postOffice is a real SMTP server that keeps what it is handed.
type postOffice struct {
	mu     sync.Mutex
	got    []letter
	refuse bool
}

type letter struct {
	To   string
	Head netmail.Header
	Body string
}

func (o *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &counter{office: o}, nil }

type counter struct {
	office *postOffice
	to     string
}

func (c *counter) Mail(string, *smtp.MailOptions) error { return nil }
func (c *counter) Reset()                               {}
func (c *counter) Logout() error                        { return nil }

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	if c.office.refuse {
		return &smtp.SMTPError{Code: 451, Message: "later"}
	}
	return nil
}

func (c *counter) Data(r io.Reader) error {
	m, err := netmail.ReadMessage(r)
	if err != nil {
		return err
	}
	body := io.Reader(m.Body)
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	var b bytes.Buffer
	if _, err := io.Copy(&b, body); err != nil {
		return err
	}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.got = append(c.office.got, letter{c.to, m.Header, b.String()})
	return nil
}

func (o *postOffice) take() []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	got := o.got
	o.got = nil
	return got
}

func openPostOffice(t *testing.T) (*postOffice, string) {
	t.Helper()
	office := &postOffice{}
	server := smtp.NewServer(office)
	server.Domain = "localhost"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-ended })
	return office, l.Addr().String()
}

var linkForm = regexp.MustCompile(`https://mesure\.example(/\S+)`)

// TestMonday: an inspector asks for the message, confirms it, gets on Monday
// what their page says and nothing of another's, once, and leaves by one click.
func TestMonday(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	load(t, s, generated())
	local, audit := localAccess(t)
	office, address := openPostOffice(t)
	subscriptions := courrier.OpenSubscriptions(t.TempDir())
	at := now
	registry := prometheus.NewRegistry()
	config := dashboards.Config{
		Reader: s, Access: local, Audit: audit, Logger: slog.New(slog.DiscardHandler), Registerer: registry, Clock: func() time.Time { return at },
		Letters: &dashboards.Letters{
			Subscriptions: subscriptions, Signer: courrier.Signer{Key: []byte("key")}, Public: "https://mesure.example", People: local,
			Server: courrier.Server{Address: address, From: "Mesure <mesure@example.fr>", TLS: "none"},
		},
	}
	pages, err := dashboards.New(config)
	must(t, err)
	server := httptest.NewServer(pages.Handler())
	defer server.Close()
	inspector, admin, program := arrive(t, server.URL), arrive(t, server.URL), arrive(t, server.URL)
	inspector.login("inspectrice", "/")
	admin.login("admin", "/")

	if _, _, p := admin.do("GET", "/abonnement", nil); !strings.Contains(p.text("#etat"), "suit une circonscription") || len(p.all("main form")) != 0 {
		t.Errorf("without a circonscription: %s", p.text("main"))
	}
	if status, _, _ := admin.do("POST", "/abonnement", url.Values{"adresse": {"a@example.fr"}}); status != 403 {
		t.Errorf("without a circonscription, all the same: %d", status)
	}
	for _, wrong := range []string{"", "jeanne", "Jeanne <j@example.fr>", "j@example.fr\r\nBcc: k@example.fr"} {
		if status, _, p := inspector.do("POST", "/abonnement", url.Values{"adresse": {wrong}}); status != 400 || !strings.Contains(p.text("[role=alert]"), "adresse de courriel") {
			t.Errorf("%q: %d", wrong, status)
		}
	}
	if status, to, _ := inspector.do("POST", "/abonnement", url.Values{"adresse": {"jeanne@example.fr"}}); status != 303 || to != "/abonnement" {
		t.Fatalf("%d %s", status, to)
	}
	asked := office.take()
	if len(asked) != 1 || asked[0].To != "jeanne@example.fr" {
		t.Fatalf("confirmation %+v", asked)
	}
	monday := schemas.Week(schemas.DateDay(2026, time.November, 23))
	at = monday.Start().Add(7 * time.Hour)
	if n := pages.SendLetters(t.Context()); n != 0 || len(office.take()) != 0 {
		t.Error("sent to an address that has not confirmed")
	}
	confirm := linkForm.FindStringSubmatch(asked[0].Body)[1]
	if _, _, p := inspector.do("GET", confirm, nil); !strings.Contains(p.text("#etat"), "jeanne@example.fr ?") {
		t.Errorf("the link says %s", p.text("#etat"))
	}
	if one, _, _ := subscriptions.Of("inspectrice"); one.Confirmed {
		t.Error("opening the link confirms")
	}
	if status, _, _ := program.do("POST", strings.Replace(confirm, "jeanne", "paul", 1), nil); status != 403 {
		t.Errorf("a link changed by hand: %d", status)
	}
	if status, _, _ := program.do("POST", confirm, nil); status != 200 {
		t.Errorf("confirm: %d", status)
	}

	at = monday.Start().Add(7*time.Hour - time.Second)
	if pages.SendLetters(t.Context()) != 0 {
		t.Error("sent before seven")
	}
	at = monday.Start().Add(7 * time.Hour)
	office.refuse = true
	if pages.SendLetters(t.Context()) != 0 {
		t.Error("counted as sent, and refused by the server")
	}
	office.refuse = false
	if n := pages.SendLetters(t.Context()); n != 1 {
		t.Fatalf("%d sent, want the one that failed before", n)
	}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(`
		# HELP entaudience_dashboards_letters_total Weekly messages, sent or failed; one that failed is tried again.
		# TYPE entaudience_dashboards_letters_total counter
		entaudience_dashboards_letters_total{outcome="failed"} 1
		entaudience_dashboards_letters_total{outcome="sent"} 1
	`), "entaudience_dashboards_letters_total"); err != nil {
		t.Error(err)
	}
	sent := office.take()
	if n := pages.SendLetters(t.Context()); n != 0 || len(office.take()) != 0 || len(sent) != 1 {
		t.Fatalf("%d messages in a week, then %d", len(sent), n)
	}
	m := sent[0]
	if m.Head.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.HasPrefix(m.Head.Get("List-Unsubscribe"), "<https://mesure.example/desabonnement?") || m.Head.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("head %v", m.Head)
	}
	// The same words as the page, for the person who reads both.
	_, _, p := inspector.do("GET", "/circonscription/"+string(toulouse)+"/attention", nil)
	rows := p.all("#a-regarder tbody tr")
	if len(rows) == 0 {
		t.Fatal("nothing to look at in the fixture: the test shows nothing")
	}
	flat := strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(m.Body)), " ")
	for _, r := range rows {
		name := attr(page{t, r}.all("a")[0], "href")
		path, _, _ := strings.Cut(name, "?")
		if !strings.Contains(flat, "https://mesure.example"+path) {
			t.Errorf("the message lacks %s", path)
		}
	}
	if strings.Count(flat, "https://mesure.example/ecole/") != len(rows) {
		t.Errorf("the message has other schools than the page:\n%s", m.Body)
	}
	for _, secret := range []string{string(rangueil), string(beziers), string(hostile), "Marie-Curie"} {
		if strings.Contains(m.Body, secret) {
			t.Errorf("the message tells of %s", secret)
		}
	}

	// One click, as a mail program does it: no session, no page of ours.
	unsubscribe := strings.TrimPrefix(strings.Trim(m.Head.Get("List-Unsubscribe"), "<>"), "https://mesure.example")
	if status, _, _ := program.do(http.MethodGet, unsubscribe, nil); status != 200 {
		t.Errorf("the page of the link: %d", status)
	}
	if _, ok, _ := subscriptions.Of("inspectrice"); !ok {
		t.Error("opening the link ends it")
	}
	if status, _, _ := program.do(http.MethodPost, strings.Replace(unsubscribe, "inspectrice", "admin", 1), url.Values{"List-Unsubscribe": {"One-Click"}}); status != 403 {
		t.Errorf("another's, by a changed link: %d", status)
	}
	if status, _, _ := program.do(http.MethodPost, unsubscribe, url.Values{"List-Unsubscribe": {"One-Click"}}); status != 200 {
		t.Errorf("one click: %d", status)
	}
	if _, ok, _ := subscriptions.Of("inspectrice"); ok {
		t.Error("still subscribed")
	}

	// Whoever lost the circonscription, then the account, is sent nothing.
	for _, change := range []func() error{
		func() error { return local.Accounts.SetGrants("inspectrice", "export-national") },
		func() error { return local.Accounts.Remove("inspectrice") },
	} {
		must(t, subscriptions.Put(courrier.Subscription{Subject: "inspectrice", Address: "jeanne@example.fr", Confirmed: true}))
		must(t, change())
		at = at.Add(7 * 24 * time.Hour)
		if n := pages.SendLetters(t.Context()); n != 0 || len(office.take()) != 0 {
			t.Errorf("%d sent to who may not read it", n)
		}
	}
}
