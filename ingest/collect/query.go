package collect

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/entaudience/entaudience/schemas"
)

// The longest values kept, in bytes once decoded; a longer one is trop_long.
const (
	maxCode   = 64  // codes, numbers and the UAI
	maxPerson = 256 // the real ENT's identifiers have some hundred characters
)

// marker holds the parameters of a query string that the plan needs, decoded.
// A parameter that is missing and one that is empty are both "".
type marker struct {
	site, site2, uai      string // s, s2, uai
	service, outil        string
	projet                string
	profil, category      string // profil, ac
	at, idclient          string // the person; any bytes, never published
	ts                    string
	x1, x2, x3            string // service, profile, project of the 2012 plan
	has2021, has2012, any bool   // a parameter of that plan, of any plan, was there
}

// problem is why a query string cannot be read; the zero problem is none.
type problem struct {
	reason schemas.Reason
	detail string // name of the parameter, or "query"; never a value
}

// parse reads a raw query string. It does not use net/url, whose map costs
// more than the rest of a hit, and which cannot know that ref is last and
// unencoded: everything after "ref=" is the referrer, whatever it contains.
//
// Names are accepted in any case. Of a repeated parameter the first value that
// is not empty counts. "+" is a space, a malformed %-sequence stands for
// itself, and bytes that are not UTF-8 are read as ISO-8859-1.
func parse(query string, m *marker) problem {
	if len(query) > MaxQuery {
		return problem{schemas.TropLong, "query"}
	}
	for len(query) > 0 {
		var pair string
		if i := strings.IndexByte(query, '&'); i >= 0 {
			pair, query = query[:i], query[i+1:]
		} else {
			pair, query = query, ""
		}
		name, value, _ := strings.Cut(pair, "=")
		last, p := m.set(name, value)
		if p.reason != "" {
			return p
		}
		if last {
			break
		}
	}
	if !m.any {
		return problem{schemas.Illisible, "query"}
	}
	return problem{}
}

// set stores one parameter; last says that the rest of the query string
// belongs to it.
func (m *marker) set(name, value string) (last bool, p problem) {
	var lower [8]byte // "idclient" is the longest name that is kept
	if len(name) > len(lower) {
		if strings.EqualFold(name, "exploitant") || strings.EqualFold(name, "plateforme") {
			m.has2021 = true
		}
		return false, problem{}
	}
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	var field *string
	var canonical string // the name as a constant: what a refusal may quote
	switch string(lower[:len(name)]) {
	case "ref":
		return true, problem{}
	case "s":
		field, canonical = &m.site, "s"
	case "s2":
		field, canonical = &m.site2, "s2"
	case "uai":
		field, canonical, m.has2021 = &m.uai, "uai", true
	case "service":
		field, canonical, m.has2021 = &m.service, "service", true
	case "outil":
		field, canonical, m.has2021 = &m.outil, "outil", true
	case "projet":
		field, canonical, m.has2021 = &m.projet, "projet", true
	case "profil":
		field, canonical, m.has2021 = &m.profil, "profil", true
	case "type":
		m.has2021 = true
		return false, problem{}
	case "ac":
		field, canonical = &m.category, "ac"
	case "x1":
		field, canonical, m.has2012 = &m.x1, "x1", true
	case "x2":
		field, canonical, m.has2012 = &m.x2, "x2", true
	case "x3":
		field, canonical, m.has2012 = &m.x3, "x3", true
	case "x4":
		m.has2012 = true
		return false, problem{}
	case "ts":
		field, canonical = &m.ts, "ts"
	case "at":
		return false, m.setPerson(&m.at, "at", value)
	case "idclient":
		return false, m.setPerson(&m.idclient, "idclient", value)
	default:
		return false, problem{}
	}
	m.any = true
	if *field != "" || value == "" {
		return false, problem{}
	}
	v, ok := decode(value, maxCode)
	if !ok {
		return false, problem{schemas.TropLong, canonical}
	}
	v = strings.TrimSpace(v)
	if !printable(v) {
		return false, problem{schemas.Illisible, canonical}
	}
	*field = v
	return false, problem{}
}

func (m *marker) setPerson(field *string, name, value string) problem {
	m.any = true
	if *field != "" || value == "" {
		return problem{}
	}
	v, ok := decode(value, maxPerson)
	if !ok {
		return problem{schemas.TropLong, name}
	}
	*field = strings.TrimSpace(v)
	return problem{}
}

// decode undoes the percent-encoding of a value and gives valid UTF-8; ok is
// false when the result is longer than limit bytes. A value that needs no
// decoding is returned as it is, without copying.
func decode(s string, limit int) (v string, ok bool) {
	if len(s) > 3*limit { // even fully encoded
		return "", false
	}
	plain := true
	for i := range len(s) {
		if c := s[i]; c == '%' || c == '+' || c >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		return s, len(s) <= limit
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	if !utf8.Valid(b) {
		latin := b
		b = make([]byte, 0, 2*len(latin))
		for _, c := range latin {
			b = utf8.AppendRune(b, rune(c))
		}
	}
	return string(b), len(b) <= limit
}

// printable says whether a code holds only what can be shown: no control or
// formatting character, which could forge a line of a log or turn a page's
// text around.
func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f {
			for _, r := range s {
				if !unicode.IsPrint(r) {
					return false
				}
			}
			return true
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
