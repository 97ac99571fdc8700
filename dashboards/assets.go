package dashboards

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"
)

// The folder dist inside assets holds what `make assets` fetched; a build
// without it succeeds and New says what to run.
//
//go:embed assets
var embedded embed.FS

// fetched are the files that a page cannot do without.
var fetched = []string{"dist/dsfr/dsfr.main.min.css", "dist/echarts/echarts.min.js"}

// assets serves the files that pages name, under a folder that changes when
// one of them does: browsers may keep them for ever.
type assets struct {
	hash  string
	files map[string]*asset
}

type asset struct {
	contentType string
	body        []byte
	zipped      func() []byte // made once, when first asked for
}

func loadAssets() (*assets, error) {
	root, err := fs.Sub(embedded, "assets")
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	return readAssets(root)
}

func readAssets(root fs.FS) (*assets, error) {
	a := &assets{files: map[string]*asset{}}
	sum := sha256.New()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(body))
		sum.Write(body)
		a.files[name] = &asset{assetType(name), body, sync.OnceValue(func() []byte { return zip(body) })}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	for _, name := range fetched {
		if a.files[name] == nil {
			return nil, errors.New("the design system and the charts are not in this program: run `make assets`, then build again")
		}
	}
	a.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	return a, nil
}

// url is the address of an asset, for templates.
func (a *assets) url(name string) (string, error) {
	if a.files[name] == nil {
		return "", fmt.Errorf("no asset %q", name)
	}
	return "/assets/" + a.hash + "/" + name, nil
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := a.files[chi.URLParam(r, "*")]
	if f == nil || chi.URLParam(r, "hash") != a.hash {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Add("Vary", "Accept-Encoding")
	if compressible(f.contentType) && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		w.Write(f.zipped())
		return
	}
	w.Write(f.body)
}

// assetType does not ask the machine's own tables, which differ.
func assetType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func compressible(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || contentType == "image/svg+xml"
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is right
	z.Write(body)                                         //nolint:errcheck // to memory: cannot fail
	z.Close()                                             //nolint:errcheck // to memory
	return b.Bytes()
}
