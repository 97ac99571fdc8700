package simulate

import (
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// dayKind is what sort of day the ENT sees.
type dayKind int

const (
	schoolDay dayKind = iota // Monday, Tuesday, Thursday, Friday
	wednesday                // no or little school
	saturday
	sunday
	holiday // of the school calendar, or a public holiday of the week
	summer  // July after the last class and August
	kindCount
)

type span struct{ first, back schemas.Day } // [first day off, morning classes resume)

func date(y int, m time.Month, d int) schemas.Day { return schemas.DateDay(y, m, d) }

// vacations are the holidays of pupils in zone C (Toulouse, Montpellier), by
// school year. The last summer of the table ends at a rentrée that is not
// published yet and is assumed to be 1 September 2027.
var vacations = map[schemas.SchoolYear][]span{
	2024: {
		{date(2024, time.October, 19), date(2024, time.November, 4)},
		{date(2024, time.December, 21), date(2025, time.January, 6)},
		{date(2025, time.February, 15), date(2025, time.March, 3)},
		{date(2025, time.April, 12), date(2025, time.April, 28)},
		{date(2025, time.May, 29), date(2025, time.June, 2)},
		{date(2025, time.July, 5), date(2025, time.September, 1)},
	},
	2025: {
		{date(2025, time.October, 18), date(2025, time.November, 3)},
		{date(2025, time.December, 20), date(2026, time.January, 5)},
		{date(2026, time.February, 21), date(2026, time.March, 9)},
		{date(2026, time.April, 18), date(2026, time.May, 4)},
		{date(2026, time.May, 14), date(2026, time.May, 18)},
		{date(2026, time.July, 4), date(2026, time.September, 1)},
	},
	2026: {
		{date(2026, time.October, 17), date(2026, time.November, 2)},
		{date(2026, time.December, 19), date(2027, time.January, 4)},
		{date(2027, time.February, 6), date(2027, time.February, 22)},
		{date(2027, time.April, 3), date(2027, time.April, 19)},
		{date(2027, time.May, 7), date(2027, time.May, 8)},
		{date(2027, time.July, 3), date(2027, time.September, 1)},
	},
}

const (
	firstKnown = schemas.SchoolYear(2024)
	lastKnown  = schemas.SchoolYear(2026)
)

// firstRentree is the first day of classes of the table: the summer before it
// is in no year of the table.
var firstRentree = date(2024, time.September, 2)

// inTable moves a day of a year that the table does not have to the same
// weekday at the same season of the nearest year that it has, so that any day
// can be simulated; its holidays are then only likely.
func inTable(d schemas.Day) schemas.Day {
	y := d.SchoolYear()
	years := int(min(max(y, firstKnown), lastKnown)) - int(y)
	weeks := years * 52
	for range abs(years) / 5 { // 52 weeks are a day and a quarter short
		if years > 0 {
			weeks++
		} else {
			weeks--
		}
	}
	return d + schemas.Day(7*weeks)
}

func abs(n int) int { return max(n, -n) }

// kindOf says what sort of day it is in zone C.
func kindOf(d schemas.Day) dayKind {
	k := inTable(d)
	for y := k.SchoolYear() - 1; y <= k.SchoolYear(); y++ {
		for i, v := range vacations[y] {
			if k < v.first || k >= v.back {
				continue
			}
			if i == len(vacations[y])-1 {
				return summer
			}
			if k != v.back-1 { // the eve of the return is an ordinary Sunday
				return holiday
			}
		}
	}
	if k < firstRentree {
		return summer
	}
	switch d.Weekday() {
	case time.Saturday:
		return saturday
	case time.Sunday:
		return sunday
	}
	switch {
	case publicHoliday(d):
		return holiday
	case d.Weekday() == time.Wednesday:
		return wednesday
	}
	return schoolDay
}

// publicHoliday says whether the day is one of the eleven of the Code du
// travail.
func publicHoliday(d schemas.Day) bool {
	y, m, day := d.UTC().Date()
	switch [2]int{int(m), day} {
	case [2]int{1, 1}, [2]int{5, 1}, [2]int{5, 8}, [2]int{7, 14}, [2]int{8, 15}, [2]int{11, 1}, [2]int{11, 11}, [2]int{12, 25}:
		return true
	}
	switch d - easter(y) {
	case 1, 39, 50: // Easter Monday, Ascension, Whit Monday
		return true
	}
	return false
}

// easter is Easter Sunday of a Gregorian year (Meeus, Jones and Butcher).
func easter(y int) schemas.Day {
	a, b, c := y%19, y/100, y%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return date(y, time.Month(n/31), n%31+1)
}
