package main

import (
	"context"
	"fmt"

	"github.com/entaudience/entaudience/cmd/entaudience/engines"
)

type checkCmd struct {
	Engines bool `help:"Also reach the engines, and check their schema and topics."`
}

// Run prints the configuration in force, with secrets masked.
func (c checkCmd) Run(ctx context.Context, a *app) error {
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
