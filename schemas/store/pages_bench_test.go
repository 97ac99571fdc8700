package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// BenchmarkTwoYears asks for the figures of a region's page, weekly cells of
// four axes, active schools, and moments, over two years and over one month.
// Budget: of-month ≤ 3.
func BenchmarkTwoYears(b *testing.B) {
	e := benchmarked(b)
	region, err := simulate.NewRegion(simulate.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for year := schemas.SchoolYear(2024); year <= 2026; year++ {
		schools := append([]schemas.School(nil), region.Schools...)
		if err := e.ImportDirectory(context.Background(), year, "annuaire.csv", schools, region.Above); err != nil {
			b.Fatal(err)
		}
	}
	last := week.Monday() - 7
	first := last - 103*7
	fillWeeks(b, e, first, last)
	page := func(p schemas.Period) [3]time.Duration {
		ctx := context.Background()
		var took [3]time.Duration
		for i, ask := range []func() error{
			func() error {
				return failure(e.Cells(ctx, schemas.CellQuery{
					Scope: occitanie, Period: p, Grain: schemas.ParSemaine,
					Axes: []schemas.Axe{schemas.Globales, schemas.ParProfil, schemas.ParService, schemas.ParAppareil},
				}))
			},
			func() error { return failure(e.Activity(ctx, occitanie, p, schemas.Ensemble)) },
			func() error { _, _, err := e.Moments(ctx, occitanie, p, ""); return err },
		} {
			started := time.Now()
			if err := ask(); err != nil {
				b.Fatal(err)
			}
			took[i] = time.Since(started)
		}
		return took
	}
	years, month := schemas.Period{From: first, To: last + 6}, schemas.Period{From: last - 21, To: last + 6}
	page(years)
	var long, short [3]time.Duration
	for b.Loop() {
		for range 5 {
			for i, d := range page(years) {
				long[i] += d
			}
			for i, d := range page(month) {
				short[i] += d
			}
		}
	}
	sum := func(all [3]time.Duration) time.Duration { return all[0] + all[1] + all[2] }
	b.ReportMetric(float64(sum(long))/float64(sum(short)), "of-month")
	b.ReportMetric(float64(long[0]+long[1])/float64(short[0]+short[1]), "of-month-without-moments")
	b.ReportMetric(float64(sum(long).Milliseconds())/float64(5*b.N), "years-ms")
	b.ReportMetric(float64(sum(short).Milliseconds())/float64(5*b.N), "month-ms")
	b.ReportMetric(0, "ns/op")
}

// fillWeeks writes cells of every establishment of the directory: those of the
// weeks that can no longer change, all but the last thirteen, where they are
// kept for good; hours of school days.
func fillWeeks(b *testing.B, e *engine, first, last schemas.Day) {
	b.Helper()
	const modalities = `[('globales', 'globales'),
		('profil', 'ELEVE'), ('profil', 'PARENT'), ('profil', 'ENSEIGNANT'), ('profil', 'ADMIN_VIE_SCOL_TECH'),
		('service', 'ACCUEIL'), ('service', 'ACTUALITES'), ('service', 'COURRIER_ELECTRONIQUE'), ('service', 'CAHIER_TEXTES'),
		('service', 'STOCKAGE_PARTAGE'), ('service', 'NOTES'), ('service', 'PAGE_ENT'), ('service', 'CAHIER_LIAISON'),
		('appareil', 'ordinateur'), ('appareil', 'smartphone'), ('appareil', 'tablette'),
		('os', 'windows'), ('os', 'android'), ('os', 'ios'), ('navigateur', 'chrome'), ('navigateur', 'chromeMobile'), ('navigateur', 'safari'),
		('profil×appareil', 'ELEVE×ordinateur'), ('profil×appareil', 'ELEVE×smartphone'), ('profil×appareil', 'PARENT×smartphone'),
		('profil×service', 'ELEVE×NOTES'), ('profil×service', 'ELEVE×ACCUEIL'), ('profil×service', 'PARENT×NOTES'),
		('frequence', '1'), ('frequence', '2-4'), ('frequence', '5+')]`
	open := last - 13*7
	for table, weeks := range map[string]string{
		"cells_week_closed": fmt.Sprintf("arrayMap(i -> toDate('%s') + 7 * i, range(%d))", first, (open-first)/7),
		"cells_week":        fmt.Sprintf("arrayMap(i -> toDate('%s') + 7 * i, range(%d))", open, (last-open)/7+1),
	} {
		e.exec(b, fmt.Sprintf(`INSERT INTO %s (axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events)
			SELECT m.1, m.2, uai, week, 1 + cityHash64(uai, m.2, week) %% 400, 1 + cityHash64(uai, m.2, week) %% 90, 100000 + cityHash64(uai, week) %% 100000, 10, 900
			FROM (SELECT uai, week FROM schools ARRAY JOIN %s AS week WHERE annee = 2026 AND public_primary) ARRAY JOIN %s AS m
			SETTINGS max_partitions_per_insert_block = 0`, table, weeks, modalities))
	}
	e.exec(b, fmt.Sprintf("INSERT INTO closed_weeks (week) SELECT toDate('%s') + 7 * number FROM numbers(%d)", first, (open-first)/7))
	e.exec(b, fmt.Sprintf(`INSERT INTO cells_hour (axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events)
		SELECT 'globales', 'globales', uai, toDateTime(day, 'UTC') + 3600 * hour, 20, 10, 100000, 10, 160
		FROM (SELECT uai, day FROM schools ARRAY JOIN arrayMap(i -> toDate('%s') + i, range(%d)) AS day
			WHERE annee = 2026 AND public_primary AND toDayOfWeek(day) < 6) ARRAY JOIN [8, 10, 13, 17] AS hour
		SETTINGS max_partitions_per_insert_block = 0`, first, last+7-first))
	for _, table := range []string{"cells_week_closed", "cells_week", "cells_hour"} {
		e.exec(b, "OPTIMIZE TABLE "+table)
	}
}
