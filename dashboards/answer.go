package dashboards

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/entaudience/entaudience/dashboards/tableur"
)

// format is the form in which a page is asked for, by the end of its path.
type format string

const (
	formatHTML format = ".html"
	formatCSV  format = ".csv"
	formatJSON format = ".json"
	formatXLSX format = ".xlsx"
)

// formatOf tells the form asked for; without an extension it is a page.
func formatOf(r *http.Request) format {
	switch path.Ext(r.URL.Path) {
	case ".csv":
		return formatCSV
	case ".json":
		return formatJSON
	case ".xlsx":
		return formatXLSX
	}
	return formatHTML
}

// html renders a page and sends it whole: an error of the template is an
// error page, never half a page. The same page twice is a 304.
func (s *Server) html(w http.ResponseWriter, r *http.Request, name string, page any) error {
	body, err := s.templates.render(name, page)
	if err != nil {
		return err
	}
	return send(w, r, "text/html; charset=utf-8", body)
}

// json sends v whole.
func (s *Server) json(w http.ResponseWriter, r *http.Request, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(true)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("json: %w", err)
	}
	return send(w, r, "application/json; charset=utf-8", b.Bytes())
}

func send(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	sum := sha256.Sum256(body)
	// Weak: the same page may leave compressed or not.
	etag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Etag", etag)
	// Figures move and belong to who asked: keep, but ask again each time.
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Accept-Encoding")
	for _, known := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(known), "W/") == etag[2:] {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Type", contentType)
	w.Write(body) // the client may be gone
	return nil
}

// csv streams a table as a file to download. An error before the first
// buffer is full is an error page; a later one cuts the connection, so that
// nobody takes half a file for a whole one.
func csv(w http.ResponseWriter, filename string, bom bool, write func(*tableur.Writer) error) error {
	out := &lateWriter{w: w, begin: func() {
		download(w, filename, "text/csv; charset=utf-8")
	}}
	t := tableur.NewWriter(out)
	if bom {
		t.BOM()
	}
	err := write(t)
	if err == nil {
		err = t.Flush()
	}
	return out.finish(err)
}

// download names the file that a browser saves.
func download(w http.ResponseWriter, filename, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": filename}))
}

// lateWriter sends the headers with the first bytes, so that an error before
// them can still have its own status.
type lateWriter struct {
	w     http.ResponseWriter
	begin func()
	begun bool
}

func (l *lateWriter) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.begin()
	}
	return l.w.Write(p)
}

// finish gives err back while it can still be answered, and cuts the
// connection when it cannot.
func (l *lateWriter) finish(err error) error {
	if err != nil && l.begun {
		panic(http.ErrAbortHandler)
	}
	return err
}
