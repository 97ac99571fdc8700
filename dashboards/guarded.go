package dashboards

import (
	"context"
	"slices"
	"time"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// guarded reads for the person of the context, and refuses what they may not
// see: whatever a page asks, and whichever page asks it. Every method of
// Reader is here by its name, so that a new one says who may read it.
type guarded struct {
	all  Reader
	year func() schemas.SchoolYear // the current one
}

var _ Reader = guarded{}

// Cells refuses the parts of a territory above the person's; its totals are
// values to compare with.
func (g guarded) Cells(ctx context.Context, q schemas.CellQuery) ([]schemas.Cell, error) {
	if err := g.may(ctx, q.Scope, q.Detail); err != nil {
		return nil, err
	}
	return g.all.Cells(ctx, q)
}

// Moments are totals, as Cells are.
func (g guarded) Moments(ctx context.Context, scope schemas.Scope, p schemas.Period, profil schemas.Profil) ([]schemas.Moment, uint64, error) {
	if err := g.may(ctx, scope, schemas.Ensemble); err != nil {
		return nil, 0, err
	}
	return g.all.Moments(ctx, scope, p, profil)
}

// Activity obeys the rule of Cells.
func (g guarded) Activity(ctx context.Context, scope schemas.Scope, p schemas.Period, d schemas.Detail) ([]schemas.WeekActivity, error) {
	if err := g.may(ctx, scope, d); err != nil {
		return nil, err
	}
	return g.all.Activity(ctx, scope, p, d)
}

// SchoolFigures are of the schools of a territory: for whoever sees them.
func (g guarded) SchoolFigures(ctx context.Context, q schemas.SchoolQuery) ([]schemas.SchoolFigures, error) {
	if err := g.may(ctx, q.Scope, schemas.ParEcoles); err != nil {
		return nil, err
	}
	return g.all.SchoolFigures(ctx, q)
}

// NationalWeek is for the national cell: complete, so it wants the right.
func (g guarded) NationalWeek(ctx context.Context, week schemas.Week, axes []schemas.Axe, yield func(schemas.SchoolWeek) error) error {
	if p, _ := access.From(ctx); !p.Has(access.ExportNational) {
		return forbidden("", "national week without its right")
	}
	return g.all.NationalWeek(ctx, week, axes, yield)
}

// Threshold is the same for everybody.
func (g guarded) Threshold() int { return g.all.Threshold() }

// Directory is open data.
func (g guarded) Directory(ctx context.Context, year schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error) {
	return g.all.Directory(ctx, year)
}

// Calendar is open data.
func (g guarded) Calendar(ctx context.Context, zone string) (*schemas.Calendar, error) {
	return g.all.Calendar(ctx, zone)
}

// Population is of schools: who shows it asks first whose they are.
func (g guarded) Population(ctx context.Context, year schemas.SchoolYear) (*schemas.Population, error) {
	return g.all.Population(ctx, year)
}

// Enrolments are of schools: who shows them asks first whose they are.
func (g guarded) Enrolments(ctx context.Context, year schemas.SchoolYear) (*schemas.Enrolments, error) {
	return g.all.Enrolments(ctx, year)
}

// LastWeeks are of the schools of a territory.
func (g guarded) LastWeeks(ctx context.Context, scope schemas.Scope, p schemas.Period) (map[schemas.UAI]schemas.Week, error) {
	if err := g.may(ctx, scope, schemas.ParEcoles); err != nil {
		return nil, err
	}
	return g.all.LastWeeks(ctx, scope, p)
}

// Completeness is for everybody: it is of the service, not of a territory.
func (g guarded) Completeness(ctx context.Context) (schemas.Completeness, error) {
	return g.all.Completeness(ctx)
}

// Incidents are for everybody, as Completeness is: they name weeks.
func (g guarded) Incidents(ctx context.Context) ([]schemas.Incident, error) {
	return g.all.Incidents(ctx)
}

// seesUnknown says whether the person of the context is told which UAIs no
// directory knows.
func seesUnknown(ctx context.Context) bool {
	p, _ := access.From(ctx)
	return p.Spans(schemas.Region) || p.Has(access.Administration)
}

// Tagging is for everybody, as Completeness is, but for the unknown UAIs: in
// nobody's territory yet, they are for those who can have them known.
func (g guarded) Tagging(ctx context.Context, period schemas.Period) (schemas.Tagging, error) {
	t, err := g.all.Tagging(ctx, period)
	if !seesUnknown(ctx) {
		t.Unknown = nil
	}
	return t, err
}

// Ledger is for everybody, as Completeness is.
func (g guarded) Ledger(ctx context.Context) (schemas.Ledger, error) { return g.all.Ledger(ctx) }

// Extent is for everybody, as Completeness is.
func (g guarded) Extent(ctx context.Context) (schemas.Period, bool, error) { return g.all.Extent(ctx) }

// Notes are those on the person's territories, below and above them: what is
// written above explains what is seen below.
func (g guarded) Notes(ctx context.Context, p schemas.Period) ([]schemas.Note, error) {
	all, err := g.all.Notes(ctx, p)
	var read []schemas.Note
	for _, n := range all {
		if g.may(ctx, n.At, schemas.Ensemble) == nil {
			read = append(read, n)
		}
	}
	return read, err
}

// WriteNote wants the right, the note's territory, and that of the note it
// replaces.
func (g guarded) WriteNote(ctx context.Context, n schemas.Note) error {
	if p, _ := access.From(ctx); !p.Has(access.Notes) {
		return forbidden("Il faut le droit « "+access.Notes.Label()+" ».", "right "+string(access.Notes)+" missing")
	}
	if err := g.sees(ctx, n.At); err != nil {
		return err
	}
	before, err := g.all.Notes(ctx, everyDay)
	if err != nil {
		return err
	}
	for _, b := range before {
		if b.ID == n.ID && g.sees(ctx, b.At) != nil {
			return notYours(b.At)
		}
	}
	return g.all.WriteNote(ctx, n)
}

// everyDay is as many days as the engine's dates have.
var everyDay = schemas.Period{From: schemas.DateDay(2000, time.January, 1), To: schemas.DateDay(2099, time.December, 31)}

// Checks is for everybody, as Completeness is: it names days, not schools.
func (g guarded) Checks(ctx context.Context) ([]schemas.Check, error) { return g.all.Checks(ctx) }

// may is nil when the person of the context sees a territory, or compares
// with it and asks for its totals alone. The error is Forbidden.
func (g guarded) may(ctx context.Context, t schemas.Scope, d schemas.Detail) error {
	p, ok := access.From(ctx)
	if !ok {
		return forbidden("", "figures read for nobody")
	}
	dir, err := g.charge(ctx, p, t)
	switch {
	case err != nil:
		return err
	case dir == nil || p.Sees(dir, t) || d == schemas.Ensemble && p.Compares(dir, t):
		return nil
	}
	return notYours(t)
}

func notYours(t schemas.Scope) error {
	return forbidden("« "+t.Niveau.Label()+" "+t.Code+" » ne fait pas partie de vos territoires.", "outside the person's territories")
}

// goneYears is for how many school years a territory that is gone keeps its
// owner: cells are kept 25 months.
const goneYears = 4

// charge is the directory that says whose a territory is: that of the current
// school year or, for one that is gone, the latest that knew it. It is nil
// when the person sees the territory without one.
func (g guarded) charge(ctx context.Context, p access.Person, t schemas.Scope) (*schemas.Directory, error) {
	if p.Everywhere || slices.Contains(p.Scopes, t) {
		return nil, nil
	}
	var today *schemas.Directory
	for y := g.year(); y > g.year()-goneYears; y-- {
		d, _, err := g.all.Directory(ctx, y)
		if err != nil {
			return nil, err
		}
		if _, ok := d.Territory(t); ok {
			return d, nil
		}
		if today == nil {
			today = d
		}
	}
	return today, nil
}

// sees is nil when the person of the context sees a territory and its parts.
// The error is Forbidden, or the directory's.
func (g guarded) sees(ctx context.Context, t schemas.Scope) error {
	return g.may(ctx, t, schemas.ParEnfants)
}

// linked is the page of a territory, "" when the person of the context may
// not open it.
func (g guarded) linked(ctx context.Context, t schemas.Scope) string {
	if g.sees(ctx, t) != nil {
		return ""
	}
	return t.Path()
}
