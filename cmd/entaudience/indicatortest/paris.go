package indicatortest

import (
	"fmt"
	"strings"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// instant reads a date and a time of Paris, "2026-09-08" and "08:00:00.000",
// milliseconds optional. In the night of 25 hours, between two and three, the
// time needs its offset ("02:30:00+02:00"); in that of 23 hours that hour does
// not exist.
func instant(date, clock string) (time.Time, error) {
	if at := strings.IndexAny(clock, "+Z"); at >= 0 {
		t, err := time.Parse("2006-01-02 15:04:05.999Z07:00", date+" "+clock)
		if err != nil {
			return t, fmt.Errorf("%s %s is not a date and a time with an offset", date, clock)
		}
		return t, nil
	}
	const layout = "2006-01-02 15:04:05.999"
	t, err := time.ParseInLocation(layout, date+" "+clock, schemas.Paris)
	if err != nil {
		return t, fmt.Errorf("%s %s is not a date and a time such as 2026-09-08 08:00:00.000", date, clock)
	}
	if t.Format("15:04:05") != clock[:8] {
		return t, fmt.Errorf("%s %s does not exist in Paris", date, clock)
	}
	for _, other := range []time.Time{t.Add(-time.Hour), t.Add(time.Hour)} {
		if other.Format(layout) == t.Format(layout) {
			return t, fmt.Errorf("%s %s exists twice in Paris: write its offset, +02:00 or +01:00", date, clock)
		}
	}
	return t, nil
}

// clock writes milliseconds as HH:MM:SS, with .mmm when they are not whole
// seconds.
func clock(ms uint64) string {
	s := ms / 1000
	text := fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	if ms%1000 != 0 {
		text += fmt.Sprintf(".%03d", ms%1000)
	}
	return text
}

// span reads "2026-09-07..2026-09-13", both ends included, or one day.
func span(text string) (schemas.Period, error) {
	from, to, ok := strings.Cut(text, "..")
	if !ok {
		to = from
	}
	var p schemas.Period
	var err error
	if p.From, err = schemas.ParseDay(from); err != nil {
		return p, err
	}
	p.To, err = schemas.ParseDay(to)
	return p, err
}
