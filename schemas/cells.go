package schemas

import "time"

// Detail says into what a query splits a territory.
type Detail string

// The details of a query.
const (
	Ensemble   Detail = ""        // the territory as one
	ParEnfants Detail = "enfants" // its children
	ParEcoles  Detail = "ecoles"  // its establishments
)

// CellQuery asks for the cells of a territory. Every page, CSV and JSON is
// made of its answers.
type CellQuery struct {
	Scope  Scope
	Period Period // ParJour: these days; ParSemaine: the weeks whose Monday lies in it
	Grain  Grain  // ParJour or ParSemaine
	Axes   []Axe
	Profil Profil // not empty: only visits of this profile; only axes that Filtered knows
	Detail Detail
	// Schools are the only establishments of the territory that are asked for,
	// with ParEcoles; empty = all.
	Schools []UAI
	Total   bool // sum over the period: one row per code, axis and modality, with a zero Debut
}

// Filtered is the axis whose cells answer a for one profile, and whether
// there is one: globales and profil are answered by profil, appareil by
// profil×appareil, service by profil×service.
func (a Axe) Filtered() (Axe, bool) {
	switch a {
	case Globales, ParProfil:
		return ParProfil, true
	case ParAppareil, ParProfilAppareil:
		return ParProfilAppareil, true
	case ParService, ParProfilService:
		return ParProfilService, true
	}
	return "", false
}

// Cell is one answer: the measures of one modality of one axis over one
// period in one territory, summed over its schools. Cells without any visit
// are not there.
type Cell struct {
	Debut    Day    // first day of the period; the Monday of a week; 0 with Total
	Code     string // code of the territory, of the child, or UAI of the school
	Axe      Axe    // as asked, also when Profil filters
	Modalite string
	Measures
	Schools uint64 // establishments with at least one such visit; with Total, those of the period that has most

	// Withheld says that there are visits and that their figures may not be
	// shown: the measures and Schools are then 0. With Total it means that no
	// period may be shown; WithheldPeriods counts those left out of the sums.
	Withheld        bool
	WithheldPeriods uint64
}

// Moment is the number of visits that began in one hour of one day of the
// week, in Paris.
type Moment struct {
	Weekday time.Weekday
	Hour    int // 0 to 23
	Visits  uint64
}

// WeekActivity is how many establishments were active in one week: at least
// one visit by a pupil, a parent or a teacher.
type WeekActivity struct {
	Week   Week
	Code   string // code of the territory, of the child, or UAI of the school
	Active uint64
}

// SchoolWeek is the cells of one establishment in one week on the axes of one
// national layout.
type SchoolWeek struct {
	UAI   UAI
	Cells map[string]Measures // by modality; crossed ones "ELEVE×smartphone"
}

// DirectoryUse says which directory serves a school year: the year's own, or
// the nearest one when it has none.
type DirectoryUse struct {
	Year SchoolYear // the year asked for
	From SchoolYear // the year of the directory used
}

// Completeness is how far the figures are behind the hits.
type Completeness struct {
	EventsPending uint64     // accepted, not yet in ClickHouse; while Queue is away, as it said last
	Queue         QueueState // whether the queue answers
	DaysPending   uint64     // days whose cells do not hold every loaded event yet
	LastEvent     time.Time  // instant of the last event counted, UTC; zero = none
	LastLoad      time.Time  // when a batch was last stored, UTC; zero = never
}

// QueueState says whether the queue answers whoever asks what waits there.
type QueueState struct {
	Since time.Time // since when it does not answer, UTC; zero = it does
	Known time.Time // when it last answered, UTC; zero = never since the program began
}

// Away says that the queue does not answer.
func (q QueueState) Away() bool { return !q.Since.IsZero() }
