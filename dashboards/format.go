package dashboards

import (
	"fmt"
	"strconv"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// How figures, dates and durations are written in French. U+202F separates
// thousands, U+00A0 keeps a number and its unit on one line.
const (
	thin  = "\u202f"
	solid = "\u00a0"
)

// Entier writes 1234567 as "1 234 567".
func Entier(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	if len(digits) <= 3 {
		return digits
	}
	head := len(digits) % 3
	out := make([]byte, 0, len(digits)+len(digits)/3*len(thin))
	out = append(out, digits[:head]...)
	for i := head; i < len(digits); i += 3 {
		if i > 0 {
			out = append(out, thin...)
		}
		out = append(out, digits[i:i+3]...)
	}
	return string(out)
}

// Compte writes a number with its noun in the right number: "1 école",
// "0 école", "4 104 écoles".
func Compte(n uint64, singular, plural string) string {
	if n < 2 {
		return Entier(n) + solid + singular
	}
	return Entier(n) + solid + plural
}

// Part writes part/whole as a percentage with one decimal, "40,2 %", and a
// dash when the whole is zero.
func Part(part, whole uint64) string {
	if whole == 0 {
		return "–"
	}
	tenths := (part*2000 + whole) / (whole * 2) // rounded half up
	return Entier(tenths/10) + "," + strconv.FormatUint(tenths%10, 10) + solid + "%"
}

// Duree writes seconds as "4 min 32 s" or "1 h 02 min".
func Duree(seconds uint64) string {
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	switch {
	case h > 0:
		return fmt.Sprintf("%s%sh%s%02d%smin", Entier(h), solid, solid, m, solid)
	case m > 0:
		return fmt.Sprintf("%d%smin%s%02d%ss", m, solid, solid, s, solid)
	}
	return fmt.Sprintf("%d%ss", s, solid)
}

// DureeMoyenne is the mean duration of m, or a dash when no visit has one.
func DureeMoyenne(m schemas.Measures) string {
	s, ok := m.MeanSeconds()
	if !ok {
		return "–"
	}
	return Duree(s)
}

var (
	mois = [...]string{
		"janvier", "février", "mars", "avril", "mai", "juin", "juillet",
		"août", "septembre", "octobre", "novembre", "décembre",
	}
	moisCourts = [...]string{
		"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.",
		"août", "sept.", "oct.", "nov.", "déc.",
	}
	jours = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
)

// Jour writes "7 septembre 2026", the first of a month as "1er".
func Jour(d schemas.Day) string {
	t := d.UTC()
	return premier(t.Day()) + solid + mois[t.Month()-1] + solid + strconv.Itoa(t.Year())
}

// JourCourt writes "7 sept. 2026".
func JourCourt(d schemas.Day) string {
	t := d.UTC()
	return premier(t.Day()) + solid + moisCourts[t.Month()-1] + solid + strconv.Itoa(t.Year())
}

func premier(day int) string {
	if day == 1 {
		return "1er"
	}
	return strconv.Itoa(day)
}

// Semaine writes "semaine du 7 septembre 2026".
func Semaine(w schemas.Week) string { return "semaine du " + Jour(w.Monday()) }

// Instant writes "24 novembre 2026 à 8 h 05", Paris time.
func Instant(t time.Time) string {
	p := t.In(schemas.Paris)
	return fmt.Sprintf("%s à %d%sh%s%02d", Jour(schemas.DayOf(t)), p.Hour(), solid, solid, p.Minute())
}

// Heure writes the hour of the day that begins at h: "9 h – 10 h".
func Heure(h int) string {
	return fmt.Sprintf("%d%sh%s–%s%d%sh", h, solid, solid, solid, (h+1)%24, solid)
}

// weekdays lists the days of the week from Monday.
func weekdays() [7]time.Weekday {
	return [7]time.Weekday{
		time.Monday, time.Tuesday, time.Wednesday, time.Thursday,
		time.Friday, time.Saturday, time.Sunday,
	}
}
