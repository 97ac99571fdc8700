package dashboards

import (
	"net/http"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// homePage lists the person's territories when there are several, and says
// how to begin when there is no directory.
type homePage struct {
	Layout
	Territories []schemas.Territory
	Empty       bool // no directory yet
}

// home leads to the person's territory when there is one.
func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	dir, _, err := s.reader.Directory(r.Context(), s.reader.year())
	if err != nil && schemas.KindOf(err) != schemas.NotFound {
		return err
	}
	page := homePage{Layout: s.layout(r, "Tableau de bord", "/"), Empty: err != nil}
	p, _ := access.From(r.Context())
	switch {
	case page.Empty:
	case p.Everywhere:
		page.Territories = dir.Regions()
	default:
		page.Territories = s.own(r.Context(), p)
	}
	if len(page.Territories) == 1 {
		http.Redirect(w, r, page.Territories[0].Path(), http.StatusFound)
		return nil
	}
	return s.html(w, r, "accueil", page)
}
