package aggregate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/entaudience/entaudience/aggregate/recount"
	"github.com/entaudience/entaudience/schemas"
)

// Raw gives the raw events that a recount starts from.
type Raw interface {
	SchoolEvents(ctx context.Context, p schemas.Period, yield func(schemas.UAI, uint64) error) error
	RawEvents(ctx context.Context, p schemas.Period, first, after schemas.UAI, yield func(schemas.Event) error) error
}

// Stored gives the cells that a recount is compared with, and remembers the
// outcome.
type Stored interface {
	StoredCells(ctx context.Context, grain schemas.Grain, p schemas.Period, first, after schemas.UAI, yield func(schemas.CellKey, schemas.Measures) error) error
	InsertChecks(ctx context.Context, checks []schemas.Check) error
}

// States says what was done with each day and week, in order.
type States interface {
	DayStates(ctx context.Context) ([]schemas.DayState, error)
	WeekStates(ctx context.Context) ([]schemas.WeekState, error)
}

// Ledger is all that a check needs.
type Ledger interface {
	Raw
	Stored
	States
}

// Difference is a cell whose stored measures are not the recounted ones. A
// cell that is on one side only has no measures on the other.
type Difference struct {
	schemas.CellKey
	Stored, Recounted schemas.Measures
}

// String names the cell and both counts.
func (d Difference) String() string {
	text := func(m schemas.Measures) string {
		if m == (schemas.Measures{}) {
			return "nothing"
		}
		return fmt.Sprintf("visits=%d users=%d duration_ms=%d visits_with_duration=%d events=%d",
			m.Visits, m.Users, m.DurationMS, m.VisitsWithDuration, m.Events)
	}
	return fmt.Sprintf("%s: stored %s, recounted %s", d.CellKey, text(d.Stored), text(d.Recounted))
}

// CheckSummary is what came of a check.
type CheckSummary struct {
	Checks      []schemas.Check // one per day, and per week that lies in the period whole
	Cells       uint64
	Differences uint64
	// Pending are days whose cells did not hold every stored event yet, or that
	// were recomputed meanwhile: their differences say nothing, and are not
	// recorded.
	Pending []schemas.Day
}

// rangeEvents bounds the events in memory at a time, in whole establishments:
// some 200 bytes each with their cells.
const rangeEvents = 200_000

// Check recounts the days of a period from the raw events, and the weeks that
// lie in it whole, compares every cell of every grain, calls report for each
// that differs, and records the outcome. The error is Invalid when raw events
// of the period are deleted.
func Check(ctx context.Context, l Ledger, p schemas.Period, now time.Time, report func(Difference)) (CheckSummary, error) {
	var sum CheckSummary
	before, err := readStates(ctx, l)
	if err != nil {
		return sum, err
	}
	for _, d := range before.days {
		if d.Deleted && p.From <= d.Day && d.Day <= p.To {
			return sum, schemas.Refuse("Le %s ne peut plus être recompté : ses événements bruts sont effacés.", d.Day)
		}
	}
	for from := p.From; from <= p.To; {
		part := schemas.Period{From: from, To: min(p.To, from.Week().Sunday())}
		if err := checkWeek(ctx, l, part, before, now, report, &sum); err != nil {
			return sum, err
		}
		from = part.To + 1
	}
	return sum, nil
}

// checkWeek checks days of one week, and the week if they are all of it.
func checkWeek(ctx context.Context, l Ledger, p schemas.Period, before states, now time.Time, report func(Difference), sum *CheckSummary) error {
	tally := map[schemas.CellKey]*schemas.Check{} // by grain and start
	for d := p.From; d <= p.To; d++ {
		tally[slot(schemas.ParJour, int64(d))] = &schemas.Check{Grain: schemas.ParJour, Debut: d, Run: before.day(d).Run, At: now}
	}
	week := p.From.Week()
	if p.Days() == 7 {
		tally[slot(schemas.ParSemaine, int64(week))] = &schemas.Check{Grain: schemas.ParSemaine, Debut: week.Monday(), Run: before.week(week).Run, At: now}
	}
	ranges, err := schoolRanges(ctx, l, p)
	if err != nil {
		return err
	}
	for _, r := range ranges {
		if err := checkRange(ctx, l, p, r, func(k schemas.CellKey, d *Difference) {
			check := tally[slotOf(k)]
			if check == nil {
				return // the week of a part of its days
			}
			check.Cells++
			if d != nil {
				check.Differences++
				report(*d)
			}
		}); err != nil {
			return err
		}
	}
	after, err := readStates(ctx, l)
	if err != nil {
		return err
	}
	var record []schemas.Check
	for _, check := range tally {
		sum.Cells += check.Cells
		sum.Differences += check.Differences
		if !steady(before, after, *check) {
			sum.Pending = append(sum.Pending, check.Debut)
			continue
		}
		if check.Run > 0 {
			record = append(record, *check)
		}
	}
	slices.SortFunc(record, func(a, b schemas.Check) int { return int(a.Debut-b.Debut)*2 + len(a.Grain) - len(b.Grain) })
	slices.Sort(sum.Pending)
	sum.Pending = slices.Compact(sum.Pending)
	sum.Checks = append(sum.Checks, record...)
	return l.InsertChecks(ctx, record)
}

// steady says that the cells held every stored event, and were not replaced
// while they were compared.
func steady(before, after states, c schemas.Check) bool {
	if c.Grain == schemas.ParSemaine {
		w, then := after.week(schemas.Week(c.Debut)), before.week(schemas.Week(c.Debut))
		return w.Days == w.Basis && w.Run == then.Run && then.Days == then.Basis
	}
	d, then := after.day(c.Debut), before.day(c.Debut)
	return d.Loads == d.Basis && d.Run == then.Run && then.Loads == then.Basis
}

// checkRange compares the cells of a range of establishments, and calls seen
// for each; the difference is nil when both sides agree.
func checkRange(ctx context.Context, l Ledger, p schemas.Period, r schoolRange, seen func(schemas.CellKey, *Difference)) error {
	events := make([]schemas.Event, 0, r.events)
	if err := l.RawEvents(ctx, p, r.first, r.after, func(e schemas.Event) error {
		events = append(events, e)
		return nil
	}); err != nil {
		return err
	}
	cells := recount.Cells{}
	cells.Add(events)
	week := schemas.Period{From: p.From.Week().Monday(), To: p.From.Week().Monday()}
	for grain, periods := range map[schemas.Grain]schemas.Period{schemas.ParHeure: p, schemas.ParJour: p, schemas.ParSemaine: week} {
		if err := l.StoredCells(ctx, grain, periods, r.first, r.after, func(k schemas.CellKey, stored schemas.Measures) error {
			recounted := cells[k]
			delete(cells, k) // the same cell a second time is one too many
			if recounted == stored {
				seen(k, nil)
			} else {
				seen(k, &Difference{k, stored, recounted})
			}
			return nil
		}); err != nil {
			return err
		}
	}
	left := make([]schemas.CellKey, 0, len(cells))
	for k := range cells {
		left = append(left, k)
	}
	slices.SortFunc(left, func(a, b schemas.CellKey) int { return compareText(a.String(), b.String()) })
	for _, k := range left {
		seen(k, &Difference{CellKey: k, Recounted: cells[k]})
	}
	return nil
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// slot is the day or week that a cell belongs to, as a key of a tally.
func slot(g schemas.Grain, start int64) schemas.CellKey {
	return schemas.CellKey{Grain: g, Start: start}
}

func slotOf(k schemas.CellKey) schemas.CellKey {
	if k.Grain == schemas.ParHeure {
		return slot(schemas.ParJour, int64(schemas.DayOf(time.Unix(k.Start, 0))))
	}
	return slot(k.Grain, k.Start)
}

// schoolRange is the establishments [first, after), and how many raw events
// they have.
type schoolRange struct {
	first, after schemas.UAI
	events       int
}

// beyond is after every UAI.
const beyond schemas.UAI = "~"

// schoolRanges cuts the establishments into ranges of at most rangeEvents raw
// events, or one establishment. They cover every UAI, also those that have
// cells and no event.
func schoolRanges(ctx context.Context, l Ledger, p schemas.Period) ([]schoolRange, error) {
	ranges := []schoolRange{{after: beyond}}
	err := l.SchoolEvents(ctx, p, func(uai schemas.UAI, n uint64) error {
		last := &ranges[len(ranges)-1]
		if last.events > 0 && last.events+int(n) > rangeEvents {
			last.after = uai
			ranges = append(ranges, schoolRange{first: uai, after: beyond})
			last = &ranges[len(ranges)-1]
		}
		last.events += int(n)
		return nil
	})
	return ranges, err
}

// states are those of every day and week at one moment.
type states struct {
	days  []schemas.DayState
	weeks []schemas.WeekState
}

func readStates(ctx context.Context, s States) (all states, err error) {
	var failed error
	if all.days, err = s.DayStates(ctx); err != nil {
		failed = err
	}
	if all.weeks, err = s.WeekStates(ctx); err != nil {
		failed = errors.Join(failed, err)
	}
	return all, failed
}

// day is the state of a day, the zero state if nothing was ever done with it.
func (s states) day(d schemas.Day) schemas.DayState {
	if i, ok := slices.BinarySearchFunc(s.days, d, func(a schemas.DayState, d schemas.Day) int { return int(a.Day - d) }); ok {
		return s.days[i]
	}
	return schemas.DayState{Day: d}
}

func (s states) week(w schemas.Week) schemas.WeekState {
	if i, ok := slices.BinarySearchFunc(s.weeks, w, func(a schemas.WeekState, w schemas.Week) int { return int(a.Week - w) }); ok {
		return s.weeks[i]
	}
	return schemas.WeekState{Week: w}
}
