package dashboards

import (
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// incidentJSON is an incident in /completude.json.
type incidentJSON struct {
	Kind  schemas.IncidentKind `json:"kind"`
	Label string               `json:"label"`
	Week  string               `json:"week"` // Monday
	At    string               `json:"at"`   // RFC 3339 UTC
}

func incidentsJSON(incidents []schemas.Incident) []incidentJSON {
	all := []incidentJSON{}
	for _, i := range incidents {
		all = append(all, incidentJSON{i.Kind, i.Label(), i.Week.String(), i.Time().Format(time.RFC3339)})
	}
	return all
}

// incidentTable has no rows when nothing happened.
func incidentTable(incidents []schemas.Incident) Table {
	t := Table{
		Caption: "Ce qui touche les utilisateurs d'une semaine",
		Head:    []Head{{Label: "Semaine"}, {Label: "Incident"}, {Label: "Constaté"}},
	}
	for _, i := range incidents {
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(Semaine(i.Week)), text(i.Label()), text(Instant(i.Time()))}})
	}
	return t
}
