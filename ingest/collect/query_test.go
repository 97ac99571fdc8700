package collect

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/entaudience/entaudience/schemas"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("A", maxCode)
	tests := []struct {
		name, query string
		want        marker
		problem     problem
	}{
		{name: "empty", query: "", problem: problem{schemas.Illisible, "query"}},
		{name: "nothing of the plan", query: "a=1&b=2&vtag=3", problem: problem{schemas.Illisible, "query"}},
		{name: "names in any case", query: "S=1&UAI=u&IdClient=c", want: marker{site: "1", uai: "u", idclient: "c", has2021: true, any: true}},
		{name: "percent and plus", query: "at=a%2Bb+c%20d", want: marker{at: "a+b c d", any: true}},
		{name: "malformed percent stands for itself", query: "at=50%&s=%zz", want: marker{at: "50%", site: "%zz", any: true}},
		{name: "percent cut by the end", query: "at=a%4", want: marker{at: "a%4", any: true}},
		{name: "ISO-8859-1", query: "service=ACTUALIT%C9S", want: marker{service: "ACTUALITÉS", has2021: true, any: true}},
		{name: "raw ISO-8859-1", query: "service=ACTUALIT\xc9S", want: marker{service: "ACTUALITÉS", has2021: true, any: true}},
		{name: "UTF-8", query: "service=ACTUALIT%C3%89S", want: marker{service: "ACTUALITÉS", has2021: true, any: true}},
		{name: "raw UTF-8", query: "service=ACTUALITÉS", want: marker{service: "ACTUALITÉS", has2021: true, any: true}},
		{name: "first value that is not empty", query: "at=&at=1&at=2&s=&s=3", want: marker{at: "1", site: "3", any: true}},
		{name: "spaces around", query: "at=%20+1+&s=+2", want: marker{at: "1", site: "2", any: true}},
		{name: "no equals sign", query: "at&uai&s=1", want: marker{site: "1", has2021: true, any: true}},
		{name: "equals sign in a value", query: "at=a=b", want: marker{at: "a=b", any: true}},
		{name: "empty pairs", query: "&&at=1&&&", want: marker{at: "1", any: true}},
		{name: "ref takes the rest", query: "at=1&ref=https://a/?uai=0&at=2&s=3", want: marker{at: "1", any: true}},
		{name: "ref in any case", query: "at=1&REF=x&s=3", want: marker{at: "1", any: true}},
		{name: "a name that ends in ref", query: "xref=a&at=1", want: marker{at: "1", any: true}},
		{name: "ref without a value", query: "at=1&ref", want: marker{at: "1", any: true}},
		{name: "code of 64 bytes", query: "service=" + long, want: marker{service: long, has2021: true, any: true}},
		{name: "code of 65 bytes", query: "service=" + long + "A", problem: problem{schemas.TropLong, "service"}},
		{name: "64 encoded bytes", query: "outil=" + strings.Repeat("%41", maxCode), want: marker{outil: long, has2021: true, any: true}},
		{name: "65 encoded bytes", query: "outil=" + strings.Repeat("%41", maxCode+1), problem: problem{schemas.TropLong, "outil"}},
		{name: "longer than 64 bytes once UTF-8", query: "projet=" + strings.Repeat("%E9", 33), problem: problem{schemas.TropLong, "projet"}},
		{name: "person of 256 bytes", query: "at=" + strings.Repeat("1", maxPerson), want: marker{at: strings.Repeat("1", maxPerson), any: true}},
		{name: "person of 257 bytes", query: "idclient=" + strings.Repeat("1", maxPerson+1), problem: problem{schemas.TropLong, "idclient"}},
		{name: "a long value nobody keeps", query: "p=" + strings.Repeat("x", 1000) + "&at=1", want: marker{at: "1", any: true}},
		{name: "8 KiB", query: "at=1&ref=" + strings.Repeat("x", MaxQuery-9), want: marker{at: "1", any: true}},
		{name: "over 8 KiB", query: "at=1&ref=" + strings.Repeat("x", MaxQuery-8), problem: problem{schemas.TropLong, "query"}},
		{name: "line feed in a code", query: "service=A%0AB", problem: problem{schemas.Illisible, "service"}},
		{name: "NUL in a code", query: "uai=0311131L%00", problem: problem{schemas.Illisible, "uai"}},
		{name: "C1 control in a code", query: "outil=%C2%9B", problem: problem{schemas.Illisible, "outil"}},
		{name: "text direction in a code", query: "projet=A%E2%80%AEB", problem: problem{schemas.Illisible, "projet"}},
		{name: "control in the person", query: "at=a%00b", want: marker{at: "a\x00b", any: true}},
		{name: "both plans", query: "x1=1&x2=2&x3=3&x4=4&type=T&profil=P&ac=C&ts=5&s2=6", want: marker{
			x1: "1", x2: "2", x3: "3", profil: "P", category: "C", ts: "5", site2: "6", has2021: true, has2012: true, any: true,
		}},
		{name: "long names of the 2021 plan", query: "s2=1&plateforme=P", want: marker{site2: "1", has2021: true, any: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got marker
			p := parse(tt.query, &got)
			if p != tt.problem {
				t.Fatalf("problem %+v, want %+v", p, tt.problem)
			}
			if p.reason == "" && got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// FuzzParse: whatever the query string, what is kept is bounded, valid UTF-8
// and, for codes, printable.
func FuzzParse(f *testing.F) {
	for _, q := range []string{hit2021, hit2012, click, notes, "at=%", "ref=", "s=%C9%", "UAI=%u20AC&x1"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var m marker
		if p := parse(query, &m); p.reason != "" {
			if p.detail == "" || len(p.detail) > 8 {
				t.Errorf("detail %q", p.detail)
			}
			return
		}
		for _, v := range []string{m.site, m.site2, m.uai, m.service, m.outil, m.projet, m.profil, m.category, m.ts, m.x1, m.x2, m.x3} {
			if len(v) > maxCode || !utf8.ValidString(v) || !printable(v) {
				t.Errorf("kept %q", v)
			}
		}
		for _, v := range []string{m.at, m.idclient} {
			if len(v) > maxPerson || !utf8.ValidString(v) {
				t.Errorf("person %q", v)
			}
		}
	})
}
