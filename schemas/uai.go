package schemas

import "fmt"

// UAI identifies a school, an inspection or an office of the ministry: seven
// digits and a key letter, "0311131L". The first three digits are the
// département. A UAI made by ParseUAI has a right key.
type UAI string

// The 23 letters of the key: no I, O or Q.
const uaiKeys = "ABCDEFGHJKLMNPRSTUVWXYZ"

// ParseUAI checks the form ^[0-9]{7}[A-Z]$ and the key (the seven digits
// modulo 23; holds for all 6,240 rows of a real directory). The error is
// Invalid.
func ParseUAI(s string) (UAI, error) {
	if !ValidUAI(s) {
		return "", Refuse("« %.20s » n'est pas un UAI : il faut sept chiffres et la lettre de contrôle qui leur correspond.", s)
	}
	return UAI(s), nil
}

// ValidUAI is ParseUAI without the error, for the collector's hot path.
func ValidUAI(s string) bool {
	if len(s) != 8 {
		return false
	}
	n := 0
	for i := range 7 {
		c := s[i]
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return s[7] == uaiKeys[n%len(uaiKeys)]
}

// MakeUAI gives the UAI whose seven digits are n, 0 ≤ n < 10,000,000.
func MakeUAI(n int) UAI {
	return UAI(fmt.Sprintf("%07d%c", n, uaiKeys[n%len(uaiKeys)]))
}

// Departement is the first three digits, "031", or "" for a malformed UAI.
func (u UAI) Departement() string {
	if len(u) != 8 {
		return ""
	}
	return string(u[:3])
}
