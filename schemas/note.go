package schemas

import (
	"strings"
	"time"
	"unicode/utf8"
)

// NoteKind says what a note is about.
type NoteKind string

// The kinds of notes.
const (
	NoteIncident  NoteKind = "incident"
	NoteFormation NoteKind = "formation"
	NoteFermeture NoteKind = "fermeture"
	NoteAutre     NoteKind = "autre"
)

// NoteKinds lists the kinds.
func NoteKinds() []NoteKind {
	return []NoteKind{NoteIncident, NoteFormation, NoteFermeture, NoteAutre}
}

// Label is the French name of the kind.
func (k NoteKind) Label() string {
	switch k {
	case NoteIncident:
		return "Incident"
	case NoteFormation:
		return "Formation"
	case NoteFermeture:
		return "Fermeture"
	case NoteAutre:
		return "Autre"
	}
	return string(k)
}

// Note is what a pilot writes beside the figures of a territory and of
// everything below it: why a week is high or low.
type Note struct {
	ID        string // the same for every version
	At        Scope
	Kind      NoteKind
	Period    Period // both days included
	Text      string // French, one paragraph
	Author    string // subject of the person who wrote this version
	Written   time.Time
	Withdrawn bool // this version takes the note away
}

// noteRunes is as long as a note beside a chart can be read.
const noteRunes = 280

// NewNote checks what a person typed. The error is Invalid.
func NewNote(at Scope, kind, du, au, text string) (Note, error) {
	n := Note{At: at, Kind: NoteKind(kind), Text: strings.Join(strings.Fields(text), " ")}
	known := false
	for _, k := range NoteKinds() {
		known = known || k == n.Kind
	}
	if !known {
		return n, Refuse("« %.40s » n'est pas une sorte de note : incident, formation, fermeture ou autre.", kind)
	}
	var err error
	if n.Period.From, err = ParseDay(du); err != nil {
		return n, err
	}
	if au == "" {
		au = du
	}
	if n.Period.To, err = ParseDay(au); err != nil {
		return n, err
	}
	switch {
	case n.Period.Days() == 0:
		return n, Refuse("La note finit le %s, avant de commencer le %s.", au, du)
	case n.Period.Days() > 366:
		return n, Refuse("Une note couvre une année au plus.")
	case n.Text == "":
		return n, Refuse("Il faut le texte de la note.")
	case utf8.RuneCountInString(n.Text) > noteRunes:
		return n, Refuse("Une note fait %d caractères au plus.", noteRunes)
	}
	return n, nil
}
