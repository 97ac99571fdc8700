package dashboards

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/dashboards/national"
	"github.com/entaudience/entaudience/schemas"
)

// compareQuery is what the address of a comparison asks for, beside the
// selection: what is compared, which schools count, and the order.
type compareQuery struct {
	Level   schemas.Niveau // of the rows
	Service schemas.Service
	Nature  string // code of the nature of schools, "" = all
	EP      string // priority education: "rep", "rep+", "hors" or ""
	Size    string // a size of sizes, ""
	RPI     string // "oui", "non" or ""
	Sort    string // code of a column
	Asc     bool
	All     bool // every row, by pages, instead of both ends
	Page    int  // from 1
}

// sizes are the sizes of schools, in pupils, both ends included.
var sizes = []struct {
	Code, Label string
	From, To    int
}{
	{"0-49", "moins de 50 élèves", 0, 49},
	{"50-99", "50 à 99 élèves", 50, 99},
	{"100-199", "100 à 199 élèves", 100, 199},
	{"200", "200 élèves et plus", 200, 1 << 30},
}

// natures are the natures of public primary schools, in the nomenclature's order.
var natures = []option{
	{Value: "101", Label: "maternelle"},
	{Value: "151", Label: "élémentaire ou primaire"},
	{Value: "103", Label: "maternelle d'application"},
	{Value: "153", Label: "élémentaire d'application"},
	{Value: "162", Label: "élémentaire spécialisée"},
}

// detailLevels are the words of an address for the levels of rows.
var detailLevels = map[string]schemas.Niveau{
	"academies": schemas.Academie, "dsden": schemas.DSDEN, "circonscriptions": schemas.Circonscription, string(schemas.ParEcoles): schemas.Ecole,
}

func detailOf(n schemas.Niveau) string {
	for code, level := range detailLevels {
		if level == n {
			return code
		}
	}
	return ""
}

// childLevel is what a territory is compared by when the address does not
// say: its children; a region by DSDEN, because they steer.
func childLevel(n schemas.Niveau) schemas.Niveau {
	if n == schemas.Region {
		return schemas.DSDEN
	}
	return n.Below()
}

// readCompare reads the parameters of a comparison. Errors are Invalid.
func readCompare(q url.Values, at schemas.Scope) (compareQuery, error) {
	c := compareQuery{Level: childLevel(at.Niveau), Page: 1, Sort: colRate}
	if at.Niveau == schemas.Ecole {
		return c, schemas.Refuse("Une école ne se compare pas à d'autres : sa page montre la place de ses chiffres dans la circonscription.")
	}
	if d := q.Get("detail"); d != "" && d != string(schemas.ParEnfants) {
		level, ok := detailLevels[d]
		levels := schemas.Niveaux()
		if !ok || slices.Index(levels, level) <= slices.Index(levels, at.Niveau) {
			return c, schemas.Refuse("« %.20s » n'est pas un détail de ce territoire : enfants, academies, dsden, circonscriptions ou ecoles, plus fin que lui.", d)
		}
		c.Level = level
	}
	if v := q.Get("service"); v != "" {
		known := false
		if c.Service, known = schemas.ParseService(v); !known {
			return c, schemas.Refuse("« %.40s » n'est pas un service.", v)
		}
	}
	for _, p := range []struct {
		name string
		into *string
		of   []option
	}{
		{"nature", &c.Nature, natures},
		{"ep", &c.EP, epOptions},
		{"taille", &c.Size, sizeOptions()},
		{"rpi", &c.RPI, rpiOptions},
	} {
		v := q.Get(p.name)
		if v != "" && !slices.ContainsFunc(p.of, func(o option) bool { return o.Value == v }) {
			return c, schemas.Refuse("« %.20s » n'est pas une valeur de « %s » : %s.", v, p.name, values(p.of))
		}
		*p.into = v
	}
	if v := q.Get("tri"); v != "" {
		if !slices.Contains(sortable, v) {
			return c, schemas.Refuse("« %.40s » n'est pas un tri : %s.", v, strings.Join(sortable, ", "))
		}
		c.Sort = v
	}
	c.Asc = ascendingByDefault(c.Sort)
	switch v := q.Get("sens"); v {
	case "":
	case "croissant":
		c.Asc = true
	case "decroissant":
		c.Asc = false
	default:
		return c, schemas.Refuse("« %.20s » n'est pas un sens : croissant ou decroissant.", v)
	}
	switch v := q.Get("lignes"); v {
	case "":
	case "toutes":
		c.All = true
	default:
		return c, schemas.Refuse("« %.20s » : lignes=toutes, ou rien.", v)
	}
	if v := q.Get("page"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 1000 {
			return c, schemas.Refuse("« %.20s » n'est pas un numéro de page.", v)
		}
		c.Page, c.All = n, true
	}
	return c, nil
}

func values(of []option) string {
	var vs []string
	for _, o := range of {
		vs = append(vs, o.Value)
	}
	return strings.Join(vs, ", ")
}

// ascendingByDefault: names are read from A, figures from the largest.
func ascendingByDefault(column string) bool { return column == colName || column == colCommune }

var (
	epOptions  = []option{{Value: "rep+", Label: "REP+"}, {Value: "rep", Label: "REP"}, {Value: "hors", Label: "hors éducation prioritaire"}}
	rpiOptions = []option{{Value: "oui", Label: "en RPI"}, {Value: "non", Label: "hors RPI"}}
)

func sizeOptions() []option {
	var os []option
	for _, s := range sizes {
		os = append(os, option{Value: s.Code, Label: s.Label})
	}
	return os
}

// params is the query as parameters of an address, without those it has anyway.
func (c compareQuery) params(at schemas.Scope) url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	if c.Level != childLevel(at.Niveau) {
		set("detail", detailOf(c.Level))
	}
	set("service", string(c.Service))
	set("nature", c.Nature)
	set("ep", c.EP)
	set("taille", c.Size)
	set("rpi", c.RPI)
	if c.Sort != colRate {
		set("tri", c.Sort)
	}
	if c.Asc != ascendingByDefault(c.Sort) {
		set("sens", map[bool]string{true: "croissant", false: "decroissant"}[c.Asc])
	}
	if c.All {
		set("lignes", "toutes")
	}
	if c.Page > 1 {
		set("page", strconv.Itoa(c.Page))
	}
	return q
}

// picky says whether only some schools count.
func (c compareQuery) picky() bool {
	return c.Nature != "" || c.EP != "" || c.Size != "" || c.RPI != ""
}

// takes says whether a school counts.
func (c compareQuery) takes(s *schemas.School, pupils schemas.Count) bool {
	if !c.picky() {
		return true
	}
	if !s.Primary {
		return false
	}
	ep := "hors"
	if s.Priority != "" {
		ep = strings.ToLower(s.Priority)
	}
	rpi := "non"
	if s.RPI {
		rpi = "oui"
	}
	return (c.Nature == "" || c.Nature == s.Nature) && (c.EP == "" || c.EP == ep) && (c.RPI == "" || c.RPI == rpi) &&
		(c.Size == "" || c.Size == sizeOf(pupils))
}

// sizeOf is the size of a school, "" when its pupils are unknown.
func sizeOf(pupils schemas.Count) string {
	n, known := pupils.Get()
	for _, s := range sizes {
		if known && int(n) >= s.From && int(n) <= s.To {
			return s.Code
		}
	}
	return ""
}

// words says which schools and visits count, in French; "" when all do.
func (c compareQuery) words() string {
	var said []string
	add := func(value string, of []option, prefix string) {
		for _, o := range of {
			if value != "" && o.Value == value {
				said = append(said, prefix+o.Label)
			}
		}
	}
	if c.Service != "" {
		said = append(said, "visites du service « "+c.Service.Label()+" »")
	}
	add(c.Nature, natures, "école ")
	add(c.EP, epOptions, "")
	add(c.Size, sizeOptions(), "")
	add(c.RPI, rpiOptions, "")
	return strings.Join(said, ", ")
}

// fields are the choices of the comparison's form.
func (c compareQuery) fields(at schemas.Scope) []selectField {
	choose := func(name, label, all, value string, of []option) selectField {
		f := selectField{Name: name, Label: label, Options: []option{{Value: "", Label: all}}}
		for _, o := range of {
			o.Selected = o.Value == value && value != ""
			f.Options = append(f.Options, o)
		}
		return f
	}
	detail := selectField{Name: "detail", Label: "Comparer les"}
	levels := schemas.Niveaux()
	for _, l := range levels[slices.Index(levels, at.Niveau)+1:] {
		detail.Options = append(detail.Options, option{detailOf(l), plural(l), l == c.Level})
	}
	var services []option
	for _, s := range schemas.Services() {
		services = append(services, option{Value: string(s.Code), Label: s.Label})
	}
	return []selectField{
		detail,
		choose("service", "Service", "Tous les services", string(c.Service), services),
		choose("nature", "Type d'école", "Tous", c.Nature, natures),
		choose("ep", "Éducation prioritaire", "Toutes les écoles", c.EP, epOptions),
		choose("taille", "Taille", "Toutes", c.Size, sizeOptions()),
		choose("rpi", "RPI", "Toutes les écoles", c.RPI, rpiOptions),
	}
}

// plural is the French plural of a level.
func plural(n schemas.Niveau) string {
	switch n {
	case schemas.Academie:
		return "académies"
	case schemas.DSDEN:
		return "DSDEN"
	case schemas.Circonscription:
		return "circonscriptions"
	}
	return "écoles"
}

func natureOf(s *schemas.School) string { return national.NatureLabel(s) }
