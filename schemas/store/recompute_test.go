package store_test

import (
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

func TestWhatIsDirty(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		clean(t, e.Store)
		first := pupil(jaures, 1).sees(at("2026-09-07 08:00"), "NOTES", "")
		insert(t, e.Store, first)
		insert(t, e.Store, pupil(jaures, 1).sees(at("2026-09-08 08:00"), "NOTES", ""))
		touch(t, e.Store, week.Monday()-1, 1)
		dirty(t, e.Store, `
			2026-09-08 basis 1 run 0
			2026-09-07 basis 1 run 0
			2026-09-06 basis 1 run 0`, "")

		days, err := e.DirtyDays(within(t))
		if err != nil {
			t.Fatal(err)
		}
		monday := days[1]
		insert(t, e.Store, pupil(jaures, 2).sees(first.TS, "NOTES", "")) // meanwhile
		if err := e.RecomputeDay(within(t), monday); err != nil {
			t.Fatal(err)
		}
		dirty(t, e.Store, `
			2026-09-08 basis 1 run 0
			2026-09-07 basis 2 run 1
			2026-09-06 basis 1 run 0`, "2026-09-07 basis 1 run 0")

		compute(t, e.Store)
		insert(t, e.Store, first)
		dirty(t, e.Store, "2026-09-07 basis 3 run 2", "")
		days, err = e.DirtyDays(within(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := e.RecomputeDay(within(t), days[0]); err != nil {
			t.Fatal(err)
		}
		dirty(t, e.Store, "", "2026-09-07 basis 4 run 1") // three runs of Monday and one of Tuesday
		compute(t, e.Store)
		wanted(t, "cells", national(t, e.Store, week, schemas.Globales), "0310001H globales: 3 visits, 2 users, 3 events, 0 ms of 0")
	})
}

// Every axis of one visit of three events, as exact numbers.
func TestOneVisit(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		insert(t, e.Store, usualWeek()[:3]...)
		compute(t, e.Store)
		const whole = "1 visits, 1 users, 3 events, 270000 ms of 1"
		for axe, want := range map[schemas.Axe]string{
			schemas.Globales:          "0310001H globales: " + whole,
			schemas.ParProfil:         "0310001H ELEVE: " + whole,
			schemas.ParAppareil:       "0310001H ordinateur: " + whole,
			schemas.ParOS:             "0310001H windows: " + whole,
			schemas.ParNavigateur:     "0310001H firefox: " + whole,
			schemas.ParProfilAppareil: "0310001H ELEVE×ordinateur: " + whole,
			schemas.ParFrequence:      "0310001H 1: " + whole,
			schemas.ParOutil:          "0310001H PRONOTE: 1 visits, 1 users, 1 events, 90000 ms of 1",
			schemas.ParService: `
				0310001H NOTES: 1 visits, 1 users, 2 events, 180000 ms of 1
				0310001H SERVICES_VIE_SCOLAIRE: 1 visits, 1 users, 1 events, 90000 ms of 1`,
			schemas.ParProfilService: `
				0310001H ELEVE×NOTES: 1 visits, 1 users, 2 events, 180000 ms of 1
				0310001H ELEVE×SERVICES_VIE_SCOLAIRE: 1 visits, 1 users, 1 events, 90000 ms of 1`,
		} {
			wanted(t, string(axe), national(t, e.Store, week, axe), want)
		}
	})
}

// hours are the cells of hours, in UTC.
func hours(t *testing.T, e *engine) string {
	t.Helper()
	return e.ask(t, `SELECT concat(toString(period), ' ', modalite, ' ', toString(visits), ' ', toString(users), ' ', toString(duration_ms), ' ', toString(events))
		FROM cells_hour ORDER BY period, axe, modalite`)
}

// days are the cells of days.
func days(t *testing.T, e *engine) string {
	t.Helper()
	return e.ask(t, `SELECT concat(toString(period), ' ', toString(visits), ' ', toString(users), ' ', toString(duration_ms), ' of ', toString(visits_with_duration))
		FROM cells_day WHERE axe = 'globales' ORDER BY period, uai`)
}

// A day is a day of Paris, and no visit crosses its end.
func TestMidnightInParis(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		p := pupil(jaures, 1)
		insert(
			t, e.Store,
			p.sees(at("2026-09-07 23:50"), "NOTES", ""), p.sees(at("2026-09-08 00:00")-1, "NOTES", ""), // of the 7th, 21:50 UTC
			p.sees(at("2026-09-08 00:00"), "NOTES", ""), p.sees(at("2026-09-08 00:10"), "NOTES", ""), // of the 8th, 22:00 UTC of the 7th
			p.sees(at("2026-12-07 23:50"), "NOTES", ""), p.sees(at("2026-12-08 00:10"), "NOTES", ""), // an hour later by UTC
		)
		compute(t, e.Store)
		wanted(t, "days", days(t, e), `
			2026-09-07 1 1 599999 of 1
			2026-09-08 1 1 600000 of 1
			2026-12-07 1 1 0 of 0
			2026-12-08 1 1 0 of 0`)
		wanted(t, "hours", hours(t, e), `
			2026-09-07 21:00:00 globales 1 1 599999 2
			2026-09-07 21:00:00 ELEVE 1 1 599999 2
			2026-09-07 22:00:00 globales 1 1 600000 2
			2026-09-07 22:00:00 ELEVE 1 1 600000 2
			2026-12-07 22:00:00 globales 1 1 0 1
			2026-12-07 22:00:00 ELEVE 1 1 0 1
			2026-12-07 23:00:00 globales 1 1 0 1
			2026-12-07 23:00:00 ELEVE 1 1 0 1`)
		wanted(t, "partitions of cells_hour", e.ask(t, `SELECT partition FROM system.parts
			WHERE active AND database = currentDatabase() AND table = 'cells_hour' GROUP BY partition ORDER BY partition`), `
			2026-09-07
			2026-09-08
			2026-12-07
			2026-12-08`)
	})
}

// In the night of 23 hours 01:59:59 is a second before 03:00:00; in that of 25
// hours 02:30 comes twice, an hour apart.
func TestTheClocksChange(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		p := pupil(jaures, 1)
		twice := at("2026-10-25 01:30") + 3_600_000
		insert(
			t, e.Store,
			p.sees(at("2026-03-29 01:59:59"), "NOTES", ""), p.sees(at("2026-03-29 03:00:00"), "NOTES", ""),
			p.sees(at("2026-03-30 00:00")-1, "NOTES", ""),
			p.sees(twice, "NOTES", ""), p.sees(twice+3_600_000, "NOTES", ""),
			p.sees(at("2026-10-26 00:00")-1, "NOTES", ""), p.sees(at("2026-10-26 00:00"), "NOTES", ""),
		)
		compute(t, e.Store)
		wanted(t, "days", days(t, e), `
			2026-03-29 2 1 1000 of 1
			2026-10-25 3 1 0 of 0
			2026-10-26 1 1 0 of 0`)
		importDirectory(t, e.Store, 2026)
		period := schemas.Period{From: schemas.DateDay(2026, 10, 19), To: schemas.DateDay(2026, 10, 25)}
		wanted(t, "moments", moments(t, e.Store, occitanie, period, ""), `
			Sunday 2: 2
			Sunday 23: 1`)
	})
}

// A day that becomes empty has no cells left, nor has its week of it.
func TestADayThatBecomesEmpty(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		insert(t, e.Store, usualWeek()...)
		compute(t, e.Store)
		e.exec(t, "ALTER TABLE events DROP PARTITION '2026-09-08'")
		e.exec(t, "ALTER TABLE events DROP PARTITION '2026-09-13'")
		touch(t, e.Store, week.Monday()+1, 0)
		touch(t, e.Store, week.Sunday(), 0)
		compute(t, e.Store)
		for _, table := range []string{"visits", "cells_hour", "cells_day"} {
			column := map[string]string{"visits": "day", "cells_hour": "toDate(period, 'Europe/Paris')", "cells_day": "period"}[table]
			wanted(t, "days of "+table, e.ask(t, "SELECT DISTINCT toString("+column+") AS d FROM "+table+" ORDER BY d"), "2026-09-07")
		}
		wanted(t, "week", national(t, e.Store, week, schemas.Globales), `
			0310001H globales: 1 visits, 1 users, 3 events, 270000 ms of 1
			0310003K globales: 1 visits, 1 users, 1 events, 0 ms of 0`)
		extent, ok, err := e.Extent(within(t))
		if err != nil || !ok || extent != (schemas.Period{From: week.Monday(), To: week.Monday()}) {
			t.Error(extent, ok, err)
		}
	})
}

// Recomputing again, in whatever order and by whatever portions, changes nothing.
func TestRecomputingAgainChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		insert(t, e.Store, usualWeek()[:12]...)
		compute(t, e.Store)
		everything := func() (all string) {
			for _, table := range []string{"visits", "cells_hour", "cells_day", "cells_week"} {
				all += e.ask(t, "SELECT toString(tuple(*)) AS row FROM "+table+" ORDER BY row") + "\n"
			}
			return all
		}
		before := everything()
		for _, most := range []uint64{1 << 40, 3, 1} {
			e.SetPortions(most)
			touch(t, e.Store, week.Monday()+1, 0)
			touch(t, e.Store, week.Monday(), 0)
			compute(t, e.Store)
			if after := everything(); after != before {
				t.Errorf("by %d rows:\n%s\nwas\n%s", most, after, before)
			}
		}
		wanted(t, "what is left in the staging", e.ask(t, `SELECT name FROM system.tables
			WHERE database = currentDatabase() AND startsWith(name, 'staging_') AND total_rows > 0`), "")
	})
}
