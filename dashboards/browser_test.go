package dashboards_test

import (
	"context"
	"encoding/json"
	"fmt"
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
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
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
    blank: charts.filter((c) => c.checkVisibility() && c.dataset.drawn !== "true").length,
    noTwin: charts.filter((c) => c.nextElementSibling?.querySelector("table tbody tr") === null).length,
    inSight: [...document.querySelectorAll("#contenu table tbody tr")].filter((r) => r.checkVisibility()).length,
    tables: document.querySelectorAll("#contenu table tbody tr").length,
    headings: document.querySelectorAll("h1").length,
  };
})()`

// settled waits until what a new width asked of scripts is drawn. Without
// scripts it would wait for ever, and nothing is drawn.
const settled = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`

type seen struct {
	Scroll   int      `json:"scroll"`
	Overflow []string `json:"overflow"`
	Charts   int      `json:"charts"`
	Drawn    int      `json:"drawn"`
	Blank    int      `json:"blank"`
	NoTwin   int      `json:"noTwin"`
	InSight  int      `json:"inSight"` // rows of tables, not folded
	Tables   int      `json:"tables"`
	Headings int      `json:"headings"`
}

const axeRun = `axe.run(document, {resultTypes: ["violations"]}).then((r) => JSON.stringify(
  r.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => v.id + ": " + v.help + " → " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.any.map((a) => a.message).join(" ")).join(" | "))))`

// tab is the one tab of the one browser of the tests.
type tab struct {
	ctx context.Context
	w   *witness
	axe string

	bare bool // pages run no script
}

// open starts the browser; without it, or without axe, the test is skipped.
func open(t *testing.T, server string) *tab {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "deploy", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		skip(t, "needs axe-core: cd deploy && npm ci --ignore-scripts")
	}
	b := &tab{ctx: browser(t), axe: string(axe), w: &witness{host: strings.TrimPrefix(server, "http://")}}
	must(t, chromedp.Listen(b.ctx, b.w.hear))
	_, err = chromedp.Call(b.ctx, network.Enable, network.EnableParams{})
	must(t, err)
	return b
}

// dress sets the width and the colours without loading the page again.
func (b *tab) dress(t *testing.T, width int64, scheme string) {
	t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	must(t, err)
	must(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900)))
}

// scripts lets pages run theirs, or not.
func (b *tab) scripts(t *testing.T, run bool) {
	t.Helper()
	b.bare = !run
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run})
	must(t, err)
}

// look checks the page that is open as it is laid out now; status is what its
// error page makes the console say, "" for none. Set ENTAUDIENCE_SCREENSHOTS to
// a folder to look at it yourself.
func (b *tab) look(t *testing.T, name, status string) seen {
	t.Helper()
	if !b.bare {
		must(t, chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](settled, chromedp.EvalAwaitPromise)))
	}
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[seen](inspect))
	must(t, err)
	for _, p := range b.w.take() {
		if status == "" || !strings.Contains(p, status) {
			t.Errorf("%s: %s", name, p)
		}
	}
	if got.Scroll > 0 || len(got.Overflow) > 0 {
		t.Errorf("%s scrolls sideways by %d px: %v", name, got.Scroll, got.Overflow)
	}
	if got.Headings != 1 {
		t.Errorf("%s has %d h1", name, got.Headings)
	}
	if folder := os.Getenv("ENTAUDIENCE_SCREENSHOTS"); folder != "" {
		shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(folder, name+".png"), shot, 0o644))
	}
	return got
}

// audit runs axe over the page that is open.
func (b *tab) audit(t *testing.T, name string) {
	t.Helper()
	must(t, chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void]("if (!window.axe) {"+b.axe+"}; 0")))
	violations, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](axeRun, chromedp.EvalAwaitPromise))
	must(t, err)
	var found []string
	must(t, json.Unmarshal([]byte(violations), &found))
	for _, v := range found {
		t.Errorf("%s: axe: %s", name, v)
	}
}
