package schemas

import (
	"errors"
	"fmt"
	"testing"
)

func TestKinds(t *testing.T) {
	cause := errors.New("cause")
	for _, c := range []struct {
		err      error
		kind     Kind
		sentence string
	}{
		{nil, Internal, ""},
		{cause, Internal, ""},
		{Refuse("Il faut %d.", 3), Invalid, "Il faut 3."},
		{Missing("Rien."), NotFound, "Rien."},
		{WithKind(Unavailable, cause), Unavailable, ""},
		{fmt.Errorf("read: %w", WithKind(Forbidden, cause)), Forbidden, ""},
		{fmt.Errorf("read: %w", Refuse("Non.")), Invalid, "Non."},
		{errors.Join(cause, Missing("Rien.")), NotFound, "Rien."},
		{WithKind(Unavailable, Refuse("Non.")), Unavailable, ""}, // the outermost decides
	} {
		if KindOf(c.err) != c.kind || SentenceOf(c.err) != c.sentence {
			t.Errorf("%v: %s %q, want %s %q", c.err, KindOf(c.err), SentenceOf(c.err), c.kind, c.sentence)
		}
	}
	if WithKind(Unavailable, nil) != nil {
		t.Error("nil became an error")
	}
	if !errors.Is(WithKind(Unavailable, cause), cause) {
		t.Error("the cause is gone")
	}
}
