package dashboards

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// untold is a reader that has a directory and no figure.
type untold struct {
	asked int
	notes []schemas.Note
}

func (u *untold) Directory(context.Context, schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error) {
	region := schemas.Scope{Niveau: schemas.Region, Code: "76"}
	dsden := schemas.Scope{Niveau: schemas.DSDEN, Code: "031"}
	above := []schemas.Territory{{Scope: region, Name: "Occitanie"}, {Scope: dsden, Name: "Haute-Garonne", Parent: region}}
	for _, code := range []string{"A", "B"} {
		above = append(above, schemas.Territory{Scope: schemas.Scope{Niveau: schemas.Circonscription, Code: code}, Parent: dsden})
	}
	return schemas.NewDirectory(2026, 1, time.Time{}, nil, above), schemas.DirectoryUse{}, nil
}

func (u *untold) Cells(context.Context, schemas.CellQuery) ([]schemas.Cell, error) {
	u.asked++
	return nil, nil
}

func (u *untold) Moments(context.Context, schemas.Scope, schemas.Period, schemas.Profil) ([]schemas.Moment, uint64, error) {
	u.asked++
	return nil, 0, nil
}

func (u *untold) Threshold() int { return 5 }

func (u *untold) Activity(context.Context, schemas.Scope, schemas.Period, schemas.Detail) ([]schemas.WeekActivity, error) {
	u.asked++
	return nil, nil
}

func (u *untold) SchoolFigures(context.Context, schemas.SchoolQuery) ([]schemas.SchoolFigures, error) {
	u.asked++
	return nil, nil
}

func (u *untold) NationalWeek(context.Context, schemas.Week, []schemas.Axe, func(schemas.SchoolWeek) error) error {
	u.asked++
	return nil
}

func (u *untold) Population(context.Context, schemas.SchoolYear) (*schemas.Population, error) {
	return schemas.NewPopulation(2026, 0, nil, nil), nil
}

func (u *untold) Enrolments(context.Context, schemas.SchoolYear) (*schemas.Enrolments, error) {
	return nil, nil
}

func (u *untold) LastWeeks(context.Context, schemas.Scope, schemas.Period) (map[schemas.UAI]schemas.Week, error) {
	u.asked++
	return nil, nil
}

func (u *untold) Calendar(context.Context, string) (*schemas.Calendar, error) { return nil, nil }

func (u *untold) Completeness(context.Context) (schemas.Completeness, error) {
	return schemas.Completeness{}, nil
}

func (u *untold) Notes(context.Context, schemas.Period) ([]schemas.Note, error) { return u.notes, nil }

func (u *untold) WriteNote(_ context.Context, n schemas.Note) error {
	u.notes = append(u.notes, n)
	return nil
}

func (u *untold) Incidents(context.Context) ([]schemas.Incident, error) { return nil, nil }

func (u *untold) Tagging(context.Context, schemas.Period) (schemas.Tagging, error) {
	return schemas.Tagging{}, nil
}

func (u *untold) Ledger(context.Context) (schemas.Ledger, error) { return schemas.Ledger{}, nil }

func (u *untold) Extent(context.Context) (schemas.Period, bool, error) {
	return schemas.Period{}, false, nil
}

func (u *untold) Checks(context.Context) ([]schemas.Check, error) { return nil, nil }

// What the reader gives does not depend on the page that asks: the totals of
// the territories above, everything of one's own, nothing of another's.
func TestGuardedReader(t *testing.T) {
	scope := func(n schemas.Niveau, code string) schemas.Scope { return schemas.Scope{Niveau: n, Code: code} }
	own, other := scope(schemas.Circonscription, "A"), scope(schemas.Circonscription, "B")
	inspector := access.With(t.Context(), access.Person{Subject: "i", Scopes: []schemas.Scope{own}})
	for _, tt := range []struct {
		name string
		ctx  context.Context
		at   schemas.Scope
		d    schemas.Detail
		may  bool
	}{
		{"own", inspector, own, schemas.Ensemble, true},
		{"own schools", inspector, own, schemas.ParEcoles, true},
		{"the DSDEN's totals", inspector, scope(schemas.DSDEN, "031"), schemas.Ensemble, true},
		{"the region's totals", inspector, scope(schemas.Region, "76"), schemas.Ensemble, true},
		{"the DSDEN's children", inspector, scope(schemas.DSDEN, "031"), schemas.ParEnfants, false},
		{"the DSDEN's schools", inspector, scope(schemas.DSDEN, "031"), schemas.ParEcoles, false},
		{"another's totals", inspector, other, schemas.Ensemble, false},
		{"unknown", inspector, scope(schemas.DSDEN, "999"), schemas.Ensemble, false},
		{"nobody", t.Context(), own, schemas.Ensemble, false},
		{"a person of nothing", access.With(t.Context(), access.Person{}), own, schemas.Ensemble, false},
		{"everybody", access.With(t.Context(), access.Everybody()), other, schemas.ParEcoles, true},
	} {
		all := &untold{}
		g := guarded{all, func() schemas.SchoolYear { return 2026 }}
		_, cells := g.Cells(tt.ctx, schemas.CellQuery{Scope: tt.at, Detail: tt.d})
		_, activity := g.Activity(tt.ctx, tt.at, schemas.Period{}, tt.d)
		_, _, moments := g.Moments(tt.ctx, tt.at, schemas.Period{}, "")
		for name, err := range map[string]error{"cells": cells, "activity": activity} {
			if (err == nil) != tt.may || err != nil && schemas.KindOf(err) != schemas.Forbidden {
				t.Errorf("%s: %s gives %v", tt.name, name, err)
			}
		}
		if tt.d == schemas.Ensemble && (moments == nil) != tt.may {
			t.Errorf("%s: moments give %v", tt.name, moments)
		}
		if !tt.may && tt.d == schemas.Ensemble && all.asked > 0 {
			t.Errorf("%s: the figures were read all the same", tt.name)
		}
	}
	all := &untold{}
	g := guarded{all, func() schemas.SchoolYear { return 2026 }}
	if err := g.NationalWeek(inspector, 0, nil, nil); schemas.KindOf(err) != schemas.Forbidden || all.asked > 0 {
		t.Errorf("the national week without its right: %v", err)
	}
}

type everybody struct{ access.Open }

// A route that says nothing of who may ask it answers nobody, not even where
// there is no login; and one whose pattern names no territory has no territory
// to look at.
func TestForgottenRouteIsClosed(t *testing.T) {
	logs := &bytes.Buffer{}
	s, err := New(Config{
		Reader: &untold{}, Access: everybody{}, Logger: slog.New(slog.NewTextHandler(logs, nil)),
		Registerer: prometheus.NewRegistry(), Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ran := false
	handler := s.handler(func(r routes) {
		page := func(http.ResponseWriter, *http.Request) error { ran = true; return nil }
		r.Get("/oubliee/{code}", s.page(page))
		r.get("/sans-territoire/{code}", ofTerritory, page)
		r.get("/sans-territoire", ofTerritory, page)
	})
	for _, path := range []string{"/oubliee/76", "/sans-territoire/76", "/sans-territoire"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusForbidden || ran {
			t.Errorf("%s: %d, ran: %t", path, w.Code, ran)
		}
	}
	if !bytes.Contains(logs.Bytes(), []byte("a route without a rule is closed")) {
		t.Error(logs)
	}
}

// The guard looks at the territory that the handler will answer, however the
// address is written.
func TestGuardAndHandlerReadTheSameTerritory(t *testing.T) {
	s, err := New(Config{
		Reader: &untold{}, Access: everybody{}, Logger: slog.New(slog.DiscardHandler),
		Registerer: prometheus.NewRegistry(), Clock: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	var handled schemas.Scope
	handler := s.handler(func(r routes) {
		r.get("/avant/{niveau}/{code}", ofTerritory, func(_ http.ResponseWriter, r *http.Request) error { handled = scopeOf(r); return nil })
		r.get("/avant/dsden/{code}/suite", ofTerritory, func(_ http.ResponseWriter, r *http.Request) error { handled = scopeOf(r); return nil })
	})
	for path, want := range map[string]schemas.Scope{
		"/avant/dsden/031":         {Niveau: schemas.DSDEN, Code: "031"},
		"/avant/dsden/031.csv":     {Niveau: schemas.DSDEN, Code: "031"},
		"/avant/dsden/0%331.json":  {Niveau: schemas.DSDEN, Code: "031"},
		"/avant/dsden/031%2Ecsv":   {Niveau: schemas.DSDEN, Code: "031"},
		"/avant/%64sden/031":       {},
		"/avant/autre/031":         {},
		"/avant/dsden/031/suite":   {Niveau: schemas.DSDEN, Code: "031"},
		"/avant/dsden/0%2F1/suite": {Niveau: schemas.DSDEN, Code: "0/1"},
	} {
		handled = schemas.Scope{}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if handled != want || (want == schemas.Scope{}) != (w.Code == http.StatusForbidden) {
			t.Errorf("%s: %d, territory %v, want %v", path, w.Code, handled, want)
		}
	}
}
