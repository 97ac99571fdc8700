package schemas

import (
	"testing"
	"time"
)

func TestDaysHaveTheHoursOfParis(t *testing.T) {
	for _, c := range []struct {
		day   Day
		hours time.Duration
		start string
	}{
		{DateDay(2026, time.March, 28), 24, "2026-03-27T23:00:00Z"},
		{DateDay(2026, time.March, 29), 23, "2026-03-28T23:00:00Z"},
		{DateDay(2026, time.March, 30), 24, "2026-03-29T22:00:00Z"},
		{DateDay(2026, time.October, 25), 25, "2026-10-24T22:00:00Z"},
		{DateDay(2026, time.October, 26), 24, "2026-10-25T23:00:00Z"},
	} {
		if got := c.day.End().Sub(c.day.Start()); got != c.hours*time.Hour {
			t.Errorf("%s has %s, want %d h", c.day, got, c.hours)
		}
		if got := c.day.Start().UTC().Format(time.RFC3339); got != c.start {
			t.Errorf("%s starts at %s, want %s", c.day, got, c.start)
		}
	}
}

// TestDayOf: a day holds its first instant and not its last.
func TestDayOf(t *testing.T) {
	for d := DateDay(2026, time.January, 1); d < DateDay(2027, time.January, 1); d++ {
		start, end := d.Start(), d.End()
		if DayOf(start) != d || DayOf(end.Add(-time.Millisecond)) != d || DayOf(end) != d+1 || DayOf(start.Add(-time.Millisecond)) != d-1 {
			t.Errorf("%s is not [%s, %s)", d, start, end)
		}
		if back := DayFromUTC(d.UTC()); back != d {
			t.Errorf("%s comes back as %s", d, back)
		}
		if back, err := ParseDay(d.String()); err != nil || back != d {
			t.Errorf("%s reads as %s, %v", d, back, err)
		}
	}
}

func TestWeeks(t *testing.T) {
	for _, c := range []struct {
		day, monday string
		year        SchoolYear
	}{
		{"2026-09-07", "2026-09-07", 2026},
		{"2026-09-13", "2026-09-07", 2026},
		{"2026-11-01", "2026-10-26", 2026}, // straddles two months
		{"2027-01-01", "2026-12-28", 2026}, // two calendar years
		{"2026-08-01", "2026-07-27", 2025}, // two school years: that of its Monday
		{"2026-08-02", "2026-07-27", 2025},
		{"2026-08-03", "2026-08-03", 2026},
	} {
		d, err := ParseDay(c.day)
		if err != nil {
			t.Fatal(err)
		}
		w := d.Week()
		if w.String() != c.monday || w.SchoolYear() != c.year {
			t.Errorf("%s is in week %s of %s, want %s of %s", d, w, w.SchoolYear(), c.monday, c.year)
		}
		if w.Monday().Weekday() != time.Monday || w.Sunday().Weekday() != time.Sunday || w.Next().Previous() != w {
			t.Errorf("week %s is not from Monday to Sunday", w)
		}
	}
	// The two weeks of the changes of hour.
	for monday, hours := range map[string]time.Duration{"2026-03-23": 167, "2026-10-19": 169, "2026-09-07": 168} {
		w, err := ParseWeek(monday)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.End().Sub(w.Start()); got != hours*time.Hour {
			t.Errorf("week %s has %s, want %d h", monday, got, hours)
		}
	}
}

// TestSchoolYearsShareTheWeeks: every week is in exactly one school year.
func TestSchoolYearsShareTheWeeks(t *testing.T) {
	next := SchoolYear(2019).FirstWeek()
	for y := SchoolYear(2019); y < 2040; y++ {
		if y.FirstWeek() != next {
			t.Fatalf("%s begins with week %s, the year before ends before %s", y, y.FirstWeek(), next)
		}
		weeks := Period{y.First(), y.Last()}.Weeks()
		if n := len(weeks); n != 52 && n != 53 || weeks[0] != y.FirstWeek() || weeks[n-1] != y.LastWeek() {
			t.Errorf("%s has %d weeks, from %s to %s", y, n, weeks[0], weeks[n-1])
		}
		for _, w := range weeks {
			if w.SchoolYear() != y {
				t.Errorf("week %s is of %s, listed in %s", w, w.SchoolYear(), y)
			}
		}
		next = y.LastWeek().Next()
	}
}

func TestPeriods(t *testing.T) {
	day := func(s string) Day {
		d, err := ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		from, to    string
		days, weeks int
		first       string
		years       int
	}{
		{"2026-09-07", "2026-09-13", 7, 1, "2026-09-07", 1},
		{"2026-09-08", "2026-09-13", 6, 0, "", 1}, // no Monday in it
		{"2026-09-08", "2026-09-14", 7, 1, "2026-09-14", 1},
		{"2026-07-01", "2026-09-30", 92, 13, "2026-07-06", 2},
		{"2026-09-09", "2026-09-08", 0, 0, "", 1},
	} {
		p := Period{day(c.from), day(c.to)}
		weeks := p.Weeks()
		if p.Days() != c.days || len(weeks) != c.weeks || len(p.SchoolYears()) != c.years {
			t.Errorf("%s to %s: %d days, %d weeks, %d school years, want %d, %d, %d",
				c.from, c.to, p.Days(), len(weeks), len(p.SchoolYears()), c.days, c.weeks, c.years)
			continue
		}
		if c.weeks > 0 && weeks[0].String() != c.first {
			t.Errorf("%s to %s begins with week %s, want %s", c.from, c.to, weeks[0], c.first)
		}
	}
}

// TestBadPeriods: what a person mistypes is refused with a sentence.
func TestBadPeriods(t *testing.T) {
	reject := func(what, text string, err error) {
		t.Helper()
		if KindOf(err) != Invalid || SentenceOf(err) == "" {
			t.Errorf("%s %q: %v", what, text, err)
		}
	}
	for _, s := range []string{"", "2026-9-7", "07/09/2026", "2026-02-30", "1999-12-31", "2100-01-01", "2026-09-07 ", "lundi"} {
		_, err := ParseDay(s)
		reject("day", s, err)
		_, err = ParseWeek(s)
		reject("week", s, err)
	}
	_, err := ParseWeek("2026-09-08")
	reject("week", "2026-09-08", err)
	for _, s := range []string{"", "2025", "2025-2027", "2025-2025", "2026-2025", "2025-26", "2025/2026", "2025-2026 ", "1999-2000"} {
		_, err := ParseSchoolYear(s)
		reject("school year", s, err)
	}
	if y, err := ParseSchoolYear("2025-2026"); err != nil || y != 2025 || y.String() != "2025-2026" {
		t.Error(y, err)
	}
}
