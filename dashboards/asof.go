package dashboards

import (
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// asOf is the stamp of every block of figures: what they already hold.
type asOf struct {
	LastEvent     string  `json:"last_event"`     // RFC 3339 UTC, "" = none
	EventsPending *uint64 `json:"events_pending"` // null: the queue does not answer, nobody knows
	DaysPending   uint64  `json:"days_pending"`
	Incidents     int     `json:"incidents"` // noted on the territory and the period, if there are such
}

func newAsOf(c schemas.Completeness) asOf {
	a := asOf{DaysPending: c.DaysPending}
	if !c.Queue.Away() {
		a.EventsPending = &c.EventsPending
	}
	if !c.LastEvent.IsZero() {
		a.LastEvent = c.LastEvent.UTC().Format(time.RFC3339)
	}
	return a
}

// Instant is that of the last event counted, in French, "" when there is none.
func (a asOf) Instant() string {
	t, err := time.Parse(time.RFC3339, a.LastEvent)
	if err != nil {
		return ""
	}
	return Instant(t)
}

// Last is the instant of the last event counted, in French.
func (a asOf) Last() string {
	if at := a.Instant(); at != "" {
		return "Dernier événement compté le " + at
	}
	return "Aucun événement compté"
}

// Known says how many incidents are noted, in French; "" when none is.
func (a asOf) Known() string {
	if a.Incidents == 0 {
		return ""
	}
	return Compte(uint64(a.Incidents), "incident noté", "incidents notés")
}

// Pending says what is still to be counted, in French.
func (a asOf) Pending() string {
	switch {
	case a.DaysPending > 0:
		return Compte(a.DaysPending, "jour en attente de calcul", "jours en attente de calcul")
	case a.EventsPending == nil:
		return "la file ne répond pas : ce qui attend n'est pas connu"
	case *a.EventsPending > 0:
		return Compte(*a.EventsPending, "événement en attente", "événements en attente")
	}
	return "rien en attente"
}
