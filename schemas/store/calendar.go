package store

import (
	"context"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const insertCalendar = "INSERT INTO calendar (version, zone, description, population, first, resume)"

// ImportCalendar stores the breaks of every zone as a new version of the school
// calendar, visible whole or not at all; earlier versions are kept. source
// names the file.
func (s *Store) ImportCalendar(ctx context.Context, source string, breaks []schemas.ZoneBreak) error {
	number, err := s.nextVersion(ctx)
	if err != nil {
		return err
	}
	if err := s.insertRows(ctx, insertCalendar, len(breaks), func(b driver.Batch, i int) error {
		z := breaks[i]
		return b.Append(number, z.Zone, z.Name, z.Population, z.First.UTC(), z.Resume.UTC())
	}); err != nil {
		return err
	}
	return s.publish(ctx, kindCalendar, number, source, map[schemas.SchoolYear]int{noYear: len(breaks)})
}

// Calendar is the latest school calendar of a zone, "C"; in one of a zone that
// no import knows, nothing is known. It is never nil without an error.
func (s *Store) Calendar(ctx context.Context, zone string) (*schemas.Calendar, error) {
	c, ok, err := s.calendars.get(ctx, s, kindCalendar, zone, ofYear(noYear), func(ctx context.Context, v version) (*schemas.Calendar, error) {
		rows, err := s.calendarRows(ctx, v, zone)
		breaks := make([]schemas.Break, len(rows))
		for i, z := range rows {
			breaks[i] = z.Break
		}
		return schemas.NewCalendar(zone, v.number, v.imported, breaks), err
	})
	if err == nil && !ok {
		c = schemas.NewCalendar(zone, 0, time.Time{}, nil)
	}
	return c, err
}

// CalendarBreaks lists the breaks of every zone in the latest version; none
// when there was no import.
func (s *Store) CalendarBreaks(ctx context.Context) ([]schemas.ZoneBreak, error) {
	v, ok, err := s.imported(ctx, kindCalendar, ofYear(noYear))
	if err != nil || !ok {
		return nil, err
	}
	return s.calendarRows(ctx, v, "")
}

// calendarRows reads the rows of one zone, or of all when it is empty.
func (s *Store) calendarRows(ctx context.Context, v version, zone string) ([]schemas.ZoneBreak, error) {
	var breaks []schemas.ZoneBreak
	p := params{"version": strconv.FormatUint(v.number, 10), "zone": zone}
	err := s.each(ctx, "calendar", p, func(r driver.Rows) error {
		var b schemas.ZoneBreak
		var first, resume time.Time
		err := r.Scan(&b.Zone, &b.Name, &b.Population, &first, &resume)
		b.First, b.Resume = schemas.DayFromUTC(first), schemas.DayFromUTC(resume)
		breaks = append(breaks, b)
		return err
	})
	return breaks, err
}
