package store

import (
	"context"
	"maps"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// A statement of a recompute holds in memory all that it groups. Large periods
// are therefore computed by portions of establishments, a prefix of the order
// in which events and visits are stored: the time stays linear in the rows and
// the memory that of the largest portion.
const (
	mostEvents = 4_000_000
	mostVisits = 2_000_000
)

// portion is the establishments [first, beyond) by UAI; "" is no bound.
type portion struct{ first, beyond string }

// size is how many rows an establishment has.
type size struct {
	uai  string
	rows uint64
}

// sizes runs a query that gives the rows of each establishment, by UAI.
func (s *Store) sizes(ctx context.Context, query string, p params) ([]size, error) {
	var all []size
	err := s.each(ctx, query, p, func(r driver.Rows) error {
		var one size
		err := r.Scan(&one.uai, &one.rows)
		all = append(all, one)
		return err
	})
	return all, err
}

// portions cuts establishments into as few portions of about the same number of
// rows as keep each near most rows. There is at least one; together they hold
// every UAI there could be.
func portions(sizes []size, most uint64) []portion {
	var total uint64
	for _, s := range sizes {
		total += s.rows
	}
	n := max(1, (total+most-1)/most)
	all := []portion{{}}
	var before uint64
	for _, s := range sizes {
		if k := uint64(len(all)); k < n && before >= total*k/n {
			all[k-1].beyond = s.uai
			all = append(all, portion{first: s.uai})
		}
		before += s.rows
	}
	return all
}

// step is a statement of a recompute, but the portion it is about.
type step struct {
	query string
	params
}

// eachPortion runs the steps, one after the other, for each portion.
func (s *Store) eachPortion(ctx context.Context, all []portion, steps []step) error {
	for _, part := range all {
		for _, step := range steps {
			p := maps.Clone(step.params)
			p["first"], p["beyond"] = part.first, part.beyond
			if err := s.exec(ctx, step.query, p); err != nil {
				return err
			}
		}
	}
	return nil
}
