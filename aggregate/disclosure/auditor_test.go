package disclosure

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

var worlds = flag.Uint64("worlds", 250, "how many random weeks the reader is given; 1000 takes half a minute")

// TestNothingFollows plays the reader over many weeks of small regions.
func TestNothingFollows(t *testing.T) {
	worlds := *worlds
	if testing.Short() {
		worlds /= 10
	}
	var total, small, withheld, broken uint64
	for seed := range worlds {
		r := rand.New(rand.NewPCG(seed, 1))
		schools := smallShape.directory(r)
		cells := count(smallShape.week(r, len(schools)), schools)
		if seed%2 == 1 {
			full(r, cells, schools)
		}
		w := New(5).Decide(cells, schools)
		total, small, withheld = total+w.Total, small+w.Small, withheld+w.Withheld
		for _, b := range audit(cells, schools, w, 5).broken(5) {
			if broken++; broken < 10 {
				t.Errorf("world %d: %s", seed, b)
			}
		}
	}
	t.Logf("%d worlds, %d cells of schools: %.1f %% small, %.1f %% withheld, %d found out",
		worlds, total, 100*float64(small)/float64(total), 100*float64(withheld)/float64(total), broken)
	if total < 50*worlds || broken > 0 {
		t.Errorf("%d cells of %d found out", broken, total)
	}
}

// Where nearly all pupils came, a rule that is not told how many a school has,
// the directory having lost them, lets whoever reads it in the effectifs, or on
// a page, find out how many came.
func TestPupilsMatter(t *testing.T) {
	var known, unknown []string
	for _, seed := range []uint64{79, 128, 207} {
		r := rand.New(rand.NewPCG(seed, 1))
		schools := smallShape.directory(r)
		cells := count(smallShape.week(r, len(schools)), schools)
		full(r, cells, schools)
		silent := slices.Clone(schools)
		for i := range silent {
			silent[i].Pupils = -1
		}
		known = append(known, audit(cells, schools, New(5).Decide(cells, schools), 5).broken(5)...)
		unknown = append(unknown, audit(cells, schools, New(5).Decide(cells, silent), 5).broken(5)...)
	}
	if len(known) > 0 || len(unknown) < 3 {
		t.Errorf("with pupils, %d figures are found out: %s; without, %d: %s", len(known), known, len(unknown), unknown)
	}
}

// The order in which cells come from the engine changes nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	schools := smallShape.directory(r)
	cells := count(smallShape.week(r, len(schools)), schools)
	first := New(5).Decide(cells, schools)
	r.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	if again := New(5).Decide(cells, schools); !slices.Equal(first.Cells, again.Cells) {
		t.Error("another order of cells is decided otherwise")
	}
	if off := New(0).Decide(cells, schools); len(off.Cells) != 0 || off.Total != uint64(len(cells)) {
		t.Errorf("a threshold of 0 withholds: %+v", off)
	}
}

// Without the cells that protect others, the same reader finds many out.
func TestSmallCellsAloneAreFoundOut(t *testing.T) {
	worlds := 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		schools := smallShape.directory(r)
		cells := count(smallShape.week(r, len(schools)), schools)
		d := newDecision(newTable(cells, schools), 5)
		d.primary()
		if len(audit(cells, schools, d.result(), 5).broken(5)) > 0 {
			worlds++
		}
	}
	if worlds < 18 {
		t.Errorf("the reader finds cells out in %d worlds of 20 only", worlds)
	}
}

// TestNothingFollowsOfDays plays the reader of the days of territories. None of
// a school is shown, and a day is tied by the same sums as a week; so no day of
// a school follows where nothing of its week would.
func TestNothingFollowsOfDays(t *testing.T) {
	shown, broken, lonely := 0, 0, 0
	for seed := range *worlds / 5 {
		r := rand.New(rand.NewPCG(seed, 1))
		schools := smallShape.directory(r)
		cells := count(smallShape.week(r, len(schools)), schools)
		for _, lone := range []bool{false, true} {
			w := New(5).Decide(cells, schools)
			if lone { // no more than the rule for each cell by itself
				d := newDecision(newTable(cells, schools), 5)
				d.primary()
				d.complement()
				w = d.result()
				for _, c := range d.lonely() {
					p := d.places[d.cells[c].place]
					w.Cells = append(w.Cells, schemas.WithheldCell{Scope: d.nodes[d.cells[c].node].Scope, Axe: p.axe, Modalite: p.modalite, FineOnly: true})
				}
			}
			a := auditDays(cells, schools, w)
			for k := range a.value {
				if !a.held[k] {
					shown++
				}
			}
			for v := range a.determined() {
				switch {
				case !a.named[v.cell]:
				case lone:
					lonely++
				default:
					if broken++; broken < 10 {
						t.Errorf("world %d: %s of a day of %s are determined", seed, measureNames[v.measure], v.cell)
					}
				}
			}
		}
	}
	t.Logf("%d cells of territories with days; %d of schools found out, %d by the rule for each cell by itself", shown/2, broken, lonely)
	if shown == 0 || lonely == 0 {
		t.Errorf("%d days are shown; without what protects them %d are found out", shown, lonely)
	}
}
