package dashboards_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/entaudience/entaudience/schemas"
)

// TestLook draws every page over a whole region, for eyes. Set
// ENTAUDIENCE_SCREENSHOTS to a folder, and ENTAUDIENCE_LOOK to words of the
// addresses to look at.
func TestLook(t *testing.T) {
	folder := os.Getenv("ENTAUDIENCE_SCREENSHOTS")
	if folder == "" {
		t.Skip("draws pages for eyes: set ENTAUDIENCE_SCREENSHOTS to a folder")
	}
	s := regionStore(t, 30)
	f := serve(t, s, nil)
	dir, _, err := s.Directory(t.Context(), 2026)
	must(t, err)
	circo := ""
	for _, c := range dir.Children(dir.Children(dir.Children(dir.Regions()[0].Scope)[1].Scope)[2].Scope) {
		circo = c.Code
		break
	}
	school := dir.Schools[1000]
	var enrolled []schemas.Enrolment
	for i := range dir.Schools {
		if i%3 > 0 {
			enrolled = append(enrolled, schemas.Enrolment{UAI: dir.Schools[i].UAI, Collectivite: "310555"})
		}
	}
	must(t, s.ImportEnrolments(t.Context(), "test", map[schemas.SchoolYear][]schemas.Enrolment{2026: enrolled}))
	server := httptest.NewServer(f.handler)
	defer server.Close()
	ctx := browser(t)
	for name, path := range map[string]string{
		"region": "/region/76", "carte": "/region/76/carte", "dsden": "/dsden/031", "circonscription": "/circonscription/" + circo, "ecole": "/ecole/" + string(school.UAI),
		"comparaison": "/region/76/comparaison", "comparaison-ecoles": "/region/76/comparaison?detail=ecoles&profil=ELEVE",
		"services": "/region/76/services", "moments": "/region/76/moments", "appareils": "/region/76/appareils",
		"bilan": "/bilan/2025-2026", "accessibilite": "/accessibilite",
	} {
		if want := os.Getenv("ENTAUDIENCE_LOOK"); want != "" && !strings.Contains(" "+want+" ", " "+name+" ") {
			continue
		}
		for _, view := range []struct {
			name   string
			width  int64
			scheme string
		}{{"1280", 1280, "light"}, {"390", 390, "light"}, {"sombre", 1280, "dark"}} {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: view.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}})
			must(t, err)
			must(t, chromedp.Do(ctx, chromedp.EmulateViewport(view.width, 900), chromedp.Navigate(server.URL+path)))
			shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(folder, "look-"+name+"-"+view.name+".png"), shot, 0o644))
		}
	}
}
