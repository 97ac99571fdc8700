package collect

import (
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Objection is the reason of a hit whose person objects to the measure. It is
// not a reason of refusal: the hit is dropped and counted, and nothing of it
// may be published.
const Objection schemas.Reason = "opposition"

// optedOut is the idclient that the tag sends once its own opt-out was called.
const optedOut = "OPT-OUT"

// objects says whether a raw query string carries an objection: optout=1, which
// an ENT adds for a person who asked for it (any value but empty, 0, false, no
// and non counts), or the idclient of the tag's own opt-out. What follows ref=
// is the referrer, and no parameter.
func objects(query string) bool {
	for len(query) > 0 {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		switch len(name) {
		case len("ref"):
			if strings.EqualFold(name, "ref") {
				return false
			}
		case len("optout"):
			if strings.EqualFold(name, "optout") && !denied(value) {
				return true
			}
		case len("idclient"):
			if len(value) >= len(optedOut) && strings.EqualFold(name, "idclient") {
				if v, ok := decode(value, maxCode); ok && strings.EqualFold(strings.TrimSpace(v), optedOut) {
					return true
				}
			}
		}
	}
	return false
}

func denied(value string) bool {
	for _, no := range []string{"", "0", "false", "no", "non"} {
		if strings.EqualFold(value, no) {
			return true
		}
	}
	return false
}
