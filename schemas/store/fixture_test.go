package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

// The establishments of the tests.
var (
	jaures   = schemas.MakeUAI(310001) // Haute-Garonne
	ferry    = schemas.MakeUAI(310002) // Haute-Garonne; moves to another circonscription in 2026
	alone    = schemas.MakeUAI(310003) // Haute-Garonne, no circonscription
	sete     = schemas.MakeUAI(340001) // Hérault
	stranger = schemas.MakeUAI(750001) // in no directory
	centre   = schemas.MakeUAI(311900)
	rangueil = schemas.MakeUAI(311901)
	littoral = schemas.MakeUAI(341900)
)

var (
	occitanie = schemas.Scope{Niveau: schemas.Region, Code: "76"}
	toulouse  = schemas.Scope{Niveau: schemas.Academie, Code: "16"}
	garonne   = schemas.Scope{Niveau: schemas.DSDEN, Code: "031"}
)

// week is an ordinary one.
var week = schemas.Week(schemas.DateDay(2026, time.September, 7))

// directory is the establishments of a school year, with what is above them.
func directory(year schemas.SchoolYear) ([]schemas.School, []schemas.Territory) {
	school := func(u schemas.UAI, name, academie, dsden string, circonscription schemas.UAI) schemas.School {
		return schemas.School{
			UAI: u, Name: name, Commune: "Blagnac", CodePostal: "31700", Nature: "151", NatureLabel: "ECOLE DE NIVEAU ELEMENTAIRE",
			Secteur: "PU", Ministere: "MINISTERE DE L'EDUCATION NATIONALE", Region: "76", Academie: academie, DSDEN: dsden,
			Circonscription: string(circonscription), Pupils: 112, Open: true, Primary: true, Priority: "REP+", RPI: true,
			Latitude: 43.6, Longitude: 1.4,
		}
	}
	moves := rangueil
	if year >= 2026 {
		moves = centre
	}
	schools := []schemas.School{
		school(sete, "École d'à côté; \"la Plage\"", "11", "034", littoral),
		school(jaures, "Jean-Jaurès", "16", "031", centre),
		school(ferry, "Jules-Ferry", "16", "031", moves),
		school(alone, "Bout-du-Monde 🦉", "16", "031", ""),
	}
	schools[3].Pupils = -1
	schools[3].Open, schools[3].Primary, schools[3].RPI, schools[3].Priority = false, false, false, ""
	at := func(n schemas.Niveau, code string) schemas.Scope { return schemas.Scope{Niveau: n, Code: code} }
	return schools, []schemas.Territory{
		{Scope: occitanie, Name: "Occitanie"},
		{Scope: toulouse, Name: "Toulouse", Parent: occitanie},
		{Scope: at(schemas.Academie, "11"), Name: "Montpellier", Parent: occitanie},
		{Scope: garonne, Name: "Haute-Garonne", Parent: toulouse},
		{Scope: at(schemas.DSDEN, "034"), Name: "Hérault", Parent: at(schemas.Academie, "11")},
		{Scope: at(schemas.Circonscription, string(centre)), Name: "Centre", Parent: garonne},
		{Scope: at(schemas.Circonscription, string(rangueil)), Name: "Rangueil", Parent: garonne},
		{Scope: at(schemas.Circonscription, string(littoral)), Name: "Littoral", Parent: at(schemas.DSDEN, "034")},
	}
}

func importDirectory(t testing.TB, s *store.Store, year schemas.SchoolYear) {
	t.Helper()
	schools, above := directory(year)
	if err := s.ImportDirectory(within(t), year, "annuaire.csv", schools, above); err != nil {
		t.Fatal(err)
	}
	publish(t, s)
}

// publish has the weeks decided that stand on something else than what is in
// force, as the aggregator does.
func publish(t testing.TB, s *store.Store) {
	t.Helper()
	weeks, err := s.Undecided(within(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range weeks {
		if err := s.DecideWeek(within(t), w); err != nil {
			t.Fatal(err)
		}
	}
}

// at is an instant of Paris time: "2026-09-07 08:03", or with ":00", or with
// ":00.000".
func at(text string) int64 {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if ts, err := time.ParseInLocation(layout, text, schemas.Paris); err == nil {
			return ts.UnixMilli()
		}
	}
	panic("no instant: " + text)
}

// person is who visits, where and with what.
type person struct {
	uai     schemas.UAI
	visitor schemas.Visitor
	profil  schemas.Profil
	device  schemas.Device
	os      schemas.OS
	browser schemas.Browser
}

// sees is one event; an outil makes it a third party's.
func (p person) sees(ts int64, service schemas.Service, outil string) schemas.Event {
	kind := schemas.Natif
	if outil != "" {
		kind = schemas.Tiers
	}
	return schemas.Event{
		TS: ts, UAI: p.uai, Visitor: p.visitor, Profil: p.profil, Service: service, Type: kind, Outil: outil,
		Device: p.device, OS: p.os, Browser: p.browser, Plan: schemas.Plan2021, Projet: "ENT_ECOLE",
	}
}

func pupil(u schemas.UAI, v schemas.Visitor) person {
	return person{u, v, schemas.Eleve, schemas.Ordinateur, schemas.Windows, schemas.Firefox}
}

func onPhone(p person) person {
	p.device, p.os, p.browser = schemas.Smartphone, schemas.Android, schemas.ChromeMobile
	return p
}

func as(p person, profil schemas.Profil) person {
	p.profil = profil
	return p
}

// usualWeek is what happens in week: 9 visits by 8 users in the directory, and
// one elsewhere. At Jean-Jaurès pupil 1 comes twice; all visits but four are of
// one event.
func usualWeek() []schemas.Event {
	teacher, parent := as(pupil(jaures, 2), schemas.Enseignant), as(onPhone(pupil(ferry, 3)), schemas.Parent)
	return []schemas.Event{
		pupil(jaures, 1).sees(at("2026-09-07 08:00"), "NOTES", ""),
		pupil(jaures, 1).sees(at("2026-09-07 08:03"), "SERVICES_VIE_SCOLAIRE", "PRONOTE"),
		pupil(jaures, 1).sees(at("2026-09-07 08:04:30"), "NOTES", ""),
		onPhone(pupil(jaures, 1)).sees(at("2026-09-08 18:00"), "ACTUALITES", ""),
		teacher.sees(at("2026-09-08 09:00"), "CAHIER_TEXTES", ""),
		teacher.sees(at("2026-09-08 09:01:30"), "CAHIER_TEXTES", ""),
		parent.sees(at("2026-09-08 20:00"), "ACCUEIL", ""),
		parent.sees(at("2026-09-08 20:10"), "COURRIER_ELECTRONIQUE", ""),
		as(pupil(ferry, 4), schemas.Autre).sees(at("2026-09-08 20:00"), schemas.PageENT, ""),
		pupil(alone, 5).sees(at("2026-09-07 10:00"), "NOTES", ""),
		as(pupil(sete, 6), schemas.Collectivite).sees(at("2026-09-08 11:00"), "ACCUEIL", ""),
		pupil(sete, 7).sees(at("2026-09-08 11:00"), "NOTES", ""),
		pupil(sete, 7).sees(at("2026-09-08 11:20"), "NOTES", ""),
		pupil(sete, 9).sees(at("2026-09-13 23:59:59.999"), "UN_SERVICE_NEUF", ""),
		pupil(stranger, 8).sees(at("2026-09-08 10:00"), "NOTES", ""),
	}
}

// insert stores events as one batch.
func insert(t testing.TB, s *store.Store, events ...schemas.Event) {
	t.Helper()
	if err := s.InsertEvents(within(t), events); err != nil {
		t.Fatal(err)
	}
	rows := map[schemas.Day]uint64{}
	for i := range events {
		rows[events[i].Day()]++
	}
	for day, n := range rows {
		touch(t, s, day, n)
	}
}

// touch records a batch of a day.
func touch(t testing.TB, s *store.Store, day schemas.Day, rows uint64) {
	t.Helper()
	if err := s.InsertLoads(within(t), []schemas.Load{{
		Topic: "ent.events", Day: day, Rows: rows, Ranges: []schemas.OffsetRange{{Partition: 3, First: 10, Last: 19}},
	}}); err != nil {
		t.Fatal(err)
	}
}

// compute recomputes what is dirty.
func compute(t testing.TB, s *store.Store) {
	t.Helper()
	days, err := s.DirtyDays(within(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range days {
		if err := s.RecomputeDay(within(t), d); err != nil {
			t.Fatal(err)
		}
	}
	weeks, err := s.DirtyWeeks(within(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range weeks {
		if err := s.RecomputeWeek(within(t), w); err != nil {
			t.Fatal(err)
		}
	}
	clean(t, s)
}

// clean fails unless nothing is dirty.
func clean(t testing.TB, s *store.Store) {
	t.Helper()
	dirty(t, s, "", "")
}

// dirty checks what is dirty: "2026-09-07 basis 2 run 0" a line.
func dirty(t testing.TB, s *store.Store, days, weeks string) {
	t.Helper()
	d, err := s.DirtyDays(within(t))
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.DirtyWeeks(within(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := func(all []schemas.Dirty) string {
		var b []string
		for _, d := range all {
			b = append(b, fmt.Sprintf("%s basis %d run %d", d.Debut, d.Basis, d.Run))
		}
		return strings.Join(b, "\n")
	}
	wanted(t, "dirty days", lines(d), days)
	wanted(t, "dirty weeks", lines(w), weeks)
}

// measures is "3 visits, 2 users, 6 events, 360000 ms of 2".
func measures(m schemas.Measures) string {
	return fmt.Sprintf("%d visits, %d users, %d events, %d ms of %d", m.Visits, m.Users, m.Events, m.DurationMS, m.VisitsWithDuration)
}

// line is a cell as the tests write it.
func line(c schemas.Cell) string {
	debut := "total"
	if c.Debut != 0 {
		debut = c.Debut.String()
	}
	return fmt.Sprintf("%s %s %s %s: %s, %d schools", debut, c.Code, c.Axe, c.Modalite, measures(c.Measures), c.Schools)
}

// cells answers a query as lines.
func cells(t testing.TB, s *store.Store, q schemas.CellQuery) string {
	t.Helper()
	found, err := s.Cells(within(t), q)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range found {
		lines = append(lines, line(c))
	}
	return strings.Join(lines, "\n")
}

// national is every cell of a week, whatever any directory says.
func national(t testing.TB, s *store.Store, w schemas.Week, axes ...schemas.Axe) string {
	t.Helper()
	var lines []string
	err := s.NationalWeek(within(t), w, axes, func(row schemas.SchoolWeek) error {
		var modalites []string
		for m := range row.Cells {
			modalites = append(modalites, m)
		}
		slices.Sort(modalites)
		for _, m := range modalites {
			lines = append(lines, fmt.Sprintf("%s %s: %s", row.UAI, m, measures(row.Cells[m])))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
