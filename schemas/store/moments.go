package store

import (
	"cmp"
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// Moments sums the visits of a territory by weekday and hour of Paris over the
// weeks whose Monday lies in the period. An empty profile is all of them.
// withheld is how many weeks have visits whose hours may not be shown; they are
// left out.
func (s *Store) Moments(ctx context.Context, scope schemas.Scope, period schemas.Period, profil schemas.Profil) (moments []schemas.Moment, withheld uint64, err error) {
	spans, err := s.spans(ctx, period)
	if err != nil {
		return nil, 0, err
	}
	var sums [7][24]uint64
	add := func(slot uint8, visits uint64) { sums[(slot/24+1)%7][slot%24] += visits }
	if scope.Niveau == schemas.Ecole {
		withheld, err = s.schoolMoments(ctx, spans, scope, profil, add)
	} else {
		withheld, err = s.shownMoments(ctx, spans, scope, profil, add)
	}
	if err != nil {
		return nil, 0, err
	}
	for day := range sums {
		for hour, visits := range sums[day] {
			if visits > 0 {
				moments = append(moments, schemas.Moment{Weekday: time.Weekday(day), Hour: hour, Visits: visits})
			}
		}
	}
	return moments, withheld, nil
}

func (s *Store) schoolMoments(ctx context.Context, spans []span, scope schemas.Scope, profil schemas.Profil, add func(uint8, uint64)) (withheld uint64, err error) {
	p := s.through(spans, scope)
	p["profil"] = string(profil)
	err = s.each(ctx, "moments", p, func(r driver.Rows) error {
		var hours map[uint8]uint64
		err := r.Scan(&hours, &withheld)
		for slot, visits := range hours {
			add(slot, visits)
		}
		return err
	})
	return withheld, err
}

func (s *Store) shownMoments(ctx context.Context, spans []span, scope schemas.Scope, profil schemas.Profil, add func(uint8, uint64)) (withheld uint64, err error) {
	modalite := cmp.Or(string(profil), string(schemas.Globales))
	for _, sp := range spans {
		at, err := s.asked(ctx, sp, scope, schemas.Ensemble)
		if err != nil {
			return 0, err
		}
		for _, p := range at.parts {
			for _, e := range at.weeks {
				h, ok := e.hours[hoursOf{p.index, modalite}]
				switch {
				case !ok:
				case h.masque || at.hides(p.level, e):
					withheld++
				default:
					for i, slot := range h.slots {
						add(slot, uint64(h.visits[i]))
					}
				}
			}
		}
	}
	return withheld, nil
}
