package dashboards

import (
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

// The names of circonscriptions are those of a directory.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		niveau            schemas.Niveau
		name, short, long string
	}{
		{schemas.Circonscription, "Circonscription d'inspection du 1er degré d'Alès 1", "Alès 1", "Circonscription Alès 1"},
		{schemas.Circonscription, "Circonscription d inspection du 1er degré de Béziers Centre", "Béziers Centre", "Circonscription Béziers Centre"},
		{schemas.Circonscription, "Circonscription d'inspection du 1er degré du Vigan", "Le Vigan", "Circonscription Le Vigan"},
		{schemas.Circonscription, "Circonscription d'inspection du 1er degré de la Salanque", "La Salanque", "Circonscription La Salanque"},
		{schemas.Circonscription, "Circonscription d'inspection du 1er degré - ADASEN + Maternelle", "ADASEN + Maternelle", "Circonscription ADASEN + Maternelle"},
		{schemas.Circonscription, "Circonscription d'inspection du 1er degré Carcassonne", "Carcassonne", "Circonscription Carcassonne"},
		{schemas.Circonscription, "Circonscription TARBES ASH SEMEAC", "TARBES ASH SEMEAC", "Circonscription TARBES ASH SEMEAC"},
		{schemas.Circonscription, "Circonscription de Durfaville", "Durfaville", "Circonscription Durfaville"},
		{schemas.Circonscription, "Circonscription", "Circonscription", "Circonscription Circonscription"},
		{schemas.Circonscription, "Toulouse Centre", "Toulouse Centre", "Circonscription Toulouse Centre"},
		{schemas.DSDEN, "Haute-Garonne", "Haute-Garonne", "DSDEN Haute-Garonne"},
		{schemas.Ecole, "École élémentaire Jean-Jaurès", "École élémentaire Jean-Jaurès", "École élémentaire Jean-Jaurès"},
		{schemas.Ecole, "Les Tilleuls", "Les Tilleuls", "École Les Tilleuls"},
	} {
		place := schemas.Territory{Scope: schemas.Scope{Niveau: tt.niveau, Code: "x"}, Name: tt.name}
		if got := nameOf(place); got != tt.short {
			t.Errorf("%q is called %q, want %q", tt.name, got, tt.short)
		}
		if got := titled(place); got != tt.long {
			t.Errorf("%q with its level is %q, want %q", tt.name, got, tt.long)
		}
	}
}
