package dashboards

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// The columns of a comparison; those of sortable may be its order.
const (
	colLine    = "ligne"
	colLevel   = "niveau"
	colCode    = "code"
	colName    = "nom"
	colCommune = "commune"
	colNature  = "nature"
	colEP      = "education_prioritaire"
	colRPI     = "rpi"
	colSchools = "ecoles"
	colActive  = "ecoles_actives"
	colIsOn    = "active"
	colPupils  = "eleves"
	colVisits  = "visites"
	colUsers   = "utilisateurs_semaine_moyenne"
	colRate    = "utilisateurs_pour_100_eleves"
	colChange  = "evolution"
	colMean    = "duree_moyenne_s"
	colQ1      = "premier_quartile"
	colMedian  = "mediane"
	colQ3      = "troisieme_quartile"
	colHidden  = "masque"
)

var sortable = []string{
	colName, colCommune, colSchools, colActive, colIsOn, colPupils, colVisits, colUsers, colRate, colChange, colMean, colMedian,
}

func (c *compared) columns(level schemas.Niveau) []Column {
	cols := []Column{
		{Code: colLine, Label: "Ligne", Files: true},
		{Code: colLevel, Label: "Niveau", Files: true},
		{Code: colCode, Label: "Code", Files: true},
		{Code: colName, Label: level.Label(), Sort: true},
	}
	if level == schemas.Ecole {
		cols = append(cols, Column{Code: colCommune, Label: "Commune", Sort: true},
			Column{Code: colNature, Label: "Type", Files: true}, Column{Code: colEP, Label: "Éducation prioritaire", Files: true}, Column{Code: colRPI, Label: "RPI", Files: true})
	} else {
		cols = append(cols, Column{Code: colSchools, Label: "Écoles", Kind: kindCount, Sort: true})
	}
	cols = append(cols,
		Column{Code: colPupils, Label: "Élèves", Kind: kindCount, Sort: true},
		Column{Code: colVisits, Label: "Visites", Kind: kindCount, Sort: true},
		Column{Code: colUsers, Label: "Utilisateurs par semaine", Kind: kindCount, Sort: true},
		Column{Code: colRate, Label: "Pour 100 élèves", Kind: kindTenths, Sort: true},
		Column{Code: colChange, Label: "Évolution", Kind: kindChange, Sort: true},
		Column{Code: colMean, Label: "Durée moyenne", Kind: kindSeconds, Sort: true},
	)
	if level == schemas.Ecole {
		return append(cols, Column{Code: colIsOn, Label: "Active", Sort: true}, Column{Code: colHidden, Label: "Masqué", Files: true})
	}
	return append(cols, Column{Code: colActive, Label: "Écoles actives", Kind: kindCount, Sort: true},
		Column{Code: colQ1, Label: "1er quartile", Kind: kindTenths, Files: true}, Column{Code: colMedian, Label: "Médiane des écoles", Kind: kindTenths, Sort: true},
		Column{Code: colQ3, Label: "3e quartile", Kind: kindTenths, Files: true}, Column{Code: colHidden, Label: "Masqué", Files: true})
}

// What the lines of a comparison are, in files.
const (
	lineRow   = "comparaison"
	lineWhole = "ensemble"
	lineAbove = "reference"
)

// line is a group in the columns of a sheet.
func (c *compared) line(g *group, what string, columns []Column, href string) Line {
	if c.values == nil {
		c.values = map[string]Value{}
	}
	values := c.values // of every line, one after the other: there are thousands
	clear(values)
	values[colLine], values[colLevel], values[colCode] = word(what), word(string(g.Niveau)), word(g.Code)
	values[colName] = link(nameOf(g.Territory), href)
	values[colSchools], values[colPupils], values[colVisits] = number(g.Schools), numberIf(int64(g.Pupils), g.Pupils > 0), number(g.Now.Visits)
	values[colUsers], values[colRate], values[colMean], values[colHidden] = g.Now.mean(), g.rate(), meanDuration(g.Now.Measures), word("non")
	if c.known {
		values[colChange] = g.Now.since(g.Before)
	}
	if c.last != 0 {
		values[colActive] = number(g.Active)
		if !values[colUsers].Known && g.Now.Hidden == 0 {
			values[colUsers] = number(0)
		}
	}
	name := values[colName]
	switch what {
	case lineWhole:
		name.Note = "ensemble du territoire"
		if c.query.picky() {
			name.Note = "ensemble des écoles retenues"
		}
	case lineAbove:
		name.Note = "niveau au-dessus"
	}
	level := c.query.Level
	if level == schemas.Ecole {
		c.school(g, values, &name)
	} else {
		q := spread(g.Members)
		values[colQ1], values[colMedian], values[colQ3] = q.Q1, q.Median, q.Q3
	}
	if g.Now.Hidden > 0 {
		values[colHidden] = word("oui")
		switch {
		case what != lineRow || level != schemas.Ecole:
			name.Note = strings.TrimPrefix(name.Note+", sans les semaines masquées", ", ")
		case g.Now.Visits == 0:
			for _, code := range []string{colVisits, colUsers, colRate, colChange, colMean} {
				values[code] = withheld()
			}
		default:
			name.Note = "sans les semaines masquées"
		}
	}
	values[colName] = name
	l := Line{Values: make([]Value, len(columns)), Muted: g.Now.Visits == 0 && g.Now.Hidden == 0}
	for i, col := range columns {
		l.Values[i] = values[col.Code]
	}
	return l
}

// school fills the columns that only schools have.
func (c *compared) school(g *group, values map[string]Value, name *Value) {
	s, ok := c.at.dir.School(schemas.UAI(g.Code))
	if !ok {
		return // a reference line, or a school that left the directory
	}
	values[colCommune], values[colNature], values[colEP] = word(s.Commune), word(natureOf(s)), word(s.Priority)
	values[colRPI] = word(yesNo(s.RPI))
	pupils, known := c.pupils(s).Get()
	values[colPupils] = numberIf(int64(pupils), known)
	if s.Priority != "" {
		name.Note = s.Priority
	}
	if c.last != 0 {
		values[colIsOn] = word(yesNo(g.Active > 0))
	}
}

func yesNo(b bool) string {
	if b {
		return "oui"
	}
	return "non"
}

// sheet is every row of the comparison in the order asked for, then the
// territory and the level above.
func (c *compared) sheet(rows []*group, whole, above *group, href func(schemas.Territory) string) Sheet {
	level := c.query.Level
	s := Sheet{Code: "comparaison", Title: strings.ToUpper(plural(level)[:1]) + plural(level)[1:], Columns: c.columns(level)}
	if level == schemas.Ecole {
		s.Title = "Écoles"
	}
	s.Caption = s.Title + " : " + c.orderWords()
	for _, g := range rows {
		s.Rows = append(s.Rows, c.line(g, lineRow, s.Columns, href(g.Territory)))
	}
	s.sort(c.query.Sort, c.query.Asc)
	s.Foot = append(s.Foot, c.line(whole, lineWhole, s.Columns, href(whole.Territory)))
	if above != nil {
		s.Foot = append(s.Foot, c.line(above, lineAbove, s.Columns, ""))
	}
	return s
}

// sort orders the rows by a column; what is unknown comes last in both orders.
func (s *Sheet) sort(code string, asc bool) {
	kindOf := kindText
	for _, c := range s.Columns {
		if c.Code == code {
			kindOf = c.Kind
		}
	}
	type keyed struct {
		Line
		known      bool
		n          int64
		text       string
		name, code string
	}
	rows := make([]keyed, len(s.Rows)) // names are folded once each, not with each comparison
	for i, l := range s.Rows {
		v := s.value(l, code)
		rows[i] = keyed{Line: l, known: v.Known, name: Fold(s.value(l, colName).Text), code: s.value(l, colCode).Text}
		if kindOf == kindText {
			rows[i].text = Fold(v.Text)
		} else {
			rows[i].n = v.N
		}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int {
		if a.known != b.known {
			if a.known {
				return -1
			}
			return 1
		}
		return cmp.Or(flip(cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.text, b.text)), asc),
			cmp.Compare(a.name, b.name), cmp.Compare(a.code, b.code))
	})
	for i, r := range rows {
		s.Rows[i] = r.Line
	}
}

// ends are the rows of both ends of a sheet that is sorted by a column, those alone
// whose value is known: all of them, or as many at each end as a chart has room
// for, and then cut is how many are between.
func (s *Sheet) ends(code string) (rows []Line, cut int) {
	for _, l := range s.Rows {
		if s.value(l, code).Known {
			rows = append(rows, l)
		}
	}
	if cut = len(rows) - 2*endRows; cut <= 0 {
		return rows, 0
	}
	return slices.Concat(rows[:endRows], rows[len(rows)-endRows:]), cut
}

// bothEnds says that a chart has both ends alone, in French.
func bothEnds(cut int) string {
	return fmt.Sprintf("Les %d premières lignes et les %[1]d dernières ; le tableau a aussi %s entre elles.", endRows, Compte(uint64(cut), "ligne", "lignes"))
}

func flip(n int, asc bool) int {
	if asc {
		return n
	}
	return -n
}

// orderWords says the order in French.
func (c *compared) orderWords() string {
	label := ""
	for _, col := range c.columns(c.query.Level) {
		if col.Code == c.query.Sort {
			label = strings.ToLower(col.Label)
		}
	}
	if label == "" {
		label = "pour 100 élèves"
	}
	if c.query.Asc {
		return "par « " + label + " », ordre croissant"
	}
	return "par « " + label + " », ordre décroissant"
}
