package access

import "net/http"

// Open lets everybody in, without login. Its owner makes sure that only this
// machine can ask.
type Open struct{}

// Wrap changes nothing: there is no session.
func (Open) Wrap(next http.Handler) http.Handler { return next }

// Person is everybody.
func (Open) Person(*http.Request) (Person, bool, error) { return Everybody(), true, nil }
