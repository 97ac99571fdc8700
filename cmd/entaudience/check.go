package main

import (
	"context"
	"fmt"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/cmd/entaudience/engines"
	"github.com/entaudience/entaudience/schemas"
)

type checkCmd struct {
	Config checkConfigCmd `cmd:"" default:"withargs" help:"Check and print the configuration; with --engines, also reach the engines."`
	Cells  checkCellsCmd  `cmd:"" help:"Recount days and weeks from the raw events, and name every cell that differs."`
}

type checkConfigCmd struct {
	Engines bool `help:"Also reach the engines, and check their schema and topics."`
}

// Run prints the configuration in force, with secrets masked.
func (c checkConfigCmd) Run(ctx context.Context, a *app) error {
	fmt.Fprint(a.stdout, a.config.Masked())
	if !c.Engines {
		return nil
	}
	return a.command(ctx, func(e *engines.Engines) error {
		if err := e.Check(ctx); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, "# engines: reachable, schema and topics up to date")
		return nil
	})
}

type checkCellsCmd struct {
	Du string `required:"" help:"First day, YYYY-MM-DD." placeholder:"DAY"`
	Au string `required:"" help:"Last day, YYYY-MM-DD; weeks that lie in the period whole are recounted too." placeholder:"DAY"`
}

// Run prints every cell that differs, and what was compared; a difference is
// exit code 1.
func (c checkCellsCmd) Run(ctx context.Context, a *app) error {
	period, err := parsePeriod(c.Du, c.Au)
	if err != nil {
		return err
	}
	return a.command(ctx, func(e *engines.Engines) error {
		sum, err := aggregate.Check(ctx, e.Store, period, a.clock(), func(d aggregate.Difference) { fmt.Fprintln(a.stdout, d) })
		if err != nil {
			return err
		}
		for _, d := range sum.Pending {
			fmt.Fprintf(a.stdout, "%s: events wait for their recompute, its differences say nothing yet\n", d)
		}
		fmt.Fprintf(a.stdout, "%d cells compared, %d differences\n", sum.Cells, sum.Differences)
		if sum.Differences > 0 {
			return fmt.Errorf("%d cells differ from the raw events", sum.Differences)
		}
		return nil
	})
}

// parsePeriod reads the two ends of a period. The error is Invalid.
func parsePeriod(from, to string) (p schemas.Period, err error) {
	if p.From, err = schemas.ParseDay(from); err != nil {
		return p, err
	}
	if p.To, err = schemas.ParseDay(to); err != nil {
		return p, err
	}
	if p.To < p.From {
		return p, schemas.Refuse("La période du %s au %s finit avant de commencer.", p.From, p.To)
	}
	return p, nil
}
