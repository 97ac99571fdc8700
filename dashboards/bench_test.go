package dashboards_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// BenchmarkPages serves every page of a region of 4,104 schools over one month
// and over two years, and reports the median and the 95th percentile of the
// server's time for each, and the size of the page.
func BenchmarkPages(b *testing.B) {
	s := regionStore(b, 104)
	f := serve(b, s, nil)
	dir, _, err := s.Directory(b.Context(), 2026)
	must(b, err)
	academie := dir.Children(dir.Regions()[0].Scope)[1]
	dsden := dir.Children(academie.Scope)[2]
	circo := dir.Children(dsden.Scope)[0]
	school := dir.Children(circo.Scope)[0]
	last := schemas.WeekOf(now) - 7
	for _, page := range []struct{ name, path string }{
		{"region", "/region/76"},
		{"academie", academie.Path()},
		{"dsden", dsden.Path()},
		{"circonscription", circo.Path()},
		{"ecole", school.Path()},
		{"comparaison", "/region/76/comparaison"},
		{"comparaison-ecoles", "/region/76/comparaison?detail=ecoles"},
		{"services", "/region/76/services"},
		{"moments", "/region/76/moments"},
		{"appareils", "/region/76/appareils"},
		{"carte", "/region/76/carte"},
	} {
		for _, period := range []struct {
			name  string
			weeks int
		}{{"1-mois", 4}, {"2-ans", 103}} {
			sep := "?"
			if slices.Contains([]byte(page.path), '?') {
				sep = "&"
			}
			target := fmt.Sprintf("%s%sdu=%s&au=%s", page.path, sep, (last - schemas.Week(7*(period.weeks-1))).Monday(), last.Sunday())
			b.Run(page.name+"/"+period.name, func(b *testing.B) {
				var took []time.Duration
				size := 0
				for b.Loop() {
					start := time.Now()
					w := httptest.NewRecorder()
					f.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
					took = append(took, time.Since(start))
					if size = w.Body.Len(); w.Code != http.StatusOK {
						b.Fatalf("%s: %d %s", target, w.Code, w.Body)
					}
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[min(len(took)-1, len(took)*95/100)].Microseconds())/1000, "p95-ms")
				b.ReportMetric(float64(size)/1000, "kB")
			})
		}
	}
}
