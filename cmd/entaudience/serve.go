package main

import (
	"context"
	"errors"
	"os"
	"runtime/debug"

	"github.com/entaudience/entaudience/cmd/entaudience/engines"
	"github.com/entaudience/entaudience/cmd/entaudience/lifecycle"
	"github.com/entaudience/entaudience/schemas"
)

type (
	allCmd       struct{}
	collectCmd   struct{}
	loadCmd      struct{}
	aggregateCmd struct{}
	serveCmd     struct{}
)

// Run runs every stage, from what the others write to, to what people ask.
func (allCmd) Run(ctx context.Context, a *app) error {
	return a.serve(ctx, func(e *engines.Engines) ([]lifecycle.Part, error) { return a.stages(e) })
}

// stages are all four in the order of lifecycle.Run.
func (a *app) stages(e *engines.Engines) ([]lifecycle.Part, error) {
	parts := append([]lifecycle.Part{a.aggregator(e), a.nightly(e)}, a.loader(e)...)
	collecting, _, err := a.collector(e)
	if err != nil {
		return nil, err
	}
	pages, _, err := a.dashboards(e, nil)
	return append(append(parts, collecting...), pages), err
}

// collectGC is how much garbage a collector lets grow, in percent of what it
// holds, some 15 MB: it trades a few percent of one processor for 10 MB.
const collectGC = 50

// Run runs the collector.
func (collectCmd) Run(ctx context.Context, a *app) error {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(collectGC)
	}
	return a.serveAs(ctx, engines.Collector, func(e *engines.Engines) ([]lifecycle.Part, error) {
		parts, _, err := a.collector(e)
		return parts, err
	})
}

// Run runs the loader.
func (loadCmd) Run(ctx context.Context, a *app) error {
	return a.serve(ctx, func(e *engines.Engines) ([]lifecycle.Part, error) { return a.loader(e), nil })
}

// Run runs the aggregator.
func (aggregateCmd) Run(ctx context.Context, a *app) error {
	return a.serve(ctx, func(e *engines.Engines) ([]lifecycle.Part, error) {
		return []lifecycle.Part{a.aggregator(e), a.nightly(e)}, nil
	})
}

// Run runs the dashboards.
func (serveCmd) Run(ctx context.Context, a *app) error {
	return a.serveAs(ctx, engines.Pages, func(e *engines.Engines) ([]lifecycle.Part, error) {
		part, _, err := a.dashboards(e, nil)
		return []lifecycle.Part{part}, err
	})
}

// serve opens the engines, checks them, and runs the parts until ctx is done.
func (a *app) serve(ctx context.Context, wire func(*engines.Engines) ([]lifecycle.Part, error)) error {
	return a.serveAs(ctx, engines.Server, wire)
}

func (a *app) serveAs(ctx context.Context, role engines.Role, wire func(*engines.Engines) ([]lifecycle.Part, error)) error {
	e, err := engines.Open(ctx, a.config, role, a.logger)
	if err != nil {
		return err
	}
	err = e.Check(ctx)
	if role != engines.Server && schemas.KindOf(err) == schemas.Unavailable {
		a.logger.Warn("the brokers are away: a collector writes to its spool, pages show what is stored", "error", err)
		err = nil
	}
	var parts []lifecycle.Part
	if err == nil {
		parts, err = wire(e)
	}
	if err == nil {
		err = lifecycle.Run(ctx, a.logger, grace, parts...)
	}
	return errors.Join(err, e.Close())
}

// command opens the engines for a command that ends.
func (a *app) command(ctx context.Context, use func(*engines.Engines) error) error {
	e, err := engines.Open(ctx, a.config, engines.Command, a.logger)
	if err != nil {
		return err
	}
	return errors.Join(use(e), e.Close())
}
