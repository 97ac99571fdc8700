package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// Tagging counts what the tags got wrong in the days of p. It reads all that was
// refused in them: for the page that shows it, not for each.
func (s *Store) Tagging(ctx context.Context, period schemas.Period) (schemas.Tagging, error) {
	var t schemas.Tagging
	p := params{"from": dayParam(period.From), "to": dayParam(period.To)}
	err := s.each(ctx, "refused_days", p, func(r driver.Rows) error {
		var day time.Time
		var reason string
		var d schemas.RefusedDay
		err := r.Scan(&day, &reason, &d.Count)
		d.Day, d.Reason = schemas.DayFromUTC(day), schemas.Reason(reason)
		t.Days = append(t.Days, d)
		return err
	})
	if err != nil {
		return t, err
	}
	err = s.each(ctx, "refused_sites", p, func(r driver.Rows) error {
		var first, last time.Time
		var reason string
		var d schemas.RefusedSite
		err := r.Scan(&d.Site, &d.Plan, &reason, &d.Detail, &d.Count, &first, &last)
		d.Reason, d.First, d.Last = schemas.Reason(reason), schemas.DayFromUTC(first), schemas.DayFromUTC(last)
		t.Sites = append(t.Sites, d)
		return err
	})
	if err != nil {
		return t, err
	}
	err = s.each(ctx, "unknown_uais", p, func(r driver.Rows) error {
		var uai string
		var first, last time.Time
		var u schemas.UnknownUAI
		err := r.Scan(&uai, &u.Events, &first, &last)
		u.UAI, u.First, u.Last = schemas.UAI(uai), schemas.DayFromUTC(first), schemas.DayFromUTC(last)
		t.Unknown = append(t.Unknown, u)
		return err
	})
	return t, err
}
