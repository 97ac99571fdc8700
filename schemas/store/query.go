package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// params are the named parameters of a statement, as text.
type params = clickhouse.Parameters

func readQueries() (map[string]string, error) {
	files, err := fs.Glob(schemas.Queries, "queries/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list queries: %w", err)
	}
	queries := make(map[string]string, len(files))
	for _, f := range files {
		text, err := fs.ReadFile(schemas.Queries, f)
		if err != nil {
			return nil, fmt.Errorf("read query: %w", err)
		}
		queries[strings.TrimSuffix(path.Base(f), ".sql")] = strings.TrimSpace(string(text))
	}
	return queries, nil
}

// statement is the text of queries/name.sql; names are written in this
// package, so a missing one is a fault of the program.
func (s *Store) statement(name string) string {
	text, ok := s.queries[name]
	if !ok {
		panic("store: no query " + name)
	}
	return text
}

// exec runs queries/name.sql.
func (s *Store) exec(ctx context.Context, name string, p params) error {
	return s.run(ctx, name, s.statement(name), p)
}

// run executes one statement; what names it in an error.
func (s *Store) run(ctx context.Context, what, statement string, p params) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(p))
	if err := s.conn.Exec(ctx, statement); err != nil {
		return engineError(what, err)
	}
	return nil
}

// each runs queries/name.sql and calls scan once a row.
func (s *Store) each(ctx context.Context, name string, p params, scan func(driver.Rows) error) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(p))
	rows, err := s.conn.Query(ctx, s.statement(name))
	if err != nil {
		return engineError(name, err)
	}
	for rows.Next() {
		if err := scan(rows); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", name, err), rows.Close())
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return engineError(name, err)
	}
	return nil
}

// engineError classifies an error of the driver: what the engine itself says
// is Internal, everything else means that the engine is away.
func engineError(what string, err error) error {
	kind := schemas.Unavailable
	if _, ok := errors.AsType[*clickhouse.Exception](err); ok {
		kind = schemas.Internal
	}
	return schemas.WithKind(kind, fmt.Errorf("%s: %w", what, err))
}

func dayParam(d schemas.Day) string { return d.String() }

func uintParam[T ~uint64 | ~int](v T) string { return strconv.FormatUint(uint64(v), 10) }

// textArray writes an Array(String) parameter.
func textArray[T ~string](values []T) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\'')
		b.WriteString(strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(string(v)))
		b.WriteByte('\'')
	}
	b.WriteByte(']')
	return b.String()
}
