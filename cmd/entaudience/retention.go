package main

import (
	"context"
	"fmt"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/cmd/entaudience/engines"
	"github.com/entaudience/entaudience/cmd/entaudience/lifecycle"
)

type retentionCmd struct {
	DryRun bool `help:"Print what would be done, and do nothing."`
}

// Run does now what `all` and `aggregate` do every night, without the recount:
// what a run makes possible, the next one does.
func (c retentionCmd) Run(ctx context.Context, a *app) error {
	return a.command(ctx, func(e *engines.Engines) error {
		plan, err := aggregate.PlanRetention(ctx, e.Store, e.Store, a.retention(), a.clock())
		if err != nil {
			return err
		}
		fmt.Fprint(a.stdout, plan)
		if c.DryRun {
			return nil
		}
		return aggregate.Retain(ctx, e.Store, plan)
	})
}

func (a *app) retention() aggregate.Retention {
	return aggregate.Retention{RawWeeks: a.config.Retention.RawWeeks, CellsMonths: a.config.Retention.CellsMonths}
}

// nightly is the part that recounts and applies the retention.
func (a *app) nightly(e *engines.Engines) lifecycle.Part {
	n := aggregate.NewNightly(e.Store, a.retention(), a.clock, a.logger, a.registry)
	return lifecycle.Part{Name: "nightly", Run: n.Run}
}
