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
	w.Header().Set("Content-Type", contentType)
	tagged(w, r, body, body)
	return nil
}

// tagged sends what is whole; to whoever has it already, a 304. Two bodies are
// the same when content is.
func tagged(w http.ResponseWriter, r *http.Request, content, body []byte) {
	sum := sha256.Sum256(content)
	// Weak: the same page may leave compressed or not.
	etag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Etag", etag)
	// Figures move and belong to who asked: keep, but ask again each time.
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Accept-Encoding")
	for _, known := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(known), "W/") == etag[2:] {
			h.Del("Content-Type")
			h.Del("Content-Disposition")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Write(body) // the client may be gone
}

// csv answers a table as a file to download.
func csv(w http.ResponseWriter, r *http.Request, filename string, bom bool, write func(*tableur.Writer) error) error {
	out := &lateWriter{w: w, r: r, begin: func() {
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

// heldBytes is how much of a file is held back: the week of every school of a
// region on one axis.
const heldBytes = 1 << 20

// lateWriter holds the beginning of a file back. One that is short is sent whole,
// with a tag; of a longer one the rest streams. An error before that has its own
// status; a later one cuts the connection, so that nobody takes half a file for a
// whole one.
type lateWriter struct {
	w     http.ResponseWriter
	r     *http.Request
	begin func() // sets the headers
	held  []byte
	begun bool
}

func (l *lateWriter) Write(p []byte) (int, error) {
	if !l.begun && len(l.held)+len(p) <= heldBytes {
		l.held = append(l.held, p...)
		return len(p), nil
	}
	if !l.begun {
		l.begun = true
		l.begin()
		if _, err := l.w.Write(l.held); err != nil {
			return 0, err
		}
		l.held = nil
	}
	return l.w.Write(p)
}

// finish ends a file that was written without an error, and gives one back while
// it can still be answered.
func (l *lateWriter) finish(err error) error {
	switch {
	case err != nil && l.begun:
		panic(http.ErrAbortHandler)
	case err != nil || l.begun:
		return err
	}
	l.begin()
	tagged(l.w, l.r, l.held, l.held)
	return nil
}
