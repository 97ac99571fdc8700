package collect

import (
	"strconv"
	"strings"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// clockTolerance is how far the browser's clock may be from the collector's
// for its ts to be used, both ends included (domain §2.4).
const clockTolerance = 10 * time.Minute

// plan says in which dialect a hit is written. The parameters decide; the path
// decides only between both or neither; and a bare hit without a single
// parameter of its own to either plan is read by its s2, a UAI in the 2021 plan
// and a number in the 2012 one.
func (m *marker) plan(path string) schemas.Plan {
	switch {
	case m.has2021 && !m.has2012:
		return schemas.Plan2021
	case m.has2012 && !m.has2021:
		return schemas.Plan2012
	case path == PathXitif:
		return schemas.Plan2012
	case !m.has2012 && isNumber(m.site2):
		return schemas.Plan2012
	}
	return schemas.Plan2021
}

// person is the identifier of the person, the same in both plans: at if not
// empty, else idclient (domain §1).
func (m *marker) person() string {
	if m.at != "" {
		return m.at
	}
	return m.idclient
}

// school2021 is the UAI of a hit of the 2021 plan: uai, else s2. A uai that is
// there and wrong is not replaced by s2: a broken tag must be seen.
func (m *marker) school2021() (schemas.UAI, bool) {
	u := m.uai
	if u == "" {
		u = m.site2
	}
	u = upper(u)
	return schemas.UAI(u), schemas.ValidUAI(u)
}

// profile2021 is profil, else ac. known is false for a code that the plan does
// not have; empty is an ordinary way of saying AUTRE.
func (m *marker) profile2021() (p schemas.Profil, known bool) {
	code := m.profil
	if code == "" {
		code = m.category
	}
	if code == "" {
		return schemas.Autre, true
	}
	if p, known = schemas.ParseProfil(code); known {
		return p, true
	}
	return schemas.ParseProfil(upper(code))
}

// profile2012 is x2, else the number in ac.
func (m *marker) profile2012() (p schemas.Profil, known bool) {
	number := m.x2
	if number == "" {
		number = m.category
	}
	if number == "" {
		return schemas.Autre, true
	}
	return schemas.ProfilByNumber(canonicalNumber(number))
}

// service2021 is a code of the plan, in whatever case it came, or an unknown
// code exactly as it came.
func (m *marker) service2021() (s schemas.Service, known bool) {
	if s, known = schemas.ParseService(m.service); known {
		return s, true
	}
	if s, known = schemas.ParseService(upper(m.service)); known {
		return s, true
	}
	return schemas.Service(m.service), false
}

func (m *marker) service2012() (s schemas.Service, known bool) {
	return schemas.ServiceByNumber(canonicalNumber(m.x1))
}

// tool is the third-party tool and the type that follows from it: what the tag
// says in "type" repeats it. BBB is the name BIG_BLUE_BUTTON had before March
// 2022.
func (m *marker) tool() (outil, typ string) {
	switch {
	case m.outil == "":
		return "", schemas.Natif
	case strings.EqualFold(m.outil, "BBB"):
		return "BIG_BLUE_BUTTON", schemas.Tiers
	}
	return m.outil, schemas.Tiers
}

// instant is the time of the event in UTC milliseconds: the browser's when it
// is close enough to the time of receipt. corrected says that the browser sent
// a time that is not.
func (m *marker) instant(received time.Time) (ms int64, corrected bool) {
	now := received.UnixMilli()
	if m.ts == "" {
		return now, false
	}
	ts, err := strconv.ParseInt(m.ts, 10, 64)
	tolerance := clockTolerance.Milliseconds()
	if err != nil || ts < now-tolerance || ts > now+tolerance {
		return now, true
	}
	return ts, false
}

// siteNumber is s when it is a number of at most ten digits, else "": the only
// form in which a refusal may quote it.
func (m *marker) siteNumber() string {
	if len(m.site) > 10 || !isNumber(m.site) {
		return ""
	}
	return m.site
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// canonicalNumber drops the leading zeros of a number and leaves anything else
// as it is.
func canonicalNumber(s string) string {
	if !isNumber(s) {
		return s
	}
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

// upper is strings.ToUpper for ASCII; it does not copy what is upper-case.
func upper(s string) string {
	for i := range len(s) {
		if c := s[i]; 'a' <= c && c <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; 'a' <= c && c <= 'z' {
					b[i] = c - ('a' - 'A')
				}
			}
			return string(b)
		}
	}
	return s
}
