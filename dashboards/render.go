package dashboards

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed templates/*.gohtml
var templateFiles embed.FS

// templates are the pages by name; each is the layout, the shared pieces and
// the page's own file.
type templates map[string]*template.Template

// Shared files; every other one is a page.
var shared = []string{"templates/layout.gohtml", "templates/pieces.gohtml", "templates/entete.gohtml"}

// Layout is what every page has. A page's struct embeds it.
type Layout struct {
	Title    string // of the page, without the site's name
	Section  string // path of the current entry of the menu, "" = none
	Query    string // what the search box holds
	Progress *Progress
	Alt      []Link // the same data in other forms
	Menu     []Link
	Who      *who // nil: nobody is logged in, or nobody needs to be
}

// Link is an address and its text.
type Link struct{ Href, Text string }

func (s *Server) layout(r *http.Request, title, section string) Layout {
	return Layout{Title: title, Section: section, Progress: s.progress(), Menu: menuOf(r.Context()), Who: s.who(r.Context())}
}

func loadTemplates(asset func(string) (string, error)) (templates, error) {
	funcs := template.FuncMap{
		"asset":     asset,
		"percent":   Part,
		"nameof":    nameOf,
		"mediatype": func(form string) string { return mediaTypes[form] },
		"bar":       func(share float64) string { return fmt.Sprintf("%.2f", 100*share) },
	}
	files, err := fs.Glob(templateFiles, "templates/*.gohtml")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	ts := templates{}
	for _, f := range files {
		if slices.Contains(shared, f) {
			continue
		}
		t, err := template.New("layout.gohtml").Funcs(funcs).ParseFS(templateFiles, append(slices.Clone(shared), f)...)
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		ts[strings.TrimSuffix(path.Base(f), ".gohtml")] = t
	}
	return ts, nil
}

// mediaTypes are those of the other forms of a page, by the text of their link.
var mediaTypes = map[string]string{"CSV": "text/csv", "JSON": "application/json", "XLSX": xlsxType}

// menu is the navigation of every page that everybody has.
var menu = []Link{
	{"/", "Tableau de bord"},
	{"/collectivites", "Collectivités"},
	{"/exports", "Exports"},
	{"/completude", "Complétude"},
	{taggingPath, "Marquage"},
	{"/definitions", "Définitions"},
}

func (t templates) render(name string, page any) ([]byte, error) {
	tpl := t[name]
	if tpl == nil {
		return nil, fmt.Errorf("no template %q", name)
	}
	var b bytes.Buffer
	if err := tpl.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	return b.Bytes(), nil
}
