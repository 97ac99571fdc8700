package chdb_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// A statement that is given up, or breaks, leaves nothing of its answer to the
// next one on its connection.
func TestBrokenStatementsLeaveNothing(t *testing.T) {
	c := open(t)
	must(t, c, "CREATE TABLE given_up (a UInt64, b String) ENGINE = MergeTree ORDER BY a")
	r := rand.New(rand.NewPCG(1, 7))
	for i := range 20 {
		for _, statement := range []string{
			fmt.Sprintf("SELECT a, b, a + %d AS n FROM given_up", i), // without rows: its columns are asked for
			"DESCRIBE TABLE given_up",
			"SELECT toString(number) FROM numbers(2000000)",
			"SELECT toString(number), throwIf(number = 25000) FROM numbers(50000) SETTINGS max_block_size = 10000",
		} {
			ctx, cancel := context.WithCancel(t.Context())
			if i%4 > 0 {
				time.AfterFunc(time.Duration(r.IntN(8000))*time.Microsecond, cancel)
			}
			read(c, ctx, statement)
			cancel()
			var got uint64
			if err := c.QueryRow(t.Context(), fmt.Sprintf("SELECT toUInt64(%d)", i)).Scan(&got); err != nil || got != uint64(i) {
				t.Fatalf("after %s: %d, %v; want %d", statement, got, err, i)
			}
		}
	}
}

// The connection of a statement that broke, or was given up, is closed; that of one
// that ended is used again.
func TestConnectionsThatAreNotUsedAgain(t *testing.T) {
	e := chdbtest.Open(t)
	opened := func(statement string, patience time.Duration) int64 {
		before := e.Opened()
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://embedded/?database=default", strings.NewReader(statement))
			if err != nil {
				t.Fatal(err)
			}
			if response, err := e.RoundTrip(r); err == nil {
				io.Copy(io.Discard, response.Body) //nolint:errcheck // it may break
				response.Body.Close()              //nolint:errcheck // as above
			}
		}
		// Those given up come back when the engine is done: all are closed by then.
		for range 16 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://embedded/?database=default", strings.NewReader("SELECT sleep(0.05)"))
			if err != nil {
				t.Fatal(err)
			}
			response, err := e.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close() //nolint:errcheck // nothing was asked
		}
		return e.Opened() - before
	}
	opened("SELECT 1", time.Minute) // the first ones
	if n := opened("SELECT 1", time.Minute); n != 0 {
		t.Errorf("%d connections for statements that end", n)
	}
	if n := opened("SELECT throwIf(1)", time.Minute); n != 5 {
		t.Errorf("%d connections for five statements that break", n)
	}
	if n := opened("SELECT sleep(3)", 50*time.Millisecond); n != 5 {
		t.Errorf("%d connections for five statements that were given up", n)
	}
}

func read(c driver.Conn, ctx context.Context, statement string) {
	rows, err := c.Query(ctx, statement)
	if err != nil {
		return
	}
	for rows.Next() { //nolint:revive // to its end, or to that of ctx
	}
	rows.Close() //nolint:errcheck // given up
}
