package dashboards

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// comparePage is the children or the schools of a territory side by side.
type comparePage struct {
	Layout
	head
	Lead   string // what is compared, in French
	Blocks []Block
	Pages  []view // of a long list

	equityFiles []Link
}

// How many rows a page shows: both ends of a long list, or a page of it.
const (
	wholeRows = 60
	endRows   = 20
	pageRows  = 100
)

// compare answers the comparison of a territory's children or schools.
func (s *Server) compare(w http.ResponseWriter, r *http.Request) error {
	d, err := s.territoryOf(r)
	if err != nil {
		return err
	}
	q, err := readCompare(r.URL.Query(), d.Scope)
	if err != nil {
		return err
	}
	if err := d.load(r.Context(), s.reader, d.loadState); err != nil {
		return err
	}
	c, err := d.loadCompared(r.Context(), s.reader, q)
	if err != nil {
		return err
	}
	rows := c.groups(q.Level)
	whole, above := c.whole(), c.over()
	params := q.params(d.Scope)
	equity := equitySheet(nil, whole)
	if q.Level != schemas.Ecole {
		equity = equitySheet(rows, whole)
		equity.sort(colMedian, false)
	}
	sheet := c.sheet(rows, whole, above, func(t schemas.Territory) string {
		if t.Niveau == "" || t.Code == "" {
			return ""
		}
		return d.link(t.Scope)
	})
	h := d.head(viewCompare)
	h.Notices = append(h.Notices, c.notices(whole)...)
	doc := d.document(viewCompare, h, sheet, equity)
	doc.Query = d.sel.with(params)
	if formatOf(r) != formatHTML {
		return s.files(w, r, doc)
	}
	h.Files = doc.links(sheet.Code)
	h.Filter.Open, h.Filter.More = true, q.fields(d.Scope)
	for _, name := range []string{"tri", "sens"} {
		if v := params.Get(name); v != "" {
			h.Filter.Hidden = append(h.Filter.Hidden, field{name, v})
		}
	}
	p := comparePage{Layout: s.layout(r, "Comparaison – "+nameOf(d.Territory), "/"), head: h, Lead: c.lead(len(rows))}
	p.Layout.Alt, p.equityFiles = h.Files, doc.links(equity.Code)
	if err := p.fill(d, c, sheet, equity, whole, above); err != nil {
		return err
	}
	return s.html(w, r, "comparaison", p)
}

// lead says what is compared.
func (c *compared) lead(n int) string {
	s := Compte(uint64(n), c.query.Level.Label(), plural(c.query.Level))
	if c.query.Level != schemas.DSDEN {
		s = strings.ToLower(s)
	}
	if words := c.query.words(); words != "" {
		s += " ; " + words
	}
	return s + "."
}

// notices say how the figures of this page are made.
func (c *compared) notices(whole *group) []string {
	var said []string
	switch {
	case c.last == 0:
	case c.known:
		said = append(said, "Évolution : utilisateurs par semaine, en moyenne, par rapport aux semaines du "+Jour(c.before.From)+" au "+Jour(c.before.To+6)+".")
	default:
		said = append(said, "Pas d'évolution : la période de même longueur qui précède, du "+Jour(c.before.From)+" au "+Jour(c.before.To+6)+", n'a pas été mesurée en entier.")
	}
	if c.query.picky() {
		said = append(said, "Un filtre retient certaines écoles : les sommes sont celles de leurs chiffres diffusés.")
	}
	if out := c.leftOut(whole); out != "" {
		said = append(said, out)
	}
	return said
}

// fill makes the blocks of the page.
func (p *comparePage) fill(d *territoryData, c *compared, sheet, spreads Sheet, whole, above *group) error {
	order := func(col Column) (string, string) {
		q := c.query
		now := ""
		q.Page, q.Asc = 1, ascendingByDefault(col.Code)
		if col.Code == c.query.Sort {
			now = "descending"
			if c.query.Asc {
				now = "ascending"
			}
			q.Asc = !c.query.Asc
		}
		q.Sort = col.Code
		return address(d.Path()+viewCompare, d.sel.with(q.params(d.Scope))), now
	}
	block := func(id, title string, part Sheet) Block {
		b := d.block(id, title, nil, "visites", "utilisateurs_semaine_moyenne", "utilisateurs_pour_100_eleves", "evolution", "duree_moyenne", "ecoles_actives")
		b.Open, b.Table = true, part.table(order)
		b.Table.Caption = title + ", " + c.orderWords()
		if c.query.Level != schemas.Ecole {
			b.Indicators = append(b.Indicators, schemas.IndicatorByCode("quartiles"))
		}
		return b
	}
	if len(sheet.Rows) == 0 {
		b := block("comparaison", sheet.Title, sheet)
		b.Empty = "Aucune école de ce territoire ne correspond à ces filtres."
		p.Blocks = append(p.Blocks, b)
		return nil
	}
	n := len(sheet.Rows)
	part := sheet
	switch {
	case n <= wholeRows && !(c.query.All && c.query.Page > 1):
		p.Blocks = append(p.Blocks, block("comparaison", sheet.Title, part))
	case c.query.All:
		from := min((c.query.Page-1)*pageRows, n)
		part.Rows = sheet.Rows[from:min(n, from+pageRows)]
		p.Blocks = append(p.Blocks, block("comparaison", fmt.Sprintf("%s %d à %d sur %d", sheet.Title, from+1, from+len(part.Rows), n), part))
		p.pages(d, c.query, n)
	default:
		part.Rows = sheet.Rows[:endRows]
		p.Blocks = append(p.Blocks, block("comparaison", fmt.Sprintf("Les %d premières", endRows), part))
		known := sheet.Rows
		for len(known) > endRows && !sheet.value(known[len(known)-1], c.query.Sort).Known {
			known = known[:len(known)-1]
		}
		part.Rows = known[len(known)-min(endRows, len(known)-endRows):]
		last := block("dernieres", fmt.Sprintf("Les %d dernières", len(part.Rows)), part)
		if err := c.chart(&last, part, whole, above); err != nil {
			return err
		}
		all := c.query
		all.All = true
		last.Files = []Link{{address(d.Path()+viewCompare, d.sel.with(all.params(d.Scope))), fmt.Sprintf("Voir les %s écoles", Entier(uint64(n)))}}
		p.Blocks = append(p.Blocks, last)
		part.Rows = sheet.Rows[:endRows]
	}
	if c.query.Level == schemas.DSDEN || c.query.Level == schemas.Academie {
		p.Blocks[0].Title = strings.Replace(p.Blocks[0].Title, "premières", "premiers", 1)
	}
	first := &p.Blocks[0]
	first.Files = p.Files
	if err := c.chart(first, part, whole, above); err != nil {
		return err
	}
	equity, err := c.equity(d, spreads, whole)
	equity.Files = p.equityFiles
	if err != nil {
		return err
	}
	p.Blocks = append(p.Blocks, equity)
	return nil
}

// pages are the links of a long list.
func (p *comparePage) pages(d *territoryData, q compareQuery, rows int) {
	last := (rows + pageRows - 1) / pageRows
	for n := 1; n <= last; n++ {
		current := n == q.Page
		q := q
		q.Page = n
		p.Pages = append(p.Pages, view{Link{address(d.Path()+viewCompare, d.sel.with(q.params(d.Scope))), fmt.Sprint(n)}, current})
	}
}

// chart draws the column that orders the rows, both ends of a long list, with
// the line of the level above, or of the whole territory at the top.
func (c *compared) chart(b *Block, part Sheet, whole, above *group) error {
	code := c.query.Sort
	var col Column
	for _, each := range part.Columns {
		if each.Code == code {
			col = each
		}
	}
	if col.Kind == kindText {
		return nil
	}
	rows, cut := part.ends(code)
	if len(rows) == 0 {
		return nil
	}
	var labels []string
	var values []Value
	for i, l := range rows {
		if cut > 0 && i == endRows {
			labels, values = append(labels, "…"), append(values, Value{})
		}
		labels, values = append(labels, part.value(l, colName).Text), append(values, part.value(l, code))
	}
	ref, name := part.value(c.line(whole, lineWhole, part.Columns, ""), code), nameOf(whole.Territory)
	if above != nil {
		ref, name = part.value(c.line(above, lineAbove, part.Columns, ""), code), nameOf(above.Territory)
	}
	alt := col.Label + " : " + labels[0] + " en tête avec " + values[0].Format(col.Kind) + ", " +
		labels[len(labels)-1] + " en dernier avec " + values[len(values)-1].Format(col.Kind) + "."
	if c.query.Asc {
		alt = col.Label + " : de " + labels[0] + ", " + values[0].Format(col.Kind) + ", à " + labels[len(labels)-1] + ", " + values[len(values)-1].Format(col.Kind) + "."
	}
	if cut > 0 {
		alt = bothEnds(cut) + " " + alt
	}
	if col.Kind == kindCount {
		ref = Value{} // sums of territories of other sizes are no reference
	}
	if ref.Known {
		alt += " Le trait est la valeur de " + name + " : " + ref.Format(col.Kind) + "."
	}
	var err error
	b.Chart, err = rankChart(labels, values, col, ref, name, alt)
	return err
}

// equity says how far the schools lie from one another.
func (c *compared) equity(d *territoryData, eq Sheet, whole *group) (Block, error) {
	b := d.block("equite", "Équité entre les écoles", nil, "quartiles", "utilisateurs_pour_100_eleves")
	b.Open = true
	if spread(whole.Members).Schools < bandSchools {
		b.Empty = fmt.Sprintf("Il faut au moins %d écoles dont le chiffre est connu pour dire une médiane et des quartiles.", bandSchools)
		return b, nil
	}
	b.Notes = append(b.Notes, "La moitié des écoles est entre les deux quartiles. Plus ils sont proches, plus l'usage est égal d'une école à l'autre.")
	if len(eq.Rows) > wholeRows {
		b.Notes = append(b.Notes, fmt.Sprintf("Les %d premières lignes et les %[1]d dernières ; toutes sont dans les fichiers.", endRows))
		eq.Rows, _ = eq.ends(colMedian)
	}
	b.Table = eq.table(nil)
	var labels []string
	var spreads [][3]Value
	ends, cut := eq.ends(colMedian)
	for _, l := range append(ends, eq.Foot...) {
		if m := eq.value(l, colMedian); m.Known {
			labels = append(labels, eq.value(l, colName).Text)
			spreads = append(spreads, [3]Value{eq.value(l, colQ1), m, eq.value(l, colQ3)})
		}
	}
	alt := ""
	if cut > 0 {
		alt = bothEnds(cut) + " "
	}
	var err error
	b.Chart, err = spreadChart(labels, spreads, alt+"Du premier au troisième quartile des écoles, avec leur médiane, en utilisateurs pour 100 élèves. "+
		labels[len(labels)-1]+" : médiane "+spreads[len(spreads)-1][1].Format(kindTenths)+".")
	return b, err
}

// equitySheet is the spread of the schools of each group, then of the whole
// territory.
func equitySheet(groups []*group, whole *group) Sheet {
	s := Sheet{
		Code: "equite", Title: "Équité", Caption: "Utilisateurs pour 100 élèves : répartition des écoles",
		Columns: []Column{
			{Code: colLevel, Label: "Niveau", Files: true},
			{Code: colCode, Label: "Code", Files: true},
			{Code: colName, Label: "Territoire"},
			{Code: colSchools, Label: "Écoles dont le chiffre est connu", Kind: kindCount},
			{Code: colQ1, Label: "1er quartile", Kind: kindTenths},
			{Code: colMedian, Label: "Médiane", Kind: kindTenths},
			{Code: colQ3, Label: "3e quartile", Kind: kindTenths},
		},
	}
	line := func(g *group) Line {
		q := spread(g.Members)
		return Line{Values: []Value{word(string(g.Niveau)), word(g.Code), word(nameOf(g.Territory)), number(q.Schools), q.Q1, q.Median, q.Q3}}
	}
	for _, g := range groups {
		s.Rows = append(s.Rows, line(g))
	}
	if len(groups) == 0 {
		s.Rows = append(s.Rows, line(whole)) // nothing to compare it with
		return s
	}
	s.Foot = append(s.Foot, line(whole))
	return s
}
