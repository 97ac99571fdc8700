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

	"github.com/entaudience/entaudience/schemas"
)

// Config is what a Server is made of. Reader, Logger, Registerer and Clock
// are required.
type Config struct {
	Reader     Reader
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Clock      func() time.Time
	Progress   func() *Progress // nil, or gives nil: no work to announce
}

// Progress is long work that every page announces, such as a demonstration's
// history arriving.
type Progress struct {
	Label       string // French, "Arrivée de l'historique de démonstration"
	Done, Total uint64
}

// Server serves the pages. It is safe for concurrent use.
type Server struct {
	reader    Reader
	log       *slog.Logger
	clock     func() time.Time
	progress  func() *Progress
	assets    *assets
	templates templates
	metrics   *metrics
	searches  searchCache
}

// New makes a server that does nothing until its Handler is called. The error
// says what to run when the files fetched for browsers are not in the program.
func New(c Config) (*Server, error) {
	if c.Reader == nil || c.Logger == nil || c.Registerer == nil || c.Clock == nil {
		return nil, errors.New("dashboards: reader, logger, registerer and clock are required")
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
		reader: c.Reader, log: c.Logger, clock: c.Clock, progress: c.Progress,
		assets: a, templates: t, metrics: m,
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
func (s *Server) Handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.observe, s.recoverPanics, secure, middleware.GetHead)
	// At level 5 a page takes a millisecond and shrinks tenfold.
	r.Use(middleware.Compress(gzip.BestSpeed+4, "text/html", "text/csv", "text/plain", "application/json"))

	r.Get("/assets/{hash}/*", s.assets.ServeHTTP)

	r.Group(func(r chi.Router) {
		r.Use(within(pageTimeout))
		r.Get("/", s.page(s.home))
		for _, ext := range []string{"", ".csv", ".json"} {
			r.Get("/recherche"+ext, s.page(s.search))
			r.Get("/definitions"+ext, s.page(s.definitions))
			r.Get("/completude"+ext, s.page(s.completeness))
			r.Get("/exports"+ext, s.page(s.exports))
		}
	})
	r.Group(func(r chi.Router) {
		r.Use(within(exportTimeout))
		for _, n := range schemas.Niveaux() {
			r.Get("/"+string(n)+"/{code}", s.page(s.territory))
		}
		r.Get("/exports/dnma/{fichier}", s.page(s.dnma))
	})
	r.NotFound(s.page(func(http.ResponseWriter, *http.Request) error {
		return schemas.Missing("Il n'y a pas de page à cette adresse.")
	}))
	r.MethodNotAllowed(s.page(func(http.ResponseWriter, *http.Request) error {
		return errMethod
	}))
	return r
}
