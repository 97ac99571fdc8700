package store_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/ingest/load"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

var silent = slog.New(slog.DiscardHandler)

// BenchmarkLoad carries realistic events from Kafka into the engine, decoded,
// inserted, recorded and committed, and compares that with a bare columnar
// insert of the same rows by clickhouse-go. Budget: of-bare ≥ 0.7.
func BenchmarkLoad(b *testing.B) {
	for name, brokers := range map[string]func(testing.TB) []string{"embedded": kafkatest.Embedded, "kafka": kafkatest.Shared} {
		b.Run(name, func(b *testing.B) {
			events := realWeek(b)
			c := queue.Open(brokers(b))
			defer c.Close()
			if err := c.CreateTopics(b.Context(), 1); err != nil {
				b.Fatal(err)
			}
			fillQueue(b, c, events)
			var loading, bare time.Duration
			var memory float64
			for b.Loop() {
				e := benchmarked(b)
				took, held := timed(b, func() error { return loadAll(c, e, len(events)) })
				loading, memory = loading+took, max(memory, held)
				conn := bareConn(b)
				took, _ = timed(b, func() error { return insertBare(conn, events) })
				bare += took
			}
			b.ReportMetric(float64(b.N*len(events))/loading.Seconds(), "rows/s")
			b.ReportMetric(float64(bare)/float64(loading), "of-bare")
			b.ReportMetric(memory, "MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// fillQueue publishes events as collectors would have.
func fillQueue(b *testing.B, c *queue.Cluster, events []schemas.Event) {
	b.Helper()
	config := queue.PublisherDefaults(queue.Events)
	config.AckTimeout = patience
	p := queue.NewPublisher(c, config, silent, prometheus.NewRegistry())
	ctx, stop := context.WithCancel(context.Background())
	var running errgroup.Group
	running.Go(func() error { return p.Run(ctx) })
	for i := 0; i < len(events); i += 50_000 {
		var values [][]byte
		for j := i; j < min(len(events), i+50_000); j++ {
			values = append(values, schemas.AppendEvent(nil, &events[j]))
		}
		if err := p.PublishAll(ctx, values); err != nil {
			b.Fatal(err)
		}
	}
	stop()
	if err := running.Wait(); err != nil {
		b.Fatal(err)
	}
}

// loadAll runs the loader, as a group of its own, until it has stored n events.
func loadAll(c *queue.Cluster, e *engine, n int) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	l := load.New(e.Store, nil, time.Now, silent, prometheus.NewRegistry())
	stored := 0
	var failed error
	config := queue.ConsumerDefaults(queue.Events, "bench."+time.Now().Format(time.RFC3339Nano))
	config.Linger = 100 * time.Millisecond // the last batch is not full: its second of waiting is no work
	consumer := queue.NewConsumer(c, config, func(ctx context.Context, batch queue.Batch) error {
		err := l.Store(ctx, batch)
		if stored += batch.Messages(); stored >= n || err != nil {
			failed = err
			stop()
		}
		return err
	}, silent, prometheus.NewRegistry())
	return errors.Join(consumer.Run(ctx), failed)
}

// bareConn is clickhouse-go on a fresh database with the schema.
func bareConn(b *testing.B) driver.Conn {
	b.Helper()
	e := chdbtest.Open(b)
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{"embedded:8123"}, Auth: clickhouse.Auth{Database: benchmarked(b).options.Database},
		TransportFunc: func(*http.Transport) (http.RoundTripper, error) { return e, nil },
		ReadTimeout:   10 * patience,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() }) //nolint:errcheck // nothing is pending
	return conn
}

// insertBare inserts events column by column, in batches as large as the
// loader's mostly are.
func insertBare(conn driver.Conn, events []schemas.Event) error {
	const rows = 250_000
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0, "max_partitions_per_insert_block": 0}))
	for i := 0; i < len(events); i += rows {
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO events (ts, uai, visitor, profil, service, type, outil, device, os, browser, plan, projet)")
		if err != nil {
			return err
		}
		part := events[i:min(len(events), i+rows)]
		for column, values := range []any{
			column(part, func(e *schemas.Event) int64 { return e.TS }),
			column(part, func(e *schemas.Event) string { return string(e.UAI) }),
			column(part, func(e *schemas.Event) uint64 { return uint64(e.Visitor) }),
			column(part, func(e *schemas.Event) string { return string(e.Profil) }),
			column(part, func(e *schemas.Event) string { return string(e.Service) }),
			column(part, func(e *schemas.Event) string { return e.Type }),
			column(part, func(e *schemas.Event) string { return e.Outil }),
			column(part, func(e *schemas.Event) string { return string(e.Device) }),
			column(part, func(e *schemas.Event) string { return string(e.OS) }),
			column(part, func(e *schemas.Event) string { return string(e.Browser) }),
			column(part, func(e *schemas.Event) uint8 { return uint8(e.Plan) }),
			column(part, func(e *schemas.Event) string { return e.Projet }),
		} {
			if err := batch.Column(column).Append(values); err != nil {
				return err
			}
		}
		if err := batch.Send(); err != nil {
			return err
		}
	}
	return nil
}

func column[T any](events []schemas.Event, value func(*schemas.Event) T) []T {
	all := make([]T, len(events))
	for i := range events {
		all[i] = value(&events[i])
	}
	return all
}
