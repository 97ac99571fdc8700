package chdb

import (
	"errors"
	"io"
	"net/http"
	"strconv"
)

// Handler is the engine as a server: for tests over real TCP, and for the
// other processes of this machine, over a socket that only they can open. It
// checks nobody's identity. A result that breaks in the middle ends with
// ClickHouse's notice of the exception and a cut connection.
func (e *Engine) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ping" || r.Method == http.MethodGet && r.URL.RawQuery == "" {
			io.WriteString(w, "Ok.\n") //nolint:errcheck // the client is gone
			return
		}
		response, err := e.RoundTrip(r)
		switch {
		case r.Context().Err() != nil:
			if response != nil {
				response.Body.Close() //nolint:errcheck // frees the result
			}
			panic(http.ErrAbortHandler)
		case errors.Is(err, ErrClosed):
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		case err != nil: // the request's body could not be read
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		defer response.Body.Close() //nolint:errcheck // frees the result
		for k, v := range response.Header {
			w.Header()[k] = v
		}
		if response.ContentLength >= 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(response.ContentLength, 10))
		}
		w.WriteHeader(response.StatusCode)
		if _, err := io.Copy(w, response.Body); err != nil {
			http.NewResponseController(w).Flush() //nolint:errcheck // the notice of the exception, if anyone still reads
			panic(http.ErrAbortHandler)           // a cut connection, not a short result
		}
	})
}
