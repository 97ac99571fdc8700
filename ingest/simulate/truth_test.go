package simulate_test

import (
	"maps"
	"testing"
	"time"

	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// TestTruth: the rules of counting on a few facts whose figures are worked out
// by hand.
func TestTruth(t *testing.T) {
	truth := simulate.NewTruth()
	evening := time.Date(2026, time.September, 7, 23, 50, 0, 0, schemas.Paris)
	add := func(person string, after time.Duration, service, profil string) {
		truth.Add(simulate.Fact{
			UAI: "0310001H", Person: person, TS: evening.Add(after).UnixMilli(), Profil: profil, Service: service, Device: schemas.Smartphone,
		})
	}
	add("a", 0, "ACCUEIL", "ELEVE")
	add("a", 0, "ACCUEIL", "ELEVE") // the same again
	add("a", 4*time.Minute, "NOTES", "PARENT")
	add("a", 9*time.Minute, "ACCUEIL", "ELEVE")
	add("a", 11*time.Minute, "", "ELEVE") // after midnight: another visit
	add("a", 41*time.Minute-time.Millisecond, "", "ELEVE")
	add("a", 71*time.Minute-time.Millisecond, "", "ELEVE") // 30 minutes later: another
	add("b", 0, "ACCUEIL", "")

	monday := schemas.DateDay(2026, time.September, 7)
	key := func(d schemas.Day, axe schemas.Axe, modalite string) simulate.Key {
		return simulate.Key{UAI: "0310001H", Debut: d, Axe: axe, Modalite: modalite}
	}
	measures := func(visits, users uint64, duration time.Duration, withDuration, events uint64) schemas.Measures {
		return schemas.Measures{Visits: visits, Users: users, DurationMS: uint64(duration.Milliseconds()), VisitsWithDuration: withDuration, Events: events}
	}
	long := 30*time.Minute - time.Millisecond
	days := map[simulate.Key]schemas.Measures{
		key(monday, "globales", "globales"):     measures(2, 2, 9*time.Minute, 1, 4),
		key(monday, "profil", "ELEVE"):          measures(1, 1, 9*time.Minute, 1, 3),
		key(monday, "profil", "AUTRE"):          measures(1, 1, 0, 0, 1),
		key(monday, "appareil", "smartphone"):   measures(2, 2, 9*time.Minute, 1, 4),
		key(monday, "service", "ACCUEIL"):       measures(2, 2, 4*time.Minute, 1, 3),
		key(monday, "service", "NOTES"):         measures(1, 1, 5*time.Minute, 1, 1),
		key(monday+1, "globales", "globales"):   measures(2, 1, long, 1, 3),
		key(monday+1, "profil", "ELEVE"):        measures(2, 1, long, 1, 3),
		key(monday+1, "appareil", "smartphone"): measures(2, 1, long, 1, 3),
		key(monday+1, "service", "PAGE_ENT"):    measures(2, 1, long, 1, 3),
	}
	if got := truth.Cells(schemas.ParJour); !maps.Equal(got, days) {
		t.Errorf("days: %v, want %v", got, days)
	}
	week := truth.Cells(schemas.ParSemaine)
	if got, want := week[key(monday, "globales", "globales")], measures(4, 2, 9*time.Minute+long, 2, 7); got != want {
		t.Errorf("week: %v, want %v", got, want)
	}
	if got, want := week[key(monday, "profil", "ELEVE")], measures(3, 1, 9*time.Minute+long, 2, 6); got != want {
		t.Errorf("week of pupils: %v, want %v", got, want)
	}
}
