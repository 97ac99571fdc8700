package store_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// serverVariable names a server, as clickhouse.url does, for the suite to run
// on as well. It makes databases of its own there, and drops them.
const serverVariable = "ENTAUDIENCE_TEST_CLICKHOUSE"

// patience bounds every wait; nothing takes nearly as long unless it is broken.
const patience = time.Minute

// engine is one database of one engine, and a way to it.
type engine struct {
	*store.Store
	options store.Options
	direct  driver.Conn      // beside the store
	server  *chdbtest.Server // of "tcp" only
}

// each runs a part of the suite on the embedded engine in this process, on the
// same engine over TCP, and on a server if one is named. The schema is there.
func each(t *testing.T, f func(t *testing.T, e *engine)) {
	t.Helper()
	eachEmpty(t, func(t *testing.T, e *engine) {
		if _, err := e.Migrate(within(t)); err != nil {
			t.Fatal(err)
		}
		f(t, e)
	})
}

// eachEmpty is each before the schema is there.
func eachEmpty(t *testing.T, f func(t *testing.T, e *engine)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { f(t, embedded(t)) })
	t.Run("tcp", func(t *testing.T) { f(t, overTCP(t)) })
	if address := os.Getenv(serverVariable); address != "" {
		t.Run("server", func(t *testing.T) { f(t, onServer(t, address)) })
	}
}

func embedded(t testing.TB) *engine {
	t.Helper()
	e := chdbtest.Open(t)
	database := chdbtest.Database(t, e)
	return open(t, store.Options{Transport: e, Database: database}, chdbtest.Serve(t, e, database).URL)
}

func overTCP(t testing.TB) *engine {
	t.Helper()
	e := chdbtest.Open(t)
	database := chdbtest.Database(t, e)
	server := chdbtest.Serve(t, e, database)
	opened := open(t, store.Options{URL: server.URL}, chdbtest.Serve(t, e, database).URL)
	opened.server = server
	return opened
}

var databases atomic.Int64

func onServer(t testing.TB, address string) *engine {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(serverVariable, " is not a URL")
	}
	database := fmt.Sprintf("entaudience_test_%d_%d", os.Getpid(), databases.Add(1))
	admin := dial(t, address)
	execute(t, admin, "CREATE DATABASE "+database)
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE "+database+" SYNC") })
	u.Path = "/" + database
	return open(t, store.Options{URL: u.String()}, u.String())
}

// open opens a store, and a connection beside it by its URL.
func open(t testing.TB, options store.Options, direct string) *engine {
	t.Helper()
	s, err := store.Open(within(t), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is pending
	return &engine{Store: s, options: options, direct: dial(t, direct)}
}

func dial(t testing.TB, address string) driver.Conn {
	t.Helper()
	options, err := clickhouse.ParseDSN(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) //nolint:errcheck // nothing is pending
	return conn
}

// again opens the same database once more, as another process would.
func (e *engine) again(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(within(t), e.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is pending
	return s
}

// within gives a context for one test.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func execute(t testing.TB, conn driver.Conn, statement string) {
	t.Helper()
	if err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// exec runs a statement beside the store.
func (e *engine) exec(t testing.TB, statement string) {
	t.Helper()
	execute(t, e.direct, statement)
}

// ask runs a query beside the store, whose rows are one text each, and gives
// them as lines.
func (e *engine) ask(t testing.TB, query string) string {
	t.Helper()
	rows, err := e.direct.Query(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(lines, "\n")
}

// wanted compares lines; the indentation of want is no part of it.
func wanted(t testing.TB, what, got, want string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if want = strings.Join(lines, "\n"); got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}
