package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const (
	insertRuns    = "INSERT INTO stored_runs (topic, queue_partition, first_offset, last_offset)"
	insertTallies = "INSERT INTO tallies (run, collector, sequence, at, ended, received, refused, objected, shed, failed," +
		" published, spooled, replayed, spool_events, spool_bytes, spool_since, seen, corrected, unknown_profiles, unknown_services)"
)

// insertRuns records which offsets the batch of loads covers.
func (s *Store) insertRuns(ctx context.Context, topic string, ranges []schemas.OffsetRange) error {
	if len(ranges) == 0 {
		return nil
	}
	return s.insertRows(ctx, insertRuns, len(ranges), func(b driver.Batch, i int) error {
		return b.Append(topic, int32(ranges[i].Partition), ranges[i].Run, ranges[i].Last)
	})
}

// InsertTallies stores what collectors have counted, in the order in which they
// said it; the latest of a run replaces those before it.
func (s *Store) InsertTallies(ctx context.Context, tallies []schemas.Tally) error {
	if len(tallies) == 0 {
		return nil
	}
	seen := time.Now().UTC()
	return s.insertRows(ctx, insertTallies, len(tallies), func(b driver.Batch, i int) error {
		t := tallies[i]
		refused := make(map[string]uint64, len(t.Refused))
		for reason, n := range t.Refused {
			refused[string(reason)] = n
		}
		return b.Append(t.Run, t.Collector, t.Sequence, t.Time(), t.Ended, t.Received, refused, t.Objected, t.Shed, t.Failed,
			t.Published, t.Spooled, t.Replayed, t.SpoolEvents, t.SpoolBytes, time.UnixMilli(t.SpoolSince).UTC(), seen.Add(time.Duration(i)*time.Microsecond),
			t.Corrected, t.UnknownProfiles, t.UnknownServices)
	})
}

// StoredRuns lists the runs of offsets of a topic that are stored, by
// partition, in order.
func (s *Store) StoredRuns(ctx context.Context, topic string) (map[int][]schemas.OffsetRun, error) {
	runs := map[int][]schemas.OffsetRun{}
	err := s.each(ctx, "stored_runs", params{"topic": topic}, func(r driver.Rows) error {
		var partition int32
		var run schemas.OffsetRun
		err := r.Scan(&partition, &run.First, &run.Last)
		runs[int(partition)] = append(runs[int(partition)], run)
		return err
	})
	return runs, err
}

// rateMinutes is how far back the rate of loading is measured.
const rateMinutes = 5

// Ledger is what the engine alone knows of the ledger: all but the partitions,
// which need the queue, and the empty hours.
func (s *Store) Ledger(ctx context.Context) (schemas.Ledger, error) {
	var l schemas.Ledger
	err := s.each(ctx, "tallies", nil, func(r driver.Rows) error {
		var refused map[string]uint64
		err := r.Scan(&l.Runs, &l.Cut, &l.Received, &refused, &l.Objected, &l.Shed, &l.Failed, &l.Published, &l.Spooled, &l.Replayed,
			&l.Corrected, &l.UnknownProfiles, &l.UnknownServices)
		l.Refused = make(map[schemas.Reason]uint64, len(refused))
		for reason, n := range refused {
			l.Refused[schemas.Reason(reason)] = n
		}
		return err
	})
	if err != nil {
		return l, err
	}
	if l.Collectors, err = s.Collectors(ctx); err != nil {
		return l, err
	}
	if err := s.each(ctx, "load_rate", params{"minutes": fmt.Sprint(rateMinutes)}, func(r driver.Rows) error {
		var ms int64
		err := r.Scan(&l.Loading.Events, &ms)
		l.Loading.During = time.Duration(ms) * time.Millisecond
		return err
	}); err != nil {
		return l, err
	}
	err = s.each(ctx, "ledger", nil, func(r driver.Rows) error {
		return r.Scan(&l.Distinct, &l.Undecodable)
	})
	return l, err
}

// Collectors gives the latest that each collector said of itself, by name.
func (s *Store) Collectors(ctx context.Context) ([]schemas.CollectorState, error) {
	var all []schemas.CollectorState
	err := s.each(ctx, "collectors", nil, func(r driver.Rows) error {
		var c schemas.CollectorState
		err := r.Scan(&c.Name, &c.At, &c.Ended, &c.SpoolEvents, &c.SpoolBytes, &c.SpoolSince)
		c.At, c.SpoolSince = known(c.At), known(c.SpoolSince)
		all = append(all, c)
		return err
	})
	return all, err
}

// HourlyVisits gives the visits of all establishments by Paris day and hour,
// since a day; days without any are not there.
func (s *Store) HourlyVisits(ctx context.Context, from schemas.Day) (map[schemas.Day][24]uint64, error) {
	days := map[schemas.Day][24]uint64{}
	err := s.each(ctx, "hourly_visits", params{"from": dayParam(from)}, func(r driver.Rows) error {
		var date time.Time
		var hour uint8
		var visits uint64
		if err := r.Scan(&date, &hour, &visits); err != nil {
			return err
		}
		day := schemas.DayFromUTC(date)
		hours := days[day]
		hours[hour] = visits
		days[day] = hours
		return nil
	})
	return days, err
}
