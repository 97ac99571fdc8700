package dashboards

import (
	"net/http"

	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// definitionsPage says how each figure is counted.
type definitionsPage struct {
	Layout
	Indicators []schemas.Indicator
	Threshold  int // fewest users shown for a school; 0 = no limit
}

type indicatorJSON struct {
	Code       string `json:"code"`
	Label      string `json:"libelle"`
	Unit       string `json:"unite"`
	Definition string `json:"definition"`
	Formula    string `json:"formule"`
	Source     string `json:"source"`
	Additivity string `json:"additivite"`
}

func (s *Server) definitions(w http.ResponseWriter, r *http.Request) error {
	page := definitionsPage{Layout: s.layout(r, "Définitions", "/definitions"), Indicators: schemas.Indicators(), Threshold: s.reader.Threshold()}
	page.Alt = []Link{{"/definitions.csv", "CSV"}, {"/definitions.json", "JSON"}}
	switch formatOf(r) {
	case formatJSON:
		var all []indicatorJSON
		for _, i := range page.Indicators {
			all = append(all, indicatorJSON{i.Code, i.Label, i.Unit, i.Definition, i.Formula, i.Source, i.Additivity.String()})
		}
		return s.json(w, r, map[string]any{"indicateurs": all, "seuil": page.Threshold})
	case formatCSV:
		return csv(w, r, "definitions.csv", true, func(t *tableur.Writer) error {
			t.Header("code", "libelle", "unite", "definition", "formule", "source", "additivite")
			for _, i := range page.Indicators {
				for _, c := range []string{i.Code, i.Label, i.Unit, i.Definition, i.Formula, i.Source, i.Additivity.String()} {
					t.Text(c)
				}
				t.End()
			}
			return nil
		})
	}
	return s.html(w, r, "definitions", page)
}
