package disclosure

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

var puzzles = flag.Uint64("puzzles", 10, "how many random weeks are given to the reader who puts everything together at once; 1000 takes half an hour")

// TestNothingFollowsAtOnce gives the weeks to the reader who solves linear
// programmes.
func TestNothingFollowsAtOnce(t *testing.T) {
	worlds := *puzzles
	if testing.Short() {
		worlds = min(worlds, 3)
	}
	var checked, figures, single, near int
	start := time.Now()
	for seed := range worlds {
		r := rand.New(rand.NewPCG(seed, 1))
		schools := smallShape.directory(r)
		cells := count(smallShape.week(r, len(schools)), schools)
		p := audit(cells, schools, New(5).Decide(cells, schools), 5).puzzle(5)
		checked, figures = checked+len(p.named), figures+len(p.seen)
		for v, e := range p.seen {
			switch {
			case e.enough():
			case e.single():
				single++
				t.Logf("world %d: %s", seed, p.say(v))
			default:
				near++
				t.Logf("world %d: %s", seed, p.say(v))
			}
		}
	}
	t.Logf("%d worlds, %d cells withheld of schools, %d figures: %d have a single value left, %d fewer values than they should; %.0f s",
		worlds, checked, figures, single, near, time.Since(start).Seconds())
	// The rule plays a reader who goes step by step, and asks for a value more
	// than it promises. That leaves a few, in weeks where hardly anything is not
	// small: not more than that.
	if checked < 50*int(worlds) || 1000*(single+near) > 2*figures || 20000*single > figures {
		t.Errorf("of %d figures %d have a single value left, %d fewer values than they should", figures, single, near)
	}
}

// TestPuzzleSeesWhatItLooksFor weakens the rule. Whoever puts everything
// together finds out all that going from relation to relation does, and more.
func TestPuzzleSeesWhatItLooksFor(t *testing.T) {
	for name, weak := range map[string]struct {
		protect func(*decision)
		worlds  uint64
	}{
		"small cells alone":         {func(*decision) {}, 3},
		"sums, but no inequalities": {(*decision).sums, 5},
	} {
		step, once := 0, 0
		for seed := range weak.worlds {
			r := rand.New(rand.NewPCG(seed, 1))
			schools := smallShape.directory(r)
			cells := count(smallShape.week(r, len(schools)), schools)
			d := newDecision(newTable(cells, schools), 5)
			d.primary()
			weak.protect(d)
			p := audit(cells, schools, d.result(), 5).puzzle(5)
			for v, e := range p.seen {
				if !e.enough() {
					once++
				}
				if p.high[v]-p.low[v] < e.room {
					step++
					if e.enough() {
						t.Errorf("world %d, %s: not found out at once: %s", seed, name, p.say(v))
					}
				}
			}
		}
		t.Logf("%s: %d figures found out step by step, %d at once", name, step, once)
		if once <= step || step == 0 {
			t.Errorf("%s: %d figures are found out step by step, %d at once", name, step, once)
		}
	}
}

// teachers is a week in which no single relation gives anything away. In
// parentheses is what is withheld. All who came saw the marks: 15 of 15. None
// of the schools has fewer teachers than saw them, so each has as many: in the
// first one, 6.
const teachers = `
	           enseignants  NOTES  ACTUALITES
	0310001H   (6)          6      (2)
	0310002J   (3)          (3)    (1)
	0310003K   (6)          (6)    (3)
`

func TestOnlyAtOnce(t *testing.T) {
	var cells []schemas.WeekCell
	var schools []schemas.School
	var w schemas.Withholding
	for line := range strings.Lines(strings.TrimSpace(teachers)) {
		fields := strings.Fields(line)
		uai, err := schemas.ParseUAI(fields[0])
		if err != nil {
			continue // the header
		}
		schools = append(schools, schemas.School{UAI: uai, Region: "76", Academie: "16", DSDEN: "031", Circonscription: "0319000P", Pupils: -1})
		var users [3]uint64
		for i := range users {
			if _, err := fmt.Sscan(strings.Trim(fields[i+1], "()"), &users[i]); err != nil {
				t.Fatal(err)
			}
		}
		add := func(axe schemas.Axe, modalite, figure string, users, events uint64) {
			cells = append(cells, schemas.WeekCell{UAI: uai, Axe: axe, Modalite: modalite, Measures: schemas.Measures{Users: users, Visits: users, Events: events}})
			if strings.HasPrefix(figure, "(") {
				w.Cells = append(w.Cells, schemas.WithheldCell{Scope: schemas.Scope{Niveau: schemas.Ecole, Code: string(uai)}, Axe: axe, Modalite: modalite})
			}
		}
		add(schemas.Globales, "globales", fields[1], users[0], users[1]+users[2])
		add(schemas.ParProfil, "ENSEIGNANT", fields[1], users[0], users[1]+users[2])
		add(schemas.ParProfilService, "ENSEIGNANT×NOTES", fields[2], users[1], users[1])
		add(schemas.ParProfilService, "ENSEIGNANT×ACTUALITES", fields[3], users[2], users[2])
	}
	a := audit(cells, schools, w, 5)
	if found := a.broken(5); len(found) > 0 {
		t.Errorf("found out step by step: %s", found)
	}
	p := a.puzzle(5)
	var found []string
	for v, e := range p.seen {
		if !e.enough() {
			found = append(found, p.say(v))
		}
	}
	slices.Sort(found)
	want := []string{
		"users of ecole:0310001H|globales|globales are between 6.00 and 6.00; step by step 6 and 12",
		"users of ecole:0310001H|profil|ENSEIGNANT are between 6.00 and 6.00; step by step 6 and 12",
		"visits of ecole:0310001H|globales|globales are between 6.00 and 6.00; step by step 6 and 12",
		"visits of ecole:0310001H|profil|ENSEIGNANT are between 6.00 and 6.00; step by step 6 and 12",
	}
	if !slices.Equal(found, want) {
		t.Errorf("found out at once:\n%s", strings.Join(found, "\n"))
	}
}

// TestSimplex finds both ends of x and y where x + y ≤ 4, x + 3y ≤ 6, y ≥ x/2
// and both are from 0 to 3, from a world where x = y = 1.
func TestSimplex(t *testing.T) {
	low, high := []float64{-1, -1, -100, -100, 0.5 - 1}, []float64{2, 2, 2, 2, 100}
	s := newSimplex(low, high, []map[int]float64{nil, nil, {0: 1, 1: 1}, {0: 1, 1: 3}, {0: -0.5, 1: 1}})
	for i, want := range [][2]float64{{-1, 1.4}, {-1, 1}} {
		for side, way := range []float64{-1, 1} {
			s.reset()
			if s.push(i, way, func() bool { return false }) {
				t.Error("pushed without an end")
			}
			if at := s.at[i]; at < want[side]-near/10 || at > want[side]+near/10 {
				t.Errorf("unknown %d ends %g from where it started, not %g", i, at, want[side])
			}
		}
	}
}
