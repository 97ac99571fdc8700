package dashboards

import "github.com/entaudience/entaudience/schemas"

// Figure is one key figure: its label, value, unit, period and definition.
type Figure struct {
	schemas.Indicator
	Value      string // as shown; "–" when there is none
	Suffix     string // unit shown after the value, "" when the value says it
	Detail     string // French, what qualifies it: of how many, in which week
	Compare    string // French, how it changed since the year before; "" when not asked
	Link       Link   // what lists it, "" = nothing
	Number     *uint64
	Ratio      *float64    // instead of Number, for what is no whole number
	Ends       *[2]float64 // instead of Ratio, where what is shown leaves it between two
	Before     *uint64     // the same of the year before, nil when not known
	From, To   schemas.Day // the days it covers, both included
	Unfiltered bool        // a profile is asked for, and this figure counts all
}

// value is the figure for a program: a number, or nil.
func (f Figure) value() any {
	switch {
	case f.Ratio != nil:
		return *f.Ratio
	case f.Number != nil:
		return *f.Number
	}
	return nil
}

// ends is what the figure lies between, for a program: two numbers, or nil.
func (f Figure) ends() any {
	if f.Ends == nil {
		return nil
	}
	return *f.Ends
}

// UnitLabel is the unit in words; a duration says its own.
func (f Figure) UnitLabel() string {
	if f.Unit == "s" {
		return "minutes et secondes"
	}
	return f.Unit
}

// Period is the figure's period in French.
func (f Figure) Period() string {
	if f.To == f.From+6 && f.From == f.From.Week().Monday() {
		return Semaine(f.From.Week())
	}
	return "du " + Jour(f.From) + " au " + Jour(f.To)
}

// Block is a part of a page: what it says, its chart if any, and the table
// that holds everything the chart shows.
type Block struct {
	ID         string
	Title      string
	Indicators []schemas.Indicator // whose definitions are one click away
	Lead       string              // French; the answer, before everything else
	Period     string
	AsOf       asOf
	Notes      []string // French; what must be known to read it
	Noted      Link     // what pilots wrote on its days, "" = nothing
	Chart      *Chart
	Map        *DotMap // instead of a chart
	Table      Table
	Open       bool   // the table is always in sight, not folded under the chart
	After      string // French, after the table
	Files      []Link
	Empty      string // said instead of chart and table when there is nothing
}

// Table is rows under named columns. Every cell is text; templates escape it.
type Table struct {
	Caption string
	Head    []Head
	Rows    []Row
	Foot    []Row // what rows are compared with
}

// Head is the name of a column.
type Head struct {
	Label string
	Num   bool // numbers, aligned to the right
	Bar   bool // its cells have a Share, drawn as a bar
	// Href sorts by the column, "" when nothing does; Sorted is its order now:
	// "ascending", "descending" or "".
	Href, Sorted string
}

// Row is one line; the first cell names it.
type Row struct {
	Cells []Cell
	Muted bool // nothing happened: shown, but not shouted
}

// Cell is one value of a table.
type Cell struct {
	Text  string
	Href  string // "" = no link
	Note  string // small text under it
	Tag   string // a badge before the text
	Badge string // kind of the tag: error, warning, new, success, info
	Deep  bool   // one level below the row before
	Share float64
	Bar   bool
	Num   bool
}

func text(s string) Cell { return Cell{Text: s} }
func num(s string) Cell  { return Cell{Text: s, Num: true} }

// share is a percentage with its bar.
func share(part, whole uint64) Cell {
	c := Cell{Text: Part(part, whole), Bar: true, Num: true}
	if whole > 0 {
		c.Share = min(1, float64(part)/float64(whole))
	}
	return c
}

func indicatorsOf(codes ...string) []schemas.Indicator {
	var is []schemas.Indicator
	for _, c := range codes {
		is = append(is, schemas.IndicatorByCode(c))
	}
	return is
}
