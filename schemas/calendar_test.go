package schemas

import (
	"slices"
	"testing"
	"time"
)

func calendarDay(t *testing.T, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func calendarWeek(t *testing.T, s string) Week {
	t.Helper()
	w, err := ParseWeek(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// autumns is a calendar of two known years and the beginning of a summer whose
// end is not published: rentrée on Monday 1 September 2025 and on Tuesday 1
// September 2026.
func autumns(t *testing.T) *Calendar {
	b := func(name, first, resume string) Break {
		br := Break{Name: name, First: calendarDay(t, first)}
		if resume != "" {
			br.Resume = calendarDay(t, resume)
		}
		return br
	}
	return NewCalendar("C", 1, time.Time{}, []Break{
		b("Vacances d'Été", "2025-07-05", "2025-09-01"),
		b("Vacances de la Toussaint", "2025-10-18", "2025-11-03"),
		b("Vacances de Noël", "2025-12-20", "2026-01-05"),
		b("Vacances d'Hiver", "2026-02-21", "2026-03-09"),
		b("Vacances de Printemps", "2026-04-18", "2026-05-04"),
		b("Pont de l'Ascension", "2026-05-14", "2026-05-18"),
		b("Vacances d'Été", "2026-07-04", "2026-09-01"),
		b("Vacances de la Toussaint", "2026-10-17", "2026-11-02"),
		b("Vacances de Noël", "2026-12-19", "2027-01-04"),
		b("Vacances d'Hiver", "2027-02-06", "2027-02-22"),
		b("Vacances de Printemps", "2027-04-03", "2027-04-19"),
		b("Pont de l'Ascension", "2027-05-07", "2027-05-08"),
		b("Début des Vacances d'Été", "2027-07-03", ""),
	})
}

func TestSchoolWeekNumbers(t *testing.T) {
	t.Parallel()
	c := autumns(t)
	for _, tt := range []struct {
		week  string
		n     int
		known bool
	}{
		{"2025-08-25", 0, true}, // the last week of the summer
		{"2025-09-01", 1, true},
		{"2025-10-13", 7, true},
		{"2025-10-20", 0, true},
		{"2025-10-27", 0, true},
		{"2025-11-03", 8, true},
		{"2026-05-11", 29, true}, // a bridge, but Monday to Wednesday have classes
		{"2026-06-29", 36, true},
		{"2026-07-06", 0, true},
		{"2026-08-03", 0, true}, // August of a known year
		{"2026-08-31", 1, true}, // classes from Tuesday on
		{"2027-06-28", 36, true},
		{"2027-07-26", 0, true},
		{"2027-08-02", 0, false}, // nothing is published of 2027-2028
		{"2027-09-06", 0, false},
		{"2025-06-30", 0, false}, // nor of 2024-2025 but its summer
	} {
		if n, known := c.Number(calendarWeek(t, tt.week)); n != tt.n || known != tt.known {
			t.Errorf("%s: number %d, known %v; want %d, %v", tt.week, n, known, tt.n, tt.known)
		}
	}
	if w, ok := c.Numbered(2026, 1); !ok || w != calendarWeek(t, "2026-08-31") {
		t.Errorf("first school week of 2026-2027: %v %v", w, ok)
	}
	for _, n := range []int{0, -1, 37} {
		if w, ok := c.Numbered(2026, n); ok {
			t.Errorf("2026-2027 has a school week %d: %v", n, w)
		}
	}
}

func TestYearBeforeIsTheSameSchoolWeek(t *testing.T) {
	t.Parallel()
	c := autumns(t)
	for _, tt := range []struct {
		week, before string
		outcome      Counterpart
	}{
		{"2026-08-31", "2025-09-01", Matched},
		{"2026-11-02", "2025-11-03", Matched},
		{"2027-02-22", "2026-02-09", Matched}, // the winter break came two weeks earlier
		{"2026-10-19", "", NoClasses},
		{"2025-09-08", "", CalendarUnknown}, // 2024-2025 is not known
		{"2027-09-06", "", CalendarUnknown},
	} {
		w, outcome := c.YearBefore(calendarWeek(t, tt.week))
		if outcome != tt.outcome || outcome == Matched && w != calendarWeek(t, tt.before) || outcome != Matched && w != 0 {
			t.Errorf("%s: %v, outcome %d; want %s, %d", tt.week, w, outcome, tt.before, tt.outcome)
		}
	}
}

// A year with one more school week than the one before has a week that
// compares with nothing.
func TestYearBeforeWithoutSuchNumber(t *testing.T) {
	t.Parallel()
	longer := slices.Clone(autumns(t).breaks)
	longer[len(longer)-1].First += 7
	c := NewCalendar("C", 2, time.Time{}, longer)
	if w, outcome := c.YearBefore(calendarWeek(t, "2027-07-05")); outcome != NoSuchNumber || w != 0 {
		t.Errorf("school week 37: %v, outcome %d", w, outcome)
	}
}

func TestSchoolDays(t *testing.T) {
	t.Parallel()
	c := autumns(t)
	for _, tt := range []struct {
		day            string
		classes, known bool
	}{
		{"2026-08-31", false, true}, // the day before
		{"2026-09-01", true, true},
		{"2026-09-05", false, true}, // Saturday
		{"2026-10-16", true, true},
		{"2026-10-17", false, true},
		{"2026-11-01", false, true},
		{"2026-11-02", true, true},
		{"2026-11-11", false, true}, // public
		{"2027-03-29", false, true}, // Easter Monday
		{"2027-05-06", false, true}, // Ascension
		{"2027-05-07", false, true}, // its bridge, one day
		{"2027-05-17", false, true}, // Monday after Pentecost
		{"2027-07-02", true, true},
		{"2027-07-05", false, true},
		{"2027-08-02", false, false},
	} {
		if classes, known := c.SchoolDay(calendarDay(t, tt.day)); classes != tt.classes || known != tt.known {
			t.Errorf("%s: classes %v, known %v", tt.day, classes, known)
		}
	}
}

// What is missing from the file makes the year unknown, never a year without
// holidays.
func TestHalfPublishedYearIsUnknown(t *testing.T) {
	t.Parallel()
	all := autumns(t).breaks
	for i := 6; i < len(all); i++ { // from the summer of 2026 on
		left := slices.Concat(all[:i:i], all[i+1:])
		c := NewCalendar("C", 1, time.Time{}, left)
		bridge := all[i].Name == "Pont de l'Ascension"
		if c.Known(2026) != bridge {
			t.Errorf("without « %s »: known %v", all[i].Name, c.Known(2026))
		}
	}
	if !NewCalendar("C", 1, time.Time{}, slices.Clone(all)).Known(2026) {
		t.Error("the whole year is not known")
	}
}

func TestBreaksOfAPeriod(t *testing.T) {
	t.Parallel()
	c := autumns(t)
	names := func(from, to string) []string {
		var names []string
		for _, b := range c.Breaks(Period{calendarDay(t, from), calendarDay(t, to)}) {
			names = append(names, b.Name)
		}
		return names
	}
	if got := names("2026-11-01", "2026-12-19"); !slices.Equal(got, []string{"Vacances de la Toussaint", "Vacances de Noël"}) {
		t.Errorf("both ends touch a break: %q", got)
	}
	if got := names("2026-11-02", "2026-12-18"); got != nil {
		t.Errorf("the morning classes resume is not a holiday: %q", got)
	}
	if got := names("2027-07-31", "2027-08-31"); !slices.Equal(got, []string{"Début des Vacances d'Été"}) {
		t.Errorf("a summer without end: %q", got)
	}
	if got := names("2027-08-01", "2027-08-31"); got != nil {
		t.Errorf("what is not published is not a holiday: %q", got)
	}
}

func TestNoCalendarKnowsNothing(t *testing.T) {
	t.Parallel()
	var c *Calendar
	w := calendarWeek(t, "2026-09-07")
	if c.Known(2026) || c.Breaks(Period{0, 30000}) != nil {
		t.Error("no calendar, but something is known")
	}
	if _, known := c.Number(w); known {
		t.Error("no calendar, but a number")
	}
	if _, outcome := c.YearBefore(w); outcome != CalendarUnknown {
		t.Error("no calendar, but a counterpart")
	}
	if _, known := c.SchoolDay(w.Monday()); known {
		t.Error("no calendar, but a school day")
	}
	if _, ok := c.BreakOn(w.Monday()); ok {
		t.Error("no calendar, but a break")
	}
}

func TestPublicHolidays(t *testing.T) {
	t.Parallel()
	// Easter Mondays as almanacs give them.
	for _, s := range []string{
		"2018-04-02", "2019-04-22", "2020-04-13", "2021-04-05", "2022-04-18", "2023-04-10", "2024-04-01", "2025-04-21",
		"2026-04-06", "2027-03-29", "2028-04-17", "2029-04-02", "2030-04-22", "2038-04-26", "2049-04-19", "2076-04-20",
	} {
		if name, ok := PublicHoliday(calendarDay(t, s)); !ok || name != "Lundi de Pâques" {
			t.Errorf("%s: %q", s, name)
		}
	}
	var of2026 []string
	for d := DateDay(2026, 1, 1); d <= DateDay(2026, 12, 31); d++ {
		if _, ok := PublicHoliday(d); ok {
			of2026 = append(of2026, d.String()[5:])
		}
	}
	want := []string{"01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25"}
	if !slices.Equal(of2026, want) {
		t.Errorf("public holidays of 2026: %v", of2026)
	}
}
