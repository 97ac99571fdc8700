package schemas

import (
	"cmp"
	"slices"
	"time"
)

// Break is a span of days without classes for the pupils of a zone, as the
// ministry publishes it.
type Break struct {
	Name   string // "Vacances de la Toussaint"
	First  Day    // the first day without classes
	Resume Day    // the morning on which classes resume, exclusive; 0 = not published
}

// ZoneBreak is a break of one zone, a row of the national calendar.
type ZoneBreak struct {
	Zone       string // "C", or a name such as "Corse"
	Population string // whom it holds for, as published: "-", "Élèves"
	Break
}

// Last is the last day without classes. The end of a break that is not
// published is that of its school year: what follows is unknown.
func (b Break) Last() Day {
	if b.Resume == 0 {
		return b.First.SchoolYear().Last()
	}
	return b.Resume - 1
}

// Has says whether the day lies in the break.
func (b Break) Has(d Day) bool { return b.First <= d && d <= b.Last() }

// crosses says whether the break is the one between school year y-1 and y.
func (b Break) crosses(y SchoolYear) bool {
	return b.First < y.First() && b.Resume > y.First()
}

// begins says whether the break is a summer of which only the beginning is
// published: it begins in June or July of year y.
func (b Break) begins(y SchoolYear) bool {
	return b.Resume == 0 && b.First >= DateDay(int(y)+1, time.June, 1) && b.First <= y.Last()
}

// Calendar is the school calendar of one zone: which days have classes, and
// the numbers of the school weeks. A school day is a day from Monday to Friday
// between the start of classes and the summer that is neither in a break nor a
// public holiday; a school week is one that has a school day, and its number
// is its rank in the school year of its Monday.
//
// A school year is known when the ministry has published its start, its four
// breaks and the beginning of its summer; nothing is said of the others, not
// even that they have no holidays. A Calendar is immutable and safe for
// concurrent use; the nil Calendar is one in which nothing is known.
type Calendar struct {
	Zone     string    // "C"
	Version  uint64    // grows with each import; 0 = none was ever imported
	Imported time.Time // UTC

	breaks []Break // by first day
	years  map[SchoolYear]calendarYear
}

// calendarYear is one known school year.
type calendarYear struct {
	start, summer Day // classes lie in [start, summer)
	numbers       map[Week]int
	weeks         []Week // by number, from 1 at index 0
}

// NewCalendar makes the calendar of a zone. The slice belongs to it afterwards.
func NewCalendar(zone string, version uint64, imported time.Time, breaks []Break) *Calendar {
	slices.SortFunc(breaks, func(a, b Break) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Resume, b.Resume), cmp.Compare(a.Name, b.Name))
	})
	c := &Calendar{Zone: zone, Version: version, Imported: imported, breaks: breaks, years: map[SchoolYear]calendarYear{}}
	for _, b := range breaks {
		y := b.First.SchoolYear()
		if _, done := c.years[y]; !done {
			if year, known := c.year(y); known {
				c.years[y] = year
			}
		}
	}
	return c
}

// breaksOfYear is how many breaks a published year has beside its summer:
// Toussaint, Noël, Hiver and Printemps, or as many overseas. A bridge of a few
// days is none.
const (
	breaksOfYear = 4
	breakDays    = 6
)

// year gathers what is published of a school year.
func (c *Calendar) year(y SchoolYear) (calendarYear, bool) {
	year := calendarYear{numbers: map[Week]int{}}
	for _, b := range c.breaks {
		if b.crosses(y) {
			year.start = max(year.start, b.Resume)
		}
		if (b.crosses(y+1) || b.begins(y)) && (year.summer == 0 || b.First < year.summer) {
			year.summer = b.First
		}
	}
	breaks := map[Week]bool{} // two rows of the same break are one
	for _, b := range c.breaks {
		if b.First >= year.start && b.First < year.summer && int(b.Resume-b.First) >= breakDays {
			breaks[b.First.Week()] = true
		}
	}
	if year.start == 0 || year.summer == 0 || len(breaks) < breaksOfYear {
		return year, false
	}
	for w := year.start.Week(); w.Monday() < year.summer; w = w.Next() {
		for d := w.Monday(); d < w.Monday()+5; d++ {
			if c.classes(d, year) {
				year.weeks = append(year.weeks, w)
				year.numbers[w] = len(year.weeks)
				break
			}
		}
	}
	return year, true
}

// classes says whether a day of a known year is a school day.
func (c *Calendar) classes(d Day, year calendarYear) bool {
	if d < year.start || d >= year.summer || d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
		return false
	}
	if _, off := PublicHoliday(d); off {
		return false
	}
	_, off := c.BreakOn(d)
	return !off
}

// Known says whether the calendar of a school year is published.
func (c *Calendar) Known(y SchoolYear) bool {
	if c == nil {
		return false
	}
	_, ok := c.years[y]
	return ok
}

// Breaks lists the breaks that have a day in the period, by first day; those
// of a year that is not known as a whole are there too.
func (c *Calendar) Breaks(p Period) []Break {
	if c == nil {
		return nil
	}
	var found []Break
	for _, b := range c.breaks {
		if b.First <= p.To && b.Last() >= p.From {
			found = append(found, b)
		}
	}
	return found
}

// BreakOn finds the break that holds the day, the earliest to begin.
func (c *Calendar) BreakOn(d Day) (Break, bool) {
	if c == nil {
		return Break{}, false
	}
	for _, b := range c.breaks {
		if b.First > d {
			break
		}
		if b.Has(d) {
			return b, true
		}
	}
	return Break{}, false
}

// SchoolDay says whether the day has classes; known is false in a school year
// that is not published.
func (c *Calendar) SchoolDay(d Day) (classes, known bool) {
	if !c.Known(d.SchoolYear()) {
		return false, false
	}
	return c.classes(d, c.years[d.SchoolYear()]), true
}

// Number is the school-week number of a week, from 1; 0 for a week without any
// school day. known is false in a school year that is not published.
func (c *Calendar) Number(w Week) (n int, known bool) {
	if !c.Known(w.SchoolYear()) {
		return 0, false
	}
	return c.years[w.SchoolYear()].numbers[w], true
}

// Numbered is the inverse of Number: the week of a number in a school year. ok
// is false when the year is not known or has no such number.
func (c *Calendar) Numbered(y SchoolYear, n int) (w Week, ok bool) {
	if !c.Known(y) || n < 1 || n > len(c.years[y].weeks) {
		return 0, false
	}
	return c.years[y].weeks[n-1], true
}

// Counterpart says whether a week has one in the school year before.
type Counterpart uint8

// The outcomes of YearBefore.
const (
	Matched         Counterpart = iota // the week of the same school-week number
	CalendarUnknown                    // one of the two years is not published
	NoClasses                          // the week has no school day, so it has no number
	NoSuchNumber                       // the year before had fewer school weeks
)

// YearBefore is the same week of the school year before: that of the same
// school-week number, whatever the date. The week is 0 unless Matched.
func (c *Calendar) YearBefore(w Week) (Week, Counterpart) {
	n, known := c.Number(w)
	before := w.SchoolYear() - 1
	if !known || !c.Known(before) {
		return 0, CalendarUnknown
	}
	if n == 0 {
		return 0, NoClasses
	}
	same, ok := c.Numbered(before, n)
	if !ok {
		return 0, NoSuchNumber
	}
	return same, Matched
}

// The public holidays of France at a fixed date, as month and day.
var fixedHolidays = map[[2]int]string{
	{1, 1}: "Jour de l'an", {5, 1}: "Fête du travail", {5, 8}: "Victoire de 1945", {7, 14}: "Fête nationale",
	{8, 15}: "Assomption", {11, 1}: "Toussaint", {11, 11}: "Armistice de 1918", {12, 25}: "Noël",
}

// PublicHoliday names the public holiday of a day, of those that hold in all of
// France (code du travail, L3133-1): the national calendar does not list them.
func PublicHoliday(d Day) (name string, ok bool) {
	t := d.UTC()
	if name, ok = fixedHolidays[[2]int{int(t.Month()), t.Day()}]; ok {
		return name, true
	}
	switch d - easter(t.Year()) {
	case 1:
		return "Lundi de Pâques", true
	case 39:
		return "Ascension", true
	case 50:
		return "Lundi de Pentecôte", true
	}
	return "", false
}

// easter is Easter Sunday of a year of the Gregorian calendar: the Sunday
// after the first ecclesiastical full moon of spring.
func easter(year int) Day {
	golden := year % 19
	century := year / 100
	// Age of the moon on 1 January, with the corrections of the century.
	epact := (century - century/4 - (8*century+13)/25 + 19*golden + 15) % 30
	epact -= epact / 28 * (1 - 29/(epact+1)*((21-golden)/11))
	sunday := epact - (year+year/4+epact+2-century+century/4)%7
	return DateDay(year, time.March, 28+sunday)
}
