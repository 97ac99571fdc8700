package dashboards_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/courrier"
	"github.com/entaudience/entaudience/schemas"
)

// told believes the context of a request, for tests of what persons may see.
type told struct{}

func (told) Wrap(next http.Handler) http.Handler { return next }

func (told) Person(r *http.Request) (access.Person, bool, error) {
	p, ok := access.From(r.Context())
	return p, ok, nil
}

// doors is told with every way in and out, so that every route is there.
type doors struct{ told }

func (doors) Enter(*http.Request, string, string) error {
	return &schemas.Error{Kind: schemas.Forbidden, Sentence: "Non.", Err: errors.New("no")}
}

func (doors) Begin(http.ResponseWriter, *http.Request, string) (string, error) {
	return "https://id.example/", nil
}

func (doors) Finish(http.ResponseWriter, *http.Request) (string, error) {
	return "//evil.example/", nil
}
func (doors) Leave(*http.Request) (string, error) { return "", nil }
func (doors) List() ([]access.Account, error)     { return nil, nil }
func (doors) Running() ([]access.Session, error)  { return nil, nil }
func (doors) End(string) (int, error)             { return 0, nil }

// figureless is a store read for its directories alone: a status does not
// depend on figures, and the matrix is a thousand pages.
type figureless struct{ dashboards.Reader }

func (figureless) Cells(context.Context, schemas.CellQuery) ([]schemas.Cell, error) { return nil, nil }

func (figureless) Moments(context.Context, schemas.Scope, schemas.Period, schemas.Profil) ([]schemas.Moment, uint64, error) {
	return nil, 0, nil
}

func (figureless) Activity(context.Context, schemas.Scope, schemas.Period, schemas.Detail) ([]schemas.WeekActivity, error) {
	return nil, nil
}

func (figureless) SchoolFigures(context.Context, schemas.SchoolQuery) ([]schemas.SchoolFigures, error) {
	return nil, nil
}

func (figureless) LastWeeks(context.Context, schemas.Scope, schemas.Period) (map[schemas.UAI]schemas.Week, error) {
	return nil, nil
}

func (figureless) Completeness(context.Context) (schemas.Completeness, error) {
	return schemas.Completeness{}, nil
}

func (figureless) Incidents(context.Context) ([]schemas.Incident, error) { return nil, nil }

func (figureless) Tagging(context.Context, schemas.Period) (schemas.Tagging, error) {
	return schemas.Tagging{}, nil
}

func (figureless) Ledger(context.Context) (schemas.Ledger, error) { return schemas.Ledger{}, nil }

func (figureless) NationalWeek(context.Context, schemas.Week, []schemas.Axe, func(schemas.SchoolWeek) error) error {
	return nil
}

func person(name string, scopes ...schemas.Scope) *access.Person {
	return &access.Person{Subject: name, Name: name, Scopes: scopes}
}

// kinds are the columns of the matrix.
func kinds() []*access.Person {
	scope := func(n schemas.Niveau, code string) schemas.Scope { return schemas.Scope{Niveau: n, Code: code} }
	everybody := access.Everybody()
	exporter, admin := person("export"), person("admin")
	exporter.Rights = []access.Right{access.ExportNational}
	admin.Rights = []access.Right{access.Administration}
	return []*access.Person{
		nil, // nobody is logged in
		person("region", scope(schemas.Region, "76")),
		person("academie", scope(schemas.Academie, "16")),
		person("dsden", scope(schemas.DSDEN, "031")),
		person("circonscription", scope(schemas.Circonscription, string(toulouse))),
		person("ecole", scope(schemas.Ecole, string(exact))),
		exporter, admin, &everybody,
	}
}

// matrix is what each route answers each kind of person, by columns: nobody,
// region 76, académie 16, DSDEN 031, circonscription Toulouse Centre, school
// of that circonscription, export-national alone, administration alone, and
// everybody where there is no login. A territory's line holds for its page,
// its CSV and its JSON; "login" is 303 to the login for a page, 401 for data.
func matrix() []struct{ route, path, want string } {
	anyPerson := "login 200 200 200 200 200 200 200 200"
	return []struct{ route, path, want string }{
		{"GET /assets/{hash}/*", "/assets/x/none.css", "404 404 404 404 404 404 404 404 404"},
		{"GET /connexion", "/connexion", "200 303 303 303 303 303 303 303 303"},
		{"POST /connexion", "/connexion", "403 403 403 403 403 403 403 403 403"},
		{"GET /connexion/fournisseur", "/connexion/fournisseur", "303 303 303 303 303 303 303 303 303"},
		{"GET /connexion/retour", "/connexion/retour", "303 303 303 303 303 303 303 303 303"},
		{"POST /deconnexion", "/deconnexion", "303 303 303 303 303 303 303 303 303"},
		{"GET /", "/", "login 302 302 302 302 302 200 200 302"},
		{"GET /accessibilite", "/accessibilite", "200 200 200 200 200 200 200 200 200"},
		{"GET /recherche", "/recherche?q=ecole", anyPerson},
		{"GET /recherche.csv", "/recherche.csv?q=ecole", anyPerson},
		{"GET /recherche.json", "/recherche.json?q=ecole", anyPerson},
		{"GET /definitions", "/definitions", anyPerson},
		{"GET /definitions.csv", "/definitions.csv", anyPerson},
		{"GET /definitions.json", "/definitions.json", anyPerson},
		{"GET /completude", "/completude", anyPerson},
		{"GET /completude.csv", "/completude.csv", anyPerson},
		{"GET /completude.json", "/completude.json", anyPerson},
		{"GET /marquage", "/marquage", anyPerson},
		{"GET /marquage.csv", "/marquage.csv", anyPerson},
		{"GET /marquage.json", "/marquage.json", anyPerson},
		{"GET /marquage.xlsx", "/marquage.xlsx", anyPerson},
		{"GET /bilan/{annee}", "/bilan/2026-2027", "login 302 302 302 302 302 404 404 302"},
		{"GET /bilan/{annee}.csv", "/bilan/2026-2027.csv", "login 302 302 302 302 302 404 404 302"},
		{"GET /bilan/{annee}.json", "/bilan/2026-2027.json", "login 302 302 302 302 302 404 404 302"},
		{"GET /bilan/{annee}.xlsx", "/bilan/2026-2027.xlsx", "login 302 302 302 302 302 404 404 302"},
		{"GET /exports", "/exports", anyPerson},
		{"GET /exports.csv", "/exports.csv", anyPerson},
		{"GET /exports.json", "/exports.json", anyPerson},
		{"GET /collectivites", "/collectivites", anyPerson},
		{"GET /collectivites.csv", "/collectivites.csv", anyPerson},
		{"GET /collectivites.json", "/collectivites.json", anyPerson},
		{"GET /collectivite/{numero}", "/collectivite/310069", "login 404 404 404 404 404 404 404 404"}, // nobody enrolled a school
		{"GET /collectivite/{numero}", "/collectivite/310069.csv", "login 404 404 404 404 404 404 404 404"},
		{"GET /collectivite/{numero}/fiche", "/collectivite/310069/fiche", "login 404 404 404 404 404 404 404 404"},
		{"GET /collectivite/{numero}/fiche.csv", "/collectivite/310069/fiche.csv", "login 404 404 404 404 404 404 404 404"},
		{"GET /collectivite/{numero}/fiche.json", "/collectivite/310069/fiche.json", "login 404 404 404 404 404 404 404 404"},
		{"GET /collectivite/{numero}/fiche.xlsx", "/collectivite/310069/fiche.xlsx", "login 404 404 404 404 404 404 404 404"},
		{"GET /exports/dnma/{fichier}", "/exports/dnma/profils.csv?semaine=2026-11-16", "login 403 403 403 403 403 200 403 200"},
		{"GET /exports/dnma/{fichier}", "/exports/dnma/manifest.json?semaine=2026-11-16", "login 403 403 403 403 403 200 403 200"},
		{"GET /notes", "/notes", anyPerson},
		{"GET /notes.csv", "/notes.csv", anyPerson},
		{"GET /notes.json", "/notes.json", anyPerson},
		{"GET /notes", "/notes?territoire=circonscription:" + string(toulouse), "login 200 200 200 200 403 403 403 200"},
		{"POST /notes", "/notes", "login 403 403 403 403 403 403 403 400"},
		{"GET /abonnement", "/abonnement", anyPerson},
		{"POST /abonnement", "/abonnement", "login 403 403 403 400 403 403 403 403"},
		{"GET /abonnement/confirmer", "/abonnement/confirmer?qui=x", "403 403 403 403 403 403 403 403 403"},
		{"POST /abonnement/confirmer", "/abonnement/confirmer?qui=x", "403 403 403 403 403 403 403 403 403"},
		{"GET /desabonnement", "/desabonnement?qui=x", "403 403 403 403 403 403 403 403 403"},
		{"POST /desabonnement", "/desabonnement?qui=x", "403 403 403 403 403 403 403 403 403"},
		{"GET /administration", "/administration", "login 403 403 403 403 403 403 200 200"},
		{"GET /administration.csv", "/administration.csv", "login 403 403 403 403 403 403 200 200"},
		{"GET /administration.json", "/administration.json", "login 403 403 403 403 403 403 200 200"},
		{"POST /administration/sessions", "/administration/sessions", "login 403 403 403 403 403 403 400 400"},

		{"GET /region/{code}", "/region/76", "login 200 403 403 403 403 403 403 200"},
		{"GET /region/{code}", "/region/99", "login 403 403 403 403 403 403 403 404"},
		{"GET /academie/{code}", "/academie/16", "login 200 200 403 403 403 403 403 200"},
		{"GET /academie/{code}", "/academie/11", "login 200 403 403 403 403 403 403 200"},
		{"GET /dsden/{code}", "/dsden/031", "login 200 200 200 403 403 403 403 200"},
		{"GET /dsden/{code}", "/dsden/034", "login 200 403 403 403 403 403 403 200"},
		{"GET /circonscription/{code}", "/circonscription/" + string(toulouse), "login 200 200 200 200 403 403 403 200"},
		{"GET /circonscription/{code}", "/circonscription/" + string(rangueil), "login 200 200 200 403 403 403 403 200"},
		{"GET /circonscription/{code}", "/circonscription/" + string(beziers), "login 200 403 403 403 403 403 403 200"},
		{"GET /ecole/{code}", "/ecole/" + string(exact), "login 200 200 200 200 200 403 403 200"},
		{"GET /ecole/{code}", "/ecole/" + string(exact) + "?annee=2025-2026", "login 200 200 200 200 200 403 403 200"},
		{"GET /ecole/{code}", "/ecole/" + string(silent), "login 200 200 200 200 403 403 403 200"},
		{"GET /ecole/{code}", "/ecole/" + string(lonely), "login 200 200 200 403 403 403 403 200"},
		{"GET /ecole/{code}", "/ecole/" + string(hostile), "login 200 403 403 403 403 403 403 200"},
		{"GET /ecole/{code}", "/ecole/" + string(stranger), "login 403 403 403 403 403 403 403 404"},
	}
}

// silentView is a list without a workbook.
const silentView = "/silencieuses"

// matrixOfViews are the other pages of a territory: whoever may open it may
// open them, where there is such a page.
func matrixOfViews() (lines []struct{ route, path, want string }) {
	for _, view := range []string{"/comparaison", "/attention", "/carte", "/services", "/moments", "/appareils", "/voisinage", silentView} {
		for _, line := range matrix() {
			if !strings.HasSuffix(line.route, "/{code}") {
				continue
			}
			path, query, _ := strings.Cut(line.path, "?")
			want := line.want
			niveau := strings.Split(path, "/")[1]
			if only := map[string][]string{
				"/comparaison": {"region", "academie", "dsden", "circonscription"},
				"/attention":   {"circonscription"},
				"/carte":       {"region", "academie", "dsden"},
				"/voisinage":   {"ecole"},
				silentView:     {"region", "academie", "dsden", "circonscription"},
			}[view]; only != nil && !slices.Contains(only, niveau) {
				want = strings.ReplaceAll(want, "200", "400")
			}
			if view == "/services" {
				lines = append(lines, struct{ route, path, want string }{strings.Replace(line.route, " ", " /bilan/{annee}", 1), "/bilan/2026-2027" + path, line.want})
			}
			lines = append(lines, struct{ route, path, want string }{line.route + view, path + view + "?" + query, want})
		}
	}
	return lines
}

func (f *fixture) as(t testing.TB, p *access.Person, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	if p != nil {
		r = r.WithContext(access.With(r.Context(), *p))
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

// Every route is on a line of the matrix, and every kind of person gets what
// the line says, in each form.
func rights(t *testing.T, open *fixture) {
	f := serve(t, figureless{open.reader}, func(c *dashboards.Config) {
		c.Access = doors{}
		c.Letters = &dashboards.Letters{Subscriptions: courrier.OpenSubscriptions(t.TempDir()), Signer: courrier.Signer{Key: []byte("key")}}
	})
	lines := map[string]bool{}
	for _, line := range append(matrix(), matrixOfViews()...) {
		lines[line.route] = true
		method, route, _ := strings.Cut(line.route, " ")
		paths := []string{line.path}
		if strings.HasSuffix(route, "/{code}") {
			path, query, _ := strings.Cut(line.path, "?")
			paths = []string{line.path, path + ".csv?" + query, path + ".json?" + query, path + ".xlsx?" + query}
		} else if strings.Contains(line.route, "/{code}/") {
			path, query, _ := strings.Cut(line.path, "?")
			paths = []string{line.path, path + ".csv?" + query, path + ".json?" + query}
			if !strings.HasSuffix(route, silentView) {
				paths = append(paths, path+".xlsx?"+query)
			}
		}
		for _, path := range paths {
			for i, want := range strings.Fields(line.want) {
				p := kinds()[i]
				w := f.as(t, p, method, path)
				if want == "login" {
					want = loginAnswer(path, w)
				}
				if got := strconv.Itoa(w.Code); got != want {
					t.Errorf("%s %s as %v: %s, want %s: %.200s", method, path, p, got, want, w.Body)
				}
				if w.Code == http.StatusForbidden && !strings.Contains(w.Body.String(), "dressez-vous à la personne qui administre le service") {
					t.Errorf("%s as %v: refused without saying whom to ask: %s", path, p, w.Body)
				}
				if to := w.Header().Get("Location"); strings.Contains(to, "evil") {
					t.Errorf("%s leads away, to %s", path, to)
				}
			}
		}
	}
	must(t, chi.Walk(f.handler.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		for _, form := range []string{".csv", ".json", ".xlsx"} {
			if strings.Contains(route, "/{code}/") {
				route = strings.TrimSuffix(route, form)
			}
		}
		if !lines[method+" "+route] {
			t.Errorf("%s %s has no line in the matrix: say who may ask it", method, route)
		}
		return nil
	}))
}

// loginAnswer is what nobody is answered: pages lead to the login and back,
// data and forms are refused.
func loginAnswer(path string, w *httptest.ResponseRecorder) string {
	file, _, _ := strings.Cut(path, "?")
	if strings.Contains(file, ".") || w.Code == http.StatusUnauthorized && (file == "/administration/sessions" || file == "/notes" || file == "/abonnement") {
		return "401"
	}
	if want := "/connexion?retour=" + url.QueryEscape(path); w.Header().Get("Location") != want {
		return "303 to " + want
	}
	return "303"
}

// A refusal leaves an entry with who, where and why, and without a query.
func refusalsAreLogged(t *testing.T, open *fixture) {
	f := serve(t, open.reader, func(c *dashboards.Config) { c.Access = told{} })
	f.as(t, kinds()[5], http.MethodGet, "/dsden/034.csv?profil=ELEVE")
	logs := f.logs.String()
	if !strings.Contains(logs, `"msg":"audit","what":"page","who":"ecole","path":"/dsden/034.csv","decision":"refused","why":"outside the person's territories"`) || strings.Contains(logs, "ELEVE") {
		t.Error(logs)
	}
}

// What a page lists is what the person may open, and the territories above
// are named without a way in.
func ownListsOnly(t *testing.T, open *fixture) {
	f := serve(t, figureless{open.reader}, func(c *dashboards.Config) { c.Access = told{} })
	inspector := kinds()[4]
	links := func(target, selector string) (hrefs []string) {
		w := f.as(t, inspector, http.MethodGet, target)
		for _, a := range parse(t, w.Body.String()).all(selector) {
			path, _, _ := strings.Cut(attr(a, "href"), "?")
			hrefs = append(hrefs, path)
		}
		return hrefs
	}
	for _, q := range []string{"ecole", "toulouse", string(rangueil), string(hostile), "occitanie", "herault"} {
		for _, href := range links("/recherche?q="+q, ".found a") {
			if w := f.as(t, inspector, http.MethodGet, href); w.Code != http.StatusOK {
				t.Errorf("the search %q finds %s, which is %d", q, href, w.Code)
			}
		}
	}
	if found := links("/recherche?q=ecole", ".found a"); len(found) != 6 {
		t.Errorf("%d schools found, want the 6 of the circonscription: %v", len(found), found)
	}
	if found := links("/recherche?q="+string(hostile), ".found a"); found != nil {
		t.Errorf("the exact UAI of another's school is found: %v", found)
	}
	own := "/circonscription/" + string(toulouse)
	if crumbs := links(own, ".crumbs a"); !slices.Equal(crumbs, []string{""}) {
		t.Errorf("the breadcrumb leads to %v: want only the page itself", crumbs)
	}
	above := textOf(parse(t, f.as(t, inspector, http.MethodGet, own).Body.String()).all(".crumbs")[0])
	if !strings.Contains(above, "Région Occitanie") || !strings.Contains(above, "DSDEN Haute-Garonne") {
		t.Errorf("the breadcrumb %q does not name what is above", above)
	}
	for _, href := range links(own, "#territoires tbody a") {
		if w := f.as(t, inspector, http.MethodGet, href); w.Code != http.StatusOK {
			t.Errorf("a child leads to %s, which is %d", href, w.Code)
		}
	}
	if files := links("/exports", `a[href^="/exports/dnma"]`); files != nil {
		t.Errorf("national files are offered: %v", files)
	}
	if forms := parse(t, f.as(t, inspector, http.MethodGet, "/exports").Body.String()).all("form[action$='.csv']"); len(forms) != 1 || attr(forms[0], "action") != own+".csv" {
		t.Error("want one form of files, of their own territory")
	}
	f = serve(t, open.reader, func(c *dashboards.Config) { c.Access = told{} })
	for target, secret := range map[string]string{"/marquage.json": string(stranger), "/marquage": string(stranger)} {
		if body := f.as(t, inspector, http.MethodGet, target).Body.String(); strings.Contains(body, secret) {
			t.Errorf("%s tells an inspector %s", target, secret)
		}
		if body := f.as(t, kinds()[1], http.MethodGet, target).Body.String(); !strings.Contains(body, secret) {
			t.Errorf("%s does not tell the region %s", target, secret)
		}
	}
}
