package store_test

import (
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

// asked keeps the pupils of the schools that a rule is given.
type asked struct{ pupils map[schemas.UAI]int }

func (asked) Threshold() int { return 5 }
func (asked) Version() int   { return 1 }
func (a asked) Decide(cells []schemas.WeekCell, schools []schemas.School) schemas.Withholding {
	for _, s := range schools {
		a.pupils[s.UAI] = s.Pupils
	}
	return schemas.Withholding{Total: uint64(len(cells))}
}

// A week is decided again when effectifs arrive, with the pupils that they say:
// pages show them, and a reader knows that no more can have come.
func TestDecisionsKnowEffectifs(t *testing.T) {
	e := migrated(t)
	importDirectory(t, e.Store, 2026)
	insert(t, e.Store, usualWeek()...)
	rule := asked{map[schemas.UAI]int{}}
	e.options.Rule = rule
	s := e.again(t)
	compute(t, s)
	if rule.pupils[jaures] != 112 || rule.pupils[alone] != -1 {
		t.Fatalf("from the directory: %v", rule.pupils)
	}
	years := map[schemas.SchoolYear][]schemas.PupilCount{2026: {{UAI: jaures, Pupils: 98}, {UAI: alone, Pupils: 9}}}
	if err := s.ImportPupils(within(t), "effectifs.csv", years); err != nil {
		t.Fatal(err)
	}
	weeks, err := s.Undecided(within(t))
	if err != nil || len(weeks) != 1 || weeks[0] != week {
		t.Fatalf("undecided: %v %v", weeks, err)
	}
	publish(t, s)
	if rule.pupils[jaures] != 98 || rule.pupils[alone] != 9 || rule.pupils[ferry] != 112 {
		t.Errorf("from the effectifs: %v", rule.pupils)
	}
	if weeks, err := s.Undecided(within(t)); err != nil || len(weeks) > 0 {
		t.Errorf("still undecided: %v %v", weeks, err)
	}
}
