package dashboards_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas"
)

func caching(t *testing.T, f *fixture) {
	var w *httptest.ResponseRecorder
	for _, path := range []string{"/definitions", "/region/76", "/region/76.csv", "/region/76.json", "/region/76.xlsx", "/region/76/comparaison.csv"} {
		first := f.get(t, path)
		etag := first.Header().Get("Etag")
		if etag == "" || first.Header().Get("Cache-Control") != "private, no-cache" {
			t.Fatalf("%s: headers %v", path, first.Header())
		}
		again := httptest.NewRequest(http.MethodGet, path, nil)
		again.Header.Set("If-None-Match", `W/"old", `+etag)
		w = httptest.NewRecorder()
		f.handler.ServeHTTP(w, again)
		if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("%s again: %d, %d bytes", path, w.Code, w.Body.Len())
		}
	}
	zipped := httptest.NewRequest(http.MethodGet, "/region/76.csv", nil)
	zipped.Header.Set("Accept-Encoding", "gzip")
	w = httptest.NewRecorder()
	f.handler.ServeHTTP(w, zipped)
	z, err := gzip.NewReader(w.Body)
	must(t, err)
	body, err := io.ReadAll(z)
	must(t, err)
	if string(body) != f.ok(t, "/region/76.csv") {
		t.Error("the compressed file is another one")
	}
	head := httptest.NewRecorder()
	f.handler.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/region/76", nil))
	if head.Code != http.StatusOK {
		t.Errorf("HEAD: %d", head.Code)
	}
	post := httptest.NewRecorder()
	f.handler.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/region/76", nil))
	if post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", post.Code, post.Header().Get("Allow"))
	}
}

// observed: requests are counted by route, and the log has nothing of who asked.
func observed(t *testing.T, f *fixture) {
	g := serve(t, f.reader, nil)
	for _, target := range []string{"/region/76?profil=ELEVE", "/region/76.csv", "/region/99", "/wp-login.php?user=secret", "/region/76?du=secret"} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.RemoteAddr = "203.0.113.7:4242"
		r.Header.Set("User-Agent", "Mozilla/5.0 secret")
		r.Header.Set("Referer", "https://secret.example/")
		g.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	want := `
# HELP entaudience_dashboards_requests_total Answers of the pages, by route and class of status.
# TYPE entaudience_dashboards_requests_total counter
entaudience_dashboards_requests_total{route="/region/{code}",status="2xx"} 2
entaudience_dashboards_requests_total{route="/region/{code}",status="4xx"} 2
entaudience_dashboards_requests_total{route="none",status="4xx"} 1
`
	must(t, testutil.GatherAndCompare(g.registry, strings.NewReader(want), "entaudience_dashboards_requests_total"))
	logs := g.logs.String()
	for _, no := range []string{"secret", "203.0.113.7", "Mozilla", "profil", "wp-login"} {
		if strings.Contains(logs, no) {
			t.Errorf("the log has %q:\n%s", no, logs)
		}
	}
	if n := strings.Count(logs, `"msg":"answered"`); n != 5 || !strings.Contains(logs, `"route":"/region/{code}","path":"/region/76"`) {
		t.Errorf("%d lines:\n%s", n, logs)
	}
}

// TestEmpty: a store in which nothing was ever imported or received.
func TestEmpty(t *testing.T) {
	f := serve(t, newStore(t), nil)
	p := f.page(t, "/")
	if got := p.text("#vide .command"); got != "entaudience import annuaire fr-en-annuaire-education.csv" {
		t.Errorf("the empty page says %q", got)
	}
	for _, target := range []string{"/completude", "/completude.csv", "/marquage", "/marquage.csv", "/definitions", "/exports"} {
		f.ok(t, target)
	}
	for _, target := range []string{"/region/76", "/recherche?q=a", "/exports/dnma/profils.csv?semaine=2026-11-16"} {
		if w := f.get(t, target); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "entaudience import annuaire") {
			t.Errorf("%s: %d, want 404 and the command to run", target, w.Code)
		}
	}
	var j map[string]any
	f.json(t, "/completude.json", &j)
	if j["events_pending"] != 0.0 || j["days_pending"] != 0.0 || j["last_event"] != "" || j["directory"] != nil || j["extent"] != nil {
		t.Errorf("%v", j)
	}
}

// TestBeforeTheFirstVisit: a directory, no event; then only last year's.
func TestBeforeTheFirstVisit(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2025, "test", directorySchools(2025), directoryAbove()))
	f := serve(t, s, nil)
	if w := f.get(t, "/"); w.Code != http.StatusFound || w.Header().Get("Location") != "/region/76" {
		t.Errorf("/ leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	p := f.page(t, "/region/76")
	if got := p.text(`.figure-value[data-code="visites"]`); got != "0" {
		t.Errorf("%s visits", got)
	}
	if got := p.text("#evolution p"); !strings.Contains(p.text("#evolution"), "Aucune visite n'a encore été comptée.") {
		t.Errorf("evolution: %q", got)
	}
	if got := p.text(`.figure-value[data-code="duree_moyenne"]`); got != "–" {
		t.Errorf("mean duration %q, want none", got)
	}
	if notices := strings.Join(p.texts(".notice"), "\n"); !strings.Contains(notices, "Aucun annuaire n'a été importé pour 2026-2027") {
		t.Errorf("notices %q", notices)
	}
	load(t, s, strangers()[1:]) // one visit in May
	p = f.page(t, "/region/76")
	notices := strings.Join(p.texts(".notice"), "\n")
	if !strings.Contains(notices, "cette page montre l'année 2025-2026") || p.text(`.figure-value[data-code="visites"]`) != "1" {
		t.Errorf("want last year, which has a visit, and a word about it: %q", notices)
	}
}

// TestPending: what is not counted yet is said with every block.
func TestPending(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	load(t, s, exactEvents())
	late := exactEvents()[:1]
	late[0].Visitor = 99
	must(t, s.InsertEvents(t.Context(), late))
	must(t, s.InsertLoads(t.Context(), []schemas.Load{{Topic: "ent.events", Day: late[0].Day(), Rows: 1, Ranges: []schemas.OffsetRange{{First: 1 << 40, Last: 1 << 40}}}}))
	f := serve(t, s, nil)
	var j struct {
		DaysPending uint64 `json:"days_pending"`
	}
	f.json(t, "/completude.json", &j)
	if j.DaysPending != 1 {
		t.Errorf("%d days pending, want 1", j.DaysPending)
	}
	p := f.page(t, "/ecole/"+string(exact))
	for _, foot := range p.texts(".asof") {
		if !strings.Contains(foot, "1 jour en attente de calcul") {
			t.Errorf("stamp %q", foot)
		}
	}
	if got := p.text(`.figure-value[data-code="visites"]`); got != "3" {
		t.Errorf("%s visits before the recompute, want 3", got)
	}
	recompute(t, s)
	if got := f.page(t, "/ecole/"+string(exact)).text(`.figure-value[data-code="visites"]`); got != "4" {
		t.Errorf("%s visits after the recompute, want 4", got)
	}
}

// failing is a store whose cells cannot be read.
type failing struct {
	dashboards.Reader
	err   error
	after int // rows given by NationalWeek before the error
}

func (f failing) Cells(context.Context, schemas.CellQuery) ([]schemas.Cell, error) { return nil, f.err }

func (f failing) NationalWeek(ctx context.Context, w schemas.Week, axes []schemas.Axe, yield func(schemas.SchoolWeek) error) error {
	for range f.after {
		if err := yield(schemas.SchoolWeek{UAI: exact, Cells: map[string]schemas.Measures{"globales": {Visits: 1}}}); err != nil {
			return err
		}
	}
	return f.err
}

func TestFailures(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	for _, tt := range []struct {
		name   string
		err    error
		status int
		says   string
	}{
		{"engine away", schemas.WithKind(schemas.Unavailable, errors.New("dial tcp 10.0.0.7: secret refused")), 503, "Aucune mesure n'est perdue"},
		{"too slow", context.DeadlineExceeded, 503, "Aucune mesure n'est perdue"},
		{"our fault", errors.New("secret column"), 500, "a été enregistrée"},
		{"forbidden", &schemas.Error{Kind: schemas.Forbidden, Sentence: "Cette école n'est pas la vôtre.", Err: errors.New("scope")}, 403, "Cette école n'est pas la vôtre."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := serve(t, failing{Reader: s, err: tt.err}, nil)
			for _, target := range []string{"/region/76", "/region/76.csv", "/region/76.json", "/exports/dnma/profils.csv?semaine=2026-11-16"} {
				w := f.get(t, target)
				body := strings.ReplaceAll(w.Body.String(), "&#39;", "'")
				if w.Code != tt.status || !strings.Contains(body, tt.says) || strings.Contains(body, "secret") {
					t.Errorf("%s: %d %s", target, w.Code, body)
				}
				if (w.Code == 503) != (w.Header().Get("Retry-After") == "60") || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("%s: headers %v", target, w.Header())
				}
			}
			if logged := strings.Contains(f.logs.String(), "page failed"); logged != (tt.status >= 500) {
				t.Errorf("logged %v:\n%s", logged, f.logs)
			}
		})
	}
}

// A file that breaks in the middle is cut, never ended as if it were whole.
func TestBrokenFileIsCut(t *testing.T) {
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	f := serve(t, failing{Reader: s, err: errors.New("connection reset"), after: 20_000}, nil)
	server := httptest.NewServer(f.handler)
	defer server.Close()
	for _, encoding := range []string{"identity", "gzip"} {
		r, err := http.NewRequest(http.MethodGet, server.URL+"/exports/dnma/profils.csv?semaine=2026-11-16", nil)
		must(t, err)
		r.Header.Set("Accept-Encoding", encoding)
		res, err := http.DefaultClient.Do(r)
		must(t, err)
		if _, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: reading the file gives %v, want an unexpected end", encoding, err)
		}
		res.Body.Close()
	}
}

type panicking struct{ dashboards.Reader }

func (panicking) Completeness(context.Context) (schemas.Completeness, error) { panic("secret") }

func TestPanicIsAnErrorPage(t *testing.T) {
	f := serve(t, panicking{newStore(t)}, nil)
	w := f.get(t, "/completude")
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(f.logs.String(), "panic in a page") {
		t.Errorf("%d %s\n%s", w.Code, w.Body, f.logs)
	}
}

func TestProgress(t *testing.T) {
	progress := &dashboards.Progress{Label: "Arrivée de l'historique", Done: 30, Total: 120}
	f := serve(t, newStore(t), func(c *dashboards.Config) { c.Progress = func() *dashboards.Progress { return progress } })
	for _, target := range []string{"/", "/definitions", "/completude"} {
		p := f.page(t, target)
		if got := p.text("[role=status]"); got != "Arrivée de l'historique 25,0 %" {
			t.Errorf("%s: %q", target, got)
		}
		if bar := p.all("progress")[0]; attr(bar, "max") != "120" || attr(bar, "value") != "30" {
			t.Errorf("%s: bar %v", target, bar.Attr)
		}
	}
	progress = nil
	if n := len(f.page(t, "/definitions").all("progress")); n != 0 {
		t.Error("a bar for no work")
	}
}

func TestNewWantsItsDependencies(t *testing.T) {
	if _, err := dashboards.New(dashboards.Config{Clock: time.Now}); err == nil {
		t.Error("a server without a reader")
	}
}
