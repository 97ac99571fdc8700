package disclosure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// figures are the counts of one cell that relations tie together. The duration
// is not among them: it follows the visits that have one.
type figures struct{ users, visits, withDuration, events int32 }

const measures = 4

func (f figures) at(m int) int32 {
	switch m {
	case 0:
		return f.users
	case 1:
		return f.visits
	case 2:
		return f.withDuration
	}
	return f.events
}

func (f *figures) set(m int, n int32) {
	switch m {
	case 0:
		f.users = n
	case 1:
		f.visits = n
	case 2:
		f.withDuration = n
	default:
		f.events = n
	}
}

func (f figures) plus(g figures, n int32) figures {
	return figures{f.users + n*g.users, f.visits + n*g.visits, f.withDuration + n*g.withDuration, f.events + n*g.events}
}

// node is an establishment or a territory.
type node struct {
	schemas.Scope       // zero for the establishments of a DSDEN without circonscription, which no page shows as one
	parent        int32 // -1: none
	level         int8  // 0: establishment, then upwards
}

func (n node) shown() bool { return n.Code != "" }

// place is an axis and a modality of it.
type place struct {
	axe      schemas.Axe
	modalite string
}

// cell is one modality of one node in the week.
type cell struct {
	node, place int32
	figures
}

// table is every cell of a week, of establishments and of territories, and
// what ties them together.
type table struct {
	nodes    []node // establishments first, children before their parents
	schools  int
	pupils   []int32 // of establishments; 0: not known
	places   []place
	ofPupils []bool // places of pupils alone
	globales int32  // place; -1: none
	cells    []cell
	index    []int32 // node × place → cell, -1: no visit
	families []family
	of       [][]membership // cell → families
}

// find is the cell of a node and a place, -1 when it has no visit.
func (t *table) find(n, p int32) int32 { return t.index[int(n)*len(t.places)+int(p)] }

// newTable sums the cells of the establishments that the directory knows over
// the territories that hold them. The others are shown nowhere.
func newTable(cells []schemas.WeekCell, schools []schemas.School) *table {
	t := &table{}
	seen := map[schemas.UAI]bool{}
	for i := range cells {
		seen[cells[i].UAI] = true
	}
	ids := t.place(schools, seen)
	numbers := t.intern(cells)
	t.index = make([]int32, len(t.nodes)*len(t.places))
	for i := range t.index {
		t.index[i] = -1
	}
	// Cells come in any order, and are numbered in one: the same week is always
	// decided alike.
	given := make([]*schemas.WeekCell, len(t.index))
	for i := range cells {
		if id, ok := ids[cells[i].UAI]; ok {
			given[int(id)*len(t.places)+int(numbers[place{cells[i].Axe, cells[i].Modalite}])] = &cells[i]
		}
	}
	for at, c := range given {
		if c != nil {
			t.add(int32(at/len(t.places)), int32(at%len(t.places)), figures{
				int32(c.Users), int32(c.Visits), int32(c.VisitsWithDuration), int32(c.Events),
			})
		}
	}
	for id := range int32(len(t.nodes)) { // children before their parents
		up := t.nodes[id].parent
		if up < 0 {
			continue
		}
		for p := range int32(len(t.places)) {
			if c := t.find(id, p); c >= 0 {
				t.add(up, p, t.cells[c].figures)
			}
		}
	}
	t.zeros()
	t.relate()
	return t
}

// silent says that a reader does not learn whether a cell withheld of an
// establishment has visits: those without any are withheld with the small ones.
// For globales alone a reader learns it, from the school being active.
func silent(a schemas.Axe) bool { return a != schemas.Globales }

// zeros adds the cells without visits that may hide one that has some: those of
// establishments, on silent axes, where the territory above has visits.
func (t *table) zeros() {
	for n := range int32(t.schools) {
		for p := range int32(len(t.places)) {
			if silent(t.places[p].axe) && t.find(n, p) < 0 && t.find(t.nodes[n].parent, p) >= 0 {
				t.add(n, p, figures{})
			}
		}
	}
}

func (t *table) add(n, p int32, f figures) {
	at := &t.index[int(n)*len(t.places)+int(p)]
	if *at < 0 {
		*at = int32(len(t.cells))
		t.cells = append(t.cells, cell{node: n, place: p})
	}
	c := &t.cells[*at]
	c.figures = c.plus(f, 1)
}

// place numbers the establishments that have visits, and their territories.
func (t *table) place(schools []schemas.School, seen map[schemas.UAI]bool) map[schemas.UAI]int32 {
	ids := map[schemas.UAI]int32{}
	var active []*schemas.School
	for i := range schools {
		if seen[schools[i].UAI] {
			active = append(active, &schools[i])
		}
	}
	slices.SortFunc(active, func(a, b *schemas.School) int { return cmp.Compare(a.UAI, b.UAI) })
	for _, s := range active {
		ids[s.UAI] = int32(len(t.nodes))
		t.nodes = append(t.nodes, node{Scope: s.Scope(), parent: -1})
		t.pupils = append(t.pupils, int32(max(0, s.Pupils)))
	}
	t.schools = len(t.nodes)
	// The path to an establishment, from the narrowest: a code that lies in two
	// territories, which a damaged directory may have, is two nodes.
	below := make([]int32, len(active))
	for i := range below {
		below[i] = int32(i)
	}
	for level := 1; level <= 4; level++ {
		known := map[string]int32{}
		for i, s := range active {
			path := []string{s.Region, s.Academie, s.DSDEN, s.Circonscription}[:5-level]
			key := strings.Join(path, "\x00")
			id, ok := known[key]
			if !ok {
				id = int32(len(t.nodes))
				known[key] = id
				niveau := []schemas.Niveau{"", schemas.Circonscription, schemas.DSDEN, schemas.Academie, schemas.Region}[level]
				scope := schemas.Scope{Niveau: niveau, Code: path[len(path)-1]}
				if scope.Code == "" {
					scope = schemas.Scope{}
				}
				t.nodes = append(t.nodes, node{Scope: scope, parent: -1, level: int8(level)})
			}
			t.nodes[below[i]].parent = id
			below[i] = id
		}
	}
	return ids
}

// intern numbers the axes and modalities, in their order.
func (t *table) intern(cells []schemas.WeekCell) map[place]int32 {
	numbers := map[place]int32{}
	for i := range cells {
		numbers[place{cells[i].Axe, cells[i].Modalite}] = 0
	}
	for p := range numbers {
		t.places = append(t.places, p)
	}
	order := schemas.Axes()
	slices.SortFunc(t.places, func(a, b place) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.axe), slices.Index(order, b.axe)), cmp.Compare(a.modalite, b.modalite))
	})
	t.ofPupils = make([]bool, len(t.places))
	for i, p := range t.places {
		numbers[p] = int32(i)
		left, _, _ := strings.Cut(p.modalite, schemas.Times)
		t.ofPupils[i] = left == string(schemas.Eleve)
	}
	return numbers
}
