package dashboards

import (
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// checksJSON is what recounting from the raw events found: the last recount of
// each day and week.
type checksJSON struct {
	At          string           `json:"at"` // of the last one, RFC 3339 UTC, "" = never
	Days        int              `json:"days"`
	Weeks       int              `json:"weeks"`
	Cells       uint64           `json:"cells"`
	Differences uint64           `json:"differences"`
	Wrong       []wrongCheckJSON `json:"wrong"` // those with a difference
}

type wrongCheckJSON struct {
	Grain       schemas.Grain `json:"grain"`
	Debut       string        `json:"debut"`
	Differences uint64        `json:"differences"`
}

func newChecksJSON(checks []schemas.Check) checksJSON {
	j := checksJSON{Wrong: []wrongCheckJSON{}}
	var last time.Time
	for _, c := range checks {
		if c.Grain == schemas.ParSemaine {
			j.Weeks++
		} else {
			j.Days++
		}
		j.Cells += c.Cells
		j.Differences += c.Differences
		if c.Differences > 0 {
			j.Wrong = append(j.Wrong, wrongCheckJSON{c.Grain, c.Debut.String(), c.Differences})
		}
		if c.At.After(last) {
			last = c.At
		}
	}
	if !last.IsZero() {
		j.At = last.UTC().Format(time.RFC3339)
	}
	return j
}

// Last is when the last recount was made, in French, "" = never.
func (c checksJSON) Last() string {
	t, err := time.Parse(time.RFC3339, c.At)
	if err != nil {
		return ""
	}
	return Instant(t)
}

// Covered says what was recounted, in French.
func (c checksJSON) Covered() string {
	return Compte(uint64(c.Days), "jour", "jours") + " et " + Compte(uint64(c.Weeks), "semaine", "semaines") +
		", " + Compte(c.Cells, "cellule comparée", "cellules comparées")
}

// Found says what came of it, in French.
func (c checksJSON) Found() string {
	if c.Differences == 0 {
		return "aucune différence"
	}
	return Compte(c.Differences, "cellule différente", "cellules différentes")
}

func wrongTable(c checksJSON) Table {
	t := Table{
		Caption: "Périodes dont des cellules diffèrent des événements bruts",
		Head:    []Head{{Label: "Période"}, {Label: "Cellules différentes", Num: true}},
	}
	for _, w := range c.Wrong {
		period := w.Debut
		if d, err := schemas.ParseDay(w.Debut); err == nil {
			if period = Jour(d); w.Grain == schemas.ParSemaine {
				period = Semaine(d.Week())
			}
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(period), num(Entier(w.Differences))}})
	}
	return t
}
