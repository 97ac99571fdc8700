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
	closed := func() int64 {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			if n, ok := e.Closed(); ok { // those given up come back when the engine is done
				return n
			}
			<-tick.C
		}
	}
	for _, c := range []struct {
		statement string
		patience  time.Duration
		closed    int64
	}{
		{"SELECT 1", time.Minute, 0},
		{"SELECT throwIf(1)", time.Minute, 5},
		{"SELECT sleep(1)", 30 * time.Millisecond, 5},
		{"DESCRIBE TABLE system.one", time.Minute, 0},
	} {
		before := closed()
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), c.patience)
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://embedded/?database=default", strings.NewReader(c.statement))
			if err != nil {
				t.Fatal(err)
			}
			if response, err := e.RoundTrip(r); err == nil {
				io.Copy(io.Discard, response.Body) //nolint:errcheck // it may break
				response.Body.Close()              //nolint:errcheck // as above
			}
			cancel()
		}
		if n := closed() - before; n != c.closed {
			t.Errorf("%d connections closed after five of %s, want %d", n, c.statement, c.closed)
		}
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
