package dashboards

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// searchPage lists what a search found.
type searchPage struct {
	Layout
	Found []Found
	More  bool
	Year  schemas.SchoolYear // of the directory searched
}

// Limits of a search.
const (
	searchLimit = 100
	searchRunes = 100
)

// foundJSON is one territory found.
type foundJSON struct {
	Niveau  schemas.Niveau `json:"niveau"`
	Code    string         `json:"code"`
	Nom     string         `json:"nom"`
	Commune string         `json:"commune"`
	Adresse string         `json:"adresse"`
}

// search answers /recherche?q=. The exact UAI or code of one territory goes
// straight to its page.
func (s *Server) search(w http.ResponseWriter, r *http.Request) error {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	if utf8.RuneCountInString(q) > searchRunes {
		return schemas.Refuse("Une recherche fait %d caractères au plus.", searchRunes)
	}
	dir, use, err := s.reader.Directory(r.Context(), schemas.WeekOf(s.clock()).SchoolYear())
	if err != nil {
		return err
	}
	format := formatOf(r)
	if uai := strings.ToUpper(q); format == formatHTML && schemas.ValidUAI(uai) {
		for _, n := range []schemas.Niveau{schemas.Ecole, schemas.Circonscription} {
			if t, ok := dir.Territory(schemas.Scope{Niveau: n, Code: uai}); ok && s.reader.sees(r.Context(), t.Scope) == nil {
				http.Redirect(w, r, t.Path(), http.StatusFound)
				return nil
			}
		}
	}
	page := searchPage{Layout: s.layout(r, "Recherche", ""), Year: use.From}
	page.Query = q
	page.Found, page.More = s.searches.of(dir).Find(q, searchLimit, func(t schemas.Scope) bool { return s.reader.sees(r.Context(), t) == nil })
	page.Alt = []Link{
		{address("/recherche.csv", url.Values{"q": {q}}), "CSV"},
		{address("/recherche.json", url.Values{"q": {q}}), "JSON"},
	}
	switch format {
	case formatJSON:
		return s.json(w, r, page.json())
	case formatCSV:
		return csv(w, r, "recherche.csv", true, func(t *tableur.Writer) error {
			t.Header("niveau", "code", "nom", "commune", "adresse")
			for _, f := range page.Found {
				for _, c := range []string{string(f.Niveau), f.Code, f.Name, f.Commune, f.Path()} {
					t.Text(c)
				}
				t.End()
			}
			return nil
		})
	}
	return s.html(w, r, "recherche", page)
}

func (p searchPage) json() any {
	found := make([]foundJSON, 0, len(p.Found))
	for _, f := range p.Found {
		found = append(found, foundJSON{f.Niveau, f.Code, f.Name, f.Commune, f.Path()})
	}
	return map[string]any{"q": p.Query, "resultats": found, "incomplet": p.More, "annuaire": p.Year.String()}
}
