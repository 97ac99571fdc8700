package store_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

func TestNoDirectory(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		_, _, err := e.Directory(within(t), 2026)
		_, cells := e.Cells(within(t), schemas.CellQuery{Scope: occitanie, Period: thisWeek, Grain: schemas.ParJour, Axes: schemas.Axes()[:1]})
		_, _, moments := e.Moments(within(t), occitanie, thisWeek, "")
		_, activity := e.Activity(within(t), occitanie, thisWeek, "")
		for what, err := range map[string]error{"directory": err, "cells": cells, "moments": moments, "activity": activity} {
			if schemas.KindOf(err) != schemas.NotFound || !strings.Contains(schemas.SentenceOf(err), "« entaudience import annuaire FICHIER »") {
				t.Error(what, err)
			}
		}
	})
}

func TestADirectoryComesBackAsItWas(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		importDirectory(t, e.Store, 2026)
		found, use, err := e.again(t).Directory(within(t), 2026)
		if err != nil || use != (schemas.DirectoryUse{Year: 2026, From: 2026}) {
			t.Fatal(use, err)
		}
		schools, above := directory(2026)
		slices.SortFunc(schools, func(a, b schemas.School) int { return strings.Compare(string(a.UAI), string(b.UAI)) })
		if !reflect.DeepEqual(found.Schools, schools) {
			t.Errorf("%+v\nwant\n%+v", found.Schools, schools)
		}
		for _, territory := range above {
			if got, ok := found.Territory(territory.Scope); !ok || got != territory {
				t.Errorf("%+v, want %+v", got, territory)
			}
		}
		if len(found.All()) != len(schools)+len(above) {
			t.Errorf("%d territories", len(found.All()))
		}
		wanted(t, "version", e.ask(t, "SELECT concat(kind, ' ', toString(annee), ' ', source, ' ', toString(rows)) FROM reference_versions"),
			"annuaire 2026 annuaire.csv 4")
	})
}

// The later version of a year wins, for what reads it whole and for cells.
func TestTheLatestVersionWins(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		insert(t, e.Store, usualWeek()[:3]...)
		insert(t, e.Store, pupil(sete, 7).sees(at("2026-09-07 11:00"), "NOTES", ""))
		compute(t, e.Store)
		importDirectory(t, e.Store, 2026)
		before, _, err := e.Directory(within(t), 2026)
		if err != nil {
			t.Fatal(err)
		}
		schools, above := directory(2026)
		schools[0].Academie, schools[0].DSDEN, schools[0].Name = "16", "031", "Renamed"
		if err := e.ImportDirectory(within(t), 2026, "annuaire.csv", schools[:2], above); err != nil {
			t.Fatal(err)
		}
		publish(t, e.Store)
		after, _, err := e.Directory(within(t), 2026)
		if err != nil || after.Version <= before.Version || len(after.Schools) != 2 || after.Schools[1].Name != "Renamed" {
			t.Errorf("%+v, version %d after %d: %v", after.Schools, after.Version, before.Version, err)
		}
		wanted(t, "cells", cells(t, e.Store, schemas.CellQuery{
			Scope: garonne, Period: thisWeek, Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales}, Detail: schemas.ParEcoles,
		}), `
			2026-09-07 0310001H globales globales: 1 visits, 1 users, 3 events, 270000 ms of 1, 1 schools
			2026-09-07 0340001S globales globales: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools`)
	})
}

// A year without a directory uses the nearest one, the later of two.
func TestTheNearestDirectory(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		importDirectory(t, e.Store, 2022)
		importDirectory(t, e.Store, 2026)
		for year, from := range map[schemas.SchoolYear]schemas.SchoolYear{2019: 2022, 2022: 2022, 2023: 2022, 2024: 2026, 2025: 2026, 2030: 2026} {
			d, use, err := e.Directory(within(t), year)
			if err != nil || use != (schemas.DirectoryUse{Year: year, From: from}) || d.Year != from {
				t.Error(year, use, err)
			}
		}
	})
}

// A figure of a past year uses the territory of that year.
func TestTwoSchoolYearsWithTheirOwnDirectories(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		for _, day := range []string{"2026-06-15", "2026-07-30", "2026-08-03", "2026-09-07"} { // 30 July is of the week that begins on the 27th
			insert(t, e.Store, pupil(ferry, 1).sees(at(day+" 10:00"), "NOTES", ""))
		}
		insert(t, e.Store, pupil(jaures, 2).sees(at("2026-06-15 10:00"), "NOTES", ""))
		compute(t, e.Store)
		importDirectory(t, e.Store, 2025)
		importDirectory(t, e.Store, 2026)
		q := schemas.CellQuery{
			Scope: garonne, Period: schemas.Period{From: schemas.DateDay(2026, 6, 1), To: schemas.DateDay(2026, 9, 30)},
			Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales}, Detail: schemas.ParEnfants,
		}
		wanted(t, "weeks", cells(t, e.Store, q), `
			2026-06-15 0311900X globales globales: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
			2026-06-15 0311901Y globales globales: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
			2026-07-27 0311901Y globales globales: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
			2026-08-03 0311900X globales globales: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools
			2026-09-07 0311900X globales globales: 1 visits, 1 users, 1 events, 0 ms of 0, 1 schools`)
		q.Total = true
		wanted(t, "totals of children", cells(t, e.Store, q), `
			total 0311900X globales globales: 3 visits, 3 users, 3 events, 0 ms of 0, 1 schools
			total 0311901Y globales globales: 2 visits, 2 users, 2 events, 0 ms of 0, 1 schools`)
		q.Detail = schemas.Ensemble
		wanted(t, "total", cells(t, e.Store, q), "total 031 globales globales: 5 visits, 5 users, 5 events, 0 ms of 0, 2 schools")
		wanted(t, "moments", moments(t, e.Store, schemas.Scope{Niveau: schemas.Circonscription, Code: string(rangueil)}, q.Period, ""), `
			Monday 10: 1
			Thursday 10: 1`)
		wanted(t, "activity", activity(t, e.Store, garonne, q.Period, schemas.ParEnfants), `
			2026-06-15 0311900X: 1
			2026-06-15 0311901Y: 1
			2026-07-27 0311901Y: 1
			2026-08-03 0311900X: 1
			2026-09-07 0311900X: 1`)
	})
}

// An import that fails at any statement leaves the version before it, whole;
// the next one is seen, whole.
func TestADirectoryIsSeenWholeOrNotAtAll(t *testing.T) {
	for _, statement := range []string{"INSERT INTO territories", "INSERT INTO schools", "INSERT INTO directory_parts", "INSERT INTO reference_versions"} {
		for how, name := range map[chdbtest.How]string{chdbtest.CutBefore: "cut before", chdbtest.CutWithin: "cut within", chdbtest.Refuse: "refused"} {
			t.Run(statement+" "+name, func(t *testing.T) {
				e := overTCP(t)
				if _, err := e.Migrate(within(t)); err != nil {
					t.Fatal(err)
				}
				importDirectory(t, e.Store, 2026)
				schools, above := directory(2026)
				for i := range schools {
					schools[i].Name = "new"
				}
				fault := e.server.Fail(statement, how, 1)
				want := schemas.Unavailable
				if how == chdbtest.Refuse {
					want = schemas.Internal // the engine's own word
				}
				if err := e.ImportDirectory(within(t), 2026, "annuaire.csv", schools, above); schemas.KindOf(err) != want || fault.Hits() != 1 {
					t.Errorf("%d faults: %v", fault.Hits(), err)
				}
				sees := func(s *store.Store, name string, rows int) {
					t.Helper()
					d, _, err := s.Directory(within(t), 2026)
					if err != nil || len(d.Schools) != rows || d.Schools[0].Name != name || len(d.All()) != rows+8 {
						t.Errorf("%d establishments, first %q, %d territories: %v", len(d.Schools), d.Schools[0].Name, len(d.All()), err)
					}
				}
				sees(e.again(t), "Jean-Jaurès", 4)
				if err := e.ImportDirectory(within(t), 2026, "annuaire.csv", schools, above); err != nil {
					t.Fatal(err)
				}
				sees(e.Store, "new", 4)
				wanted(t, "versions", e.ask(t, "SELECT toString(count()) FROM reference_versions"), "2")
			})
		}
	}
}
