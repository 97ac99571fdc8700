package aggregate_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/schemas"
)

var (
	monday = schemas.DateDay(2026, time.March, 23) // the Sunday of its week has 23 hours
	night  = time.Date(2026, time.April, 20, 3, 0, 0, 0, schemas.Paris)
	checks atomic.Int64 // each check is later than the one before
)

func check(t *testing.T, e *engine, p schemas.Period) ([]string, aggregate.CheckSummary) {
	t.Helper()
	var differences []string
	sum, err := aggregate.Check(t.Context(), e, p, night.Add(time.Duration(checks.Add(1))*time.Minute), func(d aggregate.Difference) { differences = append(differences, d.String()) })
	if err != nil {
		t.Fatal(err)
	}
	return differences, sum
}

// TestReplayedInAnyOrder: the same raw hits, in any order, in any batches,
// twice, recomputed at any moment, give the same bytes; and the recount, which
// shares no statement with the recompute, finds every one of them.
func TestReplayedInAnyOrder(t *testing.T) {
	for seed := range uint64(3) {
		hits := world(seed, monday+5, 4, 200)
		first := newEngine(t)
		first.load(t, read(t, hits))
		first.compute(t)
		want := first.tables(t)
		differences, sum := check(t, first, schemas.Period{From: monday, To: monday + 13})
		if len(differences) > 0 {
			t.Fatalf("world %d: %d differences, first %s", seed, len(differences), differences[0])
		}
		if got := uint64(strings.Count(first.ask(t, "SELECT 1 FROM cells_hour UNION ALL SELECT 1 FROM cells_day UNION ALL SELECT 1 FROM cells_week"), "\n")); sum.Cells != got || got < 300 {
			t.Errorf("world %d: %d cells compared of %d", seed, sum.Cells, got)
		}
		for replay := range uint64(1 + seed%2) {
			order := rand.New(rand.NewPCG(seed, replay))
			twice := slices.Concat(hits, hits)
			order.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
			again := newEngine(t)
			events := read(t, twice)
			for len(events) > 0 {
				n := min(len(events), 1+order.IntN(150))
				again.load(t, events[:n])
				events = events[n:]
				if order.IntN(4) == 0 {
					again.compute(t)
				}
			}
			again.compute(t)
			if got := again.tables(t); got != want {
				t.Fatalf("world %d, replay %d: other tables\nfirst:\n%.3000s\nthen:\n%.3000s", seed, replay, want, got)
			}
		}
	}
}

// TestCheckNamesTheCell: one row altered by hand is one difference, named; so
// is one that is missing, and one too many.
func TestCheckNamesTheCell(t *testing.T) {
	e := newEngine(t)
	e.load(t, read(t, world(7, monday, 7, 300)))
	e.compute(t)
	week := schemas.Period{From: monday, To: monday + 6}
	differences, sum := check(t, e, week)
	if len(differences) != 0 || len(sum.Checks) != 8 || len(sum.Pending) != 0 {
		t.Fatalf("%d differences, %d checks, pending %v; want 0, 8, none: %v", len(differences), len(sum.Checks), sum.Pending, differences)
	}
	uai := schemas.MakeUAI(310001)
	const where = " axe = 'profil' AND modalite = 'PARENT' AND uai = "
	e.ask(t, "ALTER TABLE cells_week UPDATE users = users + 1 WHERE"+where+"'"+string(uai)+"' SETTINGS mutations_sync = 2")
	differences, sum = check(t, e, week)
	if len(differences) != 1 || !strings.HasPrefix(differences[0], "semaine 2026-03-23 "+string(uai)+" profil PARENT: stored visits=") || sum.Differences != 1 {
		t.Fatalf("differences %v", differences)
	}
	e.ask(t, "ALTER TABLE cells_week UPDATE users = users - 1 WHERE"+where+"'"+string(uai)+"' SETTINGS mutations_sync = 2")
	e.ask(t, "ALTER TABLE cells_day DELETE WHERE"+where+"'"+string(uai)+"' AND period = '2026-03-24' SETTINGS mutations_sync = 2")
	e.ask(t, "INSERT INTO cells_hour SELECT 'globales', 'globales', '0000000A', toDateTime('2026-03-25 10:00:00', 'UTC'), 1, 1, 0, 0, 1")
	differences, sum = check(t, e, week)
	slices.Sort(differences)
	if len(differences) != 2 || sum.Differences != 2 ||
		differences[0] != "heure 2026-03-25T10Z 0000000A globales globales: stored visits=1 users=1 duration_ms=0 visits_with_duration=0 events=1, recounted nothing" ||
		!strings.HasPrefix(differences[1], "jour 2026-03-24 "+string(uai)+" profil PARENT: stored nothing, recounted visits=") {
		t.Fatalf("differences %v", differences)
	}
	wrong := map[schemas.Day]uint64{}
	all, err := e.Checks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Differences > 0 {
			wrong[c.Debut] = c.Differences
		}
	}
	if len(all) != 8 || len(wrong) != 2 || wrong[monday+1] != 1 || wrong[monday+2] != 1 {
		t.Errorf("recorded %v of %d", wrong, len(all))
	}
}

// TestCheckWaits: a day that holds events not computed yet is said to be
// pending, and nothing is recorded of it.
func TestCheckWaits(t *testing.T) {
	e := newEngine(t)
	events := read(t, world(8, monday, 3, 60))
	e.load(t, events)
	differences, sum := check(t, e, schemas.Period{From: monday, To: monday + 2})
	if len(differences) == 0 || len(sum.Pending) != 3 || len(sum.Checks) != 0 {
		t.Errorf("before the recompute: %d differences, pending %v, recorded %v", len(differences), sum.Pending, sum.Checks)
	}
	e.compute(t)
	differences, sum = check(t, e, schemas.Period{From: monday + 1, To: monday + 1})
	if len(differences) != 0 || len(sum.Pending) != 0 || len(sum.Checks) != 1 || sum.Checks[0].Run != 1 {
		t.Errorf("one day: %v %+v", differences, sum)
	}
}
