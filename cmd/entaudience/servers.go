package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/entaudience/entaudience/cmd/entaudience/lifecycle"
	"github.com/entaudience/entaudience/ingest/collect/information"
	"github.com/entaudience/entaudience/schemas"
)

// grace is what each part has to finish what it has in hand.
const grace = 20 * time.Second

// server listens at once, so that a taken address is an error of starting, and
// serves as a part.
func server(name, address string, s *http.Server) (lifecycle.Part, string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return lifecycle.Part{}, "", schemas.WithKind(schemas.Unavailable, fmt.Errorf("%s: %w: stop the process that uses this address, or set %s.listen", name, err, name))
	}
	part := lifecycle.Part{Name: name, Run: func(ctx context.Context) error {
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(listener) }()
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err := s.Shutdown(ctx)
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}}
	return part, listener.Addr().String(), nil
}

// operations are the routes that both listeners have beside their own: what
// operators watch, and what people are told.
func (a *app) operations(ready func(context.Context) error, other http.Handler) (http.Handler, error) {
	told, err := information.New(information.Facts{
		Controller: a.config.Privacy.Controller, Contact: a.config.Privacy.Contact, Signal: a.config.Privacy.Signal,
		RawWeeks: a.config.Retention.RawWeeks, CellsMonths: a.config.Retention.CellsMonths,
	})
	if err != nil {
		return nil, err
	}
	metrics := promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := ready(ctx); err != nil {
			a.logger.Warn("not ready", "error", err)
			http.Error(w, schemas.KindOf(err).String(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", metrics)
	mux.Handle(information.Path, told)
	mux.Handle("/", other)
	return mux, nil
}
