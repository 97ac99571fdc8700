package simulate

import (
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// TestKindOf: the days of domain §6, also of years whose calendar is not
// published.
func TestKindOf(t *testing.T) {
	for day, want := range map[string]dayKind{
		"2026-11-23": schoolDay,
		"2026-11-25": wednesday,
		"2026-11-28": saturday,
		"2026-11-29": sunday,
		"2026-11-11": holiday, // a public holiday, on a Wednesday
		"2026-10-16": schoolDay,
		"2026-10-17": holiday,
		"2026-10-31": holiday,
		"2026-11-01": sunday, // the eve of the return
		"2026-11-02": schoolDay,
		"2026-08-31": summer,
		"2026-09-01": schoolDay,
		"2027-05-07": holiday,
		"2027-08-15": summer,
		"2024-08-01": summer,
		"2024-09-02": schoolDay,
		"2019-08-15": summer,
		"2019-12-30": holiday,
		"2031-01-21": schoolDay,
		"2033-08-10": summer,
	} {
		d, err := schemas.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := kindOf(d); got != want {
			t.Errorf("%s (%s): kind %d, want %d", day, d.Weekday(), got, want)
		}
	}
}

// TestBreaks: the calendar makes its school years known.
func TestBreaks(t *testing.T) {
	var all []schemas.Break
	for _, b := range Breaks() {
		all = append(all, b.Break)
	}
	c := schemas.NewCalendar(Zone, 1, time.Time{}, all)
	for y := firstKnown; y <= lastKnown; y++ {
		if !c.Known(y) {
			t.Errorf("the calendar of %s is not known", y)
		}
		for d := y.First(); d <= y.Last(); d++ {
			classes, _ := c.SchoolDay(d)
			if k := kindOf(d); classes != (k == schoolDay || k == wednesday) {
				t.Errorf("%s: kind %d, school day: %t", d, k, classes)
			}
		}
	}
}
