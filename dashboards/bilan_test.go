package dashboards_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/ledongthuc/pdf"
)

// bilan: the document says what the pages say, in every form.
func bilan(t *testing.T, f *fixture) {
	if w := f.get(t, "/bilan/2026-2027"); w.Code != 302 || w.Header().Get("Location") != "/bilan/2026-2027/region/76" {
		t.Errorf("the year's address leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := f.get(t, "/bilan/2026-2027.csv"); w.Code != 302 || w.Header().Get("Location") != "/bilan/2026-2027/region/76.csv" {
		t.Errorf("its file leads to %d %s", w.Code, w.Header().Get("Location"))
	}
	for _, target := range []string{"/bilan/2026-2027/region/76", "/bilan/2025-2026/ecole/" + string(exact)} {
		formsAgree(t, f, target)
	}
	p := f.page(t, "/bilan/2026-2027/region/76")
	region := f.page(t, "/region/76?annee=2026-2027")
	visits := region.text(`.figure-value[data-code="visites"]`)
	want := "Depuis la rentrée de l'année scolaire 2026-2027 et jusqu'au 24 novembre 2026, l'ENT a reçu " + visits + " visites dans « Occitanie », de " +
		region.text(`.figure-value[data-code="utilisateurs_semaine_moyenne"]`) + " utilisateurs par semaine en moyenne. La dernière semaine complète, 10 écoles ont été actives, pour 12 écoles publiques ouvertes."
	if got := p.text(".bilan-sentence"); got != want {
		t.Errorf("cover\n%s, want\n%s", got, want)
	}
	if got := p.row("chiffres", "Visites")[1]; got != visits {
		t.Errorf("%s visits, the region's page says %s", got, visits)
	}
	if got := f.page(t, "/bilan/2025-2026/ecole/"+string(exact)).text(".bilan-sentence"); got != "Pendant l'année scolaire 2025-2026, l'ENT a reçu 1 visite dans « École élémentaire Jean-Jaurès », de 1 utilisateur par semaine en moyenne." {
		t.Errorf("last year's cover: %q", got)
	}
	for target, status := range map[string]int{"/bilan/2027-2028/region/76": 400, "/bilan/2026/region/76": 400, "/bilan/2026-2027/region/99": 404} {
		if w := f.get(t, target); w.Code != status {
			t.Errorf("%s: %d, want %d", target, w.Code, status)
		}
	}
}

// TestBilanOnPaper prints the document on A4 as a browser does.
func TestBilanOnPaper(t *testing.T) {
	ctx := browser(t)
	f := seeded(t)
	server := httptest.NewServer(f.handler)
	defer server.Close()
	must(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/bilan/2026-2027/region/76")))
	vectors, err := chromedp.Run(ctx, chromedp.Evaluate[[]int](`[document.querySelectorAll("[data-chart] svg").length, document.querySelectorAll("[data-chart]").length, document.querySelectorAll("canvas").length]`))
	must(t, err)
	if vectors[0] == 0 || vectors[0] != vectors[1] || vectors[2] != 0 {
		t.Errorf("%d vectors for %d charts, %d bitmaps", vectors[0], vectors[1], vectors[2])
	}
	yes := true
	printed, err := chromedp.Call(ctx, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PrintBackground: &yes, PreferCSSPageSize: &yes})
	must(t, err)
	if folder := os.Getenv("ENTAUDIENCE_SCREENSHOTS"); folder != "" {
		must(t, os.WriteFile(filepath.Join(folder, "bilan.pdf"), printed.Data, 0o644))
	}
	r, err := pdf.NewReader(bytes.NewReader(printed.Data), int64(len(printed.Data)))
	must(t, err)
	if n := r.NumPage(); n < 4 || n > 9 {
		t.Errorf("%d pages, want a cover and a few more", n)
	}
	box := r.Page(1).V.Key("MediaBox")
	if w, h := box.Index(2).Float64(), box.Index(3).Float64(); w < 594 || w > 596 || h < 841 || h > 843 {
		t.Errorf("pages of %.0f × %.0f points, want A4", w, h)
	}
	var text strings.Builder
	for i := 1; i <= r.NumPage(); i++ {
		content, err := r.Page(i).GetPlainText(nil)
		must(t, err)
		text.WriteString(content + "\n")
	}
	squeeze := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\n", "", "’", "'")
	all := squeeze.Replace(text.String())
	doc := f.page(t, "/bilan/2026-2027/region/76")
	for _, want := range append([]string{doc.text(".bilan-sentence"), "Chiffres clés", "Semaine après semaine", "Territoires et équité", "Haute-Garonne", "Profils", "Services", "Méthode", "Limites"},
		doc.row("chiffres", "Visites")[1], doc.row("profils", "Élèves")[1]) {
		if !strings.Contains(all, squeeze.Replace(want)) {
			t.Errorf("the paper does not say %q:\n%s", want, text.String())
		}
	}
	for _, no := range []string{"Rechercher", "Télécharger", "Tableau de bord", "Accès rapide"} {
		if strings.Contains(all, squeeze.Replace(no)) {
			t.Errorf("the paper says %q", no)
		}
	}
}
