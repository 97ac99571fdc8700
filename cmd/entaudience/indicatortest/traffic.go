package indicatortest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// Traffic sends the hits of some days of a region through the four stages, as a
// recording, and returns the cells of every day and every week that come out,
// on the axes of simulate.Truth.
func Traffic(t testing.TB, env Environment, region *simulate.Region, p schemas.Period) (days, weeks map[simulate.Key]schemas.Measures) {
	t.Helper()
	var sites strings.Builder
	if err := region.WriteSiteMap(&sites); err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(sites.String()), "\n")
	c := start(t, env, &Script{siteMap: rows[1:]}) // without the header
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	for d := p.From; d <= p.To; d++ {
		var hits []hit
		for h := range region.Hits(d) {
			hits = append(hits, hit{received: h.Received, method: h.Method, url: h.URL(), userAgent: h.UserAgent})
		}
		if err := c.send(ctx, hits, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.aggregate(ctx); err != nil {
		t.Fatal(err)
	}
	var err error
	if days, err = c.cells(ctx, "cells_day"); err != nil {
		t.Fatal(err)
	}
	if weeks, err = c.cells(ctx, "cells_week"); err != nil {
		t.Fatal(err)
	}
	return days, weeks
}

// cells reads a table on the axes of simulate.Truth.
func (c *chain) cells(ctx context.Context, table string) (map[simulate.Key]schemas.Measures, error) {
	text, err := c.ask(ctx, "SELECT uai, period, axe, modalite, visits, users, duration_ms, visits_with_duration, events FROM "+table+
		" WHERE axe IN ('globales', 'profil', 'service', 'appareil') FORMAT TabSeparated")
	if err != nil {
		return nil, err
	}
	cells := map[simulate.Key]schemas.Measures{}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 9 {
			return nil, fmt.Errorf("%s: a row of %d columns", table, len(f))
		}
		day, err := schemas.ParseDay(f[1])
		if err != nil {
			return nil, err
		}
		var n [5]uint64
		for i := range n {
			if n[i], err = strconv.ParseUint(f[4+i], 10, 64); err != nil {
				return nil, err
			}
		}
		k := simulate.Key{UAI: schemas.UAI(f[0]), Debut: day, Axe: schemas.Axe(f[2]), Modalite: f[3]}
		cells[k] = schemas.Measures{Visits: n[0], Users: n[1], DurationMS: n[2], VisitsWithDuration: n[3], Events: n[4]}
	}
	return cells, nil
}
