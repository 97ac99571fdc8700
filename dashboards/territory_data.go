package dashboards

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/schemas"
)

// territoryData is everything the page of a territory shows, before it is
// put into words.
type territoryData struct {
	place
	sel        selection
	rules      Rules
	calendar   *schemas.Calendar
	compare    comparison
	deployment deployment
	now        time.Time
	weeks      []schemas.Week // of the period; with figures before now
	extent     schemas.Period
	hasExtent  bool
	asOf       asOf
	notes      []schemas.Note // that concern the territory

	weekly        []schemas.Cell // globales, by week
	filtered      []schemas.Cell // totals of the period on the axes that a profile can cut
	unfiltered    []schemas.Cell // the same on the others, and globales, of all profiles
	moments       [7][24]uint64  // by time.Weekday and hour
	threshold     int            // fewest users shown for a school; 0 = no limit
	hoursWithheld uint64         // weeks left out of moments
	active        map[schemas.Week]uint64

	serviceWeeks   []schemas.Cell // services, by week
	profilServices []schemas.Cell // totals of the period
	deviceWeeks    []schemas.Cell // devices, by week

	band  *band     // of a school
	watch *watch    // of a circonscription
	side  *compared // of a wider territory

	childWeeks  map[childKey][]schemas.Cell // globales, by week
	childActive map[childKey]uint64         // in the last complete week
	childBefore map[childKey][]schemas.Cell // globales, by week of the year before
}

// childKey is a child of a territory, by its code.
type childKey struct {
	parent schemas.Scope
	code   string
}

// breakdowns are the axes that the page shows as totals of the period.
var breakdowns = []schemas.Axe{
	schemas.ParProfil, schemas.ParService, schemas.ParAppareil, schemas.ParProfilAppareil,
	schemas.ParOS, schemas.ParNavigateur, schemas.ParOutil,
}

// newTerritoryData is the data of a page before anything is read.
func (s *Server) newTerritoryData(at place, sel selection) *territoryData {
	now := s.clock()
	return &territoryData{
		place: at, sel: sel, rules: s.rules, now: now, threshold: s.reader.Threshold(), weeks: begun(sel.Period.Weeks(), now), active: map[schemas.Week]uint64{},
		childWeeks: map[childKey][]schemas.Cell{}, childActive: map[childKey]uint64{}, childBefore: map[childKey][]schemas.Cell{},
	}
}

// loadTerritory reads everything that the page shows. The error is Invalid
// when no week of the period has begun.
func (d *territoryData) loadTerritory(ctx context.Context, r Reader) error {
	err := d.load(ctx, r, d.loadState)
	if err != nil {
		return err
	}
	err = d.load(ctx, r, d.loadCalendar, d.loadWeekly, d.loadSide, d.loadBand, d.loadBreakdowns, d.loadMoments,
		d.loadActive, d.loadChildWeeks, d.loadChildActive, d.loadDeployment)
	if err != nil || !d.sel.Compare {
		return err
	}
	d.matchWeeks()
	err = d.load(ctx, r, d.loadComparison, d.loadChildBefore)
	d.dropWithheld()
	return err
}

// load runs loads at once: the engine answers in parallel, and each fills
// its own fields. One answer missing is an error: figures that do not agree
// are worse than none.
func (d *territoryData) load(ctx context.Context, r Reader, loads ...func(context.Context, Reader) error) error {
	if len(d.weeks) == 0 {
		return errNoWeek(d.sel.Period)
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, load := range loads {
		g.Go(func() error { return load(ctx, r) })
	}
	return g.Wait()
}

func errNoWeek(p schemas.Period) error {
	return schemas.Refuse("Aucune semaine n'a commencé entre le %s et le %s : une semaine compte quand son lundi est dans la période.", p.From, p.To)
}

// begun leaves out the weeks that are still to come.
func begun(weeks []schemas.Week, now time.Time) []schemas.Week {
	for len(weeks) > 0 && weeks[len(weeks)-1].Start().After(now) {
		weeks = weeks[:len(weeks)-1]
	}
	return weeks
}

// mondays is the period that names the weeks to the engine.
func (d *territoryData) mondays() schemas.Period {
	return schemas.Period{From: d.weeks[0].Monday(), To: d.weeks[len(d.weeks)-1].Monday()}
}

// days is every day of the weeks.
func (d *territoryData) days() schemas.Period {
	return schemas.Period{From: d.weeks[0].Monday(), To: d.weeks[len(d.weeks)-1].Sunday()}
}

func (d *territoryData) query() schemas.CellQuery {
	return schemas.CellQuery{Scope: d.Scope, Period: d.mondays(), Grain: schemas.ParSemaine, Profil: d.sel.Profil}
}

// loadState comes before the figures: what it says is counted is in them.
func (d *territoryData) loadState(ctx context.Context, r Reader) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		c, err := r.Completeness(ctx)
		d.asOf = newAsOf(c)
		return err
	})
	g.Go(func() (err error) {
		d.extent, d.hasExtent, err = r.Extent(ctx)
		return err
	})
	g.Go(func() error { return d.loadNotes(ctx, r) })
	err := g.Wait()
	for _, n := range d.notes {
		if n.Kind == schemas.NoteIncident {
			d.asOf.Incidents++
		}
	}
	return err
}

func (d *territoryData) loadWeekly(ctx context.Context, r Reader) (err error) {
	q := d.query()
	q.Axes = []schemas.Axe{schemas.Globales}
	d.weekly, err = r.Cells(ctx, q)
	return err
}

// loadBreakdowns reads the totals of the period on every axis: as one, unless a
// profile cuts some of them.
func (d *territoryData) loadBreakdowns(ctx context.Context, r Reader) error {
	if d.sel.Profil != "" {
		return d.load(ctx, r, d.loadFiltered, d.loadUnfiltered)
	}
	q := d.query()
	q.Total, q.Axes = true, slices.Concat(breakdowns, []schemas.Axe{schemas.Globales})
	cells, err := r.Cells(ctx, q)
	for _, c := range cells {
		if _, ok := c.Axe.Filtered(); ok && c.Axe != schemas.Globales {
			d.filtered = append(d.filtered, c)
		} else {
			d.unfiltered = append(d.unfiltered, c)
		}
	}
	return err
}

func (d *territoryData) loadFiltered(ctx context.Context, r Reader) (err error) {
	q := d.query()
	q.Total = true
	for _, a := range breakdowns {
		if _, ok := a.Filtered(); ok {
			q.Axes = append(q.Axes, a)
		}
	}
	d.filtered, err = r.Cells(ctx, q)
	return err
}

// loadUnfiltered reads the axes that no profile can cut.
func (d *territoryData) loadUnfiltered(ctx context.Context, r Reader) (err error) {
	q := d.query()
	q.Total, q.Profil = true, ""
	for _, a := range breakdowns {
		if _, ok := a.Filtered(); !ok {
			q.Axes = append(q.Axes, a)
		}
	}
	q.Axes = append(q.Axes, schemas.Globales) // what they are a part of
	d.unfiltered, err = r.Cells(ctx, q)
	return err
}

func (d *territoryData) loadMoments(ctx context.Context, r Reader) error {
	moments, withheld, err := r.Moments(ctx, d.Scope, d.days(), d.sel.Profil)
	d.hoursWithheld = withheld
	for _, m := range moments {
		d.moments[m.Weekday][m.Hour] = m.Visits
	}
	return err
}

func (d *territoryData) loadActive(ctx context.Context, r Reader) error {
	weeks, err := r.Activity(ctx, d.Scope, d.mondays(), schemas.Ensemble)
	for _, w := range weeks {
		d.active[w.Week] += w.Active
	}
	return err
}

func (d *territoryData) loadChildWeeks(ctx context.Context, r Reader) error {
	return d.loadChildren(ctx, r, d.mondays(), d.childWeeks)
}

// loadChildren reads the weeks of a period, by child.
func (d *territoryData) loadChildren(ctx context.Context, r Reader, p schemas.Period, into map[childKey][]schemas.Cell) error {
	if d.Niveau == schemas.Ecole {
		return nil
	}
	q := d.query()
	q.Period = p
	q.Axes, q.Detail = []schemas.Axe{schemas.Globales}, schemas.ParEnfants
	for _, scope := range d.parents() {
		q.Scope = scope
		cells, err := r.Cells(ctx, q)
		if err != nil {
			return err
		}
		for _, c := range cells {
			key := childKey{scope, c.Code}
			into[key] = append(into[key], c)
		}
	}
	return nil
}

// parents are the territories whose children the page lists: itself and, for
// a region, its académies, because a region is steered by DSDEN.
func (d *territoryData) parents() []schemas.Scope {
	scopes := []schemas.Scope{d.Scope}
	if d.Niveau == schemas.Region {
		for _, c := range d.dir.Children(d.Scope) {
			scopes = append(scopes, c.Scope)
		}
	}
	return scopes
}

func (d *territoryData) loadChildActive(ctx context.Context, r Reader) error {
	last, ok := d.lastComplete()
	if !ok || d.Niveau == schemas.Ecole {
		return nil
	}
	p := schemas.Period{From: last.Monday(), To: last.Monday()}
	for _, scope := range d.parents() {
		weeks, err := r.Activity(ctx, scope, p, schemas.ParEnfants)
		if err != nil {
			return err
		}
		for _, w := range weeks {
			d.childActive[childKey{scope, w.Code}] = w.Active
		}
	}
	return nil
}

// complete says whether the week is over.
func (d *territoryData) complete(w schemas.Week) bool { return !w.End().After(d.now) }

// running says whether the period holds the current week.
func (d *territoryData) running() bool { return !d.complete(d.weeks[len(d.weeks)-1]) }

// lastComplete is the last week of the period that is over.
func (d *territoryData) lastComplete() (schemas.Week, bool) {
	for i := len(d.weeks) - 1; i >= 0; i-- {
		if d.complete(d.weeks[i]) {
			return d.weeks[i], true
		}
	}
	return 0, false
}

// weeklyMean is the mean of the weekly users of cells, one a week, over the
// complete weeks that have visits, rounded half up; weeks is how many.
func (d *territoryData) weeklyMean(cells []schemas.Cell) (mean, weeks uint64) {
	var complete []schemas.Cell
	for _, c := range cells {
		if c.Visits > 0 && d.complete(schemas.Week(c.Debut)) {
			complete = append(complete, c)
		}
	}
	if weeks = uint64(len(complete)); weeks == 0 {
		return 0, 0
	}
	sum := added("utilisateurs_cumul_hebdomadaire", schemas.OverPeriods, complete)
	return (2*sum + weeks) / (2 * weeks), weeks
}

// total adds the cells of several periods, of those that may be shown.
func total(cells []schemas.Cell) schemas.Measures {
	all := make([]schemas.Measures, 0, len(cells))
	for _, c := range cells {
		all = append(all, c.Measures)
	}
	return totalOver(schemas.OverPeriods, all...)
}

// totalOver adds measures; the registry says that they may be.
func totalOver(over schemas.Additivity, all ...schemas.Measures) schemas.Measures {
	m, err := schemas.Total(over, all...)
	if err != nil {
		panic("dashboards: " + err.Error()) // what over says is written in the program
	}
	return m
}

// on is the cells of one axis, by modality, and the total they are a part of.
func (d *territoryData) on(a schemas.Axe) (cells map[string]schemas.Cell, whole schemas.Measures) {
	from := d.filtered
	whole = total(d.weekly)
	if _, ok := a.Filtered(); !ok {
		from = d.unfiltered
		whole = schemas.Measures{}
	}
	cells = map[string]schemas.Cell{}
	for _, c := range from {
		if c.Axe == a {
			cells[c.Modalite] = c
		}
		if c.Axe == schemas.Globales {
			whole = c.Measures
		}
	}
	return cells, whole
}
