package chdb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
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

func read(c driver.Conn, ctx context.Context, statement string) {
	rows, err := c.Query(ctx, statement)
	if err != nil {
		return
	}
	for rows.Next() { //nolint:revive // to its end, or to that of ctx
	}
	rows.Close() //nolint:errcheck // given up
}
