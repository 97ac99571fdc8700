package dashboards_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/courrier"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

// furnished is a store in which no page is empty: an autumn of visits, the
// calendar, enrolments by one large and some small collectivities, accounts,
// and a note.
func furnished(t testing.TB) *store.Store {
	t.Helper()
	s := newStore(t)
	ctx := t.Context()
	for _, year := range []schemas.SchoolYear{2025, 2026} {
		schools := directorySchools(year)
		for i := range 30 {
			more := schools[5]
			more.UAI, more.Name, more.Commune = schemas.MakeUAI(310200+i), "École élémentaire publique intercommunale du regroupement pédagogique de la Vallée", "Saint-Jean-de-l'Union"
			schools = append(schools, more)
		}
		must(t, s.ImportDirectory(ctx, year, "test", schools, directoryAbove()))
	}
	must(t, s.ImportCalendar(ctx, "test", zoneC()))
	d := schemas.DateDay
	enrolled := []schemas.Enrolment{
		{UAI: exact, Collectivite: "310069", On: d(2026, 9, 1)},
		{UAI: silent, Collectivite: "310069"},
		{UAI: lonely, Collectivite: "Mairie de Bagnères / Sud"},
		{UAI: hostile, Collectivite: "340301"},
	}
	for i := range 8 {
		enrolled = append(enrolled, schemas.Enrolment{UAI: schemas.MakeUAI(busyFirst + i), Collectivite: "310555"})
	}
	for i := range 30 {
		enrolled = append(enrolled, schemas.Enrolment{UAI: schemas.MakeUAI(310200 + i), Collectivite: "310555"})
	}
	must(t, s.ImportEnrolments(ctx, "test", map[schemas.SchoolYear][]schemas.Enrolment{2026: enrolled}))
	must(t, s.ImportAccounts(ctx, "test", map[schemas.SchoolYear][]schemas.AccountCount{2026: {
		{UAI: busy, Profil: schemas.Parent, Day: d(2026, 10, 1), Loaded: 200, Activated: 50},
	}}))
	load(t, s, append(append(exactEvents(), generated()...), strangers()...))
	must(t, s.InsertRefused(ctx, refusals()))
	n, err := schemas.NewNote(schemas.Scope{Niveau: schemas.Region, Code: "76"}, "incident", "2026-10-05", "2026-10-09", "Panne du portail de connexion pendant trois jours")
	must(t, err)
	n.ID, n.Author, n.Written = "n1", "region", now.Add(-time.Hour).UTC()
	must(t, s.WriteNote(ctx, n))
	return s
}

// whoHeader says who a request of the browser comes from.
const whoHeader = "X-Test-Who"

// roles are those of the browser.
func roles() map[string]*access.Person {
	all := map[string]*access.Person{}
	for _, p := range kinds() {
		if p != nil {
			all[p.Subject] = p
		}
	}
	everybody := access.Everybody()
	everybody.Subject = "everybody"
	all["everybody"] = &everybody
	delete(all, "")
	all["region"].Rights = []access.Right{access.Notes}
	all["circonscription"].Rights = []access.Right{access.Notes}
	return all
}

// TestBrowser: one server, one browser, every page.
func TestBrowser(t *testing.T) {
	s := furnished(t)
	f := serveStore(t, s, func(c *dashboards.Config) {
		c.Access = doors{}
		c.Letters = &dashboards.Letters{Subscriptions: courrier.OpenSubscriptions(t.TempDir()), Signer: courrier.Signer{Key: []byte("key")}}
	})
	slow := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RawQuery {
		case "lente":
			<-slow
		case "venez":
			close(slow)
		}
		if p := roles()[r.Header.Get(whoHeader)]; p != nil {
			r = r.WithContext(access.With(r.Context(), *p))
		}
		f.handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	b := open(t, server.URL)
	t.Run("pages", func(t *testing.T) { browserPages(t, b, server.URL) })
	t.Run("forms without a script", func(t *testing.T) { formsWithoutScript(t, b, server.URL) })
	b.become(t, "region")
	t.Run("a page that takes long", func(t *testing.T) { slowPage(t, b, server.URL) })
	t.Run("weeks shaded where they are", func(t *testing.T) { shadedWeeks(t, b, server.URL) })
	t.Run("bilan on paper", func(t *testing.T) { bilanOnPaper(t, b, f, server.URL) })
	t.Run("one page for a mayor", func(t *testing.T) { handoutOnPaper(t, b, f, server.URL) })
	b.become(t, "")
	t.Run("login", func(t *testing.T) { browserLogin(t, b, s) })
}

// become makes the next requests those of a role, "" for nobody.
func (b *tab) become(t *testing.T, who string) {
	t.Helper()
	_, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{whoHeader: who}})
	must(t, err)
}

// browserPages looks at every page of every role, wide and narrow, light and
// dark, with and without a script.
func browserPages(t *testing.T, b *tab, server string) {
	circo, school := "/circonscription/"+string(toulouse), "/ecole/"+string(exact)
	for _, page := range []struct {
		who, name, path string
		charts          int
		status          string // of an error page, which the console reports
	}{
		{"region", "region", "/region/76", 4, ""},
		{"region", "region-comparee", "/region/76?comparer=annee-precedente", 3, ""},
		{"region", "academie-vue-de-la-region", "/academie/11", 4, ""},
		{"region", "comparaison-ecoles", "/region/76/comparaison?detail=ecoles&profil=ELEVE&tri=visites", 2, ""},
		{"region", "services", "/region/76/services", 3, ""},
		{"region", "moments", "/region/76/moments", 2, ""},
		{"region", "appareils", "/region/76/appareils", 3, ""},
		{"region", "carte", "/region/76/carte", 0, ""},
		{"region", "silencieuses", "/region/76/silencieuses", 0, ""},
		{"region", "bilan", "/bilan/2026-2027/region/76", 5, ""},
		{"region", "collectivites", "/collectivites", 0, ""},
		{"region", "releve", "/collectivite/310555", 0, ""},
		{"region", "fiche", "/collectivite/310555/fiche", 0, ""},
		{"region", "notes", "/notes?territoire=region:76&modifier=n1", 0, ""},
		{"region", "recherche", "/recherche?q=ecole", 0, ""},
		{"region", "recherche-vide", "/recherche?q=rien+de+pareil", 0, ""},
		{"region", "completude", "/completude", 0, ""},
		{"region", "marquage", "/marquage", 1, ""},
		{"region", "definitions", "/definitions#visites", 0, ""},
		{"region", "ecole-hostile", "/ecole/" + string(hostile), 5, ""},
		{"academie", "academie", "/academie/16", 4, ""},
		{"dsden", "dsden", "/dsden/031?profil=ELEVE", 4, ""},
		{"dsden", "comparaison", "/dsden/031/comparaison", 2, ""},
		{"circonscription", "circonscription", circo + "?du=2026-09-01&au=2026-11-24", 3, ""},
		{"circonscription", "attention", circo + "/attention", 0, ""},
		{"circonscription", "aucune-silencieuse", "/circonscription/" + string(toulouse) + "/silencieuses?annee=2025-2026", 0, ""},
		{"circonscription", "abonnement", "/abonnement", 0, ""},
		{"circonscription", "ecole-sans-visite", "/ecole/" + string(silent), 1, ""},
		{"circonscription", "refusee", "/dsden/034", 0, "403"},
		{"ecole", "ecole", school, 5, ""},
		{"ecole", "voisinage", school + "/voisinage", 0, ""},
		{"export", "exports", "/exports?semaine=2026-11-23", 0, ""},
		{"export", "sans-territoire", "/", 0, ""},
		{"admin", "administration", "/administration", 0, ""},
		{"", "connexion", "/connexion", 0, ""},
		{"", "accessibilite", "/accessibilite", 0, ""},
		{"everybody", "introuvable", "/region/99", 0, "404"},
	} {
		t.Run(page.name, func(t *testing.T) {
			b.w.take()
			b.become(t, page.who)
			b.scripts(t, true)
			b.dress(t, 1280, "light")
			must(t, chromedp.Do(b.ctx, chromedp.Navigate(server+page.path)))
			got := b.look(t, page.name+"-1280", page.status)
			if got.Charts != page.charts || got.Drawn != got.Charts || got.NoTwin > 0 {
				t.Errorf("%d charts (want %d), %d drawn, %d without their table", got.Charts, page.charts, got.Drawn, got.NoTwin)
			}
			b.audit(t, page.name+"-1280")
			b.dress(t, 390, "dark")
			b.look(t, page.name+"-390-sombre", page.status)
			b.audit(t, page.name+"-390-sombre")

			b.scripts(t, false)
			b.dress(t, 390, "light")
			must(t, chromedp.Do(b.ctx, chromedp.Navigate(server+page.path)))
			bare := b.look(t, page.name+"-390-sans-script", page.status)
			if bare.Drawn > 0 || bare.Blank > 0 || bare.InSight != got.Tables {
				t.Errorf("without a script: %d charts drawn, %d blank ones, %d rows of tables in sight, want %d", bare.Drawn, bare.Blank, bare.InSight, got.Tables)
			}
			b.dress(t, 1280, "dark")
			b.look(t, page.name+"-1280-sans-script", page.status)
			b.scripts(t, true)
		})
	}
}

// slowPage: what takes long is said, to eyes and to whoever listens. The page
// itself lets the next one come once it has said so.
func slowPage(t *testing.T, b *tab, server string) {
	b.dress(t, 390, "light")
	must(t, chromedp.Do(b.ctx, chromedp.Navigate(server+"/definitions"), chromedp.Evaluate[chromedp.Void](`(() => {
  const said = document.querySelector(".loading");
  new MutationObserver(() => {
    sessionStorage.said = JSON.stringify([said.textContent, document.querySelector("main").getAttribute("aria-busy"), said.checkVisibility()]);
    fetch("/definitions?venez");
  }).observe(said, {childList: true});
  const link = document.querySelector('#menu a[href="/exports"]');
  link.href = "/exports?lente";
  setTimeout(() => link.click());
})()`), chromedp.WaitReady(`#menu a[href="/exports"][aria-current]`)))
	said, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`sessionStorage.said`))
	must(t, err)
	if said != `["Chargement de la page…","true",true]` {
		t.Errorf("it says %s", said)
	}
	b.look(t, "loaded", "")
}

// shadedWeeks: the week of the note is shaded, and no other, however many labels
// fit under the chart.
func shadedWeeks(t *testing.T, b *tab, server string) {
	for _, width := range []int64{1280, 390} {
		b.dress(t, width, "light")
		must(t, chromedp.Do(b.ctx, chromedp.Navigate(server+"/region/76"), chromedp.WaitReady("#evolution [data-drawn]")))
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]float64](`(() => {
  const chart = echarts.getInstanceByDom(document.querySelector("#evolution [data-chart]"));
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--chart-note").trim();
  const band = chart.getZr().storage.getDisplayList(true).find((d) => d.style?.fill === colour).getBoundingRect();
  const weeks = chart.getOption().xAxis[0].data;
  const at = weeks.findIndex((w) => w.startsWith("5\u00a0oct"));
  const x = (i) => chart.convertToPixel({xAxisIndex: 0}, i);
  return [(band.x + band.width / 2 - x(at)) / (x(1) - x(0)), band.width / (x(1) - x(0))];
})()`))
		must(t, err)
		if math.Abs(got[0]) > 0.1 || math.Abs(got[1]-1) > 0.1 {
			t.Errorf("at %d px the band lies %.2f weeks away from its week, and is %.2f weeks wide", width, got[0], got[1])
		}
	}
}

// formsWithoutScript: what a script could do, the forms do.
func formsWithoutScript(t *testing.T, b *tab, server string) {
	b.become(t, "region")
	b.scripts(t, false)
	defer b.scripts(t, true)
	b.dress(t, 390, "light")
	at := func() string {
		t.Helper()
		where, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.pathname + location.search"))
		must(t, err)
		return where
	}
	must(t, chromedp.Do(b.ctx, chromedp.Navigate(server+"/region/76"), chromedp.Click(".filter-box > summary"), chromedp.SetValue("#profil", "ELEVE"),
		chromedp.Click(".filter button"), chromedp.WaitReady(`.filter option[value="ELEVE"][selected]`)))
	if got := at(); got != "/region/76?annee=2026-2027&du=&au=&profil=ELEVE&comparer=" {
		t.Errorf("the filter leads to %s", got)
	}
	must(t, chromedp.Do(b.ctx, chromedp.SendKeys("#recherche", "blagnac"), chromedp.Click(".fr-search-bar button"), chromedp.WaitReady(".found")))
	if got := at(); got != "/recherche?q=blagnac" {
		t.Errorf("the search leads to %s", got)
	}
	must(t, chromedp.Do(b.ctx, chromedp.Navigate(server+"/notes"), chromedp.SendKeys("#texte", "Formation des directeurs"), chromedp.SetValue("#du", "2026-11-17"),
		chromedp.Click(".note-form button"), chromedp.WaitReady(".fr-alert--success")))
	listed, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.querySelector("#liste tbody").textContent`))
	must(t, err)
	if !strings.Contains(listed, "Formation des directeurs") {
		t.Errorf("the note is not in the list: %q", listed)
	}
}
