package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/cmd/entaudience/config"
	"github.com/entaudience/entaudience/cmd/entaudience/engines"
	"github.com/entaudience/entaudience/cmd/entaudience/lifecycle"
	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

type demoCmd struct {
	regionFlags
	Weeks int `help:"Weeks of history; by default the current and the last school year." placeholder:"N"`
}

// Run shows everything on a generated region: every stage on embedded engines,
// live traffic over HTTP, and behind it the history, newest weeks first.
func (c demoCmd) Run(ctx context.Context, a *app) error {
	region, err := c.region(true)
	if err != nil {
		return err
	}
	if err := a.ofItsOwn(); err != nil {
		return err
	}
	return a.serve(ctx, func(e *engines.Engines) ([]lifecycle.Part, error) { return c.stages(ctx, a, e, region) })
}

// ofItsOwn makes the configuration that of a demonstration: engines in a folder
// of their own, whatever the configuration says of real ones, everything
// accepted, no login. That is refused on addresses that others can reach.
func (a *app) ofItsOwn() error {
	defaults := config.Defaults()
	c := &a.config
	c.DataDir = filepath.Join(c.DataDir, "demo")
	c.Kafka, c.ClickHouse.URL, c.Access, c.Serve.URL, c.Calendar.Zone = defaults.Kafka, "", defaults.Access, "", simulate.Zone
	c.Collect.Sites, c.Collect.SiteMap = nil, filepath.Join(c.DataDir, "correspondances.csv")
	return c.Validate()
}

// stages are those of `all`, with the region's traffic on top.
func (c demoCmd) stages(ctx context.Context, a *app, e *engines.Engines, region *simulate.Region) ([]lifecycle.Part, error) {
	now := a.clock()
	state, err := openDemoState(filepath.Join(a.config.DataDir, "demo.json"), c.regionFlags)
	if err != nil {
		return nil, err
	}
	weeks := c.history(now)
	if err := importRegion(ctx, e, region, weeks, state); err != nil {
		return nil, err
	}
	if err := writeFile(a.config.Collect.SiteMap, region.WriteSiteMap); err != nil {
		return nil, err
	}
	// Live and past hits get their tokens from the same key: a person who came
	// this morning and comes again now is one user, and what is sent again
	// after a restart is the same event. Nobody's privacy is at stake.
	metrics := collect.NewMetrics(a.registry)
	core, err := a.replayCore(metrics, filepath.Join(a.config.DataDir, "demo.key"), nil)
	if err != nil {
		return nil, err
	}
	events := a.publisher(e, "demo", queue.Events)
	h := &history{
		region: region, weeks: weeks, until: now, state: state, core: core, events: events,
		cluster: e.Cluster, held: &heldWeeks{Store: e.Store, clock: a.clock}, logger: a.logger,
		whole: make(chan struct{}),
	}
	aggregator := aggregate.New(h.held, aggregate.Config{Interval: time.Second, Fresh: 5 * time.Second}, a.logger, a.registry)
	parts := append([]lifecycle.Part{{Name: "aggregate", Run: aggregator.Run}, h.after(a.nightly(e))}, a.loader(e)...)
	collecting, collector, err := a.collecting(e, metrics, core, func(*queue.Publisher) []lifecycle.Part { return nil })
	if err != nil {
		return nil, err
	}
	pages, address, err := a.dashboards(e, h.progress)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(a.stdout, "Démonstration, données inventées : http://%s/region/76 (Ctrl+C pour arrêter)\n", address)
	parts = append(append(parts, collecting...), pages)
	return append(
		parts,
		lifecycle.Part{Name: "publish history", Run: events.Run},
		lifecycle.Part{Name: "history", Run: h.run},
		lifecycle.Part{Name: "live traffic", Run: func(ctx context.Context) error {
			return a.liveTraffic(ctx, now, region, "http://"+collector, state)
		}},
	), nil
}

// history lists the weeks to show, newest first.
func (c demoCmd) history(now time.Time) []schemas.Week {
	current := schemas.WeekOf(now)
	first := (current.SchoolYear() - 1).FirstWeek()
	if c.Weeks > 0 {
		first = current - schemas.Week(7*(c.Weeks-1))
	}
	var weeks []schemas.Week
	for w := current; w >= first; w = w.Previous() {
		weeks = append(weeks, w)
	}
	return weeks
}

// importRegion stores, once, what an operator would import: directory,
// enrolments and accounts of the school years, and the calendar.
func importRegion(ctx context.Context, e *engines.Engines, region *simulate.Region, weeks []schemas.Week, state *demoState) error {
	var years []schemas.SchoolYear
	enrolments, accounts := map[schemas.SchoolYear][]schemas.Enrolment{}, map[schemas.SchoolYear][]schemas.AccountCount{}
	for y := weeks[len(weeks)-1].SchoolYear(); y <= weeks[0].SchoolYear(); y++ {
		years = append(years, y)
		enrolments[y], accounts[y] = region.Enrolments(y), region.Accounts(y)
	}
	if slices.Equal(state.Imported, years) {
		return nil
	}
	const source = "région simulée"
	for _, y := range years {
		if err := e.Store.ImportDirectory(ctx, y, source, region.Schools, region.Above); err != nil {
			return err
		}
	}
	if err := e.Store.ImportEnrolments(ctx, source, enrolments); err != nil {
		return err
	}
	if err := e.Store.ImportAccounts(ctx, source, accounts); err != nil {
		return err
	}
	if err := e.Store.ImportCalendar(ctx, source, simulate.Breaks()); err != nil {
		return err
	}
	return state.imported(years)
}

// liveTraffic sends what comes from an instant on. Where it got to is
// remembered every few seconds.
func (a *app) liveTraffic(ctx context.Context, from time.Time, region *simulate.Region, collector string, state *demoState) error {
	const remember = 5 * time.Second
	sender := simulate.NewSender(collector)
	remembered := from
	var failed error
	region.Live(ctx, from, a.clock, func(ctx context.Context, h simulate.Hit) {
		if err := sender.Send(ctx, &h); err != nil && ctx.Err() == nil {
			a.logger.Warn("live traffic", "error", err)
		}
		if now := a.clock(); now.Sub(remembered) > remember {
			remembered = now
			failed = errors.Join(failed, state.live(from, now))
		}
	})
	return errors.Join(failed, state.live(from, a.clock()))
}
