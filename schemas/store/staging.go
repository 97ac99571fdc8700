package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// staging is where one recompute writes the partitions of one period before
// they are swapped in: a table of its own beside each that it replaces.
//
// Two recomputes of a period may run at once, in two processes that should not
// both be there, or because one that was thought dead goes on. Whoever begins
// takes the staging of the others away, so that from then on none of them can
// swap in what it read before: their statements fail, and their period stays
// dirty. Each makes its own tables before it looks for those of others, so of
// two that begin together at most one goes on. What is in place therefore
// never lacks an event that the recorded basis holds.
type staging struct {
	store  *Store
	period schemas.Day
	names  map[string]string // by the table they stand in for
}

// abandoned is how long the staging of a recompute that was killed is kept
// when its period is not recomputed again. One that still runs after that fails
// and is done again.
const abandoned = time.Hour

// stage begins a recompute of the partitions of a period.
func (s *Store) stage(ctx context.Context, period schemas.Day, tables ...string) (*staging, error) {
	token := make([]byte, 8)
	rand.Read(token) //nolint:errcheck // documented to never fail
	st := &staging{store: s, period: period, names: map[string]string{}}
	var prefixes []string
	for _, t := range tables {
		prefix := fmt.Sprintf("staging_%s_%s_", t, partition(period))
		prefixes = append(prefixes, prefix)
		st.names[t] = prefix + hex.EncodeToString(token)
		// The tables of the migrations are the patterns.
		if err := s.run(ctx, "stage "+t, fmt.Sprintf("CREATE TABLE %s AS staging_%s", st.names[t], t), nil); err != nil {
			return nil, errors.Join(err, st.drop(ctx))
		}
	}
	if err := s.takeAway(ctx, st, prefixes); err != nil {
		return nil, errors.Join(err, st.drop(ctx))
	}
	return st, nil
}

// takeAway drops the tables of other recomputes of the same partitions, and
// those that nobody came back for.
func (s *Store) takeAway(ctx context.Context, own *staging, prefixes []string) error {
	var others []string
	p := params{"prefixes": textArray(prefixes), "seconds": uintParam(uint64(abandoned.Seconds()))}
	err := s.each(ctx, "staged_by_others", p, func(r driver.Rows) error {
		var name string
		err := r.Scan(&name)
		if !own.has(name) {
			others = append(others, name)
		}
		return err
	})
	for _, name := range others {
		if err != nil {
			break
		}
		err = s.run(ctx, "take away "+name, "DROP TABLE IF EXISTS "+name, nil)
	}
	return err
}

func (st *staging) has(name string) bool {
	for _, own := range st.names {
		if own == name {
			return true
		}
	}
	return false
}

// of names the table that stands in for one.
func (st *staging) of(table string) string { return st.names[table] }

// replace swaps the partition of the period for the staged one.
func (st *staging) replace(ctx context.Context, table string) error {
	return st.store.run(ctx, "swap "+table, fmt.Sprintf(
		"ALTER TABLE %s REPLACE PARTITION ID '%s' FROM %s SETTINGS allow_replace_partition_from_empty_source = 1",
		table, partition(st.period), st.of(table)), nil)
}

// drop ends the recompute, done or not. What it leaves behind when the engine
// is away goes with the next recompute of the period.
func (st *staging) drop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	var failed []error
	for _, name := range st.names {
		failed = append(failed, st.store.run(ctx, "drop "+name, "DROP TABLE IF EXISTS "+name, nil))
	}
	return errors.Join(failed...)
}

// partition is the identifier of a day's partition, as the engine names it.
func partition(d schemas.Day) string { return strings.ReplaceAll(d.String(), "-", "") }
