package schemas

import (
	"strings"
	"testing"
)

func TestParseUAI(t *testing.T) {
	for _, s := range []string{"0311131L", "0342573M", "0310001Z", "7500001H"} {
		want := MakeUAI(atoi(t, s[:7]))
		if _, err := ParseUAI(s); (err == nil) != (string(want) == s) {
			t.Errorf("%s: %v, and MakeUAI gives %s", s, err, want)
		}
	}
	if u, err := ParseUAI("0311131L"); err != nil || u.Departement() != "031" {
		t.Errorf("%q of département %q: %v", u, u.Departement(), err)
	}
	for _, s := range []string{"", "0311131", "0311131K", "0311131l", "311131L", "0311131LL", "03111 1L", "０311131L", "-311131L", "0311131I", "0311131O", "0311131Q"} {
		if _, err := ParseUAI(s); KindOf(err) != Invalid || !strings.Contains(SentenceOf(err), "UAI") {
			t.Errorf("%q: %v", s, err)
		}
		if ValidUAI(s) {
			t.Errorf("%q is taken", s)
		}
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// TestOneKeyPerNumber: of the 26 letters exactly one is the key of a number.
func TestOneKeyPerNumber(t *testing.T) {
	for n := 0; n < 10_000_000; n += 997 {
		u := MakeUAI(n)
		valid := 0
		for c := 'A'; c <= 'Z'; c++ {
			if ValidUAI(string(u[:7]) + string(c)) {
				valid++
			}
		}
		if valid != 1 || !ValidUAI(string(u)) {
			t.Fatalf("%s: %d valid keys", u[:7], valid)
		}
	}
}
