package dashboards

import "net/http"

// accessibilityPage is the declaration that the law asks of a public service.
type accessibilityPage struct {
	Layout
}

// accessibility answers the declaration of accessibility.
func (s *Server) accessibility(w http.ResponseWriter, r *http.Request) error {
	return s.html(w, r, "accessibilite", accessibilityPage{s.layout(r, "Accessibilité", "")})
}
