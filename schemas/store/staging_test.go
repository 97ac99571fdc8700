package store_test

import (
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// staged are the tables of recomputes under way, or left behind.
func staged(t *testing.T, e *engine) string {
	t.Helper()
	return e.ask(t, `SELECT replaceRegexpOne(name, '_[0-9a-f]{16}$', '') AS n FROM system.tables
		WHERE database = currentDatabase() AND match(name, '^staging_.+_[0-9]{8}_') ORDER BY n`)
}

// steps are the statements of the recompute of a day, by a text in each.
var steps = []string{
	"CREATE TABLE staging_visits", "CREATE TABLE staging_cells_day", "Tables of recomputes", "Writes the visits", "Writes the cells of the hours",
	"Writes the cells of one period", "ALTER TABLE visits REPLACE", "ALTER TABLE cells_hour REPLACE", "ALTER TABLE cells_day REPLACE", "Records that the cells of a day",
}

// Two recomputes of a day at once: the first is held at each of its statements
// while events arrive and the second does all of its own. Whatever becomes of
// the first, what is said to be computed holds every event.
func TestTwoRecomputesOfADayAtOnce(t *testing.T) {
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			e := migrated(t)
			other := e.again(t)
			insert(t, e.Store, usualWeek()[:1]...)
			day := schemas.Dirty{Debut: week.Monday(), Basis: 1}
			hold := e.server.Fail(step, chdbtest.Hold, 1)
			first := make(chan error, 1)
			go func() { first <- e.RecomputeDay(within(t), day) }()
			<-hold.Hit()

			insert(t, other, usualWeek()[1:3]...)
			days, err := other.DirtyDays(within(t))
			if err != nil || len(days) != 1 {
				t.Fatal(days, err)
			}
			if err := other.RecomputeDay(within(t), days[0]); err != nil {
				t.Error("the second:", err)
			}
			hold.Remove()
			err = <-first
			switch step {
			case "CREATE TABLE staging_visits", "CREATE TABLE staging_cells_day", "Tables of recomputes":
				// It may go on: it has not read any event yet.
			case "Records that the cells of a day":
				if err != nil {
					t.Error("the first was done before the second began:", err)
				}
			default:
				if schemas.KindOf(err) != schemas.Internal || err == nil {
					t.Error("the first goes on with what it read before:", err)
				}
			}
			right := func() {
				t.Helper()
				wanted(t, "day", e.ask(t, "SELECT concat(toString(visits), ' ', toString(events)) FROM cells_day WHERE axe = 'globales'"), "1 3")
			}
			if days, err = other.DirtyDays(within(t)); err != nil {
				t.Fatal(err)
			}
			if len(days) == 0 {
				right()
			}
			compute(t, other)
			right()
			wanted(t, "staged", staged(t, e), "")
		})
	}
}

// A recompute that is killed at any statement leaves its period dirty, and is
// cleared away by the next one.
func TestARecomputeThatIsKilled(t *testing.T) {
	for _, step := range append(steps, "DROP TABLE IF EXISTS") {
		t.Run(step, func(t *testing.T) {
			e := migrated(t)
			insert(t, e.Store, usualWeek()[:3]...)
			// A process that is gone says nothing more.
			killed := e.server.FailFrom(step, chdbtest.CutAfter)
			if err := e.RecomputeDay(within(t), schemas.Dirty{Debut: week.Monday(), Basis: 1}); schemas.KindOf(err) != schemas.Unavailable {
				t.Fatal("it was not killed:", err)
			}
			killed.Remove()
			if step != "Records that the cells of a day" && step != "DROP TABLE IF EXISTS" {
				dirty(t, e.Store, "2026-09-07 basis 1 run 0", "")
			}
			touch(t, e.Store, week.Monday(), 0)
			compute(t, e.Store)
			wanted(t, "week", national(t, e.Store, week, schemas.Globales), "0310001H globales: 1 visits, 1 users, 3 events, 270000 ms of 1")
			wanted(t, "staged", staged(t, e), "")
		})
	}
}
