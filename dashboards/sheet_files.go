package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// document is a page made of sheets, in any form but HTML.
type document struct {
	Name    string // of the file, without its extension
	Title   string // French
	Path    string // of the page
	Query   url.Values
	Scope   schemas.Territory // zero for none
	Period  schemas.Period
	AsOf    asOf
	Remarks []string
	Sheets  []Sheet
	Notes   Sheet // after the others, in every form; without a code there is none
}

// all are the sheets of the files, that of the notes the last.
func (d *document) all() []Sheet {
	if d.Notes.Code == "" {
		return d.Sheets
	}
	return append(slices.Clone(d.Sheets), d.Notes)
}

// tableParam names the sheet that a CSV holds.
const tableParam = "tableau"

// links are the page in its other forms; the CSV is that of one sheet.
func (d *document) links(sheet string) []Link {
	q := url.Values{}
	for k, v := range d.Query {
		q[k] = v
	}
	rest := []Link{{address(d.Path+".json", q), "JSON"}, {address(d.Path+".xlsx", q), "XLSX"}}
	if len(d.Sheets) > 0 && sheet != d.Sheets[0].Code {
		q = url.Values{tableParam: {sheet}}
		for k, v := range d.Query {
			q[k] = v
		}
	}
	return append([]Link{{address(d.Path+".csv", q), "CSV"}}, rest...)
}

// files answers a document in the form asked for.
func (s *Server) files(w http.ResponseWriter, r *http.Request, d *document) error {
	switch formatOf(r) {
	case formatJSON:
		return s.json(w, r, d.json())
	case formatXLSX:
		content, err := json.Marshal(d.json()) // a workbook has its parts in any order
		if err != nil {
			return fmt.Errorf("json: %w", err)
		}
		body, err := d.workbook()
		if err != nil {
			return err
		}
		download(w, d.Name+".xlsx", xlsxType)
		tagged(w, r, content, body)
		return nil
	}
	sheet, err := d.sheet(r.URL.Query().Get(tableParam))
	if err != nil {
		return err
	}
	name := d.Name
	if sheet.Code != d.Sheets[0].Code {
		name += "_" + sheet.Code
	}
	return csv(w, r, name+".csv", true, func(t *tableur.Writer) error {
		sheet.csv(t)
		return nil
	})
}

// sheet finds the sheet asked for; the first one by default. The error is Invalid.
func (d *document) sheet(code string) (*Sheet, error) {
	var codes []string
	for _, s := range d.all() {
		if code == "" || s.Code == code {
			return &s, nil
		}
		codes = append(codes, s.Code)
	}
	return nil, schemas.Refuse("« %.40s » n'est pas un tableau de cette page : %s.", code, strings.Join(codes, ", "))
}

func (s *Sheet) csv(t *tableur.Writer) {
	for _, c := range s.Columns {
		if !c.Page {
			t.Text(c.Code)
		}
	}
	t.EndHeader()
	for _, lines := range [][]Line{s.Rows, s.Foot} {
		for _, l := range lines {
			for i, c := range s.Columns {
				if !c.Page {
					l.Values[i].csv(t, c.Kind)
				}
			}
			t.End()
		}
	}
}

func (v Value) csv(t *tableur.Writer, k kind) {
	switch {
	case !v.Known:
		t.Empty()
	case k == kindText:
		t.Text(v.Text)
	case k == kindCount || k == kindSeconds:
		t.Decimal(v.N, 0)
	case k == kindEuros:
		t.Decimal(v.N, 2)
	default:
		t.Decimal(v.N, 1)
	}
}

// documentJSON is the JSON of every page made of sheets.
type documentJSON struct {
	Titre      string               `json:"titre"`
	Territoire *territoryJSON       `json:"territoire,omitempty"`
	Periode    periodJSON           `json:"periode"`
	AsOf       asOf                 `json:"a_jour"`
	Remarques  []string             `json:"remarques"`
	Tableaux   map[string]tableJSON `json:"tableaux"`
}

// tableJSON is one sheet: an object per line.
type tableJSON struct {
	Titre  string    `json:"titre"`
	Lignes []rowJSON `json:"lignes"`
}

// rowJSON is one line in the order of the columns.
type rowJSON struct {
	columns []Column
	values  []Value
}

// MarshalJSON writes an object whose members are the columns.
func (r rowJSON) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, c := range r.columns {
		if c.Page {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, c.Code)
		b = append(b, ':')
		v := r.values[i]
		switch {
		case !v.Known:
			b = append(b, "null"...)
		case c.Kind == kindText:
			text, err := json.Marshal(v.Text)
			if err != nil {
				return nil, fmt.Errorf("json: %w", err)
			}
			b = append(b, text...)
		default:
			b = strconv.AppendFloat(b, v.float(c.Kind), 'f', -1, 64)
		}
	}
	return append(b, '}'), nil
}

// float is the value in the unit of its column.
func (v Value) float(k kind) float64 {
	switch k {
	case kindTenths, kindPercent, kindChange:
		return float64(v.N) / 10
	case kindEuros:
		return float64(v.N) / 100
	}
	return float64(v.N)
}

func (d *document) json() documentJSON {
	j := documentJSON{
		Titre: d.Title, Periode: periodJSON{d.Period.From.String(), d.Period.To.String()}, AsOf: d.AsOf,
		Remarques: append([]string{}, d.Remarks...), Tableaux: map[string]tableJSON{},
	}
	if d.Scope.Code != "" {
		j.Territoire = &territoryJSON{d.Scope.Niveau, d.Scope.Code, d.Scope.Name}
	}
	for _, s := range d.all() {
		t := tableJSON{Titre: s.Title, Lignes: []rowJSON{}}
		for _, lines := range [][]Line{s.Rows, s.Foot} {
			for _, l := range lines {
				t.Lignes = append(t.Lignes, rowJSON{s.Columns, l.Values})
			}
		}
		j.Tableaux[s.Code] = t
	}
	return j
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// formats of the cells of a workbook, by kind.
var formats = map[kind]string{
	kindCount: "#,##0", kindSeconds: "#,##0", kindTenths: "0.0", kindPercent: "0.0", kindChange: "+0.0;-0.0;0.0", kindEuros: `#,##0.00" €"`,
}

// units are said in the head of a column of a workbook, whose numbers are bare.
var units = map[kind]string{kindSeconds: " (s)", kindPercent: " (%)", kindChange: " (%)"}

// workbook is the document as a spreadsheet: a worksheet per sheet, and one
// that says what the figures are. Numbers are numbers, text is never a formula.
func (d *document) workbook() ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // in memory: nothing to lose
	about := [][]string{{"Titre", d.Title}, {"Période", "du " + Jour(d.Period.From) + " au " + Jour(d.Period.To)}, {"À jour", d.AsOf.Last() + ", " + d.AsOf.Pending()}}
	for _, r := range d.Remarks {
		about = append(about, []string{"Remarque", r})
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	styles := map[kind]int{}
	for k, format := range formats {
		if styles[k], err = f.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return nil, fmt.Errorf("workbook: %w", err)
		}
	}
	taken := map[string]bool{}
	for _, s := range d.all() {
		if err := s.worksheet(f, sheetName(s.Title, taken), bold, styles); err != nil {
			return nil, fmt.Errorf("workbook: %w", err)
		}
	}
	name := sheetName("À propos", taken)
	if _, err := f.NewSheet(name); err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	for i, line := range about {
		for j, text := range line {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+1) // both at least 1
			if err := f.SetCellStr(name, cell, text); err != nil {
				return nil, fmt.Errorf("workbook: %w", err)
			}
		}
	}
	if err := f.SetColWidth(name, "A", "B", 24); err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	f.SetActiveSheet(0)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	return b.Bytes(), nil
}

// sheetName makes a name that a workbook takes: 31 characters, none of those
// it reserves, each once.
func sheetName(title string, taken map[string]bool) string {
	clean := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title))
	name := string(clean[:min(len(clean), 31)])
	for n := 2; taken[name] || name == ""; n++ {
		suffix := " " + strconv.Itoa(n)
		name = string(clean[:min(len(clean), 31-len(suffix))]) + suffix
	}
	taken[name] = true
	return name
}

func (s *Sheet) worksheet(f *excelize.File, name string, bold int, styles map[kind]int) error {
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, 1, 40); err != nil {
		return err
	}
	if err := w.SetColWidth(2, max(2, len(s.Columns)), 16); err != nil {
		return err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	var head []any
	for _, c := range s.Columns {
		if !c.Page {
			head = append(head, excelize.Cell{StyleID: bold, Value: c.Label + units[c.Kind]})
		}
	}
	if err := w.SetRow("A1", head); err != nil {
		return err
	}
	row := 1
	for _, lines := range [][]Line{s.Rows, s.Foot} {
		for _, l := range lines {
			row++
			var cells []any
			for i, c := range s.Columns {
				if c.Page {
					continue
				}
				v := l.Values[i]
				switch {
				case !v.Known:
					cells = append(cells, nil)
				case c.Kind == kindText:
					cells = append(cells, v.Text) // a string cell, not a formula
				default:
					cells = append(cells, excelize.Cell{StyleID: styles[c.Kind], Value: v.float(c.Kind)})
				}
			}
			if err := w.SetRow("A"+strconv.Itoa(row), cells); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}
