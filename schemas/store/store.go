// Package store is the only one that speaks to ClickHouse: it opens an engine,
// migrates its schema, stores events, recomputes cells and reads them back.
//
// It runs the statements of schemas/migrations and schemas/queries and holds
// none of its own beyond the swap of partitions. Whether the engine is a server or
// a library in this process is decided by whoever calls Open; nothing here
// depends on it.
package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// Options says which engine to open.
type Options struct {
	// URL of a server: http(s)://user:password@host:8123/db, or the driver's
	// clickhouse://user:password@host:9000/db. Empty: Transport is the engine.
	URL string
	// Transport answers the requests of ClickHouse's HTTP interface: the
	// embedded engine, or a way to the process that holds it.
	Transport http.RoundTripper
	// Database to use with Transport; empty is "default".
	Database string
	// Rule decides which cells may not be shown; nil withholds nothing.
	Rule Rule
}

// Store is an open engine. It is safe for concurrent use.
type Store struct {
	conn        driver.Conn
	rule        Rule
	queries     map[string]string
	done        latest[*progress]
	imports     latest[imports]
	shelf       editions
	cache       versioned[schemas.SchoolYear, *schemas.Directory]
	calendars   versioned[string, *schemas.Calendar]
	pupils      versioned[schemas.SchoolYear, []schemas.PupilCount]
	populations populationCache
	accounts    versioned[schemas.SchoolYear, []schemas.AccountCount]
	enrolments  versioned[schemas.SchoolYear, *schemas.Enrolments]

	// Rows of the portions by which large periods are recomputed.
	mostEvents, mostVisits uint64
}

// Open connects and checks that the engine answers. Errors: Invalid for an
// unusable URL, Unavailable when the engine does not answer.
func Open(ctx context.Context, o Options) (*Store, error) {
	settings, err := driverOptions(o)
	if err != nil {
		return nil, err
	}
	queries, err := readQueries()
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(settings)
	if err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("open clickhouse: %w", err))
	}
	s := &Store{conn: conn, rule: showAll{}, queries: queries, mostEvents: mostEvents, mostVisits: mostVisits}
	if o.Rule != nil && o.Rule.Threshold() > 0 {
		s.rule = o.Rule
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

func driverOptions(o Options) (*clickhouse.Options, error) {
	var settings *clickhouse.Options
	switch {
	case o.URL != "":
		// The driver takes any scheme for its native protocol.
		scheme, _, _ := strings.Cut(o.URL, "://")
		var err error
		if settings, err = clickhouse.ParseDSN(o.URL); err != nil || !slices.Contains([]string{"http", "https", "clickhouse"}, scheme) {
			// The driver's own error may quote the password.
			return nil, schemas.WithKind(schemas.Invalid, errors.New("clickhouse.url: expected http(s)://user:password@host:8123/db or clickhouse://user:password@host:9000/db"))
		}
	case o.Transport != nil:
		settings = &clickhouse.Options{
			Protocol: clickhouse.HTTP,
			Addr:     []string{"embedded:8123"},
			Auth:     clickhouse.Auth{Database: o.Database},
			TransportFunc: func(*http.Transport) (http.RoundTripper, error) {
				return o.Transport, nil
			},
		}
	default:
		return nil, schemas.WithKind(schemas.Invalid, errors.New("open clickhouse: neither a URL nor an embedded engine"))
	}
	settings.DialTimeout = 5 * time.Second
	settings.ReadTimeout = 10 * time.Minute // a recompute answers when it is done
	settings.MaxOpenConns = 16
	settings.MaxIdleConns = 8
	return settings, nil
}

// Ping asks the engine for an answer. The error is Unavailable.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.conn.Ping(ctx); err != nil {
		return schemas.WithKind(schemas.Unavailable, fmt.Errorf("clickhouse does not answer: %w", err))
	}
	return nil
}

// Close releases the connections; an embedded engine is closed by its owner.
func (s *Store) Close() error { return s.conn.Close() }

// Redact is a URL without its password, for messages.
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable URL)"
	}
	return u.Redacted()
}
