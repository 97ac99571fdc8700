package store

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/schemas"
)

const (
	insertEvents    = "INSERT INTO events (ts, uai, visitor, profil, service, type, outil, device, os, browser, plan, projet)"
	insertLoads     = "INSERT INTO loads (day, topic, partitions, first_offset, last_offset, rows)"
	insertDayLoads  = "INSERT INTO day_loads (day, batches)"
	insertRefused   = "INSERT INTO refused (received, reason, site, plan, detail, queue_partition, queue_offset)"
	insertIncidents = "INSERT INTO incidents (kind, week, at)"
)

// Batches are already large, and replays of old hits may touch a year of days.
var insertSettings = clickhouse.Settings{"async_insert": 0, "max_partitions_per_insert_block": 0}

// mostRows bounds one insert: what it takes in memory here, in the driver and in
// the engine grows with it, its cost per row hardly falls beyond.
const mostRows = 100_000

// insertsAtOnce is how many inserts of one batch are under way: while the engine
// sorts and writes one, the next is encoded.
const insertsAtOnce = 2

// InsertEvents stores events. An error means that some or all may be stored:
// send the same ones again, storing an event twice counts it once.
func (s *Store) InsertEvents(ctx context.Context, events []schemas.Event) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(insertsAtOnce)
	for part := range slices.Chunk(events, mostRows) {
		group.Go(func() error {
			c := newEventColumns(len(part))
			for i := range part {
				c.append(&part[i])
			}
			return s.insert(ctx, insertEvents, c.columns()...)
		})
	}
	return group.Wait()
}

// InsertLoads records that a batch is stored, a row for each day that it
// touched, its sum, and a run of offsets for each of its ranges; call it after
// InsertEvents.
// Recording one twice costs a recompute and changes no figure.
func (s *Store) InsertLoads(ctx context.Context, loads []schemas.Load) error {
	if len(loads) == 0 {
		return nil
	}
	if err := s.insertRuns(ctx, loads[0].Topic, loads[0].Ranges); err != nil {
		return err
	}
	err := s.insertRows(ctx, insertLoads, len(loads), func(b driver.Batch, i int) error {
		l := loads[i]
		partitions := make([]int32, len(l.Ranges))
		first, last := make([]int64, len(l.Ranges)), make([]int64, len(l.Ranges))
		for i, r := range l.Ranges {
			partitions[i], first[i], last[i] = int32(r.Partition), r.First, r.Last
		}
		return b.Append(l.Day.UTC(), l.Topic, partitions, first, last, l.Rows)
	})
	if err != nil {
		return err
	}
	return s.insertRows(ctx, insertDayLoads, len(loads), func(b driver.Batch, i int) error {
		return b.Append(loads[i].Day.UTC(), uint64(1))
	})
}

// InsertRefused stores refused hits; one stored twice counts once.
func (s *Store) InsertRefused(ctx context.Context, refused []schemas.Refused) error {
	if len(refused) == 0 {
		return nil
	}
	return s.insertRows(ctx, insertRefused, len(refused), func(b driver.Batch, i int) error {
		r := refused[i]
		return b.Append(time.UnixMilli(r.Received).UTC(), string(r.Reason), r.Site, r.Plan, r.Detail, int32(r.Partition), r.Offset)
	})
}

// InsertIncidents stores incidents of collectors; one stored twice counts once.
func (s *Store) InsertIncidents(ctx context.Context, incidents []schemas.Incident) error {
	if len(incidents) == 0 {
		return nil
	}
	return s.insertRows(ctx, insertIncidents, len(incidents), func(b driver.Batch, i int) error {
		return b.Append(string(incidents[i].Kind), incidents[i].Week.Monday().UTC(), incidents[i].Time())
	})
}

// eventColumns is a batch of events column by column, as the engine stores
// them: a row-wise append would box every value.
type eventColumns struct {
	ts                             []int64
	visitor                        []uint64
	plan                           []uint8
	uai, profil, service, kind     []string
	outil, device, os, browser, pr []string
}

func newEventColumns(n int) *eventColumns {
	text := func() []string { return make([]string, 0, n) }
	return &eventColumns{
		ts: make([]int64, 0, n), visitor: make([]uint64, 0, n), plan: make([]uint8, 0, n),
		uai: text(), profil: text(), service: text(), kind: text(),
		outil: text(), device: text(), os: text(), browser: text(), pr: text(),
	}
}

func (c *eventColumns) append(e *schemas.Event) {
	c.ts = append(c.ts, e.TS)
	c.uai = append(c.uai, string(e.UAI))
	c.visitor = append(c.visitor, uint64(e.Visitor))
	c.profil = append(c.profil, string(e.Profil))
	c.service = append(c.service, string(e.Service))
	c.kind = append(c.kind, e.Type)
	c.outil = append(c.outil, e.Outil)
	c.device = append(c.device, string(e.Device))
	c.os = append(c.os, string(e.OS))
	c.browser = append(c.browser, string(e.Browser))
	c.plan = append(c.plan, uint8(e.Plan))
	c.pr = append(c.pr, e.Projet)
}

// columns is in the order of insertEvents.
func (c *eventColumns) columns() []any {
	return []any{c.ts, c.uai, c.visitor, c.profil, c.service, c.kind, c.outil, c.device, c.os, c.browser, c.plan, c.pr}
}

// insert sends one block of columns.
func (s *Store) insert(ctx context.Context, statement string, columns ...any) error {
	return s.send(ctx, statement, func(b driver.Batch) error {
		for i, c := range columns {
			if err := b.Column(i).Append(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// insertRows sends n rows, for the small tables.
func (s *Store) insertRows(ctx context.Context, statement string, n int, row func(b driver.Batch, i int) error) error {
	return s.send(ctx, statement, func(b driver.Batch) error {
		for i := range n {
			if err := row(b, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// send fills a batch and sends it; it closes the batch whatever happens,
// because an open one holds a connection of the pool.
func (s *Store) send(ctx context.Context, statement string, fill func(driver.Batch) error) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(insertSettings))
	batch, err := s.conn.PrepareBatch(ctx, statement)
	if err != nil {
		return engineError(statement, err)
	}
	defer batch.Close() //nolint:errcheck // after Send it has nothing left to say
	if err := fill(batch); err != nil {
		return engineError(statement, err)
	}
	if err := batch.Send(); err != nil {
		return engineError(statement, err)
	}
	return nil
}
