package indicatortest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/entaudience/entaudience/ingest/collect"
)

// hit is one request of the tag, as a browser sends it.
type hit struct {
	received  time.Time
	method    string
	url       string // path and query
	userAgent string
}

// userAgents are the browsers that scripts name.
var userAgents = map[string]string{
	"chrome-windows":    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
	"edge-windows":      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0",
	"firefox-linux":     "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
	"safari-mac":        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
	"chromebook":        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
	"chrome-android":    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
	"firefox-android":   "Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0",
	"samsung-android":   "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
	"tablette-android":  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
	"safari-iphone":     "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	"safari-ipad":       "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	"internet-explorer": "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
	"robot":             "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
}

// hitDefaults are the fields of a hit that neither its line nor its load gives.
// personne has none: who came is always said.
var hitDefaults = fields{
	"profil": "ELEVE", "service": "ACCUEIL", "outil": "", "ua": "chrome-windows", "methode": http.MethodGet,
	"s": "365203", "projet": "ENT_ECOLE_OCCITANIE", "ref": "https://ent-ecole.example/timeline", "fois": "1",
}

// readHits makes the hits of one line of a load: one, or several with fois=.
// school is the one of hits that name none.
func readHits(plain []string, f fields, school string) ([]hit, error) {
	if len(plain) != 2 {
		return nil, fmt.Errorf("expected a date, a time, and fields key=value")
	}
	ts, err := instant(plain[0], plain[1])
	if err != nil {
		return nil, err
	}
	h := hit{received: ts, method: f.take("methode", "")}
	if text := f.take("recu", ""); text != "" {
		date, clock, whole := strings.Cut(text, " ")
		if !whole {
			date, clock = plain[0], text
		}
		if h.received, err = instant(date, clock); err != nil {
			return nil, err
		}
	}
	if h.method != http.MethodGet && h.method != http.MethodPost {
		return nil, fmt.Errorf("methode=%s: expected GET or POST", h.method)
	}
	name := f.take("ua", "")
	if h.userAgent = userAgents[name]; h.userAgent == "" {
		if !strings.Contains(name, "/") {
			return nil, fmt.Errorf("ua=%s: neither a browser of the list nor a User-Agent", name)
		}
		h.userAgent = name
	}
	times, err := strconv.Atoi(f.take("fois", ""))
	if err != nil || times < 1 {
		return nil, fmt.Errorf("fois=: expected a number")
	}
	if literal, ok := f["url"]; ok {
		for k := range hitDefaults {
			delete(f, k)
		}
		delete(f, "url")
		h.url = strings.ReplaceAll(literal, "{ts}", strconv.FormatInt(ts.UnixMilli(), 10))
	} else if h.url, err = smartTag(ts, h.method, f, school); err != nil {
		return nil, err
	}
	if err := f.done(); err != nil {
		return nil, err
	}
	all := make([]hit, times)
	for i := range all {
		all[i] = h
	}
	return all, nil
}

// smartTag is the URL of the 2021 tag: the pixel of a page (GET) or the beacon
// of a click (POST), parameters in the order in which the real tag sends them.
func smartTag(ts time.Time, method string, f fields, school string) (string, error) {
	if !f.has("personne") {
		return "", fmt.Errorf("personne= is missing")
	}
	person := f.take("personne", "")
	cookie := f.take("cookie", "navigateur-de-"+person)
	uai, profil, service, outil := f.take("ecole", school), f.take("profil", ""), f.take("service", ""), f.take("outil", "")
	kind := "NATIF"
	if outil != "" {
		kind = "TIERS"
	}
	paris := ts.In(time.UTC).Add(time.Hour)
	head := fmt.Sprintf("%s?s=%s&idclient=%s&ts=%d&vtag=5.28.0&ptag=js&r=1920x1080x24x24&re=1280x720&hl=%dx%dx%d&lng=fr-FR&idp=%d&jv=0&at=%s&ac=%s",
		collect.PathXiti, f.take("s", ""), cookie, ts.UnixMilli(), paris.Hour(), paris.Minute(), paris.Second(), ts.UnixNano()%1e12, person, profil)
	plan := fmt.Sprintf("&service=%s&type=%s&outil=%s&uai=%s&projet=%s&exploitant=EXPLOITANT_X&plateforme=PLATEFORME_X&profil=%s",
		service, kind, outil, uai, f.take("projet", ""), profil)
	ref := f.take("ref", "")
	if method == http.MethodPost {
		return head + plan + "&p=Application&s2=" + uai + "&click=N&pclick=application&s2click=" + uai, nil
	}
	return head + "&p=application&s2=" + uai + "&vrn=1" + plan + "&ref=" + ref, nil
}
