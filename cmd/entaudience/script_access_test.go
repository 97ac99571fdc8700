package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

// The commands of the scripts about who asks.

// provider starts a real OpenID provider, and finds a port for the pages, whose
// address it must know beforehand: $ISSUER, and the configuration of the
// listener and of the redirect. Its users are test-user@127.0.0.1 (id1) and
// test-user2 (id2).
func provider(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: provider")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	pages := free.Addr().String()
	ts.Check(free.Close())
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	ts.Defer(server.Close)
	issuer := server.URL + "/"
	clients := map[string]*storage.Client{"entaudience": storage.WebClient("entaudience", "client-secret", "http://"+pages+"/connexion/retour")}
	handler = exampleop.SetupServer(issuer, storage.NewStorageWithClients(storage.NewUserStore(issuer), clients), nil, false)
	ts.Setenv("ISSUER", issuer)
	ts.Setenv("ENTAUDIENCE_SERVE_LISTEN", pages)
	ts.Setenv("ENTAUDIENCE_SERVE_URL", "http://"+pages)
}

// as NAME URL STATUS [HEADER=VALUE…] asks for a page as a browser that keeps the
// cookies of NAME, and follows redirects; the page is left in body.txt and the
// address where it was found in $AT.
func as(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: as NAME URL STATUS [HEADER=VALUE...]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, args[1], nil)
	ts.Check(err)
	for _, h := range args[3:] {
		name, value, _ := strings.Cut(h, "=")
		r.Header.Set(name, value)
	}
	answered(ts, args[0], r, args[2])
}

func answered(ts *testscript.TestScript, name string, r *http.Request, status string) {
	s := siteOf(ts)
	if s.browsers[name] == nil {
		jar, err := cookiejar.New(nil)
		ts.Check(err)
		s.browsers[name] = &http.Client{Jar: jar}
	}
	response, err := s.browsers[name].Do(r)
	ts.Check(err)
	defer response.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	s.page = string(body)
	ts.Check(writeFile(ts.MkAbs("body.txt"), func(w io.Writer) error { _, err := w.Write(body); return err }))
	ts.Setenv("AT", response.Request.URL.String())
	if strconv.Itoa(response.StatusCode) != status {
		ts.Fatalf("%s: answered %s at %s: %.2000s", r.URL, response.Status, response.Request.URL, body)
	}
}

var (
	authorizationID = regexp.MustCompile(`name="id" value="([^"]+)"`)
	toProvider      = regexp.MustCompile(`href="(/connexion/fournisseur[^"]*)"`)
)

// loginas NAME USER STATUS goes from the page that NAME was led to, which asks to
// log in, to the provider, logs USER in there, and comes back.
func loginAs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: loginas NAME USER STATUS")
	}
	link := toProvider.FindStringSubmatch(siteOf(ts).page)
	if link == nil {
		ts.Fatalf("no way to the provider in %.3000s", siteOf(ts).page)
	}
	as(ts, false, []string{args[0], ts.Getenv("SERVE") + strings.ReplaceAll(link[1], "&amp;", "&"), "200"})
	id := authorizationID.FindStringSubmatch(siteOf(ts).page)
	at, err := url.Parse(ts.Getenv("AT"))
	if id == nil || err != nil {
		ts.Fatalf("no login form at %s: %.2000s", ts.Getenv("AT"), errors.Join(err, errors.New(siteOf(ts).page)))
	}
	form := url.Values{"username": {args[1]}, "password": {"verysecure"}, "id": {id[1]}}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.Scheme+"://"+at.Host+"/login/username", strings.NewReader(form.Encode()))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answered(ts, args[0], r, args[2])
}

// newBrowsers is nobody's browser yet.
func newBrowsers() map[string]*http.Client { return map[string]*http.Client{} }
