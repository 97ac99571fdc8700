package dashboards_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/access"
)

const password = "correct horse battery"

// localAccess is the real local accounts, with an inspector of Toulouse Centre
// and an administrator.
func localAccess(t testing.TB) (*access.Local, *access.Audit) {
	t.Helper()
	folder := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	accounts := access.OpenAccounts(folder, time.Now)
	must(t, accounts.Add("inspectrice", "Jeanne <Dupont>", "circonscription:"+string(toulouse), password))
	must(t, accounts.Add("admin", "", "administration region:76 academie:16", password))
	audit := access.OpenAudit(folder, time.Now, quiet)
	l, err := access.NewLocal(access.LocalOptions{
		Sessions: access.NewSessions(access.SessionOptions{Folder: folder, Lifetime: time.Hour, Log: quiet}),
		Accounts: accounts, Audit: audit, Clock: time.Now,
	})
	must(t, err)
	return l, audit
}

// visitor is a browser without scripts: cookies, no redirect followed.
type visitor struct {
	t      testing.TB
	client *http.Client
	base   string
}

func arrive(t testing.TB, base string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return visitor{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, base}
}

func (v visitor) do(method, path string, form url.Values, header ...string) (status int, location string, p page) {
	v.t.Helper()
	r, err := http.NewRequest(method, v.base+path, strings.NewReader(form.Encode()))
	must(v.t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := v.client.Do(r)
	must(v.t, err)
	defer res.Body.Close()
	var b strings.Builder
	_, err = io.Copy(&b, res.Body)
	must(v.t, err)
	return res.StatusCode, res.Header.Get("Location"), parse(v.t, b.String())
}

func (v visitor) login(login, back string) (int, string, page) {
	return v.do(http.MethodPost, "/connexion", url.Values{"identifiant": {login}, "mot-de-passe": {password}, "retour": {back}})
}

// TestLogin: in by the form, to the page that was asked, to one's own
// territory at /, and out.
func TestLogin(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	local, audit := localAccess(t)
	f := serve(t, figureless{s}, func(c *dashboards.Config) {
		c.Access, c.Audit, c.Contact = local, audit, "l'assistance, assistance@example.fr"
	})
	server := httptest.NewServer(f.handler)
	defer server.Close()
	v := arrive(t, server.URL)
	own := "/circonscription/" + string(toulouse)

	if status, to, _ := v.do("GET", own+"?profil=ELEVE", nil); status != 303 || to != "/connexion?retour="+url.QueryEscape(own+"?profil=ELEVE") {
		t.Errorf("nobody is led to %d %s", status, to)
	}
	status, _, p := v.do("GET", "/connexion?retour="+url.QueryEscape(own+"?profil=ELEVE"), nil)
	if status != 200 || attr(p.all("input[name=retour]")[0], "value") != own+"?profil=ELEVE" || !strings.Contains(p.text("main"), "assistance@example.fr") {
		t.Errorf("login page %d: %s", status, p.text("main"))
	}
	if len(p.all("nav#menu, .who, form[role=search]")) != 0 {
		t.Error("somebody who is nobody has a menu")
	}
	if got := p.texts("#pied a"); !slices.Equal(got, []string{"Accessibilité : non conforme", "Information des personnes"}) {
		t.Errorf("somebody who is nobody is led to %q", got)
	}
	for _, label := range p.all("main label") {
		if len(p.all("#"+attr(label, "for"))) != 1 {
			t.Errorf("a label of nothing: %s", textOf(label))
		}
	}
	status, _, p = v.do("POST", "/connexion", url.Values{"identifiant": {"inspectrice"}, "mot-de-passe": {"wrong"}, "retour": {"/exports"}})
	if status != 403 || p.text("[role=alert]") != "L'identifiant ou le mot de passe n'est pas le bon." || attr(p.all("#identifiant")[0], "value") != "inspectrice" ||
		attr(p.all("#mot-de-passe")[0], "value") != "" || attr(p.all("input[name=retour]")[0], "value") != "/exports" {
		t.Errorf("wrong password: %d %s", status, p.text("main"))
	}
	for _, away := range []string{"https://evil.example/", "//evil.example/", `/\\evil.example`, "/connexion?retour=x", "javascript:alert(1)", ""} {
		if status, to, _ := arrive(t, server.URL).login("inspectrice", away); status != 303 || to != "/" {
			t.Errorf("back to %q: %d %s", away, status, to)
		}
	}
	if status, to, _ := v.login("inspectrice", own+"?profil=ELEVE"); status != 303 || to != own+"?profil=ELEVE" {
		t.Errorf("logged in: %d %s", status, to)
	}
	if status, to, _ := v.do("GET", "/", nil); status != 302 || to != own {
		t.Errorf("/ is %d %s, want their own territory", status, to)
	}
	_, _, p = v.do("GET", own, nil)
	if got := p.text(".who-name"); got != "Jeanne <Dupont> Circonscription Toulouse Centre" {
		t.Errorf("header %q", got)
	}
	if menu := strings.Join(p.texts("#menu a"), " "); strings.Contains(menu, "Administration") {
		t.Errorf("menu %q", menu)
	}
	status, _, p = v.do("GET", "/dsden/031", nil)
	if status != 403 || !strings.Contains(p.text("main"), "« DSDEN 031 » ne fait pas partie de vos territoires.") || !strings.Contains(p.text("main"), "Adressez-vous à l'assistance, assistance@example.fr.") {
		t.Errorf("refused: %d %s", status, p.text("main"))
	}
	if status, to, _ := v.do("POST", "/deconnexion", nil, "Sec-Fetch-Site", "cross-site"); status != 403 || to != "" {
		t.Errorf("another site logs people out: %d", status)
	}
	if status, _, _ := v.do("POST", "/deconnexion", nil, "Origin", "https://evil.example"); status != 403 {
		t.Errorf("another origin logs people out: %d", status)
	}
	if status, _, _ := v.do("GET", own, nil); status != 200 {
		t.Errorf("they are out: %d", status)
	}
	if status, to, _ := v.do("POST", "/deconnexion", nil, "Sec-Fetch-Site", "same-origin"); status != 303 || to != "/connexion?deconnexion" {
		t.Errorf("out: %d %s", status, to)
	}
	if status, _, p = v.do("GET", "/connexion?deconnexion", nil); status != 200 || !strings.Contains(p.text("[role=status]"), "Vous êtes déconnecté") {
		t.Errorf("after leaving: %d", status)
	}
	if status, _, _ := v.do("GET", own, nil); status != 303 {
		t.Errorf("still in: %d", status)
	}
}

// TestAdministration: who has access, who is here, what was refused; and an
// end to somebody's sessions.
func TestAdministration(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	local, audit := localAccess(t)
	f := serve(t, figureless{s}, func(c *dashboards.Config) { c.Access, c.Audit = local, audit })
	server := httptest.NewServer(f.handler)
	defer server.Close()
	admin, inspector := arrive(t, server.URL), arrive(t, server.URL)
	admin.login("admin", "/")
	inspector.login("inspectrice", "/")
	inspector.do("GET", "/dsden/034?profil=ELEVE", nil)

	_, _, p := admin.do("GET", "/", nil)
	if got := strings.Join(p.texts("main li"), ", "); got != "Région Occitanie, Académie Toulouse" {
		t.Errorf("two territories are offered as %q", got)
	}
	status, _, p := admin.do("GET", "/administration", nil)
	if status != 200 || !strings.Contains(p.text("#comptes"), "circonscription:"+string(toulouse)) || len(p.all("#sessions tbody tr")) != 2 {
		t.Fatalf("%d %s", status, p.text("main"))
	}
	if got := p.texts("#audit tbody tr")[0]; !strings.Contains(got, "inspectricePage/dsden/034refusé hors de ses territoires") || strings.Contains(got, "ELEVE") {
		t.Errorf("audit %q", got)
	}
	if menu := strings.Join(p.texts("#menu a"), " "); !strings.Contains(menu, "Administration") {
		t.Errorf("menu %q", menu)
	}
	end := url.Values{"personne": {"inspectrice"}}
	if status, _, _ := inspector.do("POST", "/administration/sessions", url.Values{"personne": {"admin"}}); status != 403 {
		t.Errorf("an inspector ends the administrator's sessions: %d", status)
	}
	if status, _, _ := admin.do("POST", "/administration/sessions", end, "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("another site ends sessions: %d", status)
	}
	if status, to, _ := admin.do("POST", "/administration/sessions", end); status != 303 || to != "/administration?terminees" {
		t.Errorf("%d %s", status, to)
	}
	if status, _, _ := inspector.do("GET", "/definitions", nil); status != 303 {
		t.Errorf("still in: %d", status)
	}
	if status, _, _ := admin.do("GET", "/administration", nil); status != 200 {
		t.Errorf("the administrator is out: %d", status)
	}
	var entry access.Entry
	entries, err := audit.Tail(1)
	must(t, err)
	if entry = entries[0]; entry.Who != "admin" || entry.What != access.WhatEnd || entry.Why != "of inspectrice" {
		t.Errorf("audit %+v", entry)
	}
}

// TestUnbelieved: what Person refuses is refused on every page, also on those
// for anyone.
func TestUnbelieved(t *testing.T) {
	proxies, err := access.ParseProxies([]string{"10.0.0.0/8"})
	must(t, err)
	header, err := access.NewHeader(access.HeaderOptions{Proxies: proxies, Subject: []string{"Remote-User"}, Access: []string{"Groups"}})
	must(t, err)
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	f := serve(t, figureless{s}, func(c *dashboards.Config) { c.Access = header })
	ask := func(from, path, groups string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = from
		if groups != "" {
			r.Header.Set("Remote-User", "pilote")
			r.Header.Set("Groups", groups)
		}
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w
	}
	for _, tt := range []struct {
		from, path, groups string
		want               int
	}{
		{"10.0.0.5:1", "/dsden/031", "dsden:031", 200},
		{"10.0.0.5:1", "/dsden/034", "dsden:031", 403},
		{"10.0.0.5:1", "/dsden/031", "", 401},
		{"192.0.2.1:1", "/dsden/031", "dsden:031", 403},
		{"192.0.2.1:1", "/definitions.json", "dsden:031", 403},
		{"192.0.2.1:1", "/connexion", "dsden:031", 403},
		{"192.0.2.1:1", "/dsden/031", "", 401},
	} {
		if w := ask(tt.from, tt.path, tt.groups); w.Code != tt.want {
			t.Errorf("%+v: %d: %.200s", tt, w.Code, w.Body)
		}
	}
	if page := parse(t, ask("10.0.0.5:1", "/dsden/031", "dsden:031").Body.String()); page.text(".who-name") != "pilote DSDEN Haute-Garonne" || len(page.all(".who form")) != 0 {
		t.Error("want the person's name, and no way to log out of a portal that is not ours")
	}
}
