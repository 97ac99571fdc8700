package main

import (
	"context"
	"fmt"
	"io"
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
		fmt.Fprintf(a.stdout, "Calendrier scolaire%s.\n%s", outcome(c.DryRun, "importé"), calendrier.Text(zone))
		return nil
	})
}

// importFiguresCmd is the command line of the files that say something of
// schools.
type importFiguresCmd struct {
	File   string `arg:"" help:"The CSV file."`
	DryRun bool   `help:"Only say what would change."`
}

type (
	importEffectifsCmd    struct{ importFiguresCmd }
	importComptesCmd      struct{ importFiguresCmd }
	importInscriptionsCmd struct{ importFiguresCmd }
)

// Run imports pupils.
func (c importEffectifsCmd) Run(ctx context.Context, a *app) error {
	return importFigures(ctx, a, c.importFiguresCmd, "Effectifs", "importés", func(e *engines.Engines, source string, r io.Reader) (text, error) {
		return reference.ImportEffectifs(ctx, e.Store, source, r, c.DryRun)
	})
}

// Run imports accounts.
func (c importComptesCmd) Run(ctx context.Context, a *app) error {
	return importFigures(ctx, a, c.importFiguresCmd, "Comptes", "importés", func(e *engines.Engines, source string, r io.Reader) (text, error) {
		return reference.ImportComptes(ctx, e.Store, source, r, c.DryRun)
	})
}

// Run imports enrolments.
func (c importInscriptionsCmd) Run(ctx context.Context, a *app) error {
	return importFigures(ctx, a, c.importFiguresCmd, "Inscriptions", "importées", func(e *engines.Engines, source string, r io.Reader) (text, error) {
		return reference.ImportInscriptions(ctx, e.Store, source, r, c.DryRun)
	})
}

// text is the summary of an import.
type text interface{ Text(what string) string }

// importFigures imports one file and prints what was taken and what was left.
func importFigures(ctx context.Context, a *app, c importFiguresCmd, what, done string,
	run func(e *engines.Engines, source string, r io.Reader) (text, error),
) error {
	f, err := openFile(c.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	return a.command(ctx, func(e *engines.Engines) error {
		summary, err := run(e, filepath.Base(c.File), f)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s%s.\n%s", what, outcome(c.DryRun, done), summary.Text(what))
		return nil
	})
}

// outcome ends the first line of an import.
func outcome(dryRun bool, done string) string {
	if dryRun {
		return " : essai, rien n'est importé"
	}
	return " " + done
}
