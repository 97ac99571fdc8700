package dashboards_test

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/entaudience/entaudience/dashboards"
)

// documentForms is the JSON of a page made of sheets.
type documentForms struct {
	Titre    string
	Periode  struct{ Du, Au string }
	Tableaux map[string]struct {
		Titre  string
		Lignes []map[string]any
	}
}

// formsAgree compares a page with its JSON, its CSV and its workbook: every
// figure of a table of the page is a figure of the same row of the others. It
// gives the JSON.
func formsAgree(t *testing.T, f *fixture, target string) documentForms {
	t.Helper()
	path, query, _ := strings.Cut(target, "?")
	if query != "" {
		query = "?" + query
	}
	var j documentForms
	f.json(t, path+".json"+query, &j)
	p := f.page(t, target)
	if len(j.Tableaux) == 0 {
		t.Fatalf("%s: no table", target)
	}
	// Every row of the JSON, by its name, as a page would write its values.
	written := map[string]map[string]bool{}
	for code, table := range j.Tableaux {
		for _, row := range table.Lignes {
			name := firstText(row)
			if written[name] == nil {
				written[name] = map[string]bool{"": true, "–": true, "masqué": true}
			}
			for _, v := range row {
				for _, s := range asWritten(v) {
					written[name][s] = true
				}
			}
		}
		sameAsCSV(t, f, path+".csv"+query, code, table.Lignes)
	}
	for _, tr := range p.all("#contenu .block tbody tr, #contenu .block tfoot tr") {
		cells := page{t, tr}.all("th, td")
		name := ownText(page{t, cells[0]})
		known := written[name]
		if known == nil {
			t.Errorf("%s: the row %q is in no file", target, name)
			continue
		}
		for _, c := range cells[1:] {
			if got := ownText(page{t, c}); !known[got] {
				t.Errorf("%s, %s: %q is not in the files: %v", target, name, got, slices.Sorted(maps.Keys(known)))
			}
		}
	}
	workbookAgrees(t, f, path+".xlsx"+query, j)
	return j
}

// ownText is the text of a cell without its note.
func ownText(c page) string {
	s := textOf(c.root)
	for _, note := range c.texts(".note") {
		s = strings.TrimSpace(strings.TrimSuffix(s, note))
	}
	for _, tag := range c.texts(".fr-badge") {
		s = strings.TrimSpace(strings.TrimPrefix(s, tag))
	}
	return s
}

// firstText is what a page calls a row of JSON.
func firstText(row map[string]any) string {
	for _, key := range []string{"nom", "libelle", "semaine", "heure"} {
		if s, ok := row[key].(string); ok {
			return fold(s)
		}
	}
	return fmt.Sprint(row)
}

func fold(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s)), " ")
}

// asWritten lists how a page may write a value of JSON.
func asWritten(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{fold(v)}
	case float64:
		n := uint64(math.Round(math.Abs(v) * 10))
		minus := ""
		if v < 0 {
			minus = "−"
		}
		all := []string{minus + dashboards.Dixiemes(n), minus + dashboards.Dixiemes(n) + " %"}
		if v > 0 {
			all = append(all, "+"+dashboards.Dixiemes(n)+" %")
		}
		if n%10 == 0 && v >= 0 {
			all = append(all, dashboards.Entier(n/10), dashboards.Duree(n/10), dashboards.Entier(n/10)+" €")
		}
		for i := range all {
			all[i] = fold(all[i])
		}
		return all
	}
	return nil
}

func sameAsCSV(t *testing.T, f *fixture, target, code string, rows []map[string]any) {
	t.Helper()
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	lines := f.rows(t, target+sep+"tableau="+code)
	if len(lines) != len(rows) {
		t.Errorf("%s, %s: %d rows in the CSV, %d in the JSON", target, code, len(lines), len(rows))
		return
	}
	for i, row := range rows {
		if len(lines[i]) != len(row) {
			t.Errorf("%s, %s: %d columns in the CSV, %d in the JSON", target, code, len(lines[i]), len(row))
		}
		for column, v := range row {
			got := lines[i][column]
			want := ""
			switch v := v.(type) {
			case string:
				want = v
				if v != "" && strings.ContainsAny(v[:1], "=+-@") {
					want = "'" + v
				}
			case float64:
				n, err := strconv.ParseFloat(strings.ReplaceAll(got, ",", "."), 64)
				if err != nil || math.Abs(n-v) > 1e-9 {
					t.Errorf("%s, %s, row %d, %s: CSV %q, JSON %v", target, code, i, column, got, v)
				}
				continue
			}
			if got != want {
				t.Errorf("%s, %s, row %d, %s: CSV %q, JSON %q", target, code, i, column, got, want)
			}
		}
	}
}

// workbookAgrees: a worksheet per table, whose numbers are numbers.
func workbookAgrees(t *testing.T, f *fixture, target string, j documentForms) {
	t.Helper()
	w := f.get(t, target)
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment; filename=") {
		t.Fatalf("%s: %d %v", target, w.Code, w.Header())
	}
	x, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
	must(t, err)
	defer x.Close()
	names := x.GetSheetList()
	if len(names) != len(j.Tableaux)+1 || names[len(names)-1] != "À propos" {
		t.Errorf("%s: worksheets %q for %d tables", target, names, len(j.Tableaux))
	}
	cells := 0
	for _, table := range j.Tableaux {
		title := strings.NewReplacer(":", " ", "/", " ", "'", " ").Replace(table.Titre)
		rows, err := x.GetRows(string([]rune(title)[:min(31, len([]rune(title)))]), excelize.Options{RawCellValue: true})
		must(t, err)
		if len(rows) != len(table.Lignes)+1 {
			t.Errorf("%s, %s: %d rows, want %d and a head", target, table.Titre, len(rows), len(table.Lignes))
			continue
		}
		for i, row := range table.Lignes {
			for _, v := range row {
				text := ""
				switch v := v.(type) {
				case string:
					text = v
				case float64:
					text = strconv.FormatFloat(v, 'f', -1, 64)
				default:
					continue
				}
				if text != "" && !slices.Contains(rows[i+1], text) {
					t.Errorf("%s, %s, row %d: no %q in %q", target, table.Titre, i, text, rows[i+1])
				}
				cells++
			}
		}
	}
	if cells == 0 {
		t.Errorf("%s: an empty workbook", target)
	}
}
