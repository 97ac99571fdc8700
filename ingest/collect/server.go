package collect

import (
	"log"
	"net/http"
	"time"
)

// NewServer is an HTTP server with the limits of the collector, for the root
// handler that cmd makes of a Handler and of its own pages. The caller sets
// Addr, serves and shuts down.
//
// net/http writes the addresses of clients into its error log; here such lines
// are counted and thrown away.
func NewServer(root http.Handler, m *Metrics) *http.Server {
	return &http.Server{
		Handler:           root,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    32 << 10, // a query string of MaxQuery, cookies of other pages, and as much again
		ErrorLog:          log.New(counting{m}, "", 0),
	}
}

// counting is a writer that keeps nothing of what it is given.
type counting struct{ metrics *Metrics }

func (c counting) Write(line []byte) (int, error) {
	c.metrics.connections.Inc()
	return len(line), nil
}
