package dashboards_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

func (f *fixture) get(t testing.TB, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// ok asks for something that must be there.
func (f *fixture) ok(t testing.TB, target string) string {
	t.Helper()
	w := f.get(t, target)
	if w.Code != http.StatusOK {
		_, why, _ := strings.Cut(f.logs.String(), `"msg":"page failed"`)
		t.Fatalf("%s: status %d: %s\n%.500s", target, w.Code, w.Body, why)
	}
	return w.Body.String()
}

// page is a parsed page.
type page struct {
	t    testing.TB
	root *html.Node
}

func (f *fixture) page(t testing.TB, target string) page {
	t.Helper()
	return parse(t, f.ok(t, target))
}

func parse(t testing.TB, body string) page {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	must(t, err)
	return page{t, root}
}

func (p page) all(selector string) []*html.Node {
	p.t.Helper()
	s, err := cascadia.ParseGroup(selector)
	must(p.t, err)
	return cascadia.QueryAll(p.root, s)
}

// text is the text of the first element, its white space folded.
func (p page) text(selector string) string {
	p.t.Helper()
	found := p.all(selector)
	if len(found) == 0 {
		p.t.Errorf("nothing matches %q", selector)
		return ""
	}
	return textOf(found[0])
}

// texts is the text of every match.
func (p page) texts(selector string) []string {
	p.t.Helper()
	var ts []string
	for _, n := range p.all(selector) {
		ts = append(ts, textOf(n))
	}
	return ts
}

// row is the cells of the first row of a block whose first cell begins with a name.
func (p page) row(block, name string) []string {
	p.t.Helper()
	for _, tr := range p.all("#" + block + " tbody tr") {
		cells := page{p.t, tr}.texts("th, td")
		if strings.HasPrefix(cells[0], name) {
			return cells
		}
	}
	p.t.Errorf("no row %q in %s", name, block)
	return make([]string, 16)
}

// textOf folds white space but keeps the solid and thin ones, as a space.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(b.String())), " ")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// rows reads a CSV by column name.
func (f *fixture) rows(t testing.TB, target string) []map[string]string {
	t.Helper()
	body, ok := strings.CutPrefix(f.ok(t, target), "\uFEFF")
	if !ok {
		t.Errorf("%s: no byte order mark", target)
	}
	r := csv.NewReader(strings.NewReader(body))
	r.Comma = ';'
	lines, err := r.ReadAll()
	must(t, err)
	var rows []map[string]string
	for _, l := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = l[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func (f *fixture) json(t testing.TB, target string, into any) {
	t.Helper()
	must(t, json.Unmarshal([]byte(f.ok(t, target)), into))
}
