package store_test

import (
	"context"
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	e := chdbtest.Open(t)
	s, err := store.Open(ctx, store.Options{Transport: e, Database: chdbtest.Database(t, e)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	known, err := store.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Migrate(ctx); err != nil || len(n) != len(known) {
		t.Fatal(n, err)
	}
	if n, err := s.Migrate(ctx); err != nil || len(n) != 0 {
		t.Fatal(n, err)
	}
	day := schemas.DateDay(2026, 9, 8)
	at := day.Start().UnixMilli() + 8*3600_000
	ev := schemas.Event{TS: at, UAI: schemas.MakeUAI(311131), Visitor: 7, Profil: schemas.Eleve, Service: "NOTES", Type: schemas.Natif, Device: "smartphone", OS: "ios", Browser: "safari", Plan: 2}
	ev2 := ev
	ev2.TS += 60_000
	ev2.Service = "ACTUALITES"
	ev2.Outil = "MOODLE"
	if err := s.InsertEvents(ctx, []schemas.Event{ev, ev2, ev}); err != nil {
		t.Fatal(err)
	}
	if err := s.InsertLoads(ctx, []schemas.Load{{Topic: "ent.events", Day: day, Rows: 3}}); err != nil {
		t.Fatal(err)
	}
	school := schemas.School{UAI: ev.UAI, Name: "École", Region: "76", Academie: "16", DSDEN: "031", Circonscription: "0310000A", Primary: true, Open: true}
	if err := s.ImportDirectory(ctx, 2026, "test", []schemas.School{school}, []schemas.Territory{{Scope: schemas.Scope{Niveau: schemas.Region, Code: "76"}, Name: "Occitanie"}}); err != nil {
		t.Fatal(err)
	}
	dirty, err := s.DirtyDays(ctx)
	if err != nil || len(dirty) != 1 {
		t.Fatal(dirty, err)
	}
	if err := s.RecomputeDay(ctx, dirty[0]); err != nil {
		t.Fatal(err)
	}
	w, err := s.DirtyWeeks(ctx)
	if err != nil || len(w) != 1 {
		t.Fatal(w, err)
	}
	if err := s.RecomputeWeek(ctx, w[0]); err != nil {
		t.Fatal(err)
	}
	for _, detail := range []schemas.Detail{"", "enfants", "ecoles"} {
		cells, err := s.Cells(ctx, schemas.CellQuery{Scope: schemas.Scope{Niveau: schemas.Region, Code: "76"}, Period: schemas.Period{From: day - 1, To: day}, Grain: schemas.ParSemaine, Axes: schemas.Axes(), Detail: detail})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells {
			t.Logf("%+v", c)
		}
	}
	c, err := s.Completeness(ctx)
	t.Logf("%+v %v", c, err)
	m, _, err := s.Moments(ctx, schemas.Scope{Niveau: schemas.Region, Code: "76"}, schemas.Period{From: day - 1, To: day}, "")
	t.Logf("%+v %v", m, err)
	a, err := s.Activity(ctx, schemas.Scope{Niveau: schemas.Region, Code: "76"}, schemas.Period{From: day - 1, To: day}, "")
	t.Logf("%+v %v", a, err)
	p, ok, err := s.Extent(ctx)
	t.Logf("%+v %v %v", p, ok, err)
	err = s.NationalWeek(ctx, day.Week(), schemas.Axes(), func(w schemas.SchoolWeek) error { t.Logf("%+v", w); return nil })
	if err != nil {
		t.Fatal(err)
	}
}
