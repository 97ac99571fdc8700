package schemas

import (
	"fmt"
	"time"
	_ "time/tzdata" // a server without zone files must still know Paris
)

// This is the only file that does calendar arithmetic. Days, weeks and school
// years are those of Europe/Paris; a day has 23, 24 or 25 hours.

// Paris is the time zone of every day, week and hour shown or counted.
var Paris = mustParis()

func mustParis() *time.Location {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic("schemas: no zone data: " + err.Error())
	}
	return loc
}

// Day is a calendar day in Paris, as days since 1970-01-01. Days compare and
// subtract as integers. The zero Day is 1970-01-01 and stands for "none".
type Day int32

// DayOf is the Paris day of an instant.
func DayOf(t time.Time) Day {
	y, m, d := t.In(Paris).Date()
	return DateDay(y, m, d)
}

// DateDay is the day of a civil date, normalised as time.Date does.
func DateDay(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads "2026-09-07". The error is Invalid.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 2000 || t.Year() >= 2100 {
		return 0, Refuse("« %.20s » n'est pas une date : il faut la forme AAAA-MM-JJ, par exemple 2026-09-07.", s)
	}
	return Day(t.Unix() / 86400), nil
}

// UTC is midnight UTC of the civil date: the form of a ClickHouse Date.
func (d Day) UTC() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// DayFromUTC is the inverse of Day.UTC, for values read from a Date column.
func DayFromUTC(t time.Time) Day { y, m, d := t.Date(); return DateDay(y, m, d) }

// Start is the instant at which the day begins in Paris.
func (d Day) Start() time.Time {
	y, m, dd := d.UTC().Date()
	return time.Date(y, m, dd, 0, 0, 0, 0, Paris)
}

// At is the instant at which an hour of the day begins in Paris; 24 is End.
func (d Day) At(hour int) time.Time {
	y, m, dd := d.UTC().Date()
	return time.Date(y, m, dd, hour, 0, 0, 0, Paris)
}

// End is the instant at which the next day begins: [Start, End).
func (d Day) End() time.Time { return (d + 1).Start() }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return d.UTC().Weekday() }

// String is the ISO form, "2026-09-07".
func (d Day) String() string { return d.UTC().Format(time.DateOnly) }

// AddMonths is the same day n months later, or earlier, normalised as time.Date
// does: 31 March and one month is 1 May.
func (d Day) AddMonths(n int) Day {
	y, m, day := d.UTC().Date()
	return DateDay(y, m+time.Month(n), day)
}

// Week is the week that holds the day.
func (d Day) Week() Week { return Week(d - Day((d.Weekday()+6)%7)) }

// SchoolYear is the school year that holds the day: 1 August to 31 July.
func (d Day) SchoolYear() SchoolYear {
	y, m, _ := d.UTC().Date()
	if m < time.August {
		y--
	}
	return SchoolYear(y)
}

// Week is a week from Monday to Sunday, as the Day of its Monday.
type Week Day

// WeekOf is the week of an instant, in Paris.
func WeekOf(t time.Time) Week { return DayOf(t).Week() }

// ParseWeek reads the Monday of a week, "2026-09-07". The error is Invalid
// when it is not a date or not a Monday.
func ParseWeek(s string) (Week, error) {
	d, err := ParseDay(s)
	if err != nil {
		return 0, err
	}
	if d.Weekday() != time.Monday {
		return 0, Refuse("Le %s n'est pas un lundi : une semaine se nomme par son lundi, ici %s.", d, d.Week())
	}
	return Week(d), nil
}

// Monday is the first day of the week.
func (w Week) Monday() Day { return Day(w) }

// Sunday is the last day of the week.
func (w Week) Sunday() Day { return Day(w) + 6 }

// Next is the week after.
func (w Week) Next() Week { return w + 7 }

// Previous is the week before.
func (w Week) Previous() Week { return w - 7 }

// Start is the instant at which the week begins in Paris.
func (w Week) Start() time.Time { return w.Monday().Start() }

// End is the instant at which the next week begins: [Start, End).
func (w Week) End() time.Time { return w.Next().Start() }

// SchoolYear is the school year of the week: that of its Monday.
func (w Week) SchoolYear() SchoolYear { return Day(w).SchoolYear() }

// String is the Monday's ISO form.
func (w Week) String() string { return Day(w).String() }

// SchoolYear is a school year, named by the calendar year of its August:
// 2025 is "2025-2026", 1 August 2025 to 31 July 2026.
type SchoolYear int

// ParseSchoolYear reads "2025-2026". The error is Invalid.
func ParseSchoolYear(s string) (SchoolYear, error) {
	var a, b int
	if n, err := fmt.Sscanf(s, "%4d-%4d", &a, &b); err != nil || n != 2 || b != a+1 || len(s) != 9 || a < 2000 || a > 2098 {
		return 0, Refuse("« %.20s » n'est pas une année scolaire : il faut la forme 2025-2026.", s)
	}
	return SchoolYear(a), nil
}

// First is 1 August.
func (y SchoolYear) First() Day { return DateDay(int(y), time.August, 1) }

// Last is 31 July.
func (y SchoolYear) Last() Day { return DateDay(int(y)+1, time.July, 31) }

// FirstWeek is the first week whose Monday lies in the school year.
func (y SchoolYear) FirstWeek() Week {
	w := y.First().Week()
	if w.Monday() < y.First() {
		w = w.Next()
	}
	return w
}

// LastWeek is the last week whose Monday lies in the school year.
func (y SchoolYear) LastWeek() Week { return y.Last().Week() }

// String is "2025-2026".
func (y SchoolYear) String() string { return fmt.Sprintf("%d-%d", int(y), int(y)+1) }

// Period is a span of whole days, both ends included.
type Period struct {
	From, To Day
}

// Days is the number of days, 0 when To is before From.
func (p Period) Days() int { return max(0, int(p.To-p.From)+1) }

// Weeks lists the weeks whose Monday lies in the period.
func (p Period) Weeks() []Week {
	w := p.From.Week()
	if w.Monday() < p.From {
		w = w.Next()
	}
	var weeks []Week
	for ; w.Monday() <= p.To; w = w.Next() {
		weeks = append(weeks, w)
	}
	return weeks
}

// SchoolYears lists the school years of the period's first to last day.
func (p Period) SchoolYears() []SchoolYear {
	var years []SchoolYear
	for y := p.From.SchoolYear(); y <= p.To.SchoolYear(); y++ {
		years = append(years, y)
	}
	return years
}
