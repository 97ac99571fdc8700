package main

import (
	"context"
	"fmt"

	"github.com/entaudience/entaudience/cmd/entaudience/engines"
)

type migrateCmd struct {
	Replicas int `help:"Replicas of each topic." default:"1"`
}

// Run applies the migrations that are missing and creates the topics that are
// missing; a second run changes nothing.
func (c migrateCmd) Run(ctx context.Context, a *app) error {
	return a.command(ctx, func(e *engines.Engines) error {
		applied, err := e.Store.Migrate(ctx)
		for _, name := range applied {
			fmt.Fprintln(a.stdout, "applied", name)
		}
		if err != nil {
			return err
		}
		if err := e.CreateTopics(ctx, c.Replicas); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, "schema and topics are up to date")
		return nil
	})
}
