// Package load carries events from the queue into the engine: decode, insert,
// record which days the batch touched, and only then let the queue commit.
//
// Every step may be done again: the engine counts an event stored twice once.
package load

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

// Sink stores events and the record of a batch. An error means that some or
// all may be stored; the same call is then made again.
type Sink interface {
	InsertEvents(ctx context.Context, events []schemas.Event) error
	InsertLoads(ctx context.Context, loads []schemas.Load) error
	// ClosedDays are the days that take no more events.
	ClosedDays(ctx context.Context) (map[schemas.Day]bool, error)
}

// RefusedSink stores what arrives on ent.refused: refused hits, and incidents
// and tallies of collectors. One stored twice counts once.
type RefusedSink interface {
	InsertRefused(ctx context.Context, refused []schemas.Refused) error
	InsertIncidents(ctx context.Context, incidents []schemas.Incident) error
	InsertTallies(ctx context.Context, tallies []schemas.Tally) error
}

// Publisher writes to ent.refused and returns once all is acknowledged.
type Publisher interface {
	PublishAll(ctx context.Context, values [][]byte) error
}

// Loader stores the batches of ent.events. One at a time: it keeps its buffers.
type Loader struct {
	sink    Sink
	refused Publisher
	clock   func() time.Time
	logger  *slog.Logger
	metrics metrics
	decoder schemas.Decoder
	events  []schemas.Event
	places  []place // of the events
	rejects rejects
	timeout time.Duration
	runs    runs
}

// storeTimeout bounds the storing of one batch: an engine that does not answer
// is asked again.
const storeTimeout = 2 * time.Minute

// New makes a loader; what cannot be decoded goes to refused.
func New(sink Sink, refused Publisher, clock func() time.Time, logger *slog.Logger, registry prometheus.Registerer) *Loader {
	return &Loader{sink: sink, refused: refused, clock: clock, logger: logger, metrics: newMetrics(registry), timeout: storeTimeout}
}

// Store is a queue.Handler. It returns an error when the batch has to come
// again; a message that cannot be decoded is refused and never holds up the
// others.
func (l *Loader) Store(ctx context.Context, b queue.Batch) error {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	started := time.Now()
	l.events = slices.Grow(l.events[:0], b.Messages())
	l.places = slices.Grow(l.places[:0], b.Messages())
	l.rejects = rejects{}
	for _, c := range b.Chunks {
		for i, value := range c.Values {
			var e schemas.Event
			if err := l.decoder.Decode(value, &e); err != nil {
				p := place{c.Partition, c.Offsets[i]}
				l.logger.Warn("message refused", "topic", queue.Events, "partition", p.partition, "offset", p.offset, "cause", err)
				if err := l.reject(schemas.Illisible, 0, p); err != nil {
					return err
				}
				continue
			}
			l.events = append(l.events, e)
			l.places = append(l.places, place{c.Partition, c.Offsets[i]})
		}
	}
	if err := l.refuseClosed(ctx); err != nil {
		return err
	}
	if err := l.publishRejects(ctx); err != nil {
		return err
	}
	if err := l.sink.InsertEvents(ctx, l.events); err != nil {
		l.metrics.failures.WithLabelValues("events").Inc()
		return fmt.Errorf("load: %w", err)
	}
	ranges, after := l.runs.with(b)
	if err := l.sink.InsertLoads(ctx, loads(b.Topic, l.events, ranges, l.clock)); err != nil {
		l.metrics.failures.WithLabelValues("loads").Inc()
		return fmt.Errorf("load: %w", err)
	}
	l.runs = after
	l.metrics.events.Add(float64(len(l.events)))
	l.metrics.seconds.Observe(time.Since(started).Seconds())
	return nil
}

// place is where in ent.events a message stood.
type place struct {
	partition int
	offset    int64
}

// placeFormat names a message that is refused here by its place.
const placeFormat = queue.Events + "/%d/%d"

func (p place) String() string { return fmt.Sprintf(placeFormat, p.partition, p.offset) }

// loads is one row per day that the batch touched; a batch without an event
// touches today, so that it has its row.
func loads(topic string, events []schemas.Event, ranges []schemas.OffsetRange, clock func() time.Time) []schemas.Load {
	rows := map[schemas.Day]uint64{}
	day, start, end := schemas.Day(0), int64(0), int64(0)
	for i := range events {
		if ts := events[i].TS; ts < start || ts >= end { // mostly the same day as the one before
			day = events[i].Day()
			start, end = day.Start().UnixMilli(), day.End().UnixMilli()
		}
		rows[day]++
	}
	if len(rows) == 0 {
		rows[schemas.DayOf(clock())] = 0
	}
	all := make([]schemas.Load, 0, len(rows))
	for day, n := range rows {
		all = append(all, schemas.Load{Topic: topic, Day: day, Rows: n, Ranges: ranges})
	}
	slices.SortFunc(all, func(a, b schemas.Load) int { return int(a.Day - b.Day) })
	return all
}
