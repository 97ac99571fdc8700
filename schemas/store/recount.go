package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const insertChecks = "INSERT INTO checks (grain, period, run, cells, differences, at)"

// SchoolEvents calls yield for every establishment that has raw events in p,
// by UAI, with their number, repeats included.
func (s *Store) SchoolEvents(ctx context.Context, p schemas.Period, yield func(schemas.UAI, uint64) error) error {
	return s.each(ctx, "recount_schools", params{"from": dayParam(p.From), "to": dayParam(p.To)}, func(r driver.Rows) error {
		var uai string
		var n uint64
		if err := r.Scan(&uai, &n); err != nil {
			return err
		}
		return yield(schemas.UAI(uai), n)
	})
}

// RawEvents calls yield for every raw event of p in the establishments
// [first, after), as stored: repeats included, in no order, without the columns
// that nothing counts.
func (s *Store) RawEvents(ctx context.Context, p schemas.Period, first, after schemas.UAI, yield func(schemas.Event) error) error {
	seen := map[string]string{} // codes and UAIs repeat in every row
	shared := func(v string) string {
		if known, ok := seen[v]; ok {
			return known
		}
		seen[v] = v
		return v
	}
	return s.each(ctx, "recount_events", schoolRange(params{"from": dayParam(p.From), "to": dayParam(p.To)}, first, after), func(r driver.Rows) error {
		var e schemas.Event
		var ts time.Time
		var visitor uint64
		var uai, profil, service, outil, device, os, browser string
		if err := r.Scan(&ts, &uai, &visitor, &profil, &service, &outil, &device, &os, &browser); err != nil {
			return err
		}
		e.TS, e.UAI, e.Visitor = ts.UnixMilli(), schemas.UAI(shared(uai)), schemas.Visitor(visitor)
		e.Profil, e.Service, e.Outil = schemas.Profil(shared(profil)), schemas.Service(shared(service)), shared(outil)
		e.Device, e.OS, e.Browser = schemas.Device(shared(device)), schemas.OS(shared(os)), schemas.Browser(shared(browser))
		return yield(e)
	})
}

func schoolRange(p params, first, after schemas.UAI) params {
	p["first"], p["after"] = string(first), string(after)
	return p
}

// StoredCells calls yield for every stored cell of a grain in p and in the
// establishments [first, after), in no order; of weeks those whose Monday lies
// in p.
func (s *Store) StoredCells(ctx context.Context, grain schemas.Grain, p schemas.Period, first, after schemas.UAI, yield func(schemas.CellKey, schemas.Measures) error) error {
	var table string
	from, to := int64(p.From), int64(p.To)
	switch grain {
	case schemas.ParHeure:
		table, from, to = "cells_hour", p.From.Start().Unix(), p.To.End().Unix()-1
	case schemas.ParJour:
		table = "cells_day"
	case schemas.ParSemaine:
		table = "cells_weeks"
	default:
		return fmt.Errorf("no cells of grain %q", grain)
	}
	parameters := schoolRange(params{"cells": table, "from": strconv.FormatInt(from, 10), "to": strconv.FormatInt(to, 10)}, first, after)
	return s.each(ctx, "recount_cells", parameters, func(r driver.Rows) error {
		k := schemas.CellKey{Grain: grain}
		var uai, axe string
		var visits, users, withDuration, events uint32
		var ms uint64
		if err := r.Scan(&k.Start, &uai, &axe, &k.Modalite, &visits, &users, &ms, &withDuration, &events); err != nil {
			return err
		}
		k.UAI, k.Axe = schemas.UAI(uai), schemas.Axe(axe)
		return yield(k, schemas.Measures{
			Visits: uint64(visits), Users: uint64(users), DurationMS: ms,
			VisitsWithDuration: uint64(withDuration), Events: uint64(events),
		})
	})
}

// InsertChecks records recounts.
func (s *Store) InsertChecks(ctx context.Context, checks []schemas.Check) error {
	if len(checks) == 0 {
		return nil
	}
	return s.insertRows(ctx, insertChecks, len(checks), func(b driver.Batch, i int) error {
		c := checks[i]
		return b.Append(string(c.Grain), c.Debut.UTC(), c.Run, c.Cells, c.Differences, c.At.UTC())
	})
}

// Checks lists the last recount of each day and week.
func (s *Store) Checks(ctx context.Context) ([]schemas.Check, error) {
	var all []schemas.Check
	err := s.each(ctx, "checks_summary", nil, func(r driver.Rows) error {
		var c schemas.Check
		var grain string
		var period time.Time
		err := r.Scan(&grain, &period, &c.Run, &c.Cells, &c.Differences, &c.At)
		c.Grain, c.Debut = schemas.Grain(grain), schemas.DayFromUTC(period)
		all = append(all, c)
		return err
	})
	return all, err
}
