package chdb_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

func open(t testing.TB) driver.Conn {
	t.Helper()
	e := chdbtest.Open(t)
	c, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{"embedded:8123"},
		Auth:          clickhouse.Auth{Database: chdbtest.Database(t, e)},
		TransportFunc: func(*http.Transport) (http.RoundTripper, error) { return e, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestSelect(t *testing.T) {
	c := open(t)
	var s string
	var n uint64
	ctx := clickhouse.Context(context.Background(), clickhouse.WithParameters(clickhouse.Parameters{"p": "été"}))
	if err := c.QueryRow(ctx, "SELECT {p:String}, count() FROM numbers(10)").Scan(&s, &n); err != nil {
		t.Fatal(err)
	}
	if s != "été" || n != 10 {
		t.Fatal(s, n)
	}
}

func BenchmarkSelectOne(b *testing.B) {
	c := open(b)
	for b.Loop() {
		var n uint8
		if err := c.QueryRow(context.Background(), "SELECT 1").Scan(&n); err != nil {
			b.Fatal(err)
		}
	}
}
