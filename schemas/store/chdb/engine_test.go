package chdb_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// open is the driver over the engine of this binary, in a fresh database.
func open(t testing.TB) driver.Conn {
	t.Helper()
	e := chdbtest.Open(t)
	return dial(t, &clickhouse.Options{
		Addr:          []string{"embedded:8123"},
		Auth:          clickhouse.Auth{Database: chdbtest.Database(t, e)},
		TransportFunc: func(*http.Transport) (http.RoundTripper, error) { return e, nil },
	})
}

func dial(t testing.TB, o *clickhouse.Options) driver.Conn {
	t.Helper()
	o.Protocol = clickhouse.HTTP
	c, err := clickhouse.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// with is a context with settings for one statement.
func with(settings clickhouse.Settings) context.Context {
	return clickhouse.Context(context.Background(), clickhouse.WithSettings(settings))
}

// must runs statements.
func must(t testing.TB, c driver.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := c.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// one is the single value of a statement.
func one[T any](t testing.TB, ctx context.Context, c driver.Conn, statement string, args ...any) T {
	t.Helper()
	var v T
	if err := c.QueryRow(ctx, statement, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return v
}

func TestParameters(t *testing.T) {
	c := open(t)
	ctx := clickhouse.Context(context.Background(), clickhouse.WithParameters(clickhouse.Parameters{
		"text": "été ' `;", "empty": "", "number": "42", "list": "['a','b']", "day": "2026-09-07",
	}))
	var text, empty, day string
	var number uint64
	var list []string
	err := c.QueryRow(ctx, "SELECT {text:String}, {empty:String}, {number:UInt64}, {list:Array(String)}, toString({day:Date})").Scan(&text, &empty, &number, &list, &day)
	if err != nil {
		t.Fatal(err)
	}
	if text != "été ' `;" || empty != "" || number != 42 || len(list) != 2 || list[1] != "b" || day != "2026-09-07" {
		t.Fatalf("%q %q %d %q %q", text, empty, number, list, day)
	}
}

// TestHandshake fails when an update of the driver asks another first question:
// blocks would then be read at a revision at which they are not written.
func TestHandshake(t *testing.T) {
	v, err := open(t).ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if v.Revision != 0 || v.Version.Major < 26 || v.Timezone.String() != "UTC" {
		t.Fatalf("%+v: want revision 0, at which the library writes its blocks, in UTC", v)
	}
}

func TestManyAtOnce(t *testing.T) {
	c := open(t)
	must(t, c, "CREATE TABLE t (x UInt64) ENGINE = MergeTree ORDER BY x")
	const workers, each = 24, 20
	errs := make(chan error, workers)
	for w := range workers {
		go func() {
			for i := range each {
				if err := step(c, uint64(w*each+i)); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range workers {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	if n := one[uint64](t, context.Background(), c, "SELECT uniqExact(x) FROM t"); n != workers*each {
		t.Fatalf("%d rows of %d", n, workers*each)
	}
}

// step inserts a row, reads with a setting of its own, and gives up a statement.
func step(c driver.Conn, x uint64) error {
	b, err := c.PrepareBatch(context.Background(), "INSERT INTO t (x)")
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.Append(x); err != nil {
		return err
	}
	if err := b.Send(); err != nil {
		return err
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Exec(cancelled, "SELECT sleep(3)"); err == nil {
		return context.Canceled
	}
	var threads string
	ctx := with(clickhouse.Settings{"max_threads": x%7 + 1})
	if err := c.QueryRow(ctx, "SELECT toString(getSetting('max_threads')) FROM t WHERE x = ?", x).Scan(&threads); err != nil {
		return err
	}
	if threads != string(rune('1'+x%7)) {
		return errors.New("max_threads is another's: " + threads)
	}
	return nil
}

// A result without rows has its columns, also the second time, and also after
// they have changed.
func TestResultsWithoutRows(t *testing.T) {
	c := open(t)
	ctx := context.Background()
	exec := func(statement string) {
		if err := c.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("CREATE TABLE bare (n UInt32) ENGINE = MergeTree ORDER BY tuple()")
	for _, want := range []string{"UInt32", "UInt32", "String"} {
		if want == "String" {
			exec("ALTER TABLE bare MODIFY COLUMN n String")
		}
		rows, err := c.Query(ctx, "SELECT n FROM bare")
		if err != nil {
			t.Fatal(err)
		}
		types := rows.ColumnTypes()
		if rows.Next() || len(types) != 1 || types[0].DatabaseTypeName() != want {
			t.Errorf("%d columns, want one of %s", len(types), want)
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}
}
