package dashboards

import (
	"compress/gzip"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// Config is what a Server is made of. Reader, Access, Logger, Registerer and
// Clock are required.
type Config struct {
	Reader     Reader
	Access     Access
	Audit      Auditor  // nil notes into the log
	Letters    *Letters // nil: no weekly message
	Contact    string   // French, whom to ask for access: "l'assistance, assistance@example.fr"; "" names nobody
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Clock      func() time.Time
	Rules      Rules
	Progress   func() *Progress // nil, or gives nil: no work to announce
}

// Rules are what the operator decides about figures.
type Rules struct {
	Zone        string  // holiday zone of the region, "C"
	Established int     // percent of the pupils from which the use of a school is established
	SilentWeeks int     // school weeks without an event after which a school is silent
	Price       float64 // of the convention, in euros a school and year
}

// Progress is long work that every page announces, such as a demonstration's
// history arriving.
type Progress struct {
	Label       string // French, "Arrivée de l'historique de démonstration"
	Done, Total uint64
}

// Server serves the pages. It is safe for concurrent use.
type Server struct {
	reader    guarded // never the Reader itself: pages read for somebody
	access    Access
	audit     Auditor
	letters   *Letters
	cross     *http.CrossOriginProtection
	contact   string
	log       *slog.Logger
	clock     func() time.Time
	rules     Rules
	progress  func() *Progress
	assets    *assets
	templates templates
	metrics   *metrics
	searches  searchCache
}

// New makes a server that does nothing until its Handler is called. The error
// says what to run when the files fetched for browsers are not in the program.
func New(c Config) (*Server, error) {
	if c.Reader == nil || c.Access == nil || c.Logger == nil || c.Registerer == nil || c.Clock == nil {
		return nil, errors.New("dashboards: reader, access, logger, registerer and clock are required")
	}
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	t, err := loadTemplates(a.url)
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(c.Registerer)
	if err != nil {
		return nil, err
	}
	s := &Server{
		reader: guarded{c.Reader, func() schemas.SchoolYear { return schemas.WeekOf(c.Clock()).SchoolYear() }},
		access: c.Access, audit: c.Audit, letters: c.Letters, cross: http.NewCrossOriginProtection(), contact: c.Contact,
		log: c.Logger, clock: c.Clock, rules: c.Rules, progress: c.Progress,
		assets: a, templates: t, metrics: m,
	}
	if s.audit == nil {
		s.audit = logged{s.log}
	}
	if s.contact == "" {
		s.contact = "la personne qui administre le service"
	}
	if s.progress == nil {
		s.progress = func() *Progress { return nil }
	}
	return s, nil
}

// How long an answer may take. A page that is not there by then will not be
// read; an export of a whole year may take longer.
const (
	pageTimeout   = 30 * time.Second
	exportTimeout = 10 * time.Minute
)

// Handler is every route of the pages. It neither listens nor sets timeouts
// on connections: that is the server's that it is given to.
func (s *Server) Handler() http.Handler { return s.handler(nil) }

// handler is Handler with more routes, for the tests of the guard.
func (s *Server) handler(more func(routes)) http.Handler {
	mux := chi.NewRouter()
	r := routes{mux, s, map[string]rule{}}
	mux.Use(s.observe, s.recoverPanics, secure, s.sameOrigin, s.access.Wrap, s.guard(r), middleware.GetHead)
	// At level 5 a page takes a millisecond and shrinks tenfold.
	mux.Use(middleware.Compress(gzip.BestSpeed+4, "text/html", "text/csv", "text/plain", "application/json"))

	r.handle(http.MethodGet, "/assets/{hash}/*", anyone, s.assets.ServeHTTP)

	r.group(within(pageTimeout), func(r routes) {
		s.loginRoutes(r)
		s.letterRoutes(r)
		r.get("/", anyPerson, s.home)
		r.get("/accessibilite", anyone, s.accessibility)
		for _, ext := range []string{"", ".csv", ".json"} {
			r.get("/recherche"+ext, anyPerson, s.search)
			r.get("/definitions"+ext, anyPerson, s.definitions)
			r.get("/completude"+ext, anyPerson, s.completeness)
			r.get("/exports"+ext, anyPerson, s.exports)
			r.get("/collectivites"+ext, anyPerson, s.collectivites)
			r.get("/notes"+ext, anyPerson, s.notes)
			r.get("/administration"+ext, withRight(access.Administration), s.administration)
		}
		r.handle(http.MethodPost, "/notes", withRight(access.Notes), s.page(s.writeNote))
		if _, ok := s.access.(sessionLister); ok {
			r.handle(http.MethodPost, "/administration/sessions", withRight(access.Administration), s.page(s.endSessions))
		}
	})
	r.group(within(exportTimeout), func(r routes) {
		for _, ext := range []string{"", ".csv", ".json", ".xlsx"} {
			r.get(taggingPath+ext, anyPerson, s.tagging)
			r.get("/bilan/{annee}"+ext, anyPerson, s.bilanOwn)
		}
		for _, n := range schemas.Niveaux() {
			r.get("/bilan/{annee}/"+string(n)+"/{code}", ofTerritory, s.bilan)
			r.get("/"+string(n)+"/{code}", ofTerritory, s.territory)
			for _, ext := range []string{"", ".csv", ".json"} {
				r.get("/"+string(n)+"/{code}"+silentPath+ext, ofTerritory, s.silent)
			}
			for _, ext := range []string{"", ".csv", ".json", ".xlsx"} {
				r.get("/"+string(n)+"/{code}"+viewCompare+ext, ofTerritory, s.compare)
				r.get("/"+string(n)+"/{code}"+viewWatch+ext, ofTerritory, s.attention)
				r.get("/"+string(n)+"/{code}"+viewMap+ext, ofTerritory, s.dotmap)
				for _, v := range []detailView{servicesView(), momentsView(), devicesView(), bandView()} {
					r.get("/"+string(n)+"/{code}"+v.path+ext, ofTerritory, s.view(v))
				}
			}
		}
		r.get("/collectivite/{numero}", anyPerson, s.statement)
		for _, ext := range []string{"", ".csv", ".json", ".xlsx"} {
			r.get("/collectivite/{numero}"+handoutView+ext, anyPerson, s.handout)
		}
		r.get("/exports/dnma/{fichier}", withRight(access.ExportNational), s.dnma)
	})
	if more != nil {
		more(r)
	}
	mux.NotFound(s.page(func(http.ResponseWriter, *http.Request) error {
		return schemas.Missing("Il n'y a pas de page à cette adresse.")
	}))
	mux.MethodNotAllowed(s.page(func(http.ResponseWriter, *http.Request) error {
		return errMethod
	}))
	return mux
}
