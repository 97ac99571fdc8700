package schemas

import "time"

// Visitor is the pseudonym of one person in one school during one week: the
// first 8 bytes, big-endian, of HMAC-SHA-256(week key, UAI ‖ 0 ‖ identifier).
type Visitor uint64

// Plan is the generation of the tagging plan.
type Plan uint8

// The two generations.
const (
	Plan2012 Plan = 1
	Plan2021 Plan = 2
)

// The two values of Event.Type.
const (
	Natif = "NATIF" // a service of the ENT itself
	Tiers = "TIERS" // a third-party tool, named by Event.Outil
)

// Event is one authenticated page load, or one click on a third-party tool.
//
// An event is its content: two events with the same UAI, Visitor, TS, Service
// and Outil are one, whatever retried, re-sent or replayed it.
type Event struct {
	TS      int64 // UTC, milliseconds since 1970
	UAI     UAI
	Visitor Visitor
	Profil  Profil
	Service Service // unknown codes are kept
	Type    string  // Natif or Tiers
	Outil   string  // third-party tool, "" for a native service
	Device  Device
	OS      OS
	Browser Browser
	Plan    Plan
	Projet  string
}

// Time is the instant of the event, in UTC.
func (e *Event) Time() time.Time { return time.UnixMilli(e.TS).UTC() }

// Day is the Paris day of the event.
func (e *Event) Day() Day { return DayOf(e.Time()) }
