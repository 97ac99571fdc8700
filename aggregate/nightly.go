package aggregate

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/schemas"
)

// nightJob names the nightly work where it is recorded.
const nightJob = "nightly"

const (
	// nightHour is when the nightly work is due, in Paris: after the day is
	// over, before anybody looks.
	nightHour = 3 * time.Hour
	// nightRetry is how soon work that failed is tried again, and how often the
	// clock is looked at.
	nightRetry = 10 * time.Minute
)

// Night is what the nightly work needs beside the ledger.
type Night interface {
	Ledger
	Inventory
	Shelf
	Diary
}

// Diary remembers when a job was last done.
type Diary interface {
	JobDone(ctx context.Context, name string, at time.Time) error
	LastJob(ctx context.Context, name string) (time.Time, error)
}

// Nightly recounts what was computed since it was last recounted, then does
// what the retention asks for. Use one per engine.
type Nightly struct {
	night     Night
	retention Retention
	clock     func() time.Time
	logger    *slog.Logger
	metrics   nightMetrics
}

type nightMetrics struct {
	cells, errors        prometheus.Counter
	differences, waiting prometheus.Gauge
}

// NewNightly makes the nightly work; it does nothing before Run or Once.
func NewNightly(n Night, r Retention, clock func() time.Time, logger *slog.Logger, registry prometheus.Registerer) *Nightly {
	m := nightMetrics{
		cells: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "entaudience_check_cells_total", Help: "Cells recounted from raw events at night.",
		}),
		errors: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "entaudience_nightly_errors_total", Help: "Nights whose work failed and is tried again.",
		}),
		differences: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "entaudience_check_differences", Help: "Cells that differed from the raw events in the last night.",
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "entaudience_retention_waiting_days", Help: "Days whose raw events are kept too long, because nobody knows that their cells are right.",
		}),
	}
	registry.MustRegister(m.cells, m.errors, m.differences, m.waiting)
	return &Nightly{night: n, retention: r, clock: clock, logger: logger, metrics: m}
}

// Run works every night at three, Paris time, until ctx is done; at once when
// the last night's work was not done.
func (n *Nightly) Run(ctx context.Context) error {
	for {
		wait := nightRetry
		if err := n.ifDue(ctx); err != nil && ctx.Err() == nil {
			n.metrics.errors.Inc()
			n.logger.Error("nightly work; trying again", "error", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

func (n *Nightly) ifDue(ctx context.Context) error {
	last, err := n.night.LastJob(ctx, nightJob)
	if err != nil || !last.Before(lastNight(n.clock())) {
		return err
	}
	return n.Once(ctx)
}

// lastNight is the last instant at which the nightly work was due.
func lastNight(now time.Time) time.Time {
	today := schemas.DayOf(now)
	if due := today.Start().Add(nightHour); !now.Before(due) {
		return due
	}
	return (today - 1).Start().Add(nightHour)
}

// Once does the work of a night now.
func (n *Nightly) Once(ctx context.Context) error {
	if err := n.check(ctx); err != nil {
		return err
	}
	p, err := PlanRetention(ctx, n.night, n.night, n.retention, n.clock())
	if err != nil {
		return err
	}
	n.metrics.waiting.Set(float64(len(p.Waiting)))
	for _, w := range p.Waiting {
		n.logger.Warn("raw events are kept too long", "day", w.Day.String(), "why", w.Why)
	}
	if err := Retain(ctx, n.night, p); err != nil {
		return err
	}
	n.logger.Info("retention", "closed_days", len(p.Close), "deleted_days", len(p.Delete), "moved_weeks", len(p.Move), "expired_days", len(p.Expire))
	return n.night.JobDone(ctx, nightJob, n.clock())
}

// check recounts what was not yet, or not found right.
func (n *Nightly) check(ctx context.Context) error {
	all, err := readStates(ctx, n.night)
	if err != nil {
		return err
	}
	var differences uint64
	for _, p := range unchecked(all, schemas.DayOf(n.clock())) {
		sum, err := Check(ctx, n.night, p, n.clock(), func(d Difference) {
			n.logger.Error("a cell differs from the raw events", "cell", d.CellKey.String())
		})
		if err != nil {
			return err
		}
		n.metrics.cells.Add(float64(sum.Cells))
		if len(sum.Pending) == 0 {
			differences += sum.Differences
		}
	}
	n.metrics.differences.Set(float64(differences))
	return nil
}

// unchecked lists what can be recounted before today and was not found right,
// newest first: whole weeks, or single days of the running week.
func unchecked(all states, today schemas.Day) []schemas.Period {
	var periods []schemas.Period
	weeks := weeksOf(all.days)
	for i := len(weeks) - 1; i >= 0; i-- {
		w := weeks[i]
		over, right := w.Sunday() < today, true
		ready := true
		var open []schemas.Day
		for d := w.Monday(); d <= w.Sunday() && d < today; d++ {
			state := all.day(d)
			switch {
			case state.Deleted, state.Loads > 0 && !state.Clean():
				ready = false
			case state.Run > 0 && state.Checked != state.Run:
				right = false
				open = append(open, d)
			}
		}
		week := all.week(w)
		switch {
		case over && ready && week.Clean() && (!right || week.Checked != week.Run):
			periods = append(periods, schemas.Period{From: w.Monday(), To: w.Sunday()})
		case !over:
			for _, d := range open {
				periods = append(periods, schemas.Period{From: d, To: d})
			}
		}
	}
	return periods
}
