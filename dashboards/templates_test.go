package dashboards

import (
	"strings"
	"testing"

	"github.com/jba/templatecheck"
	"golang.org/x/net/html"

	"github.com/entaudience/entaudience/schemas"
)

// pages is the struct of each template; a template without one is a mistake.
var pages = map[string]any{
	"territoire":    territoryPage{},
	"comparaison":   comparePage{},
	"accessibilite": accessibilityPage{},
	"bilan":         bilanPage{},
	"vue":           viewPage{},
	"accueil":       homePage{},
	"recherche":     searchPage{},
	"definitions":   definitionsPage{},
	"completude":    completenessPage{},
	"marquage":      taggingPage{},
	"exports":       exportsPage{},
	"liste":         listPage{},
	"erreur":        errorPage{},
	"connexion":     loginPage{},

	"administration": administrationPage{},
	"notes":          notesPage{},
	"abonnement":     subscribePage{},
	"fiche":          handoutPage{},
}

func anyAsset(name string) (string, error) { return "/assets/x/" + name, nil }

// Every field and function that a template names exists in its page's struct,
// on every branch.
func TestTemplatesMatchTheirPages(t *testing.T) {
	ts, err := loadTemplates(anyAsset)
	if err != nil {
		t.Fatal(err)
	}
	if len(ts) != len(pages) {
		t.Errorf("%d templates, %d pages", len(ts), len(pages))
	}
	for name, tpl := range ts {
		page, ok := pages[name]
		if !ok {
			t.Errorf("template %s has no page", name)
			continue
		}
		if err := templatecheck.CheckHTML(tpl, page); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The zero page renders: no template relies on something being there.
func TestTemplatesRenderEmptyPages(t *testing.T) {
	ts, err := loadTemplates(anyAsset)
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range pages {
		body, err := ts.render(name, page)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.HasSuffix(strings.TrimSpace(string(body)), "</html>") {
			t.Errorf("%s: not a whole page", name)
		}
	}
}

const nasty = `"><script>alert(1)</script> ' {{.}} 🦉`

// A page full of hostile text has the same elements as a harmless one: the
// text stays text, in elements and in attributes.
func TestTemplatesEscape(t *testing.T) {
	ts, err := loadTemplates(anyAsset)
	if err != nil {
		t.Fatal(err)
	}
	shape := func(s string) string {
		scope := schemas.Scope{Niveau: schemas.Ecole, Code: s}
		page := territoryPage{
			Layout: Layout{Title: s, Query: s, Progress: &Progress{Label: s, Done: 1, Total: 2}, Alt: []Link{{"/" + s, s}}},
			head: head{
				Territory: schemas.Territory{Scope: scope, Name: s},
				Facts:     []string{s}, Crumbs: []Link{{scope.Path(), s}}, Views: []view{{Link{"/" + s, s}, true}},
				Filter: filterForm{
					Action: s, Years: []option{{s, s, true}}, Profils: []option{{s, s, false}}, Du: s, Au: s,
					More: []selectField{{s, s, []option{{s, s, true}}}}, Hidden: []field{{s, s}},
				},
				Period: s, Notices: []string{s},
			},
			Figures: []Figure{{Indicator: schemas.IndicatorByCode("visites"), Value: s, Detail: s, Unfiltered: true}},
			Blocks: []Block{{
				ID: "b", Title: s, Period: s, Notes: []string{s}, Files: []Link{{"/" + s, s}},
				Lead: s, After: s, Chart: &Chart{Alt: s, Options: s, Unit: s, Kind: s, Height: "m"},
				Table: Table{Caption: s, Head: []Head{{Label: s, Href: "/" + s, Sorted: s}}, Rows: []Row{{Cells: []Cell{{Text: s, Href: "/" + s, Note: s, Tag: s, Badge: s, Bar: true, Share: .5}}}}},
			}},
		}
		body, err := ts.render("territoire", page)
		if err != nil {
			t.Fatal(err)
		}
		return elements(t, string(body))
	}
	if harmless, hostile := shape("x"), shape(nasty); harmless != hostile {
		t.Errorf("the elements of the page changed:\n%s\n%s", harmless, hostile)
	}
}

// elements lists the names of the elements and attributes of a document.
func elements(t *testing.T, doc string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			b.WriteString(n.Data)
			for _, a := range n.Attr {
				b.WriteString(" " + a.Key)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
