package dashboards_test

import (
	"strings"
	"testing"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas"
)

// listsAgree: every cell of a page that is a list is in the row of its CSV that
// has the same name, and its JSON has as many rows; its key figures are sums of
// the rows.
func listsAgree(t *testing.T, f *fixture) {
	for _, tt := range []struct{ target, name, rows string }{
		{"/collectivites", "collectivite", "collectivites"},
		{"/collectivite/310069", "uai", "ecoles"},
		{"/region/76/silencieuses", "uai", "ecoles"},
	} {
		p := f.page(t, tt.target)
		lines := f.rows(t, tt.target+".csv")
		var j map[string]any
		f.json(t, tt.target+".json", &j)
		if list, _ := j[tt.rows].([]any); len(list) != len(lines) || len(lines) == 0 || len(p.all("tbody tr")) != len(lines) {
			t.Errorf("%s: %d rows in the CSV, %d in the JSON, %d on the page", tt.target, len(lines), len(list), len(p.all("tbody tr")))
		}
		for _, tr := range p.all("tbody tr") {
			cells := page{t, tr}.texts("th, td")
			written := map[string]bool{"non dit": true, "jamais en 2026-2027": true}
			for _, line := range lines {
				if !strings.Contains(cells[0], line[tt.name]) {
					continue
				}
				for _, v := range line {
					written[fold(v)], written[fold(v)+" €"] = true, true
					if day, err := schemas.ParseDay(v); err == nil {
						written[fold(dashboards.Jour(day))] = true
					}
				}
			}
			for _, c := range cells[1:] {
				if !written[c] {
					t.Errorf("%s, %s: %q is not in the CSV", tt.target, cells[0], c)
				}
			}
		}
	}
}
