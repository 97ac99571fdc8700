package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/entaudience/entaudience/schemas"
)

const good = "correct horse battery"

// site is the local way in, on a server, with routes to come, ask and go.
type site struct {
	*httptest.Server
	local  *Local
	folder string
	at     time.Time
	last   error
}

func serveLocal(t *testing.T, secure bool) *site {
	t.Helper()
	s := &site{folder: t.TempDir(), at: time.Now()}
	clock := func() time.Time { return s.at }
	quiet := slog.New(slog.DiscardHandler)
	accounts := OpenAccounts(s.folder, clock)
	accounts.hashing = &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32} // the time of a test is not of use
	for login, grants := range map[string]string{"jeanne": "dsden:031 administration", "paul": "ecole:0310001A"} {
		if err := accounts.Add(login, strings.ToUpper(login), grants, good); err != nil {
			t.Fatal(err)
		}
	}
	proxies, err := ParseProxies([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	s.local, err = NewLocal(LocalOptions{
		Sessions: NewSessions(SessionOptions{Folder: s.folder, Lifetime: time.Hour, Secure: secure, Log: quiet}),
		Accounts: accounts, Proxies: proxies, Audit: OpenAudit(s.folder, clock, quiet), Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.at = s.at.Add(time.Second) // accounts are older than sessions
	mux := http.NewServeMux()
	mux.HandleFunc(PathLogin, func(w http.ResponseWriter, r *http.Request) {
		s.last = s.local.Enter(r, r.PostFormValue("login"), r.PostFormValue("password"))
		fmt.Fprint(w, s.last)
	})
	mux.HandleFunc(PathLogout, func(w http.ResponseWriter, r *http.Request) {
		who, err := s.local.Leave(r)
		fmt.Fprint(w, who, err)
	})
	mux.HandleFunc("/qui", func(w http.ResponseWriter, r *http.Request) {
		p, ok, err := s.local.Person(r)
		if err != nil {
			w.WriteHeader(http.StatusTeapot)
		}
		fmt.Fprint(w, p, " ", p.Name, " ", ok)
	})
	s.Server = httptest.NewServer(s.local.Wrap(mux))
	t.Cleanup(s.Close)
	return s
}

func (s *site) enter(t *testing.T, c *http.Client, login, password string) *http.Response {
	t.Helper()
	return s.enterFrom(t, c, login, password, "")
}

func (s *site) enterFrom(t *testing.T, c *http.Client, login, password, address string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.URL+PathLogin, strings.NewReader(url.Values{"login": {login}, "password": {password}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if address != "" {
		r.Header.Set("X-Forwarded-For", address)
	}
	res, err := c.Do(r)
	read(t, res, err)
	return res
}

func (s *site) who(t *testing.T, c *http.Client) string {
	t.Helper()
	res, err := c.Get(s.URL + "/qui")
	body, _ := read(t, res, err)
	return body
}

const (
	nobodyHere = "nobody  false"
	jeanneHere = "jeanne (dsden:031 administration) JEANNE true"
)

func TestLocal(t *testing.T) {
	s := serveLocal(t, false)
	c := browse(t)
	if got := s.who(t, c); got != nobodyHere {
		t.Errorf("before: %s", got)
	}
	for _, wrong := range [][2]string{{"jeanne", "correct horse batterie"}, {"jeanne", ""}, {"jeanne", strings.Repeat("x", 300)}, {"marie", good}, {"", good}} {
		s.enter(t, c, wrong[0], wrong[1])
		if schemas.KindOf(s.last) != schemas.Forbidden || schemas.SentenceOf(s.last) != "L'identifiant ou le mot de passe n'est pas le bon." {
			t.Errorf("%q: %v", wrong, s.last)
		}
	}
	res := s.enter(t, c, "jeanne", good)
	if s.last != nil || s.who(t, c) != jeanneHere {
		t.Fatalf("%v, %s", s.last, s.who(t, c))
	}
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" || cookie.Secure || cookie.Name != "entaudience" {
		t.Errorf("cookie %v", cookie)
	}
	res, err := c.Get(s.URL + PathLogout)
	if body, _ := read(t, res, err); body != "jeanne<nil>" {
		t.Errorf("left: %s", body)
	}
	if got := s.who(t, c); got != nobodyHere {
		t.Errorf("after leaving: %s", got)
	}
	// The cookie of before opens nothing any more, wherever it was copied.
	thief := browse(t)
	u, _ := url.Parse(s.URL)
	thief.Jar.SetCookies(u, []*http.Cookie{cookie})
	if got := s.who(t, thief); got != nobodyHere {
		t.Errorf("a copied cookie, after leaving: %s", got)
	}
	entries, err := s.local.audit.Tail(10)
	if err != nil || len(entries) != 6 || entries[0].Who != "jeanne" || entries[0].Decision != Allowed || entries[1].Who != "" || entries[2].Why != "unknown login" {
		t.Errorf("audit %+v, %v", entries, err)
	}
	text, err := os.ReadFile(filepath.Join(s.folder, auditFile))
	if err != nil || strings.Contains(string(text), "127.0.0.1") || strings.Contains(string(text), "marie") {
		t.Errorf("the audit tells too much: %s %v", text, err)
	}
}

// A session's token is new at each login: one that somebody planted is not it.
func TestSessionIsNotFixed(t *testing.T) {
	s := serveLocal(t, false)
	first, second := browse(t), browse(t)
	planted := s.enter(t, first, "paul", good).Cookies()[0]
	u, _ := url.Parse(s.URL)
	second.Jar.SetCookies(u, []*http.Cookie{planted})
	fresh := s.enter(t, second, "jeanne", good).Cookies()[0]
	if fresh.Value == planted.Value || s.who(t, second) != jeanneHere {
		t.Errorf("the planted token serves: %s", s.who(t, second))
	}
	if got := s.who(t, first); got != nobodyHere {
		t.Errorf("whoever planted it is %s", got)
	}
	// Tokens that could be paths are nobody's.
	for _, token := range []string{"../accounts", "a/b", strings.Repeat("x", 200)} {
		c := browse(t)
		c.Jar.SetCookies(u, []*http.Cookie{{Name: "entaudience", Value: token}})
		if got := s.who(t, c); got != nobodyHere {
			t.Errorf("token %q is %s", token, got)
		}
	}
}

func TestSecureCookie(t *testing.T) {
	s := serveLocal(t, true)
	cookie := s.enter(t, browse(t), "jeanne", good).Cookies()[0]
	if cookie.Name != "__Host-entaudience" || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("cookie %v", cookie)
	}
}

// What an administrator changes holds at the next request.
func TestAccountsHoldAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*site) error
		want   string
	}{
		"grants":   {func(s *site) error { return OpenAccounts(s.folder, time.Now).SetGrants("jeanne", "region:76") }, "jeanne (region:76) JEANNE true"},
		"no grant": {func(s *site) error { return OpenAccounts(s.folder, time.Now).SetGrants("jeanne", "") }, "jeanne () JEANNE true"},
		"removed":  {func(s *site) error { return OpenAccounts(s.folder, time.Now).Remove("jeanne") }, nobodyHere},
		"password": {func(s *site) error {
			return OpenAccounts(s.folder, func() time.Time { return s.at.Add(time.Second) }).SetPassword("jeanne", good+" 2")
		}, nobodyHere},
		"sessions ended": {func(s *site) error {
			n, err := s.local.End("jeanne")
			if n != 1 {
				return fmt.Errorf("%d ended", n)
			}
			return err
		}, nobodyHere},
		"another's password": {func(s *site) error { return OpenAccounts(s.folder, time.Now).SetPassword("paul", good+" 2") }, jeanneHere},
		"another's sessions": {func(s *site) error { _, err := s.local.End("paul"); return err }, jeanneHere},
	} {
		s := serveLocal(t, false)
		c := browse(t)
		s.enter(t, c, "jeanne", good)
		if got := s.who(t, c); got != jeanneHere {
			t.Fatal(got)
		}
		if err := tt.change(s); err != nil {
			t.Fatal(err)
		}
		if got := s.who(t, c); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// Guessing slows down, for one login from everywhere and for one address on
// every login; time gives it back.
func TestThrottle(t *testing.T) {
	s := serveLocal(t, false)
	c := browse(t)
	for i := range loginBurst {
		s.enterFrom(t, c, "jeanne", "wrong password", fmt.Sprintf("198.51.100.%d", i))
	}
	s.enterFrom(t, c, "jeanne", good, "198.51.100.77")
	if !errors.Is(s.last, errThrottled) {
		t.Errorf("the right password, after %d wrong ones: %v", loginBurst, s.last)
	}
	s.enterFrom(t, c, "paul", good, "198.51.100.77")
	if s.last != nil {
		t.Errorf("another login suffers: %v", s.last)
	}
	s.at = s.at.Add(loginEvery + time.Second)
	s.enterFrom(t, c, "jeanne", good, "198.51.100.77")
	if s.last != nil {
		t.Errorf("a minute later: %v", s.last)
	}
	for i := range addressBurst {
		s.enterFrom(t, c, fmt.Sprintf("guess%d", i), "wrong password", "203.0.113.5")
	}
	s.enterFrom(t, c, "paul", good, "203.0.113.5")
	if !errors.Is(s.last, errThrottled) {
		t.Errorf("one address, after %d logins: %v", addressBurst, s.last)
	}
	s.enterFrom(t, c, "paul", good, "203.0.113.6")
	if s.last != nil {
		t.Errorf("another address suffers: %v", s.last)
	}
	// A success gives back what its login spent.
	for range 3 * loginBurst {
		s.enterFrom(t, c, "paul", good, "203.0.113.6")
		s.at = s.at.Add(addressEvery)
	}
	if s.last != nil {
		t.Errorf("who knows the password is slowed down: %v", s.last)
	}
}

func TestAccounts(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	a := OpenAccounts(folder, time.Now)
	if list, err := a.List(); len(list) != 0 || err != nil {
		t.Errorf("no file: %v, %v", list, err)
	}
	for name, err := range map[string]error{
		"short":   a.Add("x", "", "region:76", "onze lettre"),
		"long":    a.Add("x", "", "region:76", strings.Repeat("x", 257)),
		"login":   a.Add("../x", "", "region:76", good),
		"grants":  a.Add("x", "", "canton:3", good),
		"no such": nil,
	} {
		if name != "no such" && (schemas.KindOf(err) != schemas.Invalid || schemas.SentenceOf(err) == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var wg sync.WaitGroup
	for i := range 8 { // several commands at once lose nothing
		wg.Go(func() {
			if err := OpenAccounts(folder, time.Now).Add(fmt.Sprintf("user%d", i), "", "region:76", good); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := a.Add("user3", "", "", good); schemas.KindOf(err) != schemas.Invalid {
		t.Errorf("a login twice: %v", err)
	}
	for _, err := range []error{a.Remove("none"), a.SetPassword("none", good), a.SetGrants("none", "region:76")} {
		if schemas.KindOf(err) != schemas.NotFound {
			t.Errorf("no account: %v", err)
		}
	}
	list, err := a.List()
	if err != nil || len(list) != 8 || list[7].Login != "user7" || list[0].Access != "region:76" {
		t.Errorf("%v, %v", list, err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]Account
	if err := json.Unmarshal(text, &raw); err != nil || !strings.HasPrefix(raw["user0"].Hash, "$argon2id$v=19$m=65536,t=2,p=1$") || strings.Contains(string(text), good) {
		t.Errorf("%v: %s", err, text)
	}
	if raw["user0"].Hash == raw["user1"].Hash {
		t.Error("the same hash for the same password: no salt")
	}
	private(t, filepath.Join(folder, "accounts.json"))
	write(t, filepath.Join(folder, "accounts.json"), "{")
	if _, _, err := a.find("user0"); schemas.KindOf(err) != schemas.Unavailable {
		t.Errorf("an unreadable file: %v", err)
	}
}

func private(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%s: %v, %v: others may read it", path, info.Mode(), err)
	}
}
