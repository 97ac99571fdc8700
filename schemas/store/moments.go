package store

import (
	"context"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// Moments sums the visits of a territory by weekday and hour of Paris over
// whole days. An empty profile is all of them. withheld is how many weeks have
// visits whose hours may not be shown; they are left out.
func (s *Store) Moments(ctx context.Context, scope schemas.Scope, period schemas.Period, profil schemas.Profil) (moments []schemas.Moment, withheld uint64, err error) {
	spans, err := s.spans(ctx, period)
	if err != nil {
		return nil, 0, err
	}
	var sums [7][24]uint64
	for _, sp := range spans {
		p := sp.params(scope)
		s.withholding(p, schemas.CellQuery{Scope: scope})
		p["profil"] = string(profil)
		p["from"] = strconv.FormatInt(sp.From.Start().Unix(), 10)
		p["to"] = strconv.FormatInt(sp.To.End().Unix(), 10)
		err := s.each(ctx, "moments", p, func(r driver.Rows) error {
			var weekday, hour uint8
			var visits, weeks uint64
			if err := r.Scan(&weekday, &hour, &visits, &weeks); err != nil {
				return err
			}
			if weekday == 0 {
				withheld += weeks
				return nil
			}
			sums[weekday%7][hour] += visits
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
	}
	for weekday := range sums {
		for hour, visits := range sums[weekday] {
			if visits > 0 {
				moments = append(moments, schemas.Moment{Weekday: time.Weekday(weekday), Hour: hour, Visits: visits})
			}
		}
	}
	return moments, withheld, nil
}
