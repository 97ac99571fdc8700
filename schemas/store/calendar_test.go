package store_test

import (
	"context"
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// referenceStore opens an empty store of its own on the embedded engine.
func referenceStore(t *testing.T) *store.Store {
	t.Helper()
	ctx := context.Background()
	e := chdbtest.Open(t)
	s, err := store.Open(ctx, store.Options{Transport: e, Database: chdbtest.Database(t, e)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCalendarVersions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := referenceStore(t)
	first, resume := schemas.DateDay(2026, 10, 17), schemas.DateDay(2026, 11, 2)
	brk := func(zone, name string, first, resume schemas.Day) schemas.ZoneBreak {
		return schemas.ZoneBreak{Zone: zone, Population: "-", Break: schemas.Break{Name: name, First: first, Resume: resume}}
	}

	c, err := s.Calendar(ctx, "C")
	if err != nil || c == nil || c.Version != 0 {
		t.Fatalf("before any import: %+v %v", c, err)
	}
	if _, known := c.SchoolDay(first); known {
		t.Error("before any import a school day is known")
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.ImportCalendar(ctx, "one.csv", []schemas.ZoneBreak{brk("C", "Toussaint", first, resume), brk("A", "Toussaint", first+1, resume)}))
	must(s.ImportCalendar(ctx, "two.csv", []schemas.ZoneBreak{
		brk("C", "Toussaint", first, resume+1), brk("C", "Début des Vacances d'Été", schemas.DateDay(2027, 7, 3), 0),
	}))
	c, err = s.Calendar(ctx, "C")
	must(err)
	breaks := c.Breaks(schemas.Period{From: first, To: first + 365})
	if len(breaks) != 2 || breaks[0].Resume != resume+1 || breaks[1].Resume != 0 {
		t.Errorf("the latest version: %+v", breaks)
	}
	if c, err := s.Calendar(ctx, "A"); err != nil || len(c.Breaks(schemas.Period{From: 0, To: 40_000})) != 0 {
		t.Errorf("a zone that the latest version lacks: %+v %v", c, err)
	}
	all, err := s.CalendarBreaks(ctx)
	if err != nil || len(all) != 2 || all[0].Zone != "C" || all[0].Population != "-" {
		t.Errorf("all zones: %+v %v", all, err)
	}
}
