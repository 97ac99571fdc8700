package dashboards_test

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/aggregate/disclosure"
	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// now is a Tuesday in a running week.
var now = time.Date(2026, time.November, 24, 10, 0, 0, 0, schemas.Paris)

// The territories of the tests. The exact school has a handful of hand-made
// visits; the busy ones a generated rhythm; the silent one none.
var (
	exact     = schemas.MakeUAI(310001)
	silent    = schemas.MakeUAI(310002)
	lonely    = schemas.MakeUAI(310003) // no circonscription, unknown number of pupils
	hostile   = schemas.MakeUAI(340001)
	college   = schemas.MakeUAI(319900) // no primary school: no visit, never listed
	stranger  = schemas.MakeUAI(750001) // sends events, in no directory
	toulouse  = schemas.MakeUAI(311900)
	rangueil  = schemas.MakeUAI(311901)
	beziers   = schemas.MakeUAI(341900)
	busyFirst = 310100
)

const hostileName = `=cmd|'/c calc'!A1; "Les Œillets" </script><script>alert(1)</script> 🦉`

// exactWeek is the last complete week before now.
var exactWeek = schemas.Week(schemas.DateDay(2026, time.November, 16))

func directorySchools(year schemas.SchoolYear) []schemas.School {
	school := func(u schemas.UAI, name, commune, dsden, circo string, pupils int) schemas.School {
		s := schemas.School{
			UAI: u, Name: name, Commune: commune, CodePostal: "31000", Nature: "151", NatureLabel: "ECOLE DE NIVEAU ELEMENTAIRE",
			Secteur: "PU", Ministere: "MINISTERE DE L'EDUCATION NATIONALE", Region: "76", Academie: "16", DSDEN: dsden,
			Circonscription: circo, Pupils: pupils, Open: true, Primary: true,
		}
		if dsden == "034" {
			s.Academie = "11"
		}
		return s
	}
	exactCirco := toulouse
	if year < 2026 {
		exactCirco = rangueil // it moved during the summer
	}
	schools := []schemas.School{
		school(exact, "École élémentaire Jean-Jaurès", "Blagnac", "031", string(exactCirco), 120),
		school(silent, "École maternelle des Tilleuls", "L'Haÿ-les-Bains", "031", string(toulouse), 45),
		school(lonely, "École du Bout-du-Monde", "Bagnères", "031", "", -1),
		school(hostile, hostileName, "Sète; \"le Port\"", "034", string(beziers), 300),
		{
			UAI: college, Name: "Collège Voltaire", Commune: "Colomiers", Nature: "340", NatureLabel: "COLLEGE", Secteur: "PU",
			Ministere: "MINISTERE DE L'EDUCATION NATIONALE", Region: "76", Academie: "16", DSDEN: "031", Pupils: 500, Open: true,
		},
	}
	for i, u := range []schemas.UAI{exact, silent, hostile} { // the lonely one has no coordinates
		for j := range schools {
			if schools[j].UAI == u {
				schools[j].Latitude, schools[j].Longitude = 43.5+float64(i)/5, 1.4+float64(i)
			}
		}
	}
	schools[1].Nature, schools[1].NatureLabel = "101", "ECOLE MATERNELLE"
	for i := range 8 {
		names := []string{"Jules-Ferry", "Marie-Curie", "Victor-Hugo", "Simone-Veil", "Louis-Pasteur", "Georges-Brassens", "Lucie-Aubrac", "du Château"}
		circo := []schemas.UAI{toulouse, rangueil}[i%2]
		schools = append(schools, school(schemas.MakeUAI(busyFirst+i), "École primaire "+names[i], "Toulouse", "031", string(circo), 60+30*i))
	}
	return schools
}

func directoryAbove() []schemas.Territory {
	scope := func(n schemas.Niveau, code string) schemas.Scope { return schemas.Scope{Niveau: n, Code: code} }
	region := scope(schemas.Region, "76")
	tls, mtp := scope(schemas.Academie, "16"), scope(schemas.Academie, "11")
	d31, d34 := scope(schemas.DSDEN, "031"), scope(schemas.DSDEN, "034")
	return []schemas.Territory{
		{Scope: region, Name: "Occitanie"},
		{Scope: tls, Name: "Toulouse", Parent: region},
		{Scope: mtp, Name: "Montpellier", Parent: region},
		{Scope: d31, Name: "Haute-Garonne", Parent: tls},
		{Scope: d34, Name: "Hérault", Parent: mtp},
		{Scope: scope(schemas.Circonscription, string(toulouse)), Name: "Toulouse Centre", Parent: d31},
		{Scope: scope(schemas.Circonscription, string(rangueil)), Name: "Toulouse Rangueil", Parent: d31},
		{Scope: scope(schemas.Circonscription, string(beziers)), Name: "Béziers Nord", Parent: d34},
	}
}

// at is an instant of a day, Paris time.
func at(d schemas.Day, hour, minute, second int) int64 {
	y, m, dd := d.UTC().Date()
	return time.Date(y, m, dd, hour, minute, second, 0, schemas.Paris).UnixMilli()
}

// exactEvents are, in exactWeek at the exact school: pupil 1 on a computer,
// 8:00:00 to 8:04:30 with NOTES then a third-party tool; the same pupil on a
// smartphone, one event, Tuesday 18:00; teacher 2, Tuesday 9:00:00 to 9:01:30.
// That is 3 visits, 2 users, 2 durations, 360 s in all, 180 s on average.
func exactEvents() []schemas.Event {
	monday := exactWeek.Monday()
	e := func(ts int64, visitor schemas.Visitor, p schemas.Profil, s schemas.Service, outil string) schemas.Event {
		return schemas.Event{
			TS: ts, UAI: exact, Visitor: visitor, Profil: p, Service: s, Type: schemas.Natif, Outil: outil,
			Device: schemas.Ordinateur, OS: schemas.Windows, Browser: schemas.Firefox, Plan: schemas.Plan2021,
		}
	}
	phone := e(at(monday+1, 18, 0, 0), 1, schemas.Eleve, "ACTUALITES", "")
	phone.Device, phone.OS, phone.Browser = schemas.Smartphone, schemas.Android, schemas.ChromeMobile
	return []schemas.Event{
		e(at(monday, 8, 0, 0), 1, schemas.Eleve, "NOTES", ""),
		e(at(monday, 8, 3, 0), 1, schemas.Eleve, "SERVICES_VIE_SCOLAIRE", `=PRONOTE;"`),
		e(at(monday, 8, 4, 30), 1, schemas.Eleve, "NOTES", ""),
		phone,
		e(at(monday+1, 9, 0, 0), 2, schemas.Enseignant, "CAHIER_TEXTES", ""),
		e(at(monday+1, 9, 1, 30), 2, schemas.Enseignant, "CAHIER_TEXTES", ""),
	}
}

// generated is a believable autumn in the busy schools and the hostile one.
func generated() []schemas.Event {
	r := rand.New(rand.NewPCG(7, 11))
	schools := []schemas.UAI{hostile}
	for i := range 8 {
		schools = append(schools, schemas.MakeUAI(busyFirst+i))
	}
	services := []schemas.Service{"ACCUEIL", "COURRIER_ELECTRONIQUE", "CAHIER_TEXTES", "ACTUALITES", "CAHIER_LIAISON", "STOCKAGE_PARTAGE", "NOTES", "PAGE_ENT", "INCONNU_2027"}
	var events []schemas.Event
	for w := schemas.Week(schemas.DateDay(2026, time.August, 31)); w <= schemas.WeekOf(now); w = w.Next() {
		for _, offset := range []schemas.Day{0, 1, 3} {
			day := w.Monday() + offset
			if day > schemas.DayOf(now) || w == schemas.Week(schemas.DateDay(2026, time.October, 19)) {
				continue
			}
			for i, u := range schools {
				for range 6 + i + r.IntN(8) {
					events = append(events, visit(r, u, day, services)...)
				}
			}
		}
	}
	return events
}

func visit(r *rand.Rand, u schemas.UAI, day schemas.Day, services []schemas.Service) []schemas.Event {
	e := schemas.Event{UAI: u, Visitor: schemas.Visitor(1 + r.IntN(60)), Type: schemas.Natif, Plan: schemas.Plan2021}
	profils := []schemas.Profil{schemas.Eleve, schemas.Eleve, schemas.Eleve, schemas.Parent, schemas.Parent, schemas.Enseignant, schemas.AdminVieScolTech, schemas.Autre}
	e.Profil = profils[int(e.Visitor)%len(profils)]
	hour := 8 + r.IntN(4)
	e.Device, e.OS, e.Browser = schemas.Ordinateur, schemas.Windows, schemas.Chrome
	if e.Profil == schemas.Parent {
		hour = 17 + r.IntN(4)
		e.Device, e.OS, e.Browser = schemas.Smartphone, schemas.Android, schemas.ChromeMobile
		if r.IntN(2) == 0 {
			e.OS, e.Browser = schemas.IOS, schemas.Safari
		}
	}
	if day == schemas.DayOf(now) {
		hour = 8
	}
	ts := at(day, hour, r.IntN(30), r.IntN(60))
	var events []schemas.Event
	for range 1 + r.IntN(5) {
		e.TS = ts
		e.Service = services[min(r.IntN(len(services)), r.IntN(len(services)))]
		e.Outil = ""
		if r.IntN(9) == 0 {
			e.Outil = []string{"PRONOTE", "MOODLE", "BIG_BLUE_BUTTON"}[r.IntN(3)]
		}
		events = append(events, e)
		ts += int64(20+r.IntN(200)) * 1000
	}
	return events
}

// strangers are events of an unknown UAI; last year's is one visit.
func strangers() []schemas.Event {
	e := exactEvents()[0]
	e.UAI = stranger
	old := exactEvents()[0]
	old.TS = at(schemas.DateDay(2026, time.May, 4), 10, 0, 0)
	return []schemas.Event{e, old}
}

// refusals are two robots of today, a hit of yesterday whose UAI is wrong, and one
// of thirty days ago from elsewhere.
func refusals() []schemas.Refused {
	return []schemas.Refused{
		{Refusal: schemas.Refusal{Reason: schemas.Robot, Received: now.UnixMilli()}, Offset: 1},
		{Refusal: schemas.Refusal{Reason: schemas.Robot, Received: now.UnixMilli()}, Offset: 2},
		{Refusal: schemas.Refusal{Reason: schemas.UAIInvalide, Received: now.AddDate(0, 0, -1).UnixMilli(), Site: "365203", Plan: 2, Detail: "uai"}, Offset: 3},
		{Refusal: schemas.Refusal{Reason: schemas.HorsPerimetre, Received: now.AddDate(0, 0, -30).UnixMilli(), Site: "999"}, Offset: 4},
	}
}

// newStore opens an empty, migrated store on the embedded engine.
func newStore(t testing.TB) *store.Store { return newStoreOf(t, 0) }

// newStoreOf withholds cells of fewer users than threshold.
func newStoreOf(t testing.TB, threshold int) *store.Store {
	t.Helper()
	ctx := context.Background()
	engine := chdbtest.Open(t)
	s, err := store.Open(ctx, store.Options{
		Transport: engine, Database: chdbtest.Database(t, engine), Rule: disclosure.New(threshold),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// load stores events, records them and recomputes what they touch.
func load(t testing.TB, s *store.Store, events []schemas.Event) {
	t.Helper()
	ctx := context.Background()
	must(t, s.InsertEvents(ctx, events))
	rows := map[schemas.Day]uint64{}
	for i := range events {
		rows[events[i].Day()]++
	}
	var loads []schemas.Load
	for day, n := range rows {
		loads = append(loads, schemas.Load{Topic: "ent.events", Day: day, Rows: n, Ranges: []schemas.OffsetRange{{First: int64(day), Last: int64(day)}}})
	}
	must(t, s.InsertLoads(ctx, loads))
	recompute(t, s)
}

func recompute(t testing.TB, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	days, err := s.DirtyDays(ctx)
	must(t, err)
	for _, d := range days {
		must(t, s.RecomputeDay(ctx, d))
	}
	weeks, err := s.DirtyWeeks(ctx)
	must(t, err)
	for _, w := range weeks {
		must(t, s.RecomputeWeek(ctx, w))
	}
}

// fixture is the pages over a seeded store.
type fixture struct {
	store    *store.Store
	reader   *remembering // of the store, nil where a test asks it itself
	handler  http.Handler
	registry *prometheus.Registry
	logs     *bytes.Buffer
	config   dashboards.Config
}

func serve(t testing.TB, r dashboards.Reader, change func(*dashboards.Config)) *fixture {
	t.Helper()
	f := &fixture{registry: prometheus.NewRegistry(), logs: &bytes.Buffer{}}
	f.config = dashboards.Config{
		Reader: r, Access: access.Open{}, Logger: slog.New(slog.NewJSONHandler(f.logs, nil)), Registerer: f.registry,
		Clock: func() time.Time { return now },
		Rules: dashboards.Rules{Zone: "C", Established: 10, SilentWeeks: 4, Price: 45},
	}
	if change != nil {
		change(&f.config)
	}
	s, err := dashboards.New(f.config)
	must(t, err)
	f.handler = s.Handler()
	return f
}

// serveStore is the pages over a store that no longer changes.
func serveStore(t testing.TB, s *store.Store, change func(*dashboards.Config)) *fixture {
	t.Helper()
	r := remember(s)
	f := serve(t, r, change)
	f.store, f.reader = s, r
	return f
}

// seeded is the pages over the whole autumn.
func seeded(t testing.TB) *fixture {
	t.Helper()
	s := newStore(t)
	ctx := context.Background()
	for _, year := range []schemas.SchoolYear{2025, 2026} {
		must(t, s.ImportDirectory(ctx, year, "test", directorySchools(year), directoryAbove()))
	}
	load(t, s, append(append(exactEvents(), generated()...), strangers()...))
	must(t, s.InsertRefused(ctx, refusals()))
	return serveStore(t, s, nil)
}

// withholding is the pages over the last complete week, with a threshold.
func withholding(t testing.TB, threshold int) *fixture {
	t.Helper()
	s := newStoreOf(t, threshold)
	must(t, s.ImportDirectory(context.Background(), 2026, "test", directorySchools(2026), directoryAbove()))
	load(t, s, append(exactEvents(), slices.DeleteFunc(generated(), func(e schemas.Event) bool { return e.Day().Week() != exactWeek })...))
	return serveStore(t, s, nil)
}
