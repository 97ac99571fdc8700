package schemas

import (
	"slices"
	"testing"
	"time"
)

func TestComparePerimeter(t *testing.T) {
	t.Parallel()
	school := func(n int, circo string, open bool) School {
		return School{UAI: MakeUAI(n), DSDEN: "031", Circonscription: circo, Open: open, Primary: open}
	}
	directory := func(year SchoolYear, schools ...School) *Directory {
		return NewDirectory(year, 1, time.Time{}, schools, nil)
	}
	before := directory(2025, school(1, "a", true), school(2, "a", true), school(3, "a", true), school(4, "b", true), school(5, "a", true), school(9, "a", false))
	after := directory(2026, school(1, "a", true), school(2, "b", true), school(3, "a", false), school(4, "a", true), school(6, "a", true), school(9, "a", true))
	p := ComparePerimeter(before, after, Scope{Circonscription, "a"})
	for _, tt := range []struct {
		what string
		got  []UAI
		want []UAI
	}{
		{"opened", p.Opened, []UAI{MakeUAI(6), MakeUAI(9)}},
		{"arrived", p.Arrived, []UAI{MakeUAI(4)}},
		{"closed or merged", p.Closed, []UAI{MakeUAI(3), MakeUAI(5)}},
		{"left", p.Left, []UAI{MakeUAI(2)}},
	} {
		if !slices.Equal(tt.got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.what, tt.got, tt.want)
		}
	}
	if p.Before != 4 || p.After != 4 || p.Same() {
		t.Errorf("%+v", p)
	}
	// A move inside the DSDEN changes nothing for it.
	if p := ComparePerimeter(directory(2025, school(1, "a", true)), directory(2026, school(1, "b", true)), Scope{DSDEN, "031"}); !p.Same() || p.After != 1 {
		t.Errorf("inside: %+v", p)
	}
}
