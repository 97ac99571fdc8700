package schemas

import (
	"fmt"
	"time"
)

// CellKey names one stored cell: a modality of an axis in one establishment
// over one hour, day or week.
type CellKey struct {
	Grain    Grain
	Start    int64 // ParHeure: UTC seconds at which the hour begins; else the Day
	UAI      UAI
	Axe      Axe
	Modalite string
}

// String names the cell as an operator finds it: grain, period, UAI, axis and
// modality. An hour is that of UTC.
func (k CellKey) String() string {
	start := Day(k.Start).String()
	if k.Grain == ParHeure {
		start = time.Unix(k.Start, 0).UTC().Format("2006-01-02T15Z")
	}
	return fmt.Sprintf("%s %s %s %s %s", k.Grain, start, k.UAI, k.Axe, k.Modalite)
}

// DayState is what the engine did with one day.
type DayState struct {
	Day      Day
	LastLoad time.Time // UTC; zero = no batch touched it
	Loads    uint64    // batches that touched it
	Basis    uint64    // Loads when its cells were last computed
	Run      uint64    // number of the last recompute; 0 = never
	Checked  uint64    // the run that the last recount found right; 0 = none
	Closed   time.Time // since when it takes no more events, UTC; zero = it does
	Deleted  bool      // its raw events and visits are gone
}

// Clean says that the cells of the day hold every stored batch.
func (d DayState) Clean() bool { return d.Run > 0 && d.Loads == d.Basis }

// WeekState is what the engine did with one week.
type WeekState struct {
	Week    Week
	Days    uint64 // sum of the runs of its days
	Basis   uint64 // Days when its cells were last computed
	Run     uint64 // number of the last recompute; 0 = never
	Checked uint64 // the run that the last recount found right; 0 = none
	Moved   bool   // its cells are among those that can no longer change
}

// Clean says that the cells of the week hold those of its days.
func (w WeekState) Clean() bool { return w.Run > 0 && w.Days == w.Basis }

// Check is the outcome of recounting one day or week from its raw events.
type Check struct {
	Grain       Grain // ParJour, its hours included, or ParSemaine
	Debut       Day   // the day, or the Monday
	Run         uint64
	Cells       uint64 // compared
	Differences uint64
	At          time.Time // UTC
}
