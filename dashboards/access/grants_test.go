package access

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

func TestParseGrants(t *testing.T) {
	g, err := ParseGrants("dsden:031, export-national;ecole:0310001A  dsden:031\tadministration")
	if err != nil || g.String() != "dsden:031 ecole:0310001A export-national administration" {
		t.Errorf("%q, %v", g, err)
	}
	if g, err := ParseGrants(" "); err != nil || !g.Empty() {
		t.Errorf("no words: %v, %v", g, err)
	}
	for _, bad := range []string{"dsden", "canton:031", "region:", "tout", "region:76 root"} {
		if _, err := ParseGrants(bad); schemas.KindOf(err) != schemas.Invalid || schemas.SentenceOf(err) == "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// touch moves a file's time, so that a change is seen within the same tick.
func touch(t *testing.T, path string, by time.Duration) {
	t.Helper()
	at := time.Now().Add(by)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestMapping(t *testing.T) {
	path := filepath.Join(t.TempDir(), "acces.csv")
	write(t, path, "\uFEFFqui;acces\n# pilotes\ngroupe:pilotes 31;dsden:031 export-national\nmarie@ac.example;circonscription:0311131L\nmarie@ac.example;ecole:0310001A\n")
	logs := &strings.Builder{}
	m, err := OpenMapping(path, slog.New(slog.NewTextHandler(logs, nil)))
	if err != nil {
		t.Fatal(err)
	}
	opens := func(subject string, values ...string) string {
		p := Claims{Subject: subject, Values: values}.person(m)
		return Grants{p.Scopes, p.Rights}.String()
	}
	for _, tt := range []struct {
		subject string
		values  []string
		want    string
	}{
		{"marie@ac.example", nil, "circonscription:0311131L ecole:0310001A"},
		{"x", []string{"pilotes 31"}, "dsden:031 export-national"},
		{"x", []string{"region:76", "unknown", "administration"}, "region:76 administration"},
		{"x", []string{"marie@ac.example"}, ""}, // a group is not a person
		{"groupe:pilotes 31", nil, ""},          // nor a person a group
		{"marie@ac.example ", nil, ""},          // nor somebody nearly
		{"", nil, ""},
	} {
		if got := opens(tt.subject, tt.values...); got != tt.want {
			t.Errorf("%q %q opens %q, want %q", tt.subject, tt.values, got, tt.want)
		}
	}
	write(t, path, "qui;acces\nmarie@ac.example;dsden:031\n")
	touch(t, path, time.Second)
	if got := opens("marie@ac.example"); got != "dsden:031" {
		t.Errorf("after a change: %q", got)
	}
	write(t, path, "qui;acces\nmarie@ac.example;tout\n")
	touch(t, path, 2*time.Second)
	if got := opens("marie@ac.example"); got != "dsden:031" || strings.Count(logs.String(), "unreadable") != 1 {
		t.Errorf("after a bad change: %q\n%s", got, logs)
	}
	for text, says := range map[string]string{
		"":                            "EOF",
		"who;what\n":                  "the header must be qui;acces",
		"qui;acces\na;b;c\n":          "wrong number of fields",
		"qui;acces\n\na;dsden:31 x\n": "line 3",
		"qui;acces\n;dsden:031\n":     "line 2: nobody is named",
		"qui;acces\ngroupe:;dsden:1":  "line 2: nobody is named",
	} {
		write(t, path, text)
		if _, err := OpenMapping(path, nil); schemas.KindOf(err) != schemas.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
	if _, err := OpenMapping(path+".none", nil); schemas.KindOf(err) != schemas.Invalid {
		t.Errorf("no file: %v", err)
	}
}

func TestPersonSees(t *testing.T) {
	scope := func(n schemas.Niveau, code string) schemas.Scope { return schemas.Scope{Niveau: n, Code: code} }
	region, dsden, circo := scope(schemas.Region, "76"), scope(schemas.DSDEN, "031"), scope(schemas.Circonscription, "C")
	d := schemas.NewDirectory(2026, 1, time.Time{}, []schemas.School{
		{UAI: "0310001A", Region: "76", DSDEN: "031", Circonscription: "C"},
		{UAI: "0310002B", Region: "76", DSDEN: "031"}, // in no circonscription
	}, []schemas.Territory{{Scope: region}, {Scope: dsden, Parent: region}, {Scope: circo, Parent: dsden}})
	inside, outside := scope(schemas.Ecole, "0310001A"), scope(schemas.Ecole, "0310002B")
	for _, tt := range []struct {
		own, at        schemas.Scope
		sees, compares bool
	}{
		{circo, circo, true, false},
		{circo, inside, true, false},
		{circo, outside, false, false},
		{circo, dsden, false, true},
		{circo, region, false, true},
		{dsden, outside, true, false},
		{dsden, circo, true, false},
		{inside, circo, false, true},
		{inside, outside, false, false},
		{region, inside, true, false},
		{circo, scope(schemas.DSDEN, "C"), false, false}, // the code of another level
		{circo, scope(schemas.Ecole, "0319999Z"), false, false},
	} {
		p := Person{Subject: "x", Scopes: []schemas.Scope{tt.own}}
		if p.Sees(d, tt.at) != tt.sees || p.Compares(d, tt.at) != tt.compares {
			t.Errorf("%s at %s: sees %t, compares %t", tt.own, tt.at, p.Sees(d, tt.at), p.Compares(d, tt.at))
		}
	}
	if (Person{}).Sees(d, region) || !Everybody().Sees(d, outside) || !Everybody().Has(Administration) || (Person{}).Has(ExportNational) {
		t.Error("nobody sees nothing, everybody everything")
	}
	if !slices.Equal(Rights(), []Right{ExportNational, Administration, Notes}) {
		t.Error("a right without a line here")
	}
}
