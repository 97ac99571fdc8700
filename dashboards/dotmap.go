package dashboards

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// DotMap is the schools of a territory where they lie, as one vector drawing:
// dots alone, no background asked from another host.
type DotMap struct {
	Alt           string
	Width, Height int
	Layers        []dotLayer
	Names         []placeName
	Unplaced      string // French: schools without coordinates, "" = none
}

// dotLayer is the dots of one class: a path of points without length, which
// round ends draw as dots.
type dotLayer struct {
	Class string // of the style sheet
	Label string // French, with how many
	Path  string
	Mark  string // one of its marks, in the middle of 20 × 20
}

// placeName is the name of a territory in the middle of its schools.
type placeName struct {
	X, Y int
	Text string
}

// mapWidth is the width of the drawing in its own units.
const mapWidth = 1000

// nameHeight is that of a name on a phone, where it is the tallest.
const nameHeight = 36

// dotClass is what a dot says, from the least to the most used.
type dotClass uint8

const (
	dotUnknown dotClass = iota
	dotNone
	dotLow
	dotMiddle
	dotHigh
	dotOutside // nobody enrolled it, and nobody visits it
)

var dotClasses = []struct {
	Class dotClass
	CSS   string
}{{dotOutside, "dot-outside"}, {dotUnknown, "dot-unknown"}, {dotLow, "dot-low"}, {dotMiddle, "dot-middle"}, {dotHigh, "dot-high"}, {dotNone, "dot-none"}}

// spreadVisited is the quartiles of the schools that have visits: on a map the
// others have a class of their own, and where most schools have none the
// quartiles of all would be zero.
func spreadVisited(schools []*schoolUse) quartiles {
	var visited []*schoolUse
	for _, s := range schools {
		if s.Now.Visits > 0 || s.Now.Hidden > 0 {
			visited = append(visited, s)
		}
	}
	return spread(visited)
}

// mark draws a school of a class: a dot, or for one that nobody enrolled a cross,
// so that the colour is not alone in saying it.
// Half is half the width of the cross.
func (c dotClass) mark(x, y, half int) string {
	if c == dotOutside {
		return fmt.Sprintf("M%d %dl%[3]d %[3]dm0-%[3]dl-%[3]d %[3]d", x-half, y-half, 2*half)
	}
	return fmt.Sprintf("M%d %dh0", x, y)
}

// classOf is the class of a school among the quartiles of all of them.
func (q quartiles) classOf(s *schoolUse) dotClass {
	rate := s.rate()
	switch {
	case s.outside && s.Now.Visits == 0 && s.Now.Hidden == 0:
		return dotOutside
	case s.Now.Visits == 0 && s.Now.Hidden == 0:
		return dotNone
	case !rate.Known || !q.Median.Known:
		return dotUnknown
	case rate.N < q.Q1.N:
		return dotLow
	case rate.N <= q.Q3.N:
		return dotMiddle
	}
	return dotHigh
}

// label is a class in French.
func (q quartiles) label(c dotClass) string {
	if !q.Median.Known && c > dotNone && c < dotOutside {
		return ""
	}
	switch c {
	case dotOutside:
		return "non inscrite, sans visite"
	case dotNone:
		return "aucune visite"
	case dotLow:
		return "moins de " + q.Q1.Format(kindTenths)
	case dotMiddle:
		return "de " + q.Q1.Format(kindTenths) + " à " + q.Q3.Format(kindTenths)
	case dotHigh:
		return "plus de " + q.Q3.Format(kindTenths)
	}
	return "chiffre masqué ou élèves inconnus"
}

// mapBlock draws the schools of the territory, and counts them by class and
// child in its table.
func (d *territoryData) mapBlock() (Block, error) {
	if d.side == nil {
		return Block{}, nil
	}
	groups := d.side.groups(d.side.query.Level)
	var all []*schoolUse
	for _, g := range groups {
		all = append(all, g.Members...)
	}
	q := spreadVisited(all)
	b := d.block("carte", "Carte des écoles", nil, "utilisateurs_pour_100_eleves", "quartiles")
	if len(all) == 0 {
		b.Empty = "L'annuaire ne connaît aucune école publique ouverte ici."
		return b, nil
	}
	sheet := d.side.mapSheet(groups, q)
	b.Files = d.document(viewMap, head{}, sheet).links(sheet.Code)
	b.Notes = append(b.Notes, "Un point est une école, à la place que dit l'annuaire. La couleur dit ses utilisateurs par semaine pour 100 élèves, par rapport aux quartiles des écoles qui ont des visites.")
	if out := d.side.leftOut(&group{Members: all}); out != "" {
		b.Notes = append(b.Notes, out)
	}
	b.Map = drawMap(groups, q)
	b.Map.Alt = fmt.Sprintf("Carte, %s : %s, dont %s", nameOf(d.Territory), Compte(uint64(len(all)), "école", "écoles"),
		Compte(uint64(countClass(all, q, dotNone)), "sans aucune visite", "sans aucune visite"))
	if n := countClass(all, q, dotOutside); n > 0 {
		b.Map.Alt += " et " + Compte(uint64(n), "que personne n'a inscrite", "que personne n'a inscrites")
	}
	b.Map.Alt += "."
	b.Table = sheet.table(nil)
	return b, nil
}

func countClass(schools []*schoolUse, q quartiles, c dotClass) (n int) {
	for _, s := range schools {
		if q.classOf(s) == c {
			n++
		}
	}
	return n
}

// mapSheet counts the schools of each class by territory: what the map shows,
// in figures.
func (c *compared) mapSheet(groups []*group, q quartiles) Sheet {
	s := Sheet{
		Code: "carte", Title: "Carte", Caption: "Écoles par utilisateurs pour 100 élèves",
		Columns: []Column{{Code: colLevel, Label: "Niveau", Files: true}, {Code: colCode, Label: "Code", Files: true}, {Code: colName, Label: "Territoire"}},
	}
	order := []dotClass{dotNone, dotLow, dotMiddle, dotHigh, dotUnknown, dotOutside}
	codes := []string{"aucune_visite", "sous_q1", "entre_quartiles", "au_dessus_q3", "inconnu", "non_inscrite"}
	labels := []string{"Aucune visite", "Sous le 1er quartile", "Entre les quartiles", "Au-dessus du 3e", "Masqué ou inconnu", "Non inscrite, sans visite"}
	for i := range order {
		s.Columns = append(s.Columns, Column{Code: codes[i], Label: labels[i], Kind: kindCount})
	}
	for _, g := range groups {
		l := Line{Values: []Value{word(string(g.Niveau)), word(g.Code), word(nameOf(g.Territory))}}
		for _, class := range order {
			l.Values = append(l.Values, numberIf(int64(countClass(g.Members, q, class)), class != dotOutside || c.enrolments.Known()))
		}
		s.Rows = append(s.Rows, l)
	}
	s.sort(colName, true)
	return s
}

// drawMap places the schools on a plane: degrees of longitude are shorter by
// the cosine of the latitude.
func drawMap(groups []*group, q quartiles) *DotMap {
	m := &DotMap{Width: mapWidth, Height: mapWidth}
	west, east, south, north := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	unplaced := uint64(0)
	for _, g := range groups {
		for _, s := range g.Members {
			if !placedSchool(s.School) {
				unplaced++
				continue
			}
			west, east = min(west, s.Longitude), max(east, s.Longitude)
			south, north = min(south, s.Latitude), max(north, s.Latitude)
		}
	}
	if unplaced > 0 {
		m.Unplaced = Compte(unplaced, "école sans coordonnées n'y est pas.", "écoles sans coordonnées n'y sont pas.")
	}
	if west > east {
		return m
	}
	const margin = 20
	shrink := math.Cos((south + north) / 2 * math.Pi / 180)
	scale := (mapWidth - 2*margin) / max(0.02, (east-west)*shrink)
	m.Height = min(1200, int((north-south)*scale)+2*margin)
	paths := map[dotClass]*strings.Builder{}
	counts := map[dotClass]uint64{}
	for _, g := range groups {
		var xs, ys []int
		for _, s := range g.Members {
			class := q.classOf(s)
			counts[class]++
			if !placedSchool(s.School) {
				continue
			}
			x, y := margin+int((s.Longitude-west)*shrink*scale), margin+int((north-s.Latitude)*scale)
			xs, ys = append(xs, x), append(ys, y)
			if paths[class] == nil {
				paths[class] = &strings.Builder{}
			}
			paths[class].WriteString(class.mark(x, y, 4))
		}
		if len(xs) > 0 && g.Code != "" {
			m.Names = append(m.Names, placeName{middle(xs), max(nameHeight, middle(ys)), nameOf(g.Territory)})
		}
	}
	for _, c := range dotClasses {
		if label := q.label(c.Class); counts[c.Class] > 0 && label != "" {
			path := ""
			if paths[c.Class] != nil {
				path = paths[c.Class].String()
			}
			m.Layers = append(m.Layers, dotLayer{c.CSS, label + " (" + Compte(counts[c.Class], "école", "écoles") + ")", path, c.Class.mark(10, 10, 6)})
		}
	}
	slices.SortFunc(m.Names, func(a, b placeName) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	return m
}

func placedSchool(s *schemas.School) bool { return s.Latitude != 0 || s.Longitude != 0 }

func middle(values []int) int {
	slices.Sort(values)
	return values[len(values)/2]
}

// Anchor keeps a name that is near an edge within the frame.
func (n placeName) Anchor() string {
	switch {
	case n.X < mapWidth/8:
		return "begin"
	case n.X > mapWidth*7/8:
		return "end"
	}
	return ""
}

// ViewBox is the frame of the drawing.
func (m *DotMap) ViewBox() string {
	return "0 0 " + strconv.Itoa(m.Width) + " " + strconv.Itoa(m.Height)
}
