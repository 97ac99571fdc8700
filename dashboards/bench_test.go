package dashboards_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// BenchmarkPages serves every page of a region of 4,104 schools over one month
// and over two years, or over what it is of, and reports the median and the 95th
// percentile of the server's time for each, and the size of the page.
func BenchmarkPages(b *testing.B) {
	s := regionStore(b, 104)
	enrol(b, s)
	merged(b)
	must(b, s.Warm(b.Context(), schemas.DateDay(2024, time.August, 1))) // as the process does when it starts
	f := serve(b, s, nil)
	dir, _, err := s.Directory(b.Context(), 2026)
	must(b, err)
	academie := dir.Children(dir.Regions()[0].Scope)[1]
	dsden := dir.Children(academie.Scope)[2]
	circo := dir.Children(dsden.Scope)[0]
	school := dir.Children(circo.Scope)[0]
	last := schemas.WeekOf(now) - 7
	pages := []struct{ name, path string }{
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
		{"attention", circo.Path() + "/attention"},
		{"voisinage", school.Path() + "/voisinage"},
		{"silencieuses", "/region/76/silencieuses"},
	}
	for _, page := range pages {
		for _, period := range []struct {
			name  string
			weeks int
		}{{"1-mois", 4}, {"2-ans", 103}} {
			sep := "?"
			if slices.Contains([]byte(page.path), '?') {
				sep = "&"
			}
			target := fmt.Sprintf("%s%sdu=%s&au=%s", page.path, sep, (last - schemas.Week(7*(period.weeks-1))).Monday(), last.Sunday())
			b.Run(page.name+"/"+period.name, func(b *testing.B) { f.timed(b, target) })
		}
	}
	for name, target := range map[string]string{
		"bilan": "/bilan/2025-2026/region/76", "collectivites": "/collectivites?annee=2025-2026",
		"releve": "/collectivite/310000?annee=2025-2026", "fiche": "/collectivite/310000/fiche?annee=2025-2026",
		"fiche-ville": "/collectivite/310001/fiche?annee=2025-2026", "completude": "/completude", "marquage": "/marquage",
	} {
		b.Run(name, func(b *testing.B) { f.timed(b, target) })
	}
}

// merged waits until the engine has merged what was written a moment ago.
func merged(b *testing.B) {
	b.Helper()
	for quiet := 0; quiet < 10; quiet++ {
		if chdbtest.Exec(b, chdbtest.Open(b), "default", "SELECT count() FROM system.merges") != "0\n" {
			quiet = 0
		}
		time.Sleep(300 * time.Millisecond)
	}
}

// timed asks for a page again and again.
func (f *fixture) timed(b *testing.B, target string) {
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
}

// enrol enrols four schools of five: the first collectivity has three, the next a
// hundred, and every other some ten.
func enrol(b *testing.B, s *store.Store) {
	b.Helper()
	schools, _ := regionDirectory()
	years := map[schemas.SchoolYear][]schemas.Enrolment{}
	for _, y := range []schemas.SchoolYear{2024, 2025, 2026} {
		for i, school := range schools {
			number := 310002 + i/12
			switch {
			case i%5 == 0:
				continue
			case i < 4:
				number = 310000
			case i < 130:
				number = 310001
			}
			years[y] = append(years[y], schemas.Enrolment{UAI: school.UAI, Collectivite: fmt.Sprint(number), On: y.First()})
		}
	}
	must(b, s.ImportEnrolments(b.Context(), "test", years))
}
