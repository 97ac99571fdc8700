package dashboards

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-chi/chi/v5"
)

func testAssets(t *testing.T, style string) *assets {
	t.Helper()
	root := fstest.MapFS{"style.css": {Data: []byte(style)}, "dist/dsfr/fonts/a.woff2": {Data: []byte("font")}}
	for _, name := range fetched {
		root[name] = &fstest.MapFile{Data: []byte("x")}
	}
	a, err := readAssets(root)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAssetsMissing(t *testing.T) {
	_, err := readAssets(fstest.MapFS{"style.css": {Data: []byte("x")}})
	if err == nil || !strings.Contains(err.Error(), "run `make assets`") {
		t.Errorf("got %v, want the command to run", err)
	}
}

func TestAssets(t *testing.T) {
	a := testAssets(t, "body{}")
	r := chi.NewRouter()
	r.Get("/assets/{hash}/*", a.ServeHTTP)
	ask := func(path, encoding string) *http.Response {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		req.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		return w.Result()
	}
	style, err := a.url("style.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path, encoding, contentType, body string
		status                            int
	}{
		{style, "", "text/css; charset=utf-8", "body{}", 200},
		{style, "gzip, br", "text/css; charset=utf-8", "body{}", 200},
		{"/assets/" + a.hash + "/dist/dsfr/fonts/a.woff2", "gzip", "font/woff2", "font", 200},
		{"/assets/0000/style.css", "", "", "", 404},
		{"/assets/" + a.hash + "/../server.go", "", "", "", 404},
		{"/assets/" + a.hash + "/", "", "", "", 404},
	} {
		res := ask(tt.path, tt.encoding)
		if res.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d", tt.path, res.StatusCode, tt.status)
		}
		if tt.status != 200 {
			continue
		}
		var body io.Reader = res.Body
		if res.Header.Get("Content-Encoding") == "gzip" {
			if body, err = gzip.NewReader(res.Body); err != nil {
				t.Fatal(err)
			}
		}
		if b, _ := io.ReadAll(body); string(b) != tt.body || res.Header.Get("Content-Type") != tt.contentType {
			t.Errorf("%s: %q as %s", tt.path, b, res.Header.Get("Content-Type"))
		}
		if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", tt.path, got)
		}
		zipped := res.Header.Get("Content-Encoding") == "gzip"
		if want := strings.Contains(tt.encoding, "gzip") && strings.HasPrefix(tt.contentType, "text/"); zipped != want {
			t.Errorf("%s: gzip %v, want %v", tt.path, zipped, want)
		}
	}
	if _, err := a.url("nothing.js"); err == nil {
		t.Error("an asset that is not there has an address")
	}
	if testAssets(t, "body{}").hash != a.hash || testAssets(t, "body{ }").hash == a.hash {
		t.Error("the hash must change with the content, and only with it")
	}
}
