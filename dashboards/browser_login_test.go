package dashboards_test

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas/store"
)

// browserLogin: an inspector comes in, is refused another's page, and goes out,
// on a desk and on a phone, with nothing but the keyboard.
func browserLogin(t *testing.T, b *tab, s *store.Store) {
	local, audit := localAccess(t)
	f := serve(t, figureless{s}, func(c *dashboards.Config) { c.Access, c.Audit = local, audit })
	server := httptest.NewServer(f.handler)
	defer server.Close()
	before := b.w.host
	b.w.host = strings.TrimPrefix(server.URL, "http://")
	defer func() { b.w.host = before }()
	ctx := b.ctx

	own := "/circonscription/" + string(toulouse)
	for _, width := range []int64{1280, 390} {
		b.dress(t, width, "light")
		// look checks the page that is open and gives its path.
		look := func(name, status string) string {
			t.Helper()
			path, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.pathname + location.search"))
			must(t, err)
			name += "-" + strconv.FormatInt(width, 10)
			b.look(t, name, status)
			b.audit(t, name)
			return path
		}
		must(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+own)))
		if path := look("connexion-demandee", ""); !strings.HasPrefix(path, "/connexion?retour=") {
			t.Fatalf("nobody is at %s", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Focus("#identifiant"), chromedp.KeyEvent("inspectrice\tnot the password\r"), chromedp.WaitVisible("#connexion-erreur")))
		if path := look("connexion-refusee", "403"); path != "/connexion" {
			t.Errorf("after a wrong password: %s", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Focus("#mot-de-passe"), chromedp.KeyEvent(password+"\r"), chromedp.WaitVisible(".who")))
		if path := look("connectee", ""); path != own {
			t.Errorf("logged in at %s, want the page that was asked", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/dsden/034")))
		if path := look("acces-refuse", "403"); path != "/dsden/034" {
			t.Errorf("refused at %s", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Focus(".who button"), chromedp.KeyEvent("\r"), chromedp.WaitVisible("#identifiant")))
		if path := look("deconnectee", ""); path != "/connexion?deconnexion" {
			t.Errorf("out at %s", path)
		}
		must(t, chromedp.Do(ctx, chromedp.Focus("#identifiant"), chromedp.KeyEvent("admin\t"+password+"\r"), chromedp.WaitVisible(".who"), chromedp.Navigate(server.URL+"/administration")))
		look("administration", "")
		must(t, chromedp.Do(ctx, chromedp.Focus(".who button"), chromedp.KeyEvent("\r"), chromedp.WaitVisible("#identifiant")))
		b.w.take()
	}
}
