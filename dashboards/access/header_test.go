package access

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

func TestHeader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acces.csv")
	write(t, path, "qui;acces\ngroupe:cn=pilotes,ou=31;dsden:031\ngroupe:Inspecteurs du Nord;circonscription:0311131L\njdupont;administration\n")
	mapping, err := OpenMapping(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	proxies, err := ParseProxies([]string{"10.1.0.0/16", "192.0.2.7", "2001:db8::/64"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHeader(HeaderOptions{
		Proxies: proxies, Subject: []string{"Remote-User", "X-Uid"}, Name: []string{"Cn"},
		Access: []string{"X-Groups", "X-Droits"}, Schools: []string{"FrEduRne"}, Mapping: mapping,
	})
	if err != nil {
		t.Fatal(err)
	}
	const inside = "10.1.2.3:5000"
	school, other := string(schemas.MakeUAI(310001)), string(schemas.MakeUAI(310002))
	type headers map[string][]string
	for name, tt := range map[string]struct {
		from    string
		headers headers
		who     string // subject, name, grants; "" = nobody
		refused bool
	}{
		"nobody":                     {from: inside},
		"nobody from outside":        {from: "203.0.113.9:1"},
		"subject alone":              {from: inside, headers: headers{"Remote-User": {"x"}}, who: "x||"},
		"second name of the subject": {from: inside, headers: headers{"X-Uid": {"y"}}, who: "y||"},
		"first one sent counts":      {from: inside, headers: headers{"Remote-User": {"x"}, "X-Uid": {"y"}}, who: "x||"},
		"an empty one is not sent":   {from: inside, headers: headers{"Remote-User": {" "}, "X-Uid": {"y"}}, who: "y||"},
		"one address":                {from: "192.0.2.7:1", headers: headers{"Remote-User": {"x"}}, who: "x||"},
		"IPv6":                       {from: "[2001:db8::5]:1", headers: headers{"Remote-User": {"x"}}, who: "x||"},
		"IPv4 within IPv6":           {from: "[::ffff:10.1.0.9]:1", headers: headers{"Remote-User": {"x"}}, who: "x||"},
		"mapped subject":             {from: inside, headers: headers{"Remote-User": {"jdupont"}, "Cn": {"Jeanne Dupont"}}, who: "jdupont|Jeanne Dupont|administration"},
		"Latin-1":                    {from: inside, headers: headers{"Remote-User": {"x"}, "Cn": {"Ren\xe9e"}}, who: "x|Renée|"},
		"UTF-8":                      {from: inside, headers: headers{"Remote-User": {"x"}, "Cn": {"Renée"}}, who: "x|Renée|"},
		"grants":                     {from: inside, headers: headers{"Remote-User": {"x"}, "X-Droits": {"dsden:031 export-national"}}, who: "x||dsden:031 export-national"},
		"a list with commas":         {from: inside, headers: headers{"Remote-User": {"x"}, "X-Droits": {"dsden:031,region:76"}}, who: "x||dsden:031 region:76"},
		"a list with semicolons":     {from: inside, headers: headers{"Remote-User": {"x"}, "X-Droits": {"dsden:031;region:76 "}}, who: "x||dsden:031 region:76"},
		"a list with bars":           {from: inside, headers: headers{"Remote-User": {"x"}, "X-Droits": {"dsden:031|region:76"}}, who: "x||dsden:031 region:76"},
		"JSON":                       {from: inside, headers: headers{"Remote-User": {"x"}, "X-Groups": {`["cn=pilotes,ou=31","Inspecteurs du Nord"]`}}, who: "x||dsden:031 circonscription:0311131L"},
		"a group with a comma":       {from: inside, headers: headers{"Remote-User": {"x"}, "X-Groups": {"cn=pilotes,ou=31"}}, who: "x||dsden:031"},
		"groups with spaces":         {from: inside, headers: headers{"Remote-User": {"x"}, "X-Groups": {"Autres; Inspecteurs du Nord"}}, who: "x||circonscription:0311131L"},
		"several of the same name":   {from: inside, headers: headers{"Remote-User": {"x"}, "X-Groups": {"region:76", "academie:16"}, "X-Droits": {"dsden:031"}}, who: "x||region:76 academie:16 dsden:031"},
		"unknown groups":             {from: inside, headers: headers{"Remote-User": {"x"}, "X-Groups": {"a,b;c"}}, who: "x||"},
		"schools":                    {from: inside, headers: headers{"Remote-User": {"x"}, "FrEduRne": {school + "$UAJ$PU$N$T3$ECOLE$151;" + other + ";0310003", "0310009$", "zzz"}}, who: "x||ecole:" + school + " ecole:" + other},
		"two subjects":               {from: inside, headers: headers{"Remote-User": {"x", "admin"}}, refused: true},
		"two names":                  {from: inside, headers: headers{"Remote-User": {"x"}, "Cn": {"x", "y"}}, refused: true},
		"subject from outside":       {from: "203.0.113.9:1", headers: headers{"Remote-User": {"x"}}, refused: true},
		"groups from outside":        {from: "203.0.113.9:1", headers: headers{"X-Groups": {"region:76"}}, refused: true},
		"school from outside":        {from: "10.2.0.1:1", headers: headers{"FrEduRne": {""}}, refused: true},
		"forwarded is not believed":  {from: "203.0.113.9:1", headers: headers{"Remote-User": {"x"}, "X-Forwarded-For": {"10.1.2.3"}}, refused: true},
		"no address":                 {from: "", headers: headers{"Remote-User": {"x"}}, refused: true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.from
		for k, vs := range tt.headers {
			for _, v := range vs {
				r.Header.Add(k, v)
			}
		}
		p, ok, err := h.Person(r)
		who := ""
		if ok {
			who = p.Subject + "|" + p.Name + "|" + Grants{p.Scopes, p.Rights}.String()
		}
		if who != tt.who || (err != nil) != tt.refused || err != nil && (ok || schemas.KindOf(err) != schemas.Forbidden || schemas.SentenceOf(err) == "") {
			t.Errorf("%s: %q, %v; want %q, refused: %t", name, who, err, tt.who, tt.refused)
		}
	}
	if _, err := NewHeader(HeaderOptions{Subject: []string{"X"}}); schemas.KindOf(err) != schemas.Invalid {
		t.Errorf("headers believed from anybody: %v", err)
	}
	for _, bad := range []string{"", "10.1.0.0/33", "proxy.example", "10.1"} {
		if _, err := ParseProxies([]string{bad}); schemas.KindOf(err) != schemas.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The address that is throttled is the last one that no proxy of ours added.
func TestClientAddress(t *testing.T) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from, forwarded, want string
	}{
		{"203.0.113.9:1", "", "203.0.113.9"},
		{"203.0.113.9:1", "198.51.100.1", "203.0.113.9"}, // not ours to believe
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"}, // the first is the sender's own invention
		{"10.0.0.1:1", "1.1.1.1, nonsense", "10.0.0.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.from
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := proxies.client(r); got != tt.want {
			t.Errorf("%s for %q: %s, want %s", tt.from, tt.forwarded, got, tt.want)
		}
	}
}
