package dashboards

import (
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

func TestFormats(t *testing.T) {
	for _, tt := range []struct{ name, got, want string }{
		{"zero", Entier(0), "0"},
		{"hundreds", Entier(999), "999"},
		{"thousand", Entier(1000), "1\u202f000"},
		{"millions", Entier(71234567), "71\u202f234\u202f567"},
		{"most", Entier(1<<64 - 1), "18\u202f446\u202f744\u202f073\u202f709\u202f551\u202f615"},
		{"zero is singular", Compte(0, "école", "écoles"), "0\u00a0école"},
		{"one", Compte(1, "école", "écoles"), "1\u00a0école"},
		{"two", Compte(2, "école", "écoles"), "2\u00a0écoles"},
		{"part", Part(402, 1000), "40,2\u00a0%"},
		{"part rounds half up", Part(1, 2000), "0,1\u00a0%"},
		{"a third", Part(1, 3), "33,3\u00a0%"},
		{"all", Part(5, 5), "100,0\u00a0%"},
		{"more than all", Part(3, 2), "150,0\u00a0%"},
		{"of nothing", Part(0, 0), "–"},
		{"seconds", Duree(9), "9\u00a0s"},
		{"minutes", Duree(272), "4\u00a0min\u00a032\u00a0s"},
		{"round minutes", Duree(60), "1\u00a0min\u00a000\u00a0s"},
		{"hours", Duree(3725), "1\u00a0h\u00a002\u00a0min"},
		{"no mean", DureeMoyenne(schemas.Measures{Visits: 3}), "–"},
		{"mean of nothing long", DureeMoyenne(schemas.Measures{Visits: 3, VisitsWithDuration: 1}), "0\u00a0s"},
		{"mean rounds half up", DureeMoyenne(schemas.Measures{DurationMS: 1500, VisitsWithDuration: 1}), "2\u00a0s"},
		{"day", Jour(schemas.DateDay(2026, 9, 7)), "7\u00a0septembre\u00a02026"},
		{"first", Jour(schemas.DateDay(2026, 8, 1)), "1er\u00a0août\u00a02026"},
		{"short", JourCourt(schemas.DateDay(2026, 2, 9)), "9\u00a0févr.\u00a02026"},
		{"week", Semaine(schemas.Week(schemas.DateDay(2026, 9, 7))), "semaine du 7\u00a0septembre\u00a02026"},
		{"winter instant", Instant(time.Date(2026, 11, 24, 7, 5, 0, 0, time.UTC)), "24\u00a0novembre\u00a02026 à 8\u00a0h\u00a005"},
		{"summer midnight", Instant(time.Date(2026, 7, 13, 22, 0, 0, 0, time.UTC)), "14\u00a0juillet\u00a02026 à 0\u00a0h\u00a000"},
		{"hour", Heure(9), "9\u00a0h\u00a0–\u00a010\u00a0h"},
		{"last hour", Heure(23), "23\u00a0h\u00a0–\u00a00\u00a0h"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}
