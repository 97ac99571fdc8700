package simulate

import (
	"slices"
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

// Zone is that of Toulouse and Montpellier.
const Zone = "C"

// breaks are those of the pupils of zone C. The rentrée at the end is not
// published yet and assumed.
var breaks = []schemas.Break{
	off("Vacances d'Été", 2024, time.July, 6, 2024, time.September, 2),
	off("Vacances de la Toussaint", 2024, time.October, 19, 2024, time.November, 4),
	off("Vacances de Noël", 2024, time.December, 21, 2025, time.January, 6),
	off("Vacances d'Hiver", 2025, time.February, 15, 2025, time.March, 3),
	off("Vacances de Printemps", 2025, time.April, 12, 2025, time.April, 28),
	off("Pont de l'Ascension", 2025, time.May, 29, 2025, time.June, 2),
	off("Vacances d'Été", 2025, time.July, 5, 2025, time.September, 1),
	off("Vacances de la Toussaint", 2025, time.October, 18, 2025, time.November, 3),
	off("Vacances de Noël", 2025, time.December, 20, 2026, time.January, 5),
	off("Vacances d'Hiver", 2026, time.February, 21, 2026, time.March, 9),
	off("Vacances de Printemps", 2026, time.April, 18, 2026, time.May, 4),
	off("Pont de l'Ascension", 2026, time.May, 14, 2026, time.May, 18),
	off("Vacances d'Été", 2026, time.July, 4, 2026, time.September, 1),
	off("Vacances de la Toussaint", 2026, time.October, 17, 2026, time.November, 2),
	off("Vacances de Noël", 2026, time.December, 19, 2027, time.January, 4),
	off("Vacances d'Hiver", 2027, time.February, 6, 2027, time.February, 22),
	off("Vacances de Printemps", 2027, time.April, 3, 2027, time.April, 19),
	off("Pont de l'Ascension", 2027, time.May, 7, 2027, time.May, 8),
	off("Vacances d'Été", 2027, time.July, 3, 2027, time.September, 1),
}

// off is a break of a first day off and a day on whose morning classes resume.
func off(name string, y1 int, m1 time.Month, d1, y2 int, m2 time.Month, d2 int) schemas.Break {
	return schemas.Break{Name: name, First: schemas.DateDay(y1, m1, d1), Resume: schemas.DateDay(y2, m2, d2)}
}

const (
	firstKnown = schemas.SchoolYear(2024)
	lastKnown  = schemas.SchoolYear(2026)
)

// Breaks is the school calendar by which the region lives.
func Breaks() []schemas.ZoneBreak {
	all := make([]schemas.ZoneBreak, len(breaks))
	for i, b := range breaks {
		all[i] = schemas.ZoneBreak{Zone: Zone, Population: "-", Break: b}
	}
	return all
}

// inTable moves a day of a year that the table does not have to the same
// weekday at the same season of the nearest year that it has, so that any day
// can be simulated; its holidays are then only likely.
func inTable(d schemas.Day) schemas.Day {
	y := d.SchoolYear()
	years := int(min(max(y, firstKnown), lastKnown) - y)
	return d + schemas.Day(7*(years*52+years/5)) // 52 weeks are a day and a quarter short
}

// kindOf says what sort of day it is in zone C.
func kindOf(d schemas.Day) dayKind {
	known := inTable(d)
	i := slices.IndexFunc(breaks, func(b schemas.Break) bool { return b.Has(known) })
	_, public := schemas.PublicHoliday(d)
	switch weekday := d.Weekday(); {
	case i >= 0 && breaks[i].Resume-breaks[i].First > 40:
		return summer
	case i >= 0 && known != breaks[i].Last(): // the eve of the return is an ordinary Sunday
		return holiday
	case weekday == time.Saturday:
		return saturday
	case weekday == time.Sunday:
		return sunday
	case public || i >= 0:
		return holiday
	case weekday == time.Wednesday:
		return wednesday
	}
	return schoolDay
}
