package dashboards_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas"
)

// remembering is a store whose content does not change, asked each question
// once: the forms of a page, and pages beside it, ask the same ones. Answers
// are given as copies, for a page sorts what it was given.
type remembering struct {
	dashboards.Reader
	mu      sync.Mutex
	answers map[string]*answer
}

type answer struct {
	once  sync.Once
	value any
	err   error
}

func remember(r dashboards.Reader) *remembering {
	return &remembering{Reader: r, answers: map[string]*answer{}}
}

// forget is for tests that write.
func (r *remembering) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = map[string]*answer{}
}

// asked gives the answer to a question, without the context of who asks it
// first: pages stop reading when one of their questions fails.
func asked[T any](r *remembering, ask func(context.Context) (T, error), question ...any) (T, error) {
	key := fmt.Sprint(question...)
	r.mu.Lock()
	a := r.answers[key]
	if a == nil {
		a = &answer{}
		r.answers[key] = a
	}
	r.mu.Unlock()
	a.once.Do(func() { a.value, a.err = ask(context.Background()) })
	value, _ := a.value.(T)
	return value, a.err
}

func (r *remembering) Cells(_ context.Context, q schemas.CellQuery) ([]schemas.Cell, error) {
	cells, err := asked(r, func(ctx context.Context) ([]schemas.Cell, error) { return r.Reader.Cells(ctx, q) }, "cells", q)
	return slices.Clone(cells), err
}

func (r *remembering) Moments(_ context.Context, s schemas.Scope, p schemas.Period, profil schemas.Profil) ([]schemas.Moment, uint64, error) {
	type both struct {
		moments  []schemas.Moment
		withheld uint64
	}
	b, err := asked(r, func(ctx context.Context) (b both, err error) {
		b.moments, b.withheld, err = r.Reader.Moments(ctx, s, p, profil)
		return b, err
	}, "moments", s, p, profil)
	return slices.Clone(b.moments), b.withheld, err
}

func (r *remembering) Activity(_ context.Context, s schemas.Scope, p schemas.Period, d schemas.Detail) ([]schemas.WeekActivity, error) {
	weeks, err := asked(r, func(ctx context.Context) ([]schemas.WeekActivity, error) { return r.Reader.Activity(ctx, s, p, d) }, "activity", s, p, d)
	return slices.Clone(weeks), err
}

func (r *remembering) SchoolFigures(_ context.Context, q schemas.SchoolQuery) ([]schemas.SchoolFigures, error) {
	lines, err := asked(r, func(ctx context.Context) ([]schemas.SchoolFigures, error) { return r.Reader.SchoolFigures(ctx, q) }, "schools", q)
	return slices.Clone(lines), err
}

func (r *remembering) LastWeeks(_ context.Context, s schemas.Scope, p schemas.Period) (map[schemas.UAI]schemas.Week, error) {
	weeks, err := asked(r, func(ctx context.Context) (map[schemas.UAI]schemas.Week, error) { return r.Reader.LastWeeks(ctx, s, p) }, "last", s, p)
	return maps.Clone(weeks), err
}

func (r *remembering) Directory(_ context.Context, y schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error) {
	type both struct {
		dir *schemas.Directory
		use schemas.DirectoryUse
	}
	b, err := asked(r, func(ctx context.Context) (b both, err error) {
		b.dir, b.use, err = r.Reader.Directory(ctx, y)
		return b, err
	}, "directory", y)
	return b.dir, b.use, err
}

func (r *remembering) Calendar(_ context.Context, zone string) (*schemas.Calendar, error) {
	return asked(r, func(ctx context.Context) (*schemas.Calendar, error) { return r.Reader.Calendar(ctx, zone) }, "calendar", zone)
}

func (r *remembering) Population(_ context.Context, y schemas.SchoolYear) (*schemas.Population, error) {
	return asked(r, func(ctx context.Context) (*schemas.Population, error) { return r.Reader.Population(ctx, y) }, "population", y)
}

func (r *remembering) Enrolments(_ context.Context, y schemas.SchoolYear) (*schemas.Enrolments, error) {
	return asked(r, func(ctx context.Context) (*schemas.Enrolments, error) { return r.Reader.Enrolments(ctx, y) }, "enrolments", y)
}

func (r *remembering) Completeness(context.Context) (schemas.Completeness, error) {
	return asked(r, r.Reader.Completeness, "completeness")
}

func (r *remembering) Extent(context.Context) (schemas.Period, bool, error) {
	type both struct {
		period schemas.Period
		ok     bool
	}
	b, err := asked(r, func(ctx context.Context) (b both, err error) {
		b.period, b.ok, err = r.Reader.Extent(ctx)
		return b, err
	}, "extent")
	return b.period, b.ok, err
}
