package schemas

import "strings"

// Axe is a way of cutting visits into modalities. Cells are stored per axis.
type Axe string

// The axes of design §3. Hour cells exist for Globales and ParProfil only;
// ParFrequence exists per week only.
const (
	Globales          Axe = "globales"        // one modality, "globales"
	ParProfil         Axe = "profil"          // ELEVE …
	ParService        Axe = "service"         // service codes
	ParAppareil       Axe = "appareil"        // ordinateur …
	ParOS             Axe = "os"              // android …
	ParNavigateur     Axe = "navigateur"      // chromeMobile …
	ParProfilAppareil Axe = "profil×appareil" // ELEVE×smartphone
	ParProfilService  Axe = "profil×service"  // ELEVE×NOTES
	ParOutil          Axe = "outil"           // third-party tools
	ParFrequence      Axe = "frequence"       // 1, 2-4, 5+ visits in the week
)

// Times joins the two codes of a crossed modality.
const Times = "×"

// Axes lists every axis.
func Axes() []Axe {
	return []Axe{
		Globales, ParProfil, ParService, ParAppareil, ParOS, ParNavigateur,
		ParProfilAppareil, ParProfilService, ParOutil, ParFrequence,
	}
}

// ParseAxe reads an axis as it is written in a URL: "profil-appareil" is the
// same as "profil×appareil". The error is Invalid.
func ParseAxe(s string) (Axe, error) {
	for _, a := range Axes() {
		if s == string(a) || s == strings.ReplaceAll(string(a), Times, "-") {
			return a, nil
		}
	}
	return "", Refuse("« %.40s » n'est pas un axe. Axes possibles : globales, profil, service, appareil, os, navigateur, profil-appareil, profil-service, outil, frequence.", s)
}

// Label is the French name of a modality of the axis.
func (a Axe) Label(modalite string) string {
	if left, right, crossed := strings.Cut(modalite, Times); crossed {
		switch a {
		case ParProfilAppareil:
			return Profil(left).Label() + " " + Times + " " + Device(right).Label()
		case ParProfilService:
			return Profil(left).Label() + " " + Times + " " + Service(right).Label()
		}
	}
	switch a {
	case Globales:
		return "Ensemble"
	case ParProfil:
		return Profil(modalite).Label()
	case ParService:
		return Service(modalite).Label()
	case ParAppareil, ParOS, ParNavigateur:
		return label(deviceLabels, modalite)
	case ParFrequence:
		switch modalite {
		case "1":
			return "1 visite"
		case "2-4":
			return "2 à 4 visites"
		case "5+":
			return "5 visites et plus"
		}
	}
	return modalite
}

// Grain is the length of the period of a cell.
type Grain string

// The grains of cells.
const (
	ParHeure   Grain = "heure"
	ParJour    Grain = "jour"
	ParSemaine Grain = "semaine"
)

// Measures are the five numbers of a cell. All five may be summed over
// schools; over periods, Users may be summed only as "cumul hebdomadaire".
type Measures struct {
	Visits             uint64
	Users              uint64 // distinct visitors within the cell
	DurationMS         uint64 // sum of the durations of visits, milliseconds
	VisitsWithDuration uint64
	Events             uint64
}

// Add adds other to m.
func (m *Measures) Add(other Measures) {
	m.Visits += other.Visits
	m.Users += other.Users
	m.DurationMS += other.DurationMS
	m.VisitsWithDuration += other.VisitsWithDuration
	m.Events += other.Events
}

// MeanSeconds is the mean duration of the visits that have one, rounded half
// up to whole seconds; ok is false when none has.
func (m Measures) MeanSeconds() (seconds uint64, ok bool) {
	if m.VisitsWithDuration == 0 {
		return 0, false
	}
	perSecond := m.VisitsWithDuration * 1000
	return (m.DurationMS + perSecond/2) / perSecond, true
}

// TotalSeconds is the total duration rounded half up to whole seconds.
func (m Measures) TotalSeconds() uint64 { return (m.DurationMS + 500) / 1000 }
