package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// Incidents lists what happened to the collectors that touches figures, latest
// first.
func (s *Store) Incidents(ctx context.Context) ([]schemas.Incident, error) {
	var incidents []schemas.Incident
	err := s.each(ctx, "incidents", nil, func(r driver.Rows) error {
		var kind string
		var week, at time.Time
		err := r.Scan(&kind, &week, &at)
		incidents = append(incidents, schemas.Incident{
			Kind: schemas.IncidentKind(kind), Week: schemas.Week(schemas.DayFromUTC(week)), At: at.UnixMilli(),
		})
		return err
	})
	return incidents, err
}

// known turns the engine's "none", the epoch, into Go's.
func known(t time.Time) time.Time {
	if t.Unix() <= 0 {
		return time.Time{}
	}
	return t.UTC()
}
