package dashboards

import (
	"strconv"

	"github.com/entaudience/entaudience/schemas"
)

// Sheet is one table of a page in all of its forms: what the page shows, and
// what CSV, JSON and the workbook hold, come from the same values.
type Sheet struct {
	Code    string // of the table in JSON, and of the CSV that holds it alone
	Title   string // French, of the worksheet
	Caption string // French, of the table
	Columns []Column
	Rows    []Line
	Foot    []Line // what rows are compared with; at the end, also in files
}

// Column is a column of a sheet.
type Column struct {
	Code  string // of CSV and JSON
	Label string // French, of pages and workbooks
	Kind  kind
	Files bool // only in files: a page says it otherwise
	Page  bool // only on the page: files say it otherwise
	Sort  bool // a page can be sorted by it
	Bar   bool // a page draws its share as a bar
}

// Line is one row of a sheet; it has a value for every column.
type Line struct {
	Values []Value
	Muted  bool
	Deep   bool
}

// kind is how the values of a column are written.
type kind uint8

const (
	kindText    kind = iota
	kindCount        // whole number
	kindSeconds      // whole seconds: "4 min 32 s"
	kindTenths       // tenths: 123 is 12,3
	kindPercent      // tenths of a percent: 123 is 12,3 %
	kindChange       // tenths of a percent, with its sign: +12,3 %
	kindEuros        // cents
)

// Value is one value of a sheet. The zero Value is a figure that does not
// exist: "–" on a page, empty in a CSV, null in JSON; never 0.
type Value struct {
	Text     string
	N        int64
	Known    bool
	Withheld bool
	Href     string
	Note     string
	Tag      string  // said before the text on a page, as a badge
	Badge    string  // of the tag: error, warning, new, success or info
	Share    float64 // of a bar, 0 to 1
}

func word(s string) Value { return Value{Text: s, Known: true} }

func link(text, href string) Value { return Value{Text: text, Href: href, Known: true} }

func number[T ~int | ~int64 | ~uint64](n T) Value { return Value{N: int64(n), Known: true} }

// withheld is a figure that exists and may not be shown.
func withheld() Value { return Value{Withheld: true, Href: withheldHref} }

// numberIf is n where it is known.
func numberIf(n int64, ok bool) Value { return Value{N: n, Known: ok} }

// meanDuration is the mean duration of m, where one visit has any.
func meanDuration(m schemas.Measures) Value {
	s, ok := m.MeanSeconds()
	return numberIf(int64(s), ok)
}

// ratio is scale × part ÷ whole, rounded half up; unknown without a whole.
func ratio(part, whole uint64, scale uint64) Value {
	if whole == 0 {
		return Value{}
	}
	return number((2*part*scale + whole) / (2 * whole))
}

// percentOf is part of whole as tenths of a percent, with its bar.
func percentOf(part, whole uint64) Value {
	v := ratio(part, whole, 1000)
	if v.Known {
		v.Share = min(1, float64(part)/float64(whole))
	}
	return v
}

// change is the evolution from before to now, tenths of a percent, rounded
// half away from zero; unknown from nothing.
func change(now, before int64) Value {
	if before <= 0 {
		return Value{}
	}
	n := 2 * (now - before) * 1000
	if n < 0 {
		return number(-((-n + before) / (2 * before)))
	}
	return number((n + before) / (2 * before))
}

// Format writes a value for a page.
func (v Value) Format(k kind) string {
	switch {
	case v.Withheld:
		return withheldText
	case !v.Known:
		return none
	}
	switch k {
	case kindCount:
		return signed(v.N, Entier)
	case kindSeconds:
		return Duree(uint64(v.N))
	case kindTenths:
		return signed(v.N, Dixiemes)
	case kindPercent:
		return signed(v.N, Dixiemes) + solid + "%"
	case kindChange:
		s := signed(v.N, Dixiemes) + solid + "%"
		if v.N > 0 {
			s = "+" + s
		}
		return s
	case kindEuros:
		return Euros(v.N)
	}
	return v.Text
}

// Dixiemes writes tenths: 12345 is "1 234,5".
func Dixiemes(n uint64) string { return Entier(n/10) + "," + strconv.FormatUint(n%10, 10) }

// Euros writes cents: 450000 is "4 500 €", 123 is "1,23 €".
func Euros(cents int64) string {
	return signed(cents, func(n uint64) string {
		if n%100 == 0 {
			return Entier(n / 100)
		}
		return Entier(n/100) + "," + strconv.FormatUint(n%100/10, 10) + strconv.FormatUint(n%10, 10)
	}) + solid + "€"
}

// signed writes a number with a true minus sign.
func signed(n int64, write func(uint64) string) string {
	if n < 0 {
		return "−" + write(uint64(-n))
	}
	return write(uint64(n))
}

// value is the value of a line in the column of a code.
func (s *Sheet) value(l Line, code string) Value {
	for i, c := range s.Columns {
		if c.Code == code {
			return l.Values[i]
		}
	}
	return Value{}
}

// table is the sheet as a page shows it; order gives the link that sorts by a
// column and how it is sorted now, "" when it is not.
func (s *Sheet) table(order func(Column) (href, now string)) Table {
	t := Table{Caption: s.Caption}
	for _, c := range s.Columns {
		if c.Files {
			continue
		}
		h := Head{Label: c.Label, Num: c.Kind != kindText, Bar: c.Bar}
		if c.Sort && order != nil {
			h.Href, h.Sorted = order(c)
		}
		t.Head = append(t.Head, h)
	}
	for _, l := range s.Rows {
		t.Rows = append(t.Rows, s.row(l))
	}
	for _, l := range s.Foot {
		t.Foot = append(t.Foot, s.row(l))
	}
	return t
}

func (s *Sheet) row(l Line) Row {
	row := Row{Muted: l.Muted}
	for i, c := range s.Columns {
		if c.Files {
			continue
		}
		v := l.Values[i]
		row.Cells = append(row.Cells, Cell{
			Text: v.Format(c.Kind), Href: v.Href, Note: v.Note, Tag: v.Tag, Badge: v.Badge, Num: c.Kind != kindText, Deep: l.Deep && len(row.Cells) == 0,
			Bar: c.Bar && v.Known, Share: v.Share,
		})
	}
	return row
}
