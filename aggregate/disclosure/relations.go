package disclosure

import (
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// relation is how a measure of a total and those of its parts are tied.
type relation uint8

const (
	within relation = iota // no part is more than the total
	cover                  // within, and the parts together are no less
	pack                   // within, and the parts together are no more
	equal                  // the parts add up to the total
)

// family is a total and its parts: the children of a territory, or the
// modalities of an axis.
type family struct {
	total int32
	parts []int32
	rel   [measures]relation // of users, visits, visits with a duration, events
	sums  uint8              // measures that add up, a bit each
	geo   bool               // the parts are children of a territory
	bands bool               // the parts are bands of frequency
}

// membership is a family of a cell, and the cell's sign in it: -1 for the total.
type membership struct {
	family int32
	sign   int8
}

// What adds up. A visit has one profile, device, system and browser, so visits
// and all that they carry add up and persons, who may have two, only cover. A
// visit may see several services, an event belongs to one: so only events add
// up (and time, which goes with them). An event may have no third-party tool.
// A person falls in one band of frequency, and lies in one school.
var (
	everything = [measures]relation{equal, equal, equal, equal}
	ofVisits   = [measures]relation{cover, equal, equal, equal}
	ofEvents   = [measures]relation{cover, cover, cover, equal}
	ofSome     = [measures]relation{within, within, within, pack}
)

func sums(rel [measures]relation) (bits uint8) {
	for m, r := range rel {
		if r == equal {
			bits |= 1 << m
		}
	}
	return bits
}

// relate builds the families.
func (t *table) relate() {
	var simple [6][]int32 // places of the axes that part globales
	axes := []schemas.Axe{
		schemas.ParProfil, schemas.ParAppareil, schemas.ParOS, schemas.ParNavigateur, schemas.ParFrequence, schemas.ParService,
	}
	rel := [][measures]relation{ofVisits, ofVisits, ofVisits, ofVisits, everything, ofEvents}
	var tools []int32
	t.globales = -1
	crossed := map[place][]int32{} // a margin and an axis that crosses it → places
	number := map[place]int32{}
	for i, p := range t.places {
		i := int32(i)
		number[p] = i
		switch p.axe {
		case schemas.Globales:
			t.globales = i
		case schemas.ParOutil:
			tools = append(tools, i)
		case schemas.ParProfilAppareil, schemas.ParProfilService:
			left, right, _ := strings.Cut(p.modalite, schemas.Times)
			crossed[place{p.axe, left}] = append(crossed[place{p.axe, left}], i)
			crossed[place{p.axe, schemas.Times + right}] = append(crossed[place{p.axe, schemas.Times + right}], i)
		}
		for a, axe := range axes {
			if p.axe == axe {
				simple[a] = append(simple[a], i)
			}
		}
	}
	for n := range int32(len(t.nodes)) {
		for a := range axes {
			if t.family(n, t.globales, simple[a], rel[a]) {
				t.families[len(t.families)-1].bands = axes[a] == schemas.ParFrequence
			}
		}
		t.family(n, t.globales, tools, ofSome)
		for i, p := range t.places {
			switch p.axe {
			case schemas.ParProfil:
				t.family(n, int32(i), crossed[place{schemas.ParProfilAppareil, p.modalite}], ofVisits)
				t.family(n, int32(i), crossed[place{schemas.ParProfilService, p.modalite}], ofEvents)
			case schemas.ParAppareil:
				t.family(n, int32(i), crossed[place{schemas.ParProfilAppareil, schemas.Times + p.modalite}], ofVisits)
			case schemas.ParService:
				t.family(n, int32(i), crossed[place{schemas.ParProfilService, schemas.Times + p.modalite}], ofVisits)
			}
		}
	}
	t.territories()
	t.of = make([][]membership, len(t.cells))
	for f := range t.families {
		t.of[t.families[f].total] = append(t.of[t.families[f].total], membership{int32(f), -1})
		for _, c := range t.families[f].parts {
			t.of[c] = append(t.of[c], membership{int32(f), 1})
		}
	}
}

// family adds the parts of a total that a node has; it is false when there are
// none.
func (t *table) family(n, total int32, parts []int32, rel [measures]relation) bool {
	if total < 0 || t.find(n, total) < 0 {
		return false
	}
	f := family{total: t.find(n, total), rel: rel, sums: sums(rel)}
	for _, p := range parts {
		if c := t.find(n, p); c >= 0 {
			f.parts = append(f.parts, c)
		}
	}
	if len(f.parts) > 0 {
		t.families = append(t.families, f)
	}
	return len(f.parts) > 0
}

// territories adds, for each cell of a territory, those of its children.
func (t *table) territories() {
	first := map[int32]int32{} // cell of a territory → family
	for c := range int32(len(t.cells)) {
		up := t.nodes[t.cells[c].node].parent
		if up < 0 {
			continue
		}
		total := t.find(up, t.cells[c].place)
		f, ok := first[total]
		if !ok {
			f = int32(len(t.families))
			first[total] = f
			t.families = append(t.families, family{total: total, rel: everything, sums: sums(everything), geo: true})
		}
		t.families[f].parts = append(t.families[f].parts, c)
	}
}
