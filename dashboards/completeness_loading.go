package dashboards

import (
	"math"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// loadingJSON says in /completude.json how fast the backlog becomes less.
type loadingJSON struct {
	PerSecond float64 `json:"events_per_second"` // over the last five minutes; 0 = not known
	Pending   uint64  `json:"pending"`           // in the queue
	Left      *int64  `json:"seconds_left"`      // at that rate, what arrives meanwhile not counted; null = not known
}

func newLoadingJSON(l schemas.Ledger) loadingJSON {
	j := loadingJSON{PerSecond: math.Round(l.Loading.PerSecond()*10) / 10, Pending: l.Pending()}
	if left, ok := l.Loading.Left(j.Pending); ok && !l.Queue.Away() {
		seconds := int64(math.Ceil(left.Seconds()))
		j.Left = &seconds
	}
	return j
}

// Says is what the page says of it; "" when nothing waits.
func (j loadingJSON) Says() string {
	switch {
	case j.Pending == 0:
		return ""
	case j.Left == nil:
		return "on ne sait pas en combien de temps : moins de deux lots ont été enregistrés ces cinq dernières minutes"
	}
	return "au rythme des cinq dernières minutes (" + Entier(uint64(j.PerSecond)) + " par seconde), encore " + lasting(time.Duration(*j.Left)*time.Second)
}

// lasting is a duration in French, rounded up.
func lasting(d time.Duration) string {
	if d < time.Minute {
		return Compte(uint64(max(1, d.Seconds())), "seconde", "secondes")
	}
	if d < 2*time.Hour {
		return Compte(uint64(math.Ceil(d.Minutes())), "minute", "minutes")
	}
	return Compte(uint64(math.Ceil(d.Hours())), "heure", "heures")
}
