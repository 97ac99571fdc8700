package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/entaudience/entaudience/schemas"
)

// directory is the provider's storage, which also knows groups.
type directory struct {
	*storage.Storage
	groups map[string][]string // by subject
}

func (d directory) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	info.AppendClaims("realm_access", map[string]any{"roles": d.groups[subject]})
	return d.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin)
}

// identityProvider is a real OpenID provider: discovery, keys, login form,
// code with PKCE. Its users are test-user@127.0.0.1 (id1) and test-user2 (id2).
func identityProvider(t *testing.T, redirect string, groups map[string][]string) (issuer string) {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	issuer = server.URL + "/"
	clients := map[string]*storage.Client{"entaudience": storage.WebClient("entaudience", "client-secret", redirect)}
	handler = exampleop.SetupServer(issuer, directory{storage.NewStorageWithClients(storage.NewUserStore(issuer), clients), groups}, nil, false)
	return issuer
}

// relying is our side: the routes of the pages, and one that tells who asks.
type relying struct {
	*httptest.Server
	oidc *OIDC
	at   time.Time // of our clock
	last error
}

func relyOn(t *testing.T, groups map[string][]string, change func(*OIDCOptions)) *relying {
	t.Helper()
	rp := &relying{at: time.Now()}
	mux := http.NewServeMux()
	var handler http.Handler
	rp.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(rp.Close)
	folder := t.TempDir()
	secret, err := OpenSecret(folder)
	if err != nil {
		t.Fatal(err)
	}
	mapping := filepath.Join(folder, "acces.csv")
	write(t, mapping, "qui;acces\ngroupe:pilotes-31;dsden:031\nid2;ecole:0310001A\n")
	m, err := OpenMapping(mapping, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return rp.at }
	o := OIDCOptions{
		Issuer: identityProvider(t, rp.URL+PathReturn, groups), ClientID: "entaudience", ClientSecret: "client-secret", Public: rp.URL,
		Scopes: []string{"profile"}, SubjectClaim: "sub", NameClaim: "name", AccessClaims: []string{"realm_access.roles"}, Mapping: m,
		Sessions: NewSessions(SessionOptions{Folder: folder, Lifetime: time.Hour, Log: slog.New(slog.DiscardHandler)}),
		Secret:   secret, Audit: OpenAudit(folder, clock, slog.New(slog.DiscardHandler)), Clock: clock,
	}
	if change != nil {
		change(&o)
	}
	rp.oidc = NewOIDC(o)
	answer := func(w http.ResponseWriter, err error, to string, r *http.Request) {
		if rp.last = err; err != nil {
			http.Error(w, err.Error(), http.StatusTeapot)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
	mux.HandleFunc(PathProvider, func(w http.ResponseWriter, r *http.Request) {
		to, err := rp.oidc.Begin(w, r, "/qui?retour")
		answer(w, err, to, r)
	})
	mux.HandleFunc(PathReturn, func(w http.ResponseWriter, r *http.Request) {
		back, err := rp.oidc.Finish(w, r)
		answer(w, err, back, r)
	})
	mux.HandleFunc("/qui", func(w http.ResponseWriter, r *http.Request) {
		p, ok, err := rp.oidc.Person(r)
		fmt.Fprint(w, p, " ", p.Name, " ", ok, " ", err)
	})
	handler = rp.oidc.Wrap(mux)
	return rp
}

func browse(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func read(t *testing.T, res *http.Response, err error) (body string, location string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), res.Header.Get("Location")
}

func (rp *relying) who(t *testing.T, c *http.Client) string {
	t.Helper()
	res, err := c.Get(rp.URL + "/qui")
	body, _ := read(t, res, err)
	return body
}

var requestID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// atProvider goes where Begin leads, logs in there, and gives the address the
// provider leads back to.
func atProvider(t *testing.T, c *http.Client, to, user string) string {
	t.Helper()
	res, err := c.Get(to)
	_, form := read(t, res, err)
	base, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	formURL, err := base.Parse(form)
	if err != nil {
		t.Fatal(err)
	}
	res, err = c.Get(formURL.String())
	page, _ := read(t, res, err)
	id := requestID.FindStringSubmatch(page)
	if id == nil {
		t.Fatalf("no login form at %s: %s", formURL, page)
	}
	res, err = c.PostForm(base.Scheme+"://"+base.Host+"/login/username", url.Values{"username": {user}, "password": {"verysecure"}, "id": {id[1]}})
	_, callback := read(t, res, err)
	callbackURL, err := base.Parse(callback)
	if err != nil {
		t.Fatal(err)
	}
	res, err = c.Get(callbackURL.String())
	body, back := read(t, res, err)
	if back == "" {
		t.Fatalf("the provider leads nowhere: %s", body)
	}
	return back
}

// begin asks for the provider's address.
func (rp *relying) begin(t *testing.T, c *http.Client) string {
	t.Helper()
	res, err := c.Get(rp.URL + PathProvider)
	body, to := read(t, res, err)
	if to == "" {
		t.Fatalf("no way to the provider: %s", body)
	}
	return to
}

func (rp *relying) login(t *testing.T, c *http.Client, user string) (location string) {
	t.Helper()
	res, err := c.Get(atProvider(t, c, rp.begin(t, c), user))
	_, location = read(t, res, err)
	return location
}

func TestOIDC(t *testing.T) {
	rp := relyOn(t, map[string][]string{"id1": {"pilotes-31", "administration", "unknown"}}, nil)
	pilot, teacher := browse(t), browse(t)
	if got := rp.who(t, pilot); !strings.Contains(got, "false") {
		t.Errorf("before a login: %s", got)
	}
	if to := rp.login(t, pilot, "test-user@127.0.0.1"); to != "/qui?retour" {
		t.Errorf("led back to %q: %v", to, rp.last)
	}
	if to := rp.login(t, teacher, "test-user2"); to != "/qui?retour" {
		t.Errorf("led back to %q: %v", to, rp.last)
	}
	// Groups of the user info, through the mapping; the other by subject.
	if got := rp.who(t, pilot); got != "id1 (dsden:031 administration) Test User true <nil>" {
		t.Errorf("pilot: %s", got)
	}
	if got := rp.who(t, teacher); got != "id2 (ecole:0310001A) Test User2 true <nil>" {
		t.Errorf("teacher: %s", got)
	}
	running, err := rp.oidc.Running()
	if err != nil || len(running) != 2 || running[0].Subject != "id1" || running[1].Name != "Test User2" {
		t.Errorf("sessions %v, %v", running, err)
	}
	if n, err := rp.oidc.End("id1"); n != 1 || err != nil {
		t.Errorf("%d sessions ended, %v", n, err)
	}
	if got := rp.who(t, pilot); !strings.Contains(got, "false") {
		t.Errorf("after the end: %s", got)
	}
	if got := rp.who(t, teacher); !strings.Contains(got, "true") {
		t.Errorf("another's session ended too: %s", got)
	}
}

// What is sent to the provider, and what is left in the browser.
func TestOIDCBegin(t *testing.T) {
	rp := relyOn(t, nil, nil)
	c := browse(t)
	res, err := c.Get(rp.URL + PathProvider)
	_, to := read(t, res, err)
	q := func(address string) url.Values {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return u.Query()
	}
	got := q(to)
	if got.Get("response_type") != "code" || got.Get("scope") != "openid profile" || got.Get("redirect_uri") != rp.URL+PathReturn ||
		got.Get("code_challenge_method") != "S256" || len(got.Get("code_challenge")) != 43 || len(got.Get("state")) < 40 || len(got.Get("nonce")) < 40 {
		t.Errorf("asked with %v", got)
	}
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 600 {
		t.Errorf("cookie %v", cookie)
	}
	for _, secret := range []string{got.Get("state"), got.Get("nonce")} {
		if strings.Contains(cookie.Value, secret) {
			t.Error("the cookie can be read")
		}
	}
	again := q(rp.begin(t, c))
	if again.Get("state") == got.Get("state") || again.Get("nonce") == got.Get("nonce") || again.Get("code_challenge") == got.Get("code_challenge") {
		t.Error("two logins with the same values")
	}
}

// A return that is not the end of a login begun in this browser opens nothing.
func TestOIDCRefuses(t *testing.T) {
	replace := func(address, key, value string) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set(key, value)
		u.RawQuery = q.Encode()
		return u.String()
	}
	const user = "test-user2"
	for name, tt := range map[string]struct {
		change func(*OIDCOptions)
		back   func(t *testing.T, rp *relying, c *http.Client) string // the address returned to
		says   string
		kind   schemas.Kind
	}{
		"another state": {says: "state of another login", back: func(t *testing.T, rp *relying, c *http.Client) string {
			return replace(atProvider(t, c, rp.begin(t, c), user), "state", "x")
		}},
		"begun in another browser": {says: "no login was begun", back: func(t *testing.T, rp *relying, _ *http.Client) string {
			other := browse(t)
			return atProvider(t, other, rp.begin(t, other), user)
		}},
		"the login of another": {says: "state of another login", back: func(t *testing.T, rp *relying, c *http.Client) string {
			rp.begin(t, c)
			other := browse(t)
			return atProvider(t, other, rp.begin(t, other), user)
		}},
		"twice": {says: "no login was begun", back: func(t *testing.T, rp *relying, c *http.Client) string {
			back := atProvider(t, c, rp.begin(t, c), user)
			res, err := browseWith(c).Get(back)
			read(t, res, err)
			return back
		}},
		"another nonce": {says: "nonce of another login", back: func(t *testing.T, rp *relying, c *http.Client) string {
			return atProvider(t, c, replace(rp.begin(t, c), "nonce", "x"), user)
		}},
		"another challenge": {says: "exchange of the code", back: func(t *testing.T, rp *relying, c *http.Client) string {
			return atProvider(t, c, replace(rp.begin(t, c), "code_challenge", strings.Repeat("x", 43)), user)
		}},
		"another code": {says: "exchange of the code", back: func(t *testing.T, rp *relying, c *http.Client) string {
			return replace(atProvider(t, c, rp.begin(t, c), user), "code", "x")
		}},
		"refused there": {says: "the provider refused", back: func(t *testing.T, rp *relying, c *http.Client) string {
			return replace(atProvider(t, c, rp.begin(t, c), user), "error", "access_denied")
		}},
		"another secret of ours": {says: "exchange of the code", change: func(o *OIDCOptions) { o.ClientSecret = "wrong" }},
		"too late": {says: "ID token", back: func(t *testing.T, rp *relying, c *http.Client) string {
			back := atProvider(t, c, rp.begin(t, c), user)
			rp.at = rp.at.Add(100 * 24 * time.Hour)
			return back
		}},
		"a claim that is not there": {says: "claim upn missing", change: func(o *OIDCOptions) { o.SubjectClaim = "upn" }},
	} {
		t.Run(name, func(t *testing.T) {
			rp := relyOn(t, nil, tt.change)
			c := browse(t)
			if tt.back == nil {
				tt.back = func(t *testing.T, rp *relying, c *http.Client) string { return atProvider(t, c, rp.begin(t, c), user) }
			}
			res, err := c.Get(tt.back(t, rp, c))
			read(t, res, err)
			if rp.last == nil || !strings.Contains(rp.last.Error(), tt.says) || schemas.KindOf(rp.last) != schemas.Forbidden || schemas.SentenceOf(rp.last) == "" {
				t.Errorf("%v, want Forbidden with %q", rp.last, tt.says)
			}
			if got := rp.who(t, c); name != "twice" && !strings.Contains(got, "false") {
				t.Errorf("let in all the same: %s", got)
			}
			last, err := rp.oidc.o.Audit.Tail(1)
			if err != nil || len(last) != 1 || last[0].Decision != Refused || !strings.Contains(last[0].Why, tt.says) {
				t.Errorf("audit %v, %v", last, err)
			}
		})
	}
}

// browseWith is a client with the same cookies.
func browseWith(c *http.Client) *http.Client { other := *c; return &other }

func TestOIDCProviderAway(t *testing.T) {
	rp := relyOn(t, nil, func(o *OIDCOptions) { o.Issuer = "http://127.0.0.1:1/" })
	res, err := browse(t).Get(rp.URL + PathProvider)
	read(t, res, err)
	if schemas.KindOf(rp.last) != schemas.Unavailable || schemas.SentenceOf(rp.last) == "" {
		t.Errorf("%v, want Unavailable", rp.last)
	}
	if errors.Is(rp.last, context.Canceled) {
		t.Error(rp.last)
	}
}

func TestClaimed(t *testing.T) {
	claims := map[string]any{
		"one": "a", "list": []any{"a", 1, "b"}, "outer": map[string]any{"inner": []any{"c"}, "deep": map[string]any{"x": "d"}},
		"https://x.example/groups": []any{"e"}, "number": 3.0,
	}
	for name, want := range map[string]string{
		"one": "a", "list": "a b", "outer.inner": "c", "outer.deep.x": "d", "https://x.example/groups": "e", "number": "", "outer": "", "none.inner": "", "": "",
	} {
		if got := strings.Join(claimed(claims, name), " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	p := &OIDC{o: OIDCOptions{SubjectClaim: "email"}}
	for verified, ok := range map[any]bool{true: true, false: false, nil: false, "true": false} {
		if _, err := p.read(map[string]any{"email": "a@b.example", "email_verified": verified}); (err == nil) != ok {
			t.Errorf("e-mail verified %v: %v", verified, err)
		}
	}
}
