package aggregate_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// TestFaults is the table of faults of the aggregation: every statement of a
// pass × {it fails, it took effect and its answer is lost, the process is
// killed when it has taken effect}. After each, the next pass, or the next
// process, sets everything right.
func TestFaults(t *testing.T) {
	e := start(t)
	steps := []struct {
		name, statement, counter string
		spared                   int // of the same statements before it
	}{
		{"look at days", "What arrived of each day", "dirty", 0},
		{"stage the day", "CREATE TABLE staging_cells_hour", "jour", 0},
		{"take others away", "Tables of recomputes", "jour", 0},
		{"visits", "Writes the visits", "jour", 0},
		{"hours", "Writes the cells of the hours", "jour", 0},
		{"cells of the day", "Writes the cells of one period", "jour", 0},
		{"swap visits", "ALTER TABLE visits REPLACE", "jour", 0},
		{"swap hours", "ALTER TABLE cells_hour REPLACE", "jour", 0},
		{"swap the day", "ALTER TABLE cells_day REPLACE", "jour", 0},
		{"record the day", "Records that the cells of a day", "jour", 0},
		{"look at weeks again", "The last recompute of each", "dirty", 2},
		{"bands of the week", "Writes the bands of frequency", "semaine", 0},
		{"publish the week", "Writes what may be shown of the cells", "semaine", 0},
		{"publish its schools", "Writes how many establishments", "semaine", 0},
		{"publish its hours", "Writes the visits of one week", "semaine", 0},
		{"swap the week", "ALTER TABLE cells_week REPLACE", "semaine", 0},
		{"swap what is withheld", "ALTER TABLE withheld_week REPLACE", "semaine", 0},
		{"swap what is published", "ALTER TABLE published REPLACE", "semaine", 0},
		{"record the decision", "Records what the decision", "semaine", 0},
		{"record the week", "Records that the cells of a week", "semaine", 0},
		{"look at what to settle", "Weeks that are not settled", "publication", 0},
	}
	for _, step := range steps {
		for _, how := range []string{"fails", "answer lost", "killed"} {
			t.Run(step.name+"/"+how, func(t *testing.T) {
				e.visit(t)
				a := e.aggregator(t)
				var fault *chdbtest.Fault
				switch how {
				case "fails":
					fault = e.server.Fail(step.statement, chdbtest.CutBefore, 1)
				case "answer lost":
					fault = e.server.Fail(step.statement, chdbtest.CutAfter, 1)
				case "killed":
					fault = e.server.FailFrom(step.statement, chdbtest.CutAfter)
				}
				fault.Spare(step.spared)
				if err := a.Once(within(t)); schemas.KindOf(err) != schemas.Unavailable {
					t.Errorf("%s error: %v", schemas.KindOf(err), err)
				}
				a.errors(t, map[string]float64{step.counter: 1})
				fault.Remove()
				if how == "killed" {
					a = e.aggregator(t)
				}
				if err := a.Once(within(t)); err != nil {
					t.Fatal(err)
				}
				e.right(t)
			})
		}
	}
}

// An engine without room on its disk says so, and goes on when it has some.
func TestAnEngineThatIsOutOfDisk(t *testing.T) {
	e := start(t)
	for table, counter := range map[string]string{"staging_visits": "jour", "staging_cells_day": "jour", "staging_cells_week": "semaine"} {
		t.Run(table, func(t *testing.T) {
			e.visit(t)
			// More than any disk has: the engine itself refuses, as on a full one.
			e.exec(t, "ALTER TABLE "+table+" MODIFY SETTING min_free_disk_bytes_to_perform_insert = 9000000000000000000")
			a := e.aggregator(t)
			err := a.Once(within(t))
			if schemas.KindOf(err) != schemas.Internal || !strings.Contains(err.Error(), "(NOT_ENOUGH_SPACE)") {
				t.Error(err)
			}
			a.errors(t, map[string]float64{counter: 1})
			e.exec(t, "ALTER TABLE "+table+" RESET SETTING min_free_disk_bytes_to_perform_insert")
			if err := a.Once(within(t)); err != nil {
				t.Fatal(err)
			}
			e.right(t)
		})
	}
}

// A day that cannot be computed holds up neither the other days of its week nor
// other weeks.
func TestADayThatCannotBeComputed(t *testing.T) {
	e := start(t)
	e.visit(t)
	e.visitOn(t, someday+1)
	e.visitOn(t, someday-7)
	fault := e.server.Fail("INSERT INTO {target:Identifier}", chdbtest.Refuse, 1) // of the newest day
	a := e.aggregator(t)
	if err := a.Once(within(t)); schemas.KindOf(err) != schemas.Internal || !strings.Contains(err.Error(), (someday+1).String()) {
		t.Error(err)
	}
	a.errors(t, map[string]float64{"jour": 1})
	if fault.Hits() != 1 {
		t.Errorf("%d statements refused", fault.Hits())
	}
	days, err := e.store.DirtyDays(within(t))
	if err != nil || len(days) != 1 || days[0].Debut != someday+1 {
		t.Errorf("behind: %v %v", days, err)
	}
	if got := e.counted(t, someWeek.Previous()); got != 1 {
		t.Errorf("%d events in the week before", got)
	}
	if err := a.Once(within(t)); err != nil {
		t.Fatal(err)
	}
	e.right(t)
}

// Two aggregators by mistake, while events arrive: what they make is right.
func TestTwoAggregators(t *testing.T) {
	e := start(t)
	ctx, stop := context.WithCancel(within(t))
	var running errgroup.Group
	for range 2 {
		a := e.aggregatorOf(t, aggregate.Config{Interval: 5 * time.Millisecond, Fresh: time.Second})
		running.Go(func() error { return a.Run(ctx) })
	}
	for range 12 {
		e.visit(t)
		e.visitOn(t, someday+1)
	}
	e.caughtUp(t)
	if got := e.counted(t, someWeek); got != uint64(len(e.events)) { // although one of them may yet do it again
		t.Errorf("%d events counted of %d", got, len(e.events))
	}
	stop()
	if err := running.Wait(); err != nil {
		t.Error(err)
	}
	if err := e.aggregator(t).Once(within(t)); err != nil {
		t.Error(err)
	}
	e.right(t)
}

// A day that becomes empty is computed like another.
func TestADayThatBecomesEmpty(t *testing.T) {
	e := start(t)
	e.visit(t)
	if err := e.aggregator(t).Once(within(t)); err != nil {
		t.Fatal(err)
	}
	e.right(t)
	e.exec(t, "ALTER TABLE events DROP PARTITION '"+someday.String()+"'")
	e.events = nil
	e.touch(t, someday)
	if err := e.aggregator(t).Once(within(t)); err != nil {
		t.Fatal(err)
	}
	e.right(t)
}

// A run goes on after errors, and ends with its context.
func TestRunGoesOn(t *testing.T) {
	e := start(t)
	a := e.aggregatorOf(t, aggregate.Config{Interval: time.Millisecond, Fresh: time.Second})
	away := e.server.Fail("", chdbtest.CutBefore, -1)
	ctx, stop := context.WithCancel(within(t))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	<-away.Hit()
	e.visit(t)
	away.Remove()
	e.caughtUp(t)
	e.right(t)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := a.value(t, "dirty"); n < 1 {
		t.Errorf("%v errors counted", n)
	}
}

// A night whose work fails is counted, and so is what waits.
func TestNightlyCounts(t *testing.T) {
	e := start(t)
	e.visit(t)
	s, err := store.Open(within(t), store.Options{URL: e.server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is pending
	registry := prometheus.NewRegistry()
	value := func(name string) (v float64) {
		t.Helper()
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == "entaudience_"+name {
				m := f.GetMetric()[0]
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		t.Fatal("no metric ", name)
		return 0
	}
	// Late enough for the day to be deleted, which nobody has computed.
	now := time.Now().AddDate(1, 0, 0)
	n := aggregate.NewNightly(s, aggregate.Retention{RawWeeks: 13, CellsMonths: 25}, func() time.Time { return now }, quiet, registry)
	away := e.server.Fail("", chdbtest.CutBefore, -1)
	ctx, stop := context.WithCancel(within(t))
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	for tick := time.NewTicker(10 * time.Millisecond); value("nightly_errors_total") == 0; <-tick.C {
		if ctx.Err() != nil {
			t.Fatal("no error counted")
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if v := value("nightly_errors_total"); v != 1 {
		t.Errorf("%v errors counted", v)
	}
	away.Remove()
	if err := n.Once(within(t)); err != nil {
		t.Fatal(err)
	}
	if v := value("retention_waiting_days"); v != 1 {
		t.Errorf("%v days wait", v)
	}
	if v := value("check_cells_total") + value("check_differences"); v != 0 {
		t.Errorf("%v cells of a day that was never computed", v)
	}
}

// patience bounds every wait; nothing takes nearly as long unless it is broken.
const patience = 2 * time.Minute

var (
	someWeek = schemas.Week(schemas.DateDay(2026, time.September, 7))
	someday  = someWeek.Monday()
	school   = schemas.MakeUAI(310001)
)

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// faulty is a database: store reaches it directly, server with faults.
type faulty struct {
	store  *store.Store
	server *chdbtest.Server
	exec   func(t testing.TB, statement string)
	events []schemas.Event // all that are stored
}

func start(t *testing.T) *faulty {
	t.Helper()
	chdb := chdbtest.Open(t)
	database := chdbtest.Database(t, chdb)
	s, err := store.Open(within(t), store.Options{Transport: chdb, Database: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is pending
	if _, err := s.Migrate(within(t)); err != nil {
		t.Fatal(err)
	}
	region := schemas.Scope{Niveau: schemas.Region, Code: "76"}
	schools := []schemas.School{{UAI: school, Name: "Jean-Jaurès", Region: region.Code, Academie: "16", DSDEN: "031", Open: true, Primary: true}}
	if err := s.ImportDirectory(within(t), 2026, "test", schools, []schemas.Territory{{Scope: region, Name: "Occitanie"}}); err != nil {
		t.Fatal(err)
	}
	return &faulty{
		store: s, server: chdbtest.Serve(t, chdb, database),
		exec: func(t testing.TB, statement string) { chdbtest.Exec(t, chdb, database, statement) },
	}
}

// visit stores one event more of the usual day, a visit of its own.
func (e *faulty) visit(t *testing.T) { e.visitOn(t, someday) }

func (e *faulty) visitOn(t *testing.T, day schemas.Day) {
	t.Helper()
	event := schemas.Event{
		TS: day.Start().UnixMilli() + 8*3_600_000, UAI: school, Visitor: schemas.Visitor(len(e.events) + 1), Profil: schemas.Eleve,
		Service: "NOTES", Type: schemas.Natif, Device: schemas.Ordinateur, OS: schemas.Windows, Browser: schemas.Firefox, Plan: schemas.Plan2021,
	}
	e.events = append(e.events, event)
	if err := e.store.InsertEvents(within(t), []schemas.Event{event}); err != nil {
		t.Fatal(err)
	}
	e.touch(t, day)
}

func (e *faulty) touch(t *testing.T, day schemas.Day) {
	t.Helper()
	if err := e.store.InsertLoads(within(t), []schemas.Load{{Topic: "ent.events", Day: day, Rows: 1}}); err != nil {
		t.Fatal(err)
	}
}

// counted is the events of a week, by its cells.
func (e *faulty) counted(t *testing.T, w schemas.Week) (n uint64) {
	t.Helper()
	err := e.store.NationalWeek(within(t), w, []schemas.Axe{schemas.Globales}, func(row schemas.SchoolWeek) error {
		n += row.Cells[string(schemas.Globales)].Events
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// shown is the events of a week of the region, as pages show them.
func (e *faulty) shown(t *testing.T, w schemas.Week) uint64 {
	t.Helper()
	cells, err := e.store.Cells(within(t), schemas.CellQuery{
		Scope:  schemas.Scope{Niveau: schemas.Region, Code: "76"},
		Period: schemas.Period{From: w.Monday(), To: w.Sunday()}, Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales},
	})
	if err != nil {
		t.Fatal(err)
	}
	var n uint64
	for _, c := range cells {
		n += c.Events
	}
	return n
}

// right fails unless nothing is behind, and every event is counted and shown
// once.
func (e *faulty) right(t *testing.T) {
	t.Helper()
	c, err := e.store.Completeness(within(t))
	if err != nil || c.DaysPending > 0 {
		t.Errorf("%d days pending: %v", c.DaysPending, err)
	}
	want := map[schemas.Week]uint64{someWeek: 0}
	for _, event := range e.events {
		want[event.Day().Week()]++
	}
	for w, n := range want {
		if got := e.counted(t, w); got != n {
			t.Errorf("%d events counted in week %s, want %d", got, w, n)
		}
		if got := e.shown(t, w); got != n {
			t.Errorf("%d events shown in week %s, want %d", got, w, n)
		}
	}
	var days []schemas.Day
	for _, event := range e.events {
		days = append(days, event.Day())
	}
	slices.Sort(days)
	extent, ok, err := e.store.Extent(within(t))
	if err != nil || ok != (len(days) > 0) || ok && extent != (schemas.Period{From: days[0], To: days[len(days)-1]}) {
		t.Error(extent, ok, err)
	}
}

// caughtUp waits until nothing is behind.
func (e *faulty) caughtUp(t *testing.T) {
	t.Helper()
	ctx := within(t)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := e.store.Completeness(ctx)
		if err == nil && c.DaysPending == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("still behind: ", c.DaysPending, err)
		}
	}
}

// aggregator is one of a process of its own, through the server with faults.
type aggregator struct {
	*aggregate.Aggregator
	registry *prometheus.Registry
}

func (e *faulty) aggregator(t *testing.T) aggregator {
	t.Helper()
	return e.aggregatorOf(t, aggregate.Defaults())
}

func (e *faulty) aggregatorOf(t *testing.T, config aggregate.Config) aggregator {
	t.Helper()
	s, err := store.Open(within(t), store.Options{URL: e.server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is pending
	registry := prometheus.NewRegistry()
	return aggregator{aggregate.New(s, config, quiet, registry), registry}
}

// value is the counter of errors of a grain.
func (a aggregator) value(t *testing.T, grain string) float64 {
	t.Helper()
	return a.counters(t)[grain]
}

func (a aggregator) counters(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := a.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		if f.GetName() == "entaudience_aggregate_errors_total" {
			for _, m := range f.GetMetric() {
				values[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	return values
}

// errors checks every counter of errors; those not named must be 0.
func (a aggregator) errors(t *testing.T, want map[string]float64) {
	t.Helper()
	for grain, n := range a.counters(t) {
		if n != want[grain] {
			t.Errorf("%v errors of %s, want %v", n, grain, want[grain])
		}
	}
}
