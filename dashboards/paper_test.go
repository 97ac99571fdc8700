package dashboards_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/ledongthuc/pdf"
)

// squeeze leaves out what a PDF does not keep.
var squeeze = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\n", "", "’", "'")

// print is the page that is open as A4 paper: its pages, and its text squeezed.
func (b *tab) print(t *testing.T, name string) (pages int, text string) {
	t.Helper()
	yes := true
	printed, err := chromedp.Call(b.ctx, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PrintBackground: &yes, PreferCSSPageSize: &yes})
	must(t, err)
	if folder := os.Getenv("ENTAUDIENCE_SCREENSHOTS"); folder != "" {
		must(t, os.WriteFile(filepath.Join(folder, name+".pdf"), printed.Data, 0o644))
	}
	r, err := pdf.NewReader(bytes.NewReader(printed.Data), int64(len(printed.Data)))
	must(t, err)
	box := r.Page(1).V.Key("MediaBox")
	if w, h := box.Index(2).Float64(), box.Index(3).Float64(); w < 594 || w > 596 || h < 841 || h > 843 {
		t.Errorf("%s: pages of %.0f × %.0f points, want A4", name, w, h)
	}
	var all strings.Builder
	for i := 1; i <= r.NumPage(); i++ {
		content, err := r.Page(i).GetPlainText(nil)
		must(t, err)
		all.WriteString(content + "\n")
	}
	for _, no := range []string{"Rechercher", "Télécharger", "Tableau de bord", "Accès rapide", "imprimez"} {
		if strings.Contains(squeeze.Replace(all.String()), squeeze.Replace(no)) {
			t.Errorf("%s: the paper says %q", name, no)
		}
	}
	return r.NumPage(), squeeze.Replace(all.String())
}

// bilanOnPaper prints the document of a year as a browser does.
func bilanOnPaper(t *testing.T, b *tab, f *fixture, server string) {
	const path = "/bilan/2026-2027/region/76"
	b.dress(t, 1280, "light")
	must(t, chromedp.Do(b.ctx, chromedp.Navigate(server+path)))
	vectors, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]int](`[document.querySelectorAll("[data-chart] svg").length, document.querySelectorAll("[data-chart]").length, document.querySelectorAll("canvas").length]`))
	must(t, err)
	if vectors[0] == 0 || vectors[0] != vectors[1] || vectors[2] != 0 {
		t.Errorf("%d vectors for %d charts, %d bitmaps", vectors[0], vectors[1], vectors[2])
	}
	pages, text := b.print(t, "bilan")
	if pages < 4 || pages > 11 {
		t.Errorf("%d pages, want a cover and a few more", pages)
	}
	doc := parse(t, f.as(t, roles()["region"], "GET", path).Body.String())
	for _, want := range append([]string{doc.text(".bilan-sentence"), "Chiffres clés", "Semaine après semaine", "Territoires et équité", "Haute-Garonne", "Profils", "Services", "Panne du portail", "Méthode", "Limites"},
		doc.row("chiffres", "Visites")[1], doc.row("profils", "Élèves")[1]) {
		if !strings.Contains(text, squeeze.Replace(want)) {
			t.Errorf("the paper does not say %q:\n%s", want, text)
		}
	}
}

// handoutOnPaper: however many schools a collectivity has, and however long
// their names, its sheet is one page.
func handoutOnPaper(t *testing.T, b *tab, f *fixture, server string) {
	b.dress(t, 1280, "light")
	for number, want := range map[string][]string{
		"310555": {"Collectivité 310555", "8 des 38 écoles inscrites se sont servies", "38 écoles inscrites", "1 710 €", "et 28 autres écoles, dans le relevé", "Élèves", "Courrier électronique", "30 minutes"},
		"310069": {"Blagnac, L'Haÿ-les-Bains", "École élémentaire Jean-Jaurès", "École maternelle des Tilleuls", "jamais", "90 €", "30 € par visite"},
	} {
		path := "/collectivite/" + number + "/fiche"
		must(t, chromedp.Do(b.ctx, chromedp.Navigate(server+path)))
		pages, text := b.print(t, "fiche-"+number)
		if pages != 1 {
			t.Errorf("%s: %d pages, want one", number, pages)
		}
		says := parse(t, f.as(t, roles()["region"], "GET", path).Body.String()).text(".fiche-says")
		for _, w := range append(want, says) {
			if !strings.Contains(text, squeeze.Replace(w)) {
				t.Errorf("%s: the paper does not say %q:\n%s", number, w, text)
			}
		}
	}
}
