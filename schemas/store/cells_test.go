package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

// moments are "Monday 8: 3" a line.
func moments(t testing.TB, s *store.Store, scope schemas.Scope, p schemas.Period, profil schemas.Profil) string {
	t.Helper()
	found, _, err := s.Moments(within(t), scope, p, profil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range found {
		lines = append(lines, fmt.Sprintf("%s %d: %d", m.Weekday, m.Hour, m.Visits))
	}
	return strings.Join(lines, "\n")
}

func activity(t testing.TB, s *store.Store, scope schemas.Scope, p schemas.Period, detail schemas.Detail) string {
	t.Helper()
	found, err := s.Activity(within(t), scope, p, detail)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, w := range found {
		lines = append(lines, fmt.Sprintf("%s %s: %d", w.Week, w.Code, w.Active))
	}
	return strings.Join(lines, "\n")
}

// thisWeek asks for the usual week; a query of weeks may begin in the middle of
// one, whose Monday is then not in it.
var thisWeek = schemas.Period{From: week.Monday() - 6, To: week.Sunday()}

// TestReads asks one database, filled with the usual week.
func TestReads(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		insert(t, e.Store, usualWeek()...)
		compute(t, e.Store)
		importDirectory(t, e.Store, 2026)
		t.Run("scopes", func(t *testing.T) { readScopes(t, e.Store) })
		t.Run("details", func(t *testing.T) { readDetails(t, e.Store) })
		t.Run("profil", func(t *testing.T) { readProfil(t, e.Store) })
		t.Run("days", func(t *testing.T) { readDays(t, e.Store) })
		t.Run("total", func(t *testing.T) { readTotal(t, e.Store) })
		t.Run("frequence", func(t *testing.T) { readFrequence(t, e.Store) })
		t.Run("moments", func(t *testing.T) { readMoments(t, e.Store) })
		t.Run("activity", func(t *testing.T) { readActivity(t, e.Store) })
		t.Run("national", func(t *testing.T) { readNational(t, e.Store) })
		t.Run("refusals", func(t *testing.T) { readRefusals(t, e.Store) })
	})
}

func readScopes(t *testing.T, s *store.Store) {
	for scope, want := range map[schemas.Scope]string{
		occitanie: "76 globales globales: 9 visits, 8 users, 14 events, 2160000 ms of 4, 4 schools",
		toulouse:  "16 globales globales: 6 visits, 5 users, 10 events, 960000 ms of 3, 3 schools",
		garonne:   "031 globales globales: 6 visits, 5 users, 10 events, 960000 ms of 3, 3 schools",
		{Niveau: schemas.Circonscription, Code: string(centre)}:   string(centre) + " globales globales: 5 visits, 4 users, 9 events, 960000 ms of 3, 2 schools",
		{Niveau: schemas.Circonscription, Code: string(rangueil)}: "",
		{Niveau: schemas.Ecole, Code: string(jaures)}:             "0310001H globales globales: 3 visits, 2 users, 6 events, 360000 ms of 2, 1 schools",
		{Niveau: schemas.Ecole, Code: string(stranger)}:           "",
		{Niveau: schemas.DSDEN, Code: "034' OR '1' = '1"}:         "",
	} {
		if want != "" {
			want = "2026-09-07 " + want
		}
		wanted(t, scope.String(), cells(t, s, schemas.CellQuery{
			Scope: scope, Period: thisWeek, Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales},
		}), want)
	}
}

func readDetails(t *testing.T, s *store.Store) {
	q := schemas.CellQuery{Scope: garonne, Period: thisWeek, Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales}, Detail: schemas.ParEnfants}
	wanted(t, "children of a DSDEN", cells(t, s, q), `
		2026-09-07 0310003K globales globales: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
		2026-09-07 0311900X globales globales: 5 visits, 4 users, 9 events, 960000 ms of 3, 2 schools`)
	q.Scope = occitanie
	wanted(t, "children of a region", cells(t, s, q), `
		2026-09-07 11 globales globales: 3 visits, 3 users, 4 events, 1200000 ms of 1, 1 schools
		2026-09-07 16 globales globales: 6 visits, 5 users, 10 events, 960000 ms of 3, 3 schools`)
	q.Detail = schemas.ParEcoles
	q.Axes = []schemas.Axe{schemas.ParOutil, schemas.ParAppareil}
	wanted(t, "establishments of a region", cells(t, s, q), `
		2026-09-07 0310001H appareil ordinateur: 2 visits, 2 users, 5 events, 360000 ms of 2, 1 schools
		2026-09-07 0310001H appareil smartphone: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
		2026-09-07 0310001H outil PRONOTE: 1 visits, 1 users, 1 events, 90000 ms of 1, 1 schools
		2026-09-07 0310002J appareil ordinateur: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
		2026-09-07 0310002J appareil smartphone: 1 visits, 1 users, 2 events, 600000 ms of 1, 1 schools
		2026-09-07 0310003K appareil ordinateur: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
		2026-09-07 0340001S appareil ordinateur: 3 visits, 3 users, 4 events, 1200000 ms of 1, 1 schools`)
}

func readProfil(t *testing.T, s *store.Store) {
	q := schemas.CellQuery{
		Scope: occitanie, Period: thisWeek, Grain: schemas.ParSemaine, Profil: schemas.Eleve,
		Axes: []schemas.Axe{schemas.Globales, schemas.ParProfil, schemas.ParAppareil, schemas.ParService},
	}
	wanted(t, "pupils", cells(t, s, q), `
		2026-09-07 76 appareil ordinateur: 4 visits, 4 users, 7 events, 1470000 ms of 2, 3 schools
		2026-09-07 76 appareil smartphone: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
		2026-09-07 76 globales globales: 5 visits, 4 users, 8 events, 1470000 ms of 2, 3 schools
		2026-09-07 76 profil ELEVE: 5 visits, 4 users, 8 events, 1470000 ms of 2, 3 schools
		2026-09-07 76 service ACTUALITES: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
		2026-09-07 76 service NOTES: 3 visits, 3 users, 5 events, 1380000 ms of 2, 3 schools
		2026-09-07 76 service SERVICES_VIE_SCOLAIRE: 1 visits, 1 users, 1 events, 90000 ms of 1, 1 schools
		2026-09-07 76 service UN_SERVICE_NEUF: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools`)
	q.Axes = []schemas.Axe{schemas.ParProfilAppareil}
	q.Profil = schemas.Parent
	wanted(t, "parents", cells(t, s, q), "2026-09-07 76 profil×appareil PARENT×smartphone: 1 visits, 1 users, 2 events, 600000 ms of 1, 1 schools")
	for _, axe := range []schemas.Axe{schemas.ParOS, schemas.ParNavigateur, schemas.ParOutil, schemas.ParFrequence} {
		q.Axes = []schemas.Axe{axe}
		if _, err := s.Cells(within(t), q); schemas.KindOf(err) != schemas.Invalid || !strings.Contains(schemas.SentenceOf(err), "« "+string(axe)+" »") {
			t.Error(axe, err)
		}
	}
}

func readDays(t *testing.T, s *store.Store) {
	q := schemas.CellQuery{
		Scope: occitanie, Period: schemas.Period{From: week.Monday() + 1, To: week.Sunday()}, Grain: schemas.ParJour,
		Axes: []schemas.Axe{schemas.ParProfil}, Profil: schemas.Eleve,
	}
	wanted(t, "days of pupils", cells(t, s, q), `
		2026-09-08 76 profil ELEVE: 2 visits, 2 users, 3 events, 1200000 ms of 1, 2 schools
		2026-09-13 76 profil ELEVE: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools`)
}

func readTotal(t *testing.T, s *store.Store) {
	q := schemas.CellQuery{
		Scope: occitanie, Period: thisWeek, Grain: schemas.ParJour, Axes: []schemas.Axe{schemas.Globales}, Total: true,
	}
	// Users of days are summed: pupil 1 came on two. Establishments are those of
	// the day that has most.
	wanted(t, "total", cells(t, s, q), "total 76 globales globales: 9 visits, 9 users, 14 events, 2160000 ms of 4, 3 schools")
	q.Detail = schemas.ParEnfants
	wanted(t, "total of children", cells(t, s, q), `
		total 11 globales globales: 3 visits, 3 users, 4 events, 1200000 ms of 1, 1 schools
		total 16 globales globales: 6 visits, 6 users, 10 events, 960000 ms of 3, 2 schools`)
}

func readFrequence(t *testing.T, s *store.Store) {
	q := schemas.CellQuery{Scope: occitanie, Period: thisWeek, Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.ParFrequence}}
	wanted(t, "bands", cells(t, s, q), `
		2026-09-07 76 frequence 1: 7 visits, 7 users, 10 events, 1890000 ms of 3, 4 schools
		2026-09-07 76 frequence 2-4: 2 visits, 1 users, 4 events, 270000 ms of 1, 1 schools`)
}

func readMoments(t *testing.T, s *store.Store) {
	wanted(t, "all", moments(t, s, occitanie, thisWeek, ""), `
		Sunday 23: 1
		Monday 8: 1
		Monday 10: 1
		Tuesday 9: 1
		Tuesday 11: 2
		Tuesday 18: 1
		Tuesday 20: 2`)
	wanted(t, "parents", moments(t, s, occitanie, thisWeek, schemas.Parent), "Tuesday 20: 1")
	wanted(t, "no Monday", moments(t, s, garonne, schemas.Period{From: week.Monday() + 1, To: week.Sunday()}, ""), "")
}

func readActivity(t *testing.T, s *store.Store) {
	wanted(t, "region", activity(t, s, occitanie, thisWeek, schemas.Ensemble), "2026-09-07 76: 4")
	wanted(t, "DSDEN", activity(t, s, garonne, thisWeek, schemas.ParEnfants), `
		2026-09-07 0310003K: 1
		2026-09-07 0311900X: 2`)
	wanted(t, "establishments", activity(t, s, garonne, thisWeek, schemas.ParEcoles), `
		2026-09-07 0310001H: 1
		2026-09-07 0310002J: 1
		2026-09-07 0310003K: 1`)
}

func readNational(t *testing.T, s *store.Store) {
	wanted(t, "profiles", national(t, s, week, schemas.Globales, schemas.ParProfil), `
		0310001H ELEVE: 2 visits, 1 users, 4 events, 270000 ms of 1
		0310001H ENSEIGNANT: 1 visits, 1 users, 2 events, 90000 ms of 1
		0310001H globales: 3 visits, 2 users, 6 events, 360000 ms of 2
		0310002J AUTRE: 1 visits, 1 users, 1 events, 0 ms of 0
		0310002J PARENT: 1 visits, 1 users, 2 events, 600000 ms of 1
		0310002J globales: 2 visits, 2 users, 3 events, 600000 ms of 1
		0310003K ELEVE: 1 visits, 1 users, 1 events, 0 ms of 0
		0310003K globales: 1 visits, 1 users, 1 events, 0 ms of 0
		0340001S COLLECTIVITE: 1 visits, 1 users, 1 events, 0 ms of 0
		0340001S ELEVE: 2 visits, 2 users, 3 events, 1200000 ms of 1
		0340001S globales: 3 visits, 3 users, 4 events, 1200000 ms of 1
		0750001U ELEVE: 1 visits, 1 users, 1 events, 0 ms of 0
		0750001U globales: 1 visits, 1 users, 1 events, 0 ms of 0`)
	wanted(t, "another week", national(t, s, week.Next(), schemas.Globales), "")
}

func readRefusals(t *testing.T, s *store.Store) {
	q := schemas.CellQuery{Scope: occitanie, Period: thisWeek, Grain: schemas.ParJour, Axes: []schemas.Axe{schemas.ParFrequence}}
	if _, err := s.Cells(within(t), q); schemas.KindOf(err) != schemas.Invalid || !strings.Contains(schemas.SentenceOf(err), "grain=semaine") {
		t.Error(err)
	}
	q.Grain = schemas.ParHeure
	if _, err := s.Cells(within(t), q); schemas.KindOf(err) != schemas.Invalid || !strings.Contains(schemas.SentenceOf(err), "« heure »") {
		t.Error(err)
	}
	for what, p := range map[string]schemas.Period{
		"no day": {From: week.Monday(), To: week.Monday() - 1}, "no Monday": {From: week.Monday() + 1, To: week.Sunday()},
	} {
		q = schemas.CellQuery{Scope: occitanie, Period: p, Grain: schemas.ParSemaine, Axes: schemas.Axes()}
		wanted(t, what, cells(t, s, q), "")
	}
}

// Some schools of a territory are its lines of them, and no others, wherever its
// cells are read.
func TestSomeSchools(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		importDirectory(t, e.Store, 2026)
		insert(t, e.Store, usualWeek()...)
		compute(t, e.Store)
		for _, axe := range []schemas.Axe{schemas.Globales, schemas.ParService} {
			for _, grain := range []schemas.Grain{schemas.ParSemaine, schemas.ParJour} {
				q := schemas.CellQuery{
					Scope: garonne, Period: schemas.Period{From: week.Monday(), To: week.Sunday()}, Grain: grain,
					Axes: []schemas.Axe{axe}, Detail: schemas.ParEcoles,
				}
				all, err := e.Cells(within(t), q)
				if err != nil {
					t.Fatal(err)
				}
				var want []schemas.Cell
				for _, c := range all {
					if c.Code == string(jaures) {
						want = append(want, c)
					}
				}
				q.Schools = []schemas.UAI{jaures, "0999999X"}
				got, err := e.Cells(within(t), q)
				if err != nil || len(want) == 0 || len(want) == len(all) || !slices.Equal(got, want) {
					t.Errorf("%s %s: %v (%v)\nwant %v\nof %v", axe, grain, got, err, want, all)
				}
			}
		}
	})
}
