package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// LastWeeks gives, for each establishment of a territory that had an event in
// a week whose Monday lies in the period, the last such week.
func (s *Store) LastWeeks(ctx context.Context, scope schemas.Scope, period schemas.Period) (map[schemas.UAI]schemas.Week, error) {
	spans, err := s.spans(ctx, period)
	if err != nil {
		return nil, err
	}
	last := map[schemas.UAI]schemas.Week{}
	for _, sp := range spans {
		err := s.each(ctx, "last_weeks", sp.params(scope), func(r driver.Rows) error {
			var uai string
			var monday time.Time
			err := r.Scan(&uai, &monday)
			u := schemas.UAI(uai)
			last[u] = max(last[u], schemas.Week(schemas.DayFromUTC(monday)))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return last, nil
}
