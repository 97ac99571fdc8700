package schemas

import "time"

// IncidentKind says what happened that some figures must be read with.
type IncidentKind string

// The kinds of incidents.
const (
	// NewWeekKey: a collector had no week key and made one. Whoever was counted
	// before it in the same week is counted again after it.
	NewWeekKey IncidentKind = "cle_nouvelle"
	// ClockBehind: a collector counted hits of a week whose key was already
	// overwritten: its clock had been ahead, or was set back.
	ClockBehind IncidentKind = "horloge_en_retard"
)

// Incident is something that happened to a collector and touches the users of
// one week. It crosses Kafka as JSON on ent.refused and says nothing of any
// person, nor which collector it was.
type Incident struct {
	Kind IncidentKind `json:"incident"`
	Week Week         `json:"week"` // days since 1970 of its Monday
	At   int64        `json:"at"`   // UTC ms
}

// Time is the instant of the incident, in UTC.
func (i Incident) Time() time.Time { return time.UnixMilli(i.At).UTC() }

// Label is what a page says of the incident, in French.
func (i Incident) Label() string {
	switch i.Kind {
	case NewWeekKey:
		return "La clé des pseudonymes manquait et une nouvelle a été tirée : une personne vue avant et après compte deux fois parmi les utilisateurs de la semaine"
	case ClockBehind:
		return "L'horloge d'un collecteur était fausse : une personne peut compter deux fois parmi les utilisateurs de la semaine"
	}
	return string(i.Kind)
}
