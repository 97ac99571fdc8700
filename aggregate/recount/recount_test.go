package recount_test

import (
	"testing"
	"time"

	"github.com/entaudience/entaudience/aggregate/recount"
	"github.com/entaudience/entaudience/schemas"
)

var school = schemas.MakeUAI(310001)

// at is an instant of Tuesday 2026-09-08 in Paris.
func at(hour, minute int, ms int64) int64 {
	return time.Date(2026, time.September, 8, hour, minute, 0, 0, schemas.Paris).UnixMilli() + ms
}

func event(ts int64, visitor schemas.Visitor, service schemas.Service) schemas.Event {
	return schemas.Event{
		TS: ts, UAI: school, Visitor: visitor, Profil: schemas.Eleve, Service: service,
		Device: schemas.Ordinateur, OS: schemas.Windows, Browser: schemas.Firefox,
	}
}

// TestByHand: the cells of a handful of events, worked out with pen and paper.
func TestByHand(t *testing.T) {
	tool := event(at(8, 20, 0), 1, "NOTES")
	tool.Outil = "PRONOTE"
	later := event(at(8, 0, 0), 1, "NOTES")
	later.Profil = schemas.Parent // the same event as the first, and not the least
	events := []schemas.Event{
		event(at(8, 50, 0), 1, "NOTES"), // exactly 30 minutes after 8:20: a new visit
		event(at(8, 0, 0), 1, "NOTES"),
		event(at(8, 5, 0), 1, "ACTUALITES"),
		tool,
		later,
		event(at(8, 0, 0), 1, "NOTES"), // and once more
		event(at(24, 0, -1), 2, "NOTES"),
		event(at(24, 0, 0), 2, "NOTES"), // midnight: a visit of Wednesday
	}
	cells := recount.Cells{}
	cells.Add(events)
	tuesday, monday := int64(schemas.DateDay(2026, 9, 8)), int64(schemas.DateDay(2026, 9, 7))
	m := func(visits, users, minutes, withDuration, events uint64) schemas.Measures {
		return schemas.Measures{Visits: visits, Users: users, DurationMS: minutes * 60_000, VisitsWithDuration: withDuration, Events: events}
	}
	for key, want := range map[schemas.CellKey]schemas.Measures{
		{Grain: schemas.ParJour, Start: tuesday, Axe: schemas.Globales, Modalite: "globales"}:                    m(3, 2, 20, 1, 5),
		{Grain: schemas.ParJour, Start: tuesday + 1, Axe: schemas.Globales, Modalite: "globales"}:                m(1, 1, 0, 0, 1),
		{Grain: schemas.ParSemaine, Start: monday, Axe: schemas.Globales, Modalite: "globales"}:                  m(4, 2, 20, 1, 6),
		{Grain: schemas.ParHeure, Start: at(8, 0, 0) / 1000, Axe: schemas.ParProfil, Modalite: "ELEVE"}:          m(2, 1, 20, 1, 4),
		{Grain: schemas.ParJour, Start: tuesday, Axe: schemas.ParProfil, Modalite: "PARENT"}:                     {},
		{Grain: schemas.ParJour, Start: tuesday, Axe: schemas.ParService, Modalite: "NOTES"}:                     m(3, 2, 5, 1, 4),
		{Grain: schemas.ParJour, Start: tuesday, Axe: schemas.ParService, Modalite: "ACTUALITES"}:                m(1, 1, 15, 1, 1),
		{Grain: schemas.ParJour, Start: tuesday, Axe: schemas.ParProfilService, Modalite: "ELEVE×NOTES"}:         m(3, 2, 5, 1, 4),
		{Grain: schemas.ParJour, Start: tuesday, Axe: schemas.ParOutil, Modalite: "PRONOTE"}:                     m(1, 1, 0, 0, 1),
		{Grain: schemas.ParJour, Start: tuesday, Axe: schemas.ParOutil, Modalite: ""}:                            {},
		{Grain: schemas.ParSemaine, Start: monday, Axe: schemas.ParFrequence, Modalite: "2-4"}:                   m(4, 2, 20, 1, 6),
		{Grain: schemas.ParSemaine, Start: monday, Axe: schemas.ParProfilAppareil, Modalite: "ELEVE×ordinateur"}: m(4, 2, 20, 1, 6),
	} {
		key.UAI = school
		if got := cells[key]; got != want {
			t.Errorf("%s: %+v, want %+v", key, got, want)
		}
	}
}

// TestBands: one visit, four, five.
func TestBands(t *testing.T) {
	for visits, band := range map[int]string{1: "1", 2: "2-4", 4: "2-4", 5: "5+", 9: "5+"} {
		var events []schemas.Event
		for i := range visits {
			events = append(events, event(at(8+i, 0, 0), 7, "NOTES"))
		}
		cells := recount.Cells{}
		cells.Add(events)
		found := map[string]uint64{}
		for k, m := range cells {
			if k.Axe == schemas.ParFrequence {
				found[k.Modalite] = m.Visits
			}
		}
		if len(found) != 1 || found[band] != uint64(visits) {
			t.Errorf("%d visits: %v, want band %s", visits, found, band)
		}
	}
}
