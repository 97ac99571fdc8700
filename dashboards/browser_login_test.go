package dashboards_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/entaudience/entaudience/dashboards"
)

// TestBrowserLogin: an inspector comes in, is refused another's page, and goes
// out, on a desk and on a phone, with nothing but the keyboard.
func TestBrowserLogin(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "deploy", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		skip(t, "needs axe-core: cd deploy && npm ci --ignore-scripts")
	}
	ctx := browser(t)
	s := newStore(t)
	must(t, s.ImportDirectory(t.Context(), 2026, "test", directorySchools(2026), directoryAbove()))
	local, audit := localAccess(t)
	f := serve(t, figureless{s}, func(c *dashboards.Config) { c.Access, c.Audit = local, audit })
	server := httptest.NewServer(f.handler)
	defer server.Close()
	w := &witness{host: strings.TrimPrefix(server.URL, "http://")}
	must(t, chromedp.Listen(ctx, w.hear))
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	must(t, err)

	own := "/circonscription/" + string(toulouse)
	for _, view := range []struct {
		name  string
		width int64
	}{{"1280", 1280}, {"390", 390}} {
		must(t, chromedp.Do(ctx, chromedp.EmulateViewport(view.width, 900)))
		// look checks the page that is open and gives its path; refused pages
		// are an error of the console.
		look := func(name string, refused bool) string {
			t.Helper()
			path, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.pathname + location.search"))
			must(t, err)
			got, err := chromedp.Run(ctx, chromedp.Evaluate[seen](inspect))
			must(t, err)
			for _, p := range w.take() {
				if !refused || !strings.Contains(p, "403") {
					t.Errorf("%s/%s: %s", name, view.name, p)
				}
			}
			if got.Scroll > 0 || len(got.Overflow) > 0 {
				t.Errorf("%s/%s scrolls sideways by %d px: %v", name, view.name, got.Scroll, got.Overflow)
			}
			if folder := os.Getenv("ENTAUDIENCE_SCREENSHOTS"); folder != "" {
				shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				must(t, err)
				must(t, os.WriteFile(filepath.Join(folder, name+"-"+view.name+".png"), shot, 0o644))
			}
			must(t, chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";0")))
			violations, err := chromedp.Run(ctx, chromedp.Evaluate[string](axeRun, chromedp.EvalAwaitPromise))
			must(t, err)
			var found []string
			must(t, json.Unmarshal([]byte(violations), &found))
			for _, v := range found {
				t.Errorf("%s/%s: axe: %s", name, view.name, v)
			}
			return path
		}
		must(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+own)))
		if path := look("connexion", false); !strings.HasPrefix(path, "/connexion?retour=") {
			t.Fatalf("nobody is at %s", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Focus("#identifiant"), chromedp.KeyEvent("inspectrice\tnot the password\r"), chromedp.WaitVisible("#connexion-erreur")))
		if path := look("connexion-refusee", true); path != "/connexion" {
			t.Errorf("after a wrong password: %s", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Focus("#mot-de-passe"), chromedp.KeyEvent(password+"\r"), chromedp.WaitVisible(".who")))
		if path := look("connectee", false); path != own {
			t.Errorf("logged in at %s, want the page that was asked", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/dsden/034")))
		if path := look("acces-refuse", true); path != "/dsden/034" {
			t.Errorf("refused at %s", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Focus(".who button"), chromedp.KeyEvent("\r"), chromedp.WaitVisible("#identifiant")))
		if path := look("deconnectee", false); path != "/connexion?deconnexion" {
			t.Errorf("out at %s", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Focus("#identifiant"), chromedp.KeyEvent("admin\t"+password+"\r"), chromedp.WaitVisible(".who"), chromedp.Navigate(server.URL+"/administration")))
		look("administration", false)
		must(t, chromedp.Do(ctx, chromedp.Focus(".who button"), chromedp.KeyEvent("\r"), chromedp.WaitVisible("#identifiant")))
		w.take()
	}
}
