package aggregate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// Retention says how long what is kept.
type Retention struct {
	RawWeeks    int // raw events and visits, after the later of their day and its last load
	CellsMonths int // cells
}

const (
	// closeAhead is how long before its raw events may go a week stops taking
	// events, so that they go on time.
	closeAhead = 24 * time.Hour
	// settle is how long a day must have been closed before its raw events
	// go: longer than any batch that was under way can take to be stored.
	settle = time.Hour
)

// Plan is what a run of the retention does now. What it makes possible, the
// next run does.
type Plan struct {
	Close   []schemas.Day  // take no more events from now on; whole weeks
	Delete  []schemas.Day  // raw events and visits go
	Purge   []schemas.Day  // what a kill or a late batch left of deleted days
	Move    []schemas.Week // cells that can no longer change, to their own table
	Drop    []schemas.Week // what a kill left of moved weeks
	Expire  []schemas.Day  // cells of hours and days go
	Forget  []schemas.Week // moved cells go
	Last    []schemas.Week // whatever else there is of a week goes
	Refused []schemas.Day  // first days of months whose refused hits go
	Waiting []Waiting      // old enough, and kept because nobody knows that their cells are right
	Keep    schemas.Day    // first day whose cells are kept
}

// Waiting is a day that is kept too long, and why.
type Waiting struct {
	Day schemas.Day
	Why string
}

// String lists what is to be done, a line each.
func (p Plan) String() string {
	var text []byte
	for _, d := range p.Close {
		text = fmt.Appendf(text, "close %s: later events are refused\n", d)
	}
	for _, d := range p.Delete {
		text = fmt.Appendf(text, "delete the raw events and visits of %s\n", d)
	}
	for _, d := range p.Purge {
		text = fmt.Appendf(text, "delete what is left of the raw events and visits of %s\n", d)
	}
	for _, w := range p.Move {
		text = fmt.Appendf(text, "move the cells of the week of %s to those that can no longer change\n", w)
	}
	for _, w := range p.Drop {
		text = fmt.Appendf(text, "delete what is left of the week of %s where it was moved from\n", w)
	}
	for _, d := range p.Expire {
		text = fmt.Appendf(text, "delete the cells of %s\n", d)
	}
	for _, w := range p.Forget {
		text = fmt.Appendf(text, "delete the cells of the week of %s\n", w)
	}
	for _, w := range p.Last {
		text = fmt.Appendf(text, "delete what was decided on the week of %s\n", w)
	}
	for _, m := range p.Refused {
		text = fmt.Appendf(text, "delete the refused hits of the month of %s\n", m)
	}
	for _, w := range p.Waiting {
		text = fmt.Appendf(text, "keep %s: %s\n", w.Day, w.Why)
	}
	if len(text) == 0 {
		return "nothing to do\n"
	}
	return string(text)
}

// Inventory is what lies where: days by table, and weeks that can no longer
// change.
type Inventory interface {
	Partitions(ctx context.Context) (map[string][]schemas.Day, error)
	ClosedCells(ctx context.Context) ([]schemas.Week, error)
}

// Shelf is what the retention works on. Each method may be done again.
type Shelf interface {
	CloseDays(ctx context.Context, days []schemas.Day) error
	DeleteRaw(ctx context.Context, d schemas.Day) error
	MoveWeeks(ctx context.Context, year schemas.SchoolYear, weeks []schemas.Week, keep schemas.Day) error
	DropWeek(ctx context.Context, w schemas.Week) error
	DropCells(ctx context.Context, d schemas.Day) error
	ForgetWeek(ctx context.Context, w schemas.Week) error
	DropRefused(ctx context.Context, month schemas.Day) error
}

// PlanRetention says what Retain would do at now.
func PlanRetention(ctx context.Context, s States, i Inventory, r Retention, now time.Time) (Plan, error) {
	all, err := readStates(ctx, s)
	if err != nil {
		return Plan{}, err
	}
	parts, err := i.Partitions(ctx)
	if err != nil {
		return Plan{}, err
	}
	closed, err := i.ClosedCells(ctx)
	if err != nil {
		return Plan{}, err
	}
	return plan(all, parts, closed, r, now), nil
}

// plan decides from what is known, and asks nobody.
func plan(all states, parts map[string][]schemas.Day, closed []schemas.Week, r Retention, now time.Time) Plan {
	p := Plan{Keep: schemas.DayOf(now).AddMonths(-r.CellsMonths)}
	for _, w := range weeksOf(all.days) {
		p.week(all, w, r, now)
	}
	for _, d := range union(parts["events"], parts["visits"]) {
		if all.day(d).Deleted {
			p.Purge = append(p.Purge, d)
		}
	}
	for _, d := range parts["cells_week"] {
		if all.week(schemas.Week(d)).Moved {
			p.Drop = append(p.Drop, schemas.Week(d))
		}
	}
	for _, d := range union(parts["cells_hour"], parts["cells_day"]) {
		if d < p.Keep && all.day(d).Deleted {
			p.Expire = append(p.Expire, d)
		}
	}
	for _, d := range union(parts["cells_week"], parts["withheld_week"]) {
		if w := schemas.Week(d); w.Sunday() < p.Keep && all.day(d).Deleted {
			p.Last = append(p.Last, w)
		}
	}
	for _, w := range closed {
		if w.Sunday() < p.Keep {
			p.Forget = append(p.Forget, w)
		}
	}
	for _, m := range parts["refused"] {
		if m.AddMonths(1) <= p.Keep {
			p.Refused = append(p.Refused, m)
		}
	}
	return p
}

// week plans the days of one week.
func (p *Plan) week(all states, w schemas.Week, r Retention, now time.Time) {
	aged := w.Sunday() < p.Keep // the cells go too: whether they are right no longer matters
	due := map[schemas.Day]time.Time{}
	earliest := time.Time{}
	gone, shut := 0, 0
	for d := w.Monday(); d <= w.Sunday(); d++ {
		state := all.day(d)
		due[d] = dueAt(state, r)
		if earliest.IsZero() || due[d].Before(earliest) {
			earliest = due[d]
		}
		if state.Deleted {
			gone++
		}
		if !state.Closed.IsZero() {
			shut++
		}
	}
	if gone == 7 {
		if !all.week(w).Moved && !aged {
			p.Move = append(p.Move, w)
		}
		return
	}
	if !aged && now.Before(earliest.Add(-closeAhead)) {
		return
	}
	if !aged {
		if day, why := unsure(all, w); why != "" {
			if !now.Before(earliest) {
				p.Waiting = append(p.Waiting, Waiting{day, why})
			}
			return
		}
	}
	for d := w.Monday(); d <= w.Sunday(); d++ {
		switch state := all.day(d); {
		case state.Deleted:
		case shut < 7:
			if state.Closed.IsZero() {
				p.Close = append(p.Close, d)
			}
		case now.Sub(state.Closed) >= settle && (aged || !now.Before(due[d])):
			p.Delete = append(p.Delete, d)
		}
	}
}

// dueAt is when the raw events of a day may go.
func dueAt(d schemas.DayState, r Retention) time.Time {
	from := d.Day.End()
	if d.LastLoad.After(from) {
		from = d.LastLoad
	}
	return from.AddDate(0, 0, 7*r.RawWeeks)
}

// unsure says which day of a week has cells that nobody knows to be right, and
// why; "" when all are computed, from every event, and recounted. Once a day is
// deleted, what was known of its week holds.
func unsure(all states, w schemas.Week) (schemas.Day, string) {
	week := all.week(w)
	switch {
	case week.Run == 0 || week.Days != week.Basis:
		return w.Monday(), "its week is not computed yet"
	case week.Checked != week.Run:
		return w.Monday(), "its week was not recounted from the raw events, or differs from them"
	}
	for d := w.Monday(); d <= w.Sunday(); d++ {
		state := all.day(d)
		switch {
		case state.Deleted || state.Loads == 0:
		case !state.Clean():
			return d, "its cells are not computed yet"
		case state.Checked != state.Run:
			return d, "its cells were not recounted from the raw events, or differ from them"
		}
	}
	return 0, ""
}

// weeksOf lists the weeks of the days, each once, in order.
func weeksOf(days []schemas.DayState) []schemas.Week {
	var weeks []schemas.Week
	for _, d := range days {
		if w := d.Day.Week(); len(weeks) == 0 || weeks[len(weeks)-1] != w {
			weeks = append(weeks, w)
		}
	}
	return weeks
}

func union(a, b []schemas.Day) []schemas.Day {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// Retain does what a plan says, in an order in which a kill between any two
// steps leaves nothing that the next run does not finish.
func Retain(ctx context.Context, s Shelf, p Plan) error {
	if err := s.CloseDays(ctx, p.Close); err != nil {
		return err
	}
	for _, d := range union(p.Delete, p.Purge) {
		if err := s.DeleteRaw(ctx, d); err != nil {
			return err
		}
	}
	years := map[schemas.SchoolYear][]schemas.Week{}
	for _, w := range p.Forget {
		years[w.SchoolYear()] = nil
	}
	for _, w := range p.Move {
		years[w.SchoolYear()] = append(years[w.SchoolYear()], w)
	}
	for year, weeks := range years {
		if err := s.MoveWeeks(ctx, year, weeks, p.Keep-6); err != nil { // a week goes with its Sunday
			return err
		}
	}
	for _, w := range p.Drop {
		if err := s.DropWeek(ctx, w); err != nil {
			return err
		}
	}
	for _, d := range p.Expire {
		if err := s.DropCells(ctx, d); err != nil {
			return err
		}
	}
	for _, w := range p.Last { // after the cells that were withheld
		if err := s.ForgetWeek(ctx, w); err != nil {
			return err
		}
	}
	for _, m := range p.Refused {
		if err := s.DropRefused(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
