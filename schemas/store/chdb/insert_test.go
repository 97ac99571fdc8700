package chdb_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// ask sends a statement with a body, as curl would.
func ask(t testing.TB, rt http.RoundTripper, ctx context.Context, body io.Reader, keysAndValues ...string) (status int, text string, err error) {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(keysAndValues); i += 2 {
		values.Set(keysAndValues[i], keysAndValues[i+1])
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://embedded/?"+values.Encode(), body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := rt.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return response.StatusCode, string(b), err
}

const manyRows = 3_000_000 // several of the blocks that the engine would write one by one

// data is many rows in the Native format: three days, many blocks.
func data(t testing.TB) string {
	t.Helper()
	status, text, err := ask(t, chdbtest.Open(t), context.Background(), nil, "default_format", "Native",
		"query", fmt.Sprintf("SELECT toDate('2026-09-07') + number %% 3 AS d, number AS x FROM numbers(%d)", manyRows))
	if err != nil || status != http.StatusOK {
		t.Fatal(status, err)
	}
	return text
}

// cutReader ends in an error.
type cutReader struct{ io.Reader }

var errCut = errors.New("cut")

func (r cutReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF {
		err = errCut
	}
	return n, err
}

func TestInsertIsWholeOrNothing(t *testing.T) {
	e := chdbtest.Open(t)
	database := chdbtest.Database(t, e)
	native := data(t)
	cancelled, cancel := context.WithCancel(context.Background())
	csv := strings.Repeat("2026-09-07,1\n", 1_500_000) + "2026-09-08,one\n"
	cases := []struct {
		name  string
		query string
		ctx   context.Context
		body  io.Reader
		rows  uint64
		code  string // in the answer; empty = none
	}{
		{"whole", "INSERT INTO t (d, x) FORMAT Native", nil, strings.NewReader(native), manyRows, ""},
		{"settings and a comment", "-- hello\nINSERT INTO t (d, x) SETTINGS max_threads = 1\nFORMAT Native;", nil, strings.NewReader(native), manyRows, ""},
		{"settings after the format", "insert into t (d, x) format Native settings max_threads = 1", nil, strings.NewReader(native), manyRows, ""},
		{"short data", "INSERT INTO t (d, x) FORMAT Native", nil, strings.NewReader(native[:len(native)-5]), 0, "Code: 33."},
		{"garbage after blocks", "INSERT INTO t (d, x) FORMAT Native", nil, strings.NewReader(native + "garbage garbage"), 0, "Code: "},
		{"body cut", "INSERT INTO t (d, x) FORMAT Native", nil, cutReader{strings.NewReader(native[:len(native)-5])}, 0, errCut.Error()},
		{"body cut between blocks", "INSERT INTO t (d, x) FORMAT Native", nil, cutReader{strings.NewReader(native)}, 0, errCut.Error()},
		{"cancelled while reading", "INSERT INTO t (d, x) FORMAT Native", cancelled, &cancelReader{strings.NewReader(native), len(native) / 2, cancel}, 0, context.Canceled.Error()},
		{"a bad line of many", "INSERT INTO t (d, x) FORMAT CSV", nil, strings.NewReader(csv), 0, "Code: 117."},
		{"too many days", "INSERT INTO t (d, x) SETTINGS max_partitions_per_insert_block = 2 FORMAT Native", nil, strings.NewReader(native), 0, "Code: 252."},
		{"unknown column", "INSERT INTO t (d, y) FORMAT Native", nil, strings.NewReader(native), 0, "Code: 16."},
		{"no data", "INSERT INTO t (d, x) FORMAT Native", nil, nil, 0, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			for _, s := range []string{"DROP TABLE IF EXISTS t SYNC", "CREATE TABLE t (d Date, x UInt64) ENGINE = MergeTree PARTITION BY d ORDER BY x"} {
				if status, text, err := ask(t, e, context.Background(), strings.NewReader(s), "database", database); err != nil || status != 200 {
					t.Fatal(status, text, err)
				}
			}
			ctx := tc.ctx
			if ctx == nil {
				ctx = context.Background()
			}
			status, text, err := ask(t, e, ctx, tc.body, "database", database, "query", tc.query)
			said := fmt.Sprint(text, err)
			if tc.code == "" && (status != 200 || err != nil) || !strings.Contains(said, tc.code) {
				t.Errorf("%d %s", status, said)
			}
			_, text, err = ask(t, e, context.Background(), nil, "database", database, "query", "SELECT count() FROM t")
			if want := fmt.Sprintln(tc.rows); text != want || err != nil {
				t.Errorf("%s rows stored, want %s %v", text, want, err)
			}
		})
	}
}

// cancelReader cancels once it gave after bytes.
type cancelReader struct {
	io.Reader
	after  int
	cancel func()
}

func (r *cancelReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.after -= n; r.after < 0 {
		r.cancel()
	}
	return n, err
}

// TestInsertCutOnTheWire cuts the connection of a client in the middle of its data.
func TestInsertCutOnTheWire(t *testing.T) {
	e := chdbtest.Open(t)
	c := open(t)
	database := one[string](t, context.Background(), c, "SELECT currentDatabase()")
	must(t, c, "CREATE TABLE t (d Date, x UInt64) ENGINE = MergeTree PARTITION BY d ORDER BY x")
	over := make(chan struct{}, 1)
	handler := e.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { over <- struct{}{} }()
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	native := data(t)
	wire, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	query := url.Values{"query": {"INSERT INTO t (d, x) FORMAT Native"}, "database": {database}}
	fmt.Fprintf(wire, "POST /?%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", query.Encode(), len(native))
	if _, err := io.WriteString(wire, native[:len(native)/2]); err != nil {
		t.Fatal(err)
	}
	wire.Close()
	<-over
	if n := one[uint64](t, context.Background(), c, "SELECT count() FROM t"); n != 0 {
		t.Fatalf("%d rows of a cut insert", n)
	}
}

func TestDeduplicationToken(t *testing.T) {
	c := open(t)
	must(t, c, "CREATE TABLE t (x UInt64) ENGINE = MergeTree ORDER BY x SETTINGS non_replicated_deduplication_window = 100")
	insert := func(token string) {
		t.Helper()
		b, err := c.PrepareBatch(with(clickhouse.Settings{"insert_deduplication_token": token, "async_insert": 1, "wait_for_async_insert": 0}), "INSERT INTO t (x)", driver.WithReleaseConnection())
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.Append(uint64(1)); err != nil {
			t.Fatal(err)
		}
		if err := b.Send(); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		token string
		rows  uint64
	}{{"0123", 1}, {"0123", 1}, {"123", 2}, {"it's", 3}, {"it's", 3}} {
		insert(step.token)
		if n := one[uint64](t, context.Background(), c, "SELECT count() FROM t"); n != step.rows {
			t.Fatalf("after token %q: %d rows, want %d", step.token, n, step.rows)
		}
	}
}

// TestLargeBatch is the driver's own way in, and its exception.
func TestLargeBatch(t *testing.T) {
	c := open(t)
	must(t, c, "CREATE TABLE t (x UInt64, s LowCardinality(String), at DateTime64(3)) ENGINE = MergeTree ORDER BY x")
	b, err := c.PrepareBatch(context.Background(), "INSERT INTO t (x, s, at) SETTINGS max_insert_threads = 1")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	at := time.UnixMilli(1795429156102)
	for i := range uint64(200_000) {
		if err := b.Append(i, fmt.Sprint("s", i%100), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
	if n := one[uint64](t, context.Background(), c, "SELECT countIf(s = concat('s', toString(x % 100)) AND at = fromUnixTimestamp64Milli(1795429156102)) FROM t"); n != 200_000 {
		t.Fatal(n)
	}
	b, err = c.PrepareBatch(context.Background(), "INSERT INTO t (x) SETTINGS max_partitions_per_insert_block = 'many'")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Append(uint64(1)); err != nil {
		t.Fatal(err)
	}
	var exception *clickhouse.Exception
	if err := b.Send(); !errors.As(err, &exception) || exception.Code == 0 {
		t.Fatalf("%v", err)
	}
}
