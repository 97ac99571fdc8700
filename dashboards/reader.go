package dashboards

import (
	"context"

	"github.com/entaudience/entaudience/dashboards/national"
	"github.com/entaudience/entaudience/schemas"
)

// Figures are the measures that pages show. Methods are safe for concurrent
// use; an error is Unavailable when the engine is away.
type Figures interface {
	// Cells gives the cells of a territory, by Debut, Code, Axe, Modalite.
	Cells(ctx context.Context, q schemas.CellQuery) ([]schemas.Cell, error)
	// Moments gives the visits of the weeks of p by weekday and hour; withheld
	// counts the weeks whose hours may not be shown, which are left out.
	Moments(ctx context.Context, scope schemas.Scope, p schemas.Period, profil schemas.Profil) (moments []schemas.Moment, withheld uint64, err error)
	// Activity counts the active establishments of the weeks of p.
	Activity(ctx context.Context, scope schemas.Scope, p schemas.Period, d schemas.Detail) ([]schemas.WeekActivity, error)
	// SchoolFigures gives what each establishment of a territory did over some
	// weeks, by directory and UAI.
	SchoolFigures(ctx context.Context, q schemas.SchoolQuery) ([]schemas.SchoolFigures, error)
}

// Disclosure says what may be shown.
type Disclosure interface {
	// Threshold is the fewest distinct users that pages may show for a school;
	// 0 = no limit.
	Threshold() int
}

// Directories give the school directory.
type Directories interface {
	// Directory gives the directory that serves a school year: its own, or the
	// nearest. The error is NotFound when none was ever imported.
	Directory(ctx context.Context, year schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error)
}

// SchoolTime knows the school calendars.
type SchoolTime interface {
	// Calendar gives the calendar of a zone, "C"; in one that was never
	// imported nothing is known.
	Calendar(ctx context.Context, zone string) (*schemas.Calendar, error)
}

// Denominators set the use beside who could use the ENT.
type Denominators interface {
	// Population is who could use the ENT in a school year.
	Population(ctx context.Context, year schemas.SchoolYear) (*schemas.Population, error)
	// Enrolments are the schools enrolled in a school year; nothing is known
	// of a year that was not imported.
	Enrolments(ctx context.Context, year schemas.SchoolYear) (*schemas.Enrolments, error)
	// LastWeeks gives the last week with an event, among those whose Monday
	// lies in p, of each establishment of a territory that has any.
	LastWeeks(ctx context.Context, scope schemas.Scope, p schemas.Period) (map[schemas.UAI]schemas.Week, error)
}

// State says what the figures cover.
type State interface {
	// Completeness says how far the figures are behind the hits.
	Completeness(ctx context.Context) (schemas.Completeness, error)
	// Incidents lists what happened to the collectors that touches figures.
	Incidents(ctx context.Context) ([]schemas.Incident, error)
	// Tagging counts what the tags got wrong in the days of p.
	Tagging(ctx context.Context, p schemas.Period) (schemas.Tagging, error)
	// Ledger follows the events from the tag to the cells.
	Ledger(ctx context.Context) (schemas.Ledger, error)
	// Extent is the first and the last day that have cells; ok is false when
	// there is none.
	Extent(ctx context.Context) (p schemas.Period, ok bool, err error)
	// Checks lists the last recount of each day and week from the raw events.
	Checks(ctx context.Context) ([]schemas.Check, error)
}

// Notebook keeps what pilots write beside the figures.
type Notebook interface {
	// Notes gives the notes that have a day in p, by first day.
	Notes(ctx context.Context, p schemas.Period) ([]schemas.Note, error)
	// WriteNote stores a version of a note.
	WriteNote(ctx context.Context, n schemas.Note) error
}

// Reader is everything the pages read.
type Reader interface {
	Figures
	Directories
	SchoolTime
	Denominators
	State
	Notebook
	Disclosure
	national.Reader
}
