package schemas

import (
	"errors"
	"fmt"
)

// Kind says who can do something about an error. There are five; one table in
// dashboards maps them to HTTP.
type Kind uint8

// The kinds of errors. The zero kind is Internal: an error nobody classified.
const (
	Internal    Kind = iota // a fault of ours
	Invalid                 // the caller must change what is asked or given
	Forbidden               // the caller may not see this
	NotFound                // there is no such thing
	Unavailable             // try again later: an engine or a broker is away
)

// String is the kind in English, for logs.
func (k Kind) String() string {
	switch k {
	case Internal:
		return "internal"
	case Invalid:
		return "invalid"
	case Forbidden:
		return "forbidden"
	case NotFound:
		return "not found"
	case Unavailable:
		return "unavailable"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Error is an error with a kind and, when a person on a page is meant to read
// it, a French sentence that says what to do.
type Error struct {
	Kind     Kind
	Sentence string // French, shown on pages; may be empty
	Err      error  // English, for logs; not nil
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Refuse makes an Invalid error from the French sentence that explains it; the
// same sentence is its text, because it repeats what a person typed.
func Refuse(format string, args ...any) error {
	s := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Sentence: s, Err: errors.New(s)}
}

// Missing makes a NotFound error from the French sentence that explains it.
func Missing(format string, args ...any) error {
	s := fmt.Sprintf(format, args...)
	return &Error{Kind: NotFound, Sentence: s, Err: errors.New(s)}
}

// WithKind classifies err without changing its text; nil stays nil.
func WithKind(kind Kind, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: kind, Err: err}
}

// KindOf is the kind of the outermost classified error in err's chain, or
// Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// SentenceOf is the French sentence of err's chain, or "".
func SentenceOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Sentence
	}
	return ""
}
