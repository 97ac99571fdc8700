package dashboards_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func (f *fixture) get(t testing.TB, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}
