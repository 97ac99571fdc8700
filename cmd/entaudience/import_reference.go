package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/entaudience/entaudience/cmd/entaudience/engines"
	"github.com/entaudience/entaudience/ingest/reference"
)

type importCalendrierCmd struct {
	File   string `arg:"" help:"The CSV file."`
	DryRun bool   `help:"Only say what would change."`
}

// Run imports the school calendar and prints what was taken and what was left.
func (c importCalendrierCmd) Run(ctx context.Context, a *app) error {
	f, err := openFile(c.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	return a.command(ctx, func(e *engines.Engines) error {
		zone := a.config.Calendar.Zone
		calendrier, err := reference.ImportCalendrier(ctx, e.Store, zone, filepath.Base(c.File), f, c.DryRun)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s\n%s", outcome("Calendrier scolaire", c.DryRun), calendrier.Text(zone))
		return nil
	})
}

// outcome is the first line of an import.
func outcome(what string, dryRun bool) string {
	if dryRun {
		return what + " : essai, rien n'est importé."
	}
	return what + " importé."
}
