package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// realistic are the events of a week of classes in one département, as the
// collector makes them of simulated hits.
var realistic = sync.OnceValues(func() ([]schemas.Event, error) {
	region, err := simulate.NewRegion(simulate.Options{Departements: []string{"034"}})
	if err != nil {
		return nil, err
	}
	metrics := collect.NewMetrics(nil)
	devices, err := collect.NewDevices(metrics)
	if err != nil {
		return nil, err
	}
	keys, err := collect.NewReplayKeys(bytes.Repeat([]byte{'k'}, 32))
	if err != nil {
		return nil, err
	}
	core := collect.New(collect.Options{Keyring: keys, Devices: devices, Metrics: metrics})
	var events []schemas.Event
	for day := week.Monday(); day <= week.Sunday(); day++ {
		for h := range region.Hits(day) {
			e, refusal := core.Read(collect.Hit{Received: h.Received, Path: h.Path, Query: h.Query, UserAgent: h.UserAgent})
			if refusal == nil { // a few are of the 2012 plan, whose mapping is not here
				events = append(events, e)
			}
		}
	}
	return events, nil
})

func realWeek(b *testing.B) []schemas.Event {
	b.Helper()
	events, err := realistic()
	if err != nil || len(events) < 100_000 {
		b.Fatal(len(events), err)
	}
	return events
}

// benchmarked is an embedded engine with the schema.
func benchmarked(b *testing.B) *engine {
	b.Helper()
	e := embedded(b)
	if _, err := e.Migrate(within(b)); err != nil {
		b.Fatal(err)
	}
	return e
}

// BenchmarkEventBytes is what an event takes on the disk, over a realistic week.
// Budget: 5 bytes.
func BenchmarkEventBytes(b *testing.B) {
	events := realWeek(b)
	for b.Loop() {
		e := benchmarked(b)
		for i := 0; i < len(events); i += 200_000 {
			if err := e.InsertEvents(context.Background(), events[i:min(len(events), i+200_000)]); err != nil {
				b.Fatal(err)
			}
		}
		e.exec(b, "OPTIMIZE TABLE events FINAL")
		onDisk := number(b, e, "SELECT toString(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'")
		rows := number(b, e, "SELECT toString(count()) FROM events")
		b.ReportMetric(onDisk/rows, "B/event")
		b.ReportMetric(rows, "events")
	}
}

func number(b *testing.B, e *engine, query string) float64 {
	b.Helper()
	n, err := strconv.ParseFloat(e.ask(b, query), 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// manyEvents writes events of one day into the engine: visits of eight pages,
// by some 90 persons in each of 4,104 schools.
const manyEvents = `INSERT INTO events
SELECT
    toDateTime64('2026-09-08 05:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(visit) %% 43200000 + page * (5000 + cityHash64(number) %% 120000)),
    concat(leftPad(toString(90000 + school), 7, '0'), 'A'),
    cityHash64(school, person),
    ['ELEVE', 'ELEVE', 'ELEVE', 'PARENT', 'PARENT', 'ENSEIGNANT'][person %% 6 + 1],
    ['ACCUEIL', 'ACTUALITES', 'COURRIER_ELECTRONIQUE', 'CAHIER_TEXTES', 'STOCKAGE_PARTAGE', 'NOTES', 'PAGE_ENT'][cityHash64(number, 1) %% 7 + 1],
    'NATIF',
    if(number %% 50 = 0, 'PRONOTE', ''),
    ['ordinateur', 'smartphone', 'tablette'][cityHash64(person) %% 3 + 1],
    ['windows', 'android', 'ios'][cityHash64(person) %% 3 + 1],
    ['chrome', 'chromeMobile', 'safari'][cityHash64(person) %% 3 + 1],
    2,
    'ENT_ECOLE_OCCITANIE'
FROM
(
    SELECT number, intDiv(number, 8) AS visit, number %% 8 AS page, visit %% 4104 AS school, intDiv(visit, 4104) %% 90 AS person
    FROM numbers(%d)
)`

// BenchmarkRecomputeDay recomputes a day of 4 M events, and one of four times
// as many, against the bare statements without staging and swap. Budgets: 1.3
// times the bare ones, 1.5 GB, linear in the events.
func BenchmarkRecomputeDay(b *testing.B) {
	day := schemas.DateDay(2026, time.September, 8)
	for b.Loop() {
		var four time.Duration
		for _, millions := range []int{4, 16} {
			e := benchmarked(b)
			e.exec(b, fmt.Sprintf(manyEvents, millions*1_000_000))
			touch(b, e.Store, day, uint64(millions)*1_000_000)
			recompute := func() (time.Duration, float64) {
				return timed(b, func() error { return e.RecomputeDay(context.Background(), schemas.Dirty{Debut: day, Basis: 1}) })
			}
			took, memory := recompute()
			prefix := fmt.Sprintf("%dM-", millions)
			if millions == 4 {
				bare, _ := timed(b, func() error { return e.bare(day) })
				again, memoryAgain := recompute()
				bareAgain, _ := timed(b, func() error { return e.bare(day) })
				took, bare = min(took, again), min(bare, bareAgain)
				four, memory = took, max(memory, memoryAgain)
				b.ReportMetric(float64(took)/float64(bare), "of-bare")
			} else {
				b.ReportMetric(float64(took)/float64(four)/4, "of-linear")
			}
			b.ReportMetric(took.Seconds(), prefix+"s")
			b.ReportMetric(memory, prefix+"MB")
			e.exec(b, "TRUNCATE TABLE events")
		}
	}
	b.ReportMetric(0, "ns/op")
}

// bare runs the statements of a recompute of a day and nothing else.
func (e *engine) bare(day schemas.Day) error {
	date := day.String()
	for _, s := range []struct{ query, target string }{
		{"recompute_visits", "staging_visits"}, {"recompute_hours", "staging_cells_hour"}, {"recompute_cells", "staging_cells_day"},
	} {
		text, err := schemas.Queries.ReadFile("queries/" + s.query + ".sql")
		if err != nil {
			return err
		}
		ctx := clickhouse.Context(context.Background(), clickhouse.WithParameters(clickhouse.Parameters{
			"target": s.target, "visits": "staging_visits", "day": date, "period": date, "from": date, "to": date, "first": "", "beyond": "",
		}))
		if err := e.direct.Exec(ctx, "TRUNCATE TABLE "+s.target); err != nil {
			return err
		}
		if err := e.direct.Exec(ctx, strings.TrimSpace(string(text))); err != nil {
			return err
		}
	}
	return nil
}

// timed is how long f takes, and how many megabytes more than before the
// process, with the engine in it, came to hold.
func timed(b *testing.B, f func() error) (time.Duration, float64) {
	b.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) //nolint:errcheck // elsewhere than on Linux memory is not measured
	before := status("VmRSS")
	started := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(started)
	return took, status("VmHWM") - before
}

// status is a line of the process's status, in megabytes; 0 where there is none.
func status(name string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes float64
		if n, _ := fmt.Sscanf(line, name+": %f kB", &kilobytes); n == 1 {
			return kilobytes / 1000
		}
	}
	return 0
}
