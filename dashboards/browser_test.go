package dashboards_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// skip says why a test cannot run here, or fails where everything must.
func skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("ENTAUDIENCE_TEST_REQUIRED") == "1" {
		t.Fatal(why)
	}
	t.Skip("SKIP " + why)
}

// browser is a fresh Chromium: its own profile, nothing of the machine's.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		skip(t, "needs Chromium (chromium, chromium-browser or google-chrome in PATH)")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("no-first-run", true), chromedp.Flag("lang", "fr-FR"),
	)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	ctx, cancelAllocator := chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(cancelAllocator)
	ctx, cancelBrowser := chromedp.NewContext(ctx)
	t.Cleanup(cancelBrowser)
	must(t, chromedp.Do(ctx))
	return ctx
}

// witness notes what a page says on its console and whom it asks.
type witness struct {
	mu       sync.Mutex
	problems []string
	host     string
}

func (w *witness) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

func (w *witness) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.problems
	w.problems = nil
	return taken
}

func (w *witness) hear(ev any) {
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		w.note("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			for _, a := range e.Args {
				w.note("console %s: %s", e.Type, a.Value)
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			w.note("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Host != w.host && u.Scheme != "data" && u.Scheme != "about" {
			w.note("request to another host: %s", e.Request.URL)
		}
	}
}

// What a machine can see of a page, in one evaluation.
const inspect = `(() => {
  const charts = [...document.querySelectorAll("[data-chart]")];
  const overflow = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility() && !e.closest(".fr-table__content, .fr-skiplinks, svg, .fr-sr-only") ).slice(0, 3).map((e) => e.tagName + "." + e.className);
  return {
    scroll: document.documentElement.scrollWidth - innerWidth,
    overflow,
    charts: charts.length,
    drawn: charts.filter((c) => c.dataset.drawn === "true" && (c.querySelector("canvas")?.width > 100 || c.querySelector("svg path"))).length,
    noTwin: charts.filter((c) => c.nextElementSibling?.querySelector("table tbody tr") === null).length,
  };
})()`

type seen struct {
	Scroll   int      `json:"scroll"`
	Overflow []string `json:"overflow"`
	Charts   int      `json:"charts"`
	Drawn    int      `json:"drawn"`
	NoTwin   int      `json:"noTwin"`
}

const axeRun = `axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(
  r.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => v.id + ": " + v.help + " → " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.any.map((a) => a.message).join(" ")).join(" | "))))`

// Set ENTAUDIENCE_SCREENSHOTS to a folder to look at the pages yourself.
func TestBrowser(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "deploy", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		skip(t, "needs axe-core: cd deploy && npm ci --ignore-scripts")
	}
	ctx := browser(t)
	f := seeded(t)
	server := httptest.NewServer(f.handler)
	defer server.Close()

	w := &witness{host: strings.TrimPrefix(server.URL, "http://")}
	must(t, chromedp.Listen(ctx, w.hear))
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	must(t, err)
	for _, page := range []struct {
		name, path string
		charts     int
		error      bool // the page itself answers with an error status, which the console reports
	}{
		{name: "region", path: "/region/76", charts: 4},
		{name: "dsden", path: "/dsden/031?profil=ELEVE", charts: 4},
		{name: "circonscription", path: "/circonscription/" + string(toulouse) + "?du=2026-09-01&au=2026-11-24", charts: 3},
		{name: "ecole", path: "/ecole/" + string(hostile), charts: 5},
		{name: "ecole-sans-visite", path: "/ecole/" + string(silent), charts: 1},
		{name: "comparaison", path: "/dsden/031/comparaison", charts: 2},
		{name: "comparaison-ecoles", path: "/region/76/comparaison?detail=ecoles&profil=ELEVE&tri=visites", charts: 2},
		{name: "bilan", path: "/bilan/2026-2027/region/76", charts: 5},
		{name: "services", path: "/region/76/services", charts: 3},
		{name: "moments", path: "/region/76/moments", charts: 2},
		{name: "appareils", path: "/region/76/appareils", charts: 3},
		{name: "accessibilite", path: "/accessibilite"},
		{name: "recherche", path: "/recherche?q=ecole"},
		{name: "definitions", path: "/definitions#visites"},
		{name: "completude", path: "/completude"},
		{name: "exports", path: "/exports?semaine=2026-11-23"},
		{name: "notes", path: "/notes"},
		{name: "erreur", path: "/region/99", error: true},
	} {
		for _, view := range []struct {
			name   string
			width  int64
			scheme string
		}{{"1280", 1280, "light"}, {"390", 390, "light"}, {"sombre", 1280, "dark"}} {
			t.Run(page.name+"/"+view.name, func(t *testing.T) {
				w.take()
				_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: view.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
				}})
				must(t, err)
				must(t, chromedp.Do(ctx, chromedp.EmulateViewport(view.width, 900), chromedp.Navigate(server.URL+page.path)))
				got, err := chromedp.Run(ctx, chromedp.Evaluate[seen](inspect))
				must(t, err)
				problems := w.take()
				for _, p := range problems {
					if page.error && strings.Contains(p, "404") {
						continue
					}
					t.Error(p)
				}
				if got.Scroll > 0 || len(got.Overflow) > 0 {
					t.Errorf("the page scrolls sideways by %d px: %v", got.Scroll, got.Overflow)
				}
				if got.Charts != page.charts || got.Drawn != got.Charts || got.NoTwin > 0 {
					t.Errorf("%d charts (want %d), %d drawn, %d without their table", got.Charts, page.charts, got.Drawn, got.NoTwin)
				}
				if folder := os.Getenv("ENTAUDIENCE_SCREENSHOTS"); folder != "" {
					shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
					must(t, err)
					must(t, os.WriteFile(filepath.Join(folder, page.name+"-"+view.name+".png"), shot, 0o644))
				}
				must(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";0")))
				violations, err := chromedp.Run(ctx, chromedp.Evaluate[string](axeRun, chromedp.EvalAwaitPromise))
				must(t, err)
				var found []string
				must(t, json.Unmarshal([]byte(violations), &found))
				for _, v := range found {
					t.Error("axe: " + v)
				}
			})
		}
	}
}
