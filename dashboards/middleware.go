package dashboards

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
)

// policy allows what this host serves and nothing else: no script or style
// within a page, no other host, no frame around a page. The design system
// draws some icons from data: images in its style sheets.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// within bounds how long an answer may take.
func within(d time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), d)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	letters  *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "entaudience_dashboards_requests_total",
			Help: "Answers of the pages, by route and class of status.",
		}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "entaudience_dashboards_request_seconds",
			Help:    "Time to answer, by route.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120},
		}, []string{"route"}),
	}
	m.letters = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "entaudience_dashboards_letters_total",
		Help: "Weekly messages, sent or failed; one that failed is tried again.",
	}, []string{"outcome"})
	for _, c := range []prometheus.Collector{m.requests, m.duration, m.letters} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("dashboards: metrics: %w", err)
		}
	}
	return m, nil
}

// observe counts and logs each answer: its route, never its query string, and
// nothing of who asked. The route is a pattern, so that labels stay few; the
// log has the path, which is a territory and not a person.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now() // of the answer, not of the figures: not the clock of the pages
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			status := ww.Status()
			if status == 0 {
				status = http.StatusOK
			}
			route := chi.RouteContext(r.Context()).RoutePattern()
			if route == "" || route == "/*" {
				route = "none"
			}
			took := time.Since(start)
			s.metrics.requests.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Inc()
			s.metrics.duration.WithLabelValues(route).Observe(took.Seconds())
			level := slog.LevelInfo
			if route == "/assets/{hash}/*" {
				level = slog.LevelDebug
			}
			s.log.LogAttrs(r.Context(), level, "answered",
				slog.String("method", r.Method), slog.String("route", route), slog.String("path", loggedPath(route, r)),
				slog.Int("status", status), slog.Int("bytes", ww.BytesWritten()), slog.Duration("took", took))
		}()
		next.ServeHTTP(ww, r)
	})
}

// loggedPath leaves out the path of an address that is no page of ours:
// whatever was typed there is none of the log's business.
func loggedPath(route string, r *http.Request) string {
	if route == "none" {
		return ""
	}
	return r.URL.Path
}

// recoverPanics turns a panic into an error page and a log line, except the
// one that aborts a half-sent answer on purpose.
func (s *Server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // thrown as it is
				panic(v)
			}
			s.log.ErrorContext(r.Context(), "panic in a page", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			s.fail(w, r, fmt.Errorf("panic: %v", v))
		}()
		next.ServeHTTP(w, r)
	})
}
