package dashboards

import (
	"net/http"

	"github.com/entaudience/entaudience/schemas"
)

// homePage lists the regions when there are several, and says how to begin
// when there is none.
type homePage struct {
	Layout
	Regions []schemas.Territory
}

func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	dir, _, err := s.reader.Directory(r.Context(), schemas.WeekOf(s.clock()).SchoolYear())
	if err != nil && schemas.KindOf(err) != schemas.NotFound {
		return err
	}
	page := homePage{Layout: s.layout("Tableau de bord", "/")}
	if err == nil {
		page.Regions = dir.Regions()
	}
	if len(page.Regions) == 1 {
		http.Redirect(w, r, page.Regions[0].Path(), http.StatusFound)
		return nil
	}
	return s.html(w, r, "accueil", page)
}
