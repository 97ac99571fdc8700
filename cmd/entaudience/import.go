package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/entaudience/entaudience/cmd/entaudience/engines"
	"github.com/entaudience/entaudience/cmd/entaudience/lifecycle"
	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/reference"
	"github.com/entaudience/entaudience/schemas"
)

type importCmd struct {
	Annuaire     importAnnuaireCmd     `cmd:"" help:"Import the national directory of establishments (fr-en-annuaire-education)."`
	Calendrier   importCalendrierCmd   `cmd:"" help:"Import the national school calendar (fr-en-calendrier-scolaire)."`
	Effectifs    importEffectifsCmd    `cmd:"" help:"Import the pupils of schools by rentrée (fr-en-ecoles-effectifs-nb_classes)."`
	Comptes      importComptesCmd      `cmd:"" help:"Import the accounts that the ENT holds: uai;profil;date;comptes_charges;comptes_actives."`
	Inscriptions importInscriptionsCmd `cmd:"" help:"Import the enrolled schools: uai;annee_scolaire;collectivite;date_inscription."`
	Hits         importHitsCmd         `cmd:"" help:"Replay recorded hits: JSON lines, or a web server's combined log."`
}

type importAnnuaireCmd struct {
	File   string `arg:"" help:"The CSV file."`
	Annee  string `help:"School year it holds, such as 2026-2027; by default the current one." placeholder:"YEAR"`
	DryRun bool   `help:"Only say what would change."`
}

// Run imports a directory and prints what was taken and what was left.
func (c importAnnuaireCmd) Run(ctx context.Context, a *app) error {
	year := schemas.DayOf(a.clock()).SchoolYear()
	if c.Annee != "" {
		var err error
		if year, err = schemas.ParseSchoolYear(c.Annee); err != nil {
			return err
		}
	}
	f, err := openFile(c.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	return a.command(ctx, func(e *engines.Engines) error {
		if c.DryRun {
			annuaire, changes, err := reference.PreviewAnnuaire(ctx, e.Store, year, f)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "Annuaire %s : essai, rien n'est importé.\n%s%s", year, annuaire.Summary.Text(), changes.Text("Annuaire "+year.String()))
			return nil
		}
		annuaire, err := reference.ImportAnnuaire(ctx, e.Store, year, filepath.Base(c.File), f)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "Annuaire %s importé.\n%s", year, annuaire.Summary.Text())
		return nil
	})
}

type importHitsCmd struct {
	File    string `arg:"" help:"The recording, plain or gzip."`
	KeyFile string `required:"" help:"Key of the visitor tokens, made if missing; destroy it when done." placeholder:"FILE"`
}

// Run replays a recording and prints what became of its lines.
func (c importHitsCmd) Run(ctx context.Context, a *app) error {
	f, err := openFile(c.File)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	return a.command(ctx, func(e *engines.Engines) error {
		closed, err := e.Store.ClosedDays(ctx)
		if err != nil {
			return err
		}
		core, err := a.replayCore(collect.NewMetrics(a.registry), c.KeyFile, closed)
		if err != nil {
			return err
		}
		var summary collect.Summary
		err = a.publishing(ctx, e, func(ctx context.Context, events, refused *queue.Publisher) (err error) {
			summary, err = collect.Import(ctx, f, core, events, refused)
			return err
		})
		printSummary(a.stdout, summary)
		return err
	})
}

// replayCore is the collector's core with the key of a file, which gives the
// tokens of any week, and with the days that take no more events. A collector
// in service needs no list of these: an event's time is within minutes of its
// receipt, and whatever waited for weeks in between the loader refuses.
func (a *app) replayCore(metrics *collect.Metrics, keyFile string, closed map[schemas.Day]bool) (*collect.Collector, error) {
	keys, err := collect.OpenReplayKeys(keyFile)
	if err != nil {
		return nil, err
	}
	devices, err := collect.NewDevices(metrics)
	if err != nil {
		return nil, err
	}
	_, schools, err := a.siteMap(metrics)
	if err != nil {
		return nil, err
	}
	return collect.New(collect.Options{
		Sites: a.config.Collect.Sites, Keyring: keys, Devices: devices, Schools: schools, Metrics: metrics,
		Closed: func(d schemas.Day) bool { _, is := closed[d]; return is },
	}), nil
}

// publishing runs the two publishers while work uses them.
func (a *app) publishing(ctx context.Context, e *engines.Engines, work func(ctx context.Context, events, refused *queue.Publisher) error) error {
	events, refused := a.publisher(e, "import", queue.Events), a.publisher(e, "import", queue.Refused)
	done, cancel := context.WithCancel(ctx)
	var failure error
	err := lifecycle.Run(done, a.logger, grace,
		lifecycle.Part{Name: "publish events", Run: events.Run},
		lifecycle.Part{Name: "publish refused", Run: refused.Run},
		lifecycle.Part{Name: "work", Run: func(ctx context.Context) error {
			failure = work(ctx, events, refused)
			cancel()
			<-ctx.Done()
			return nil
		}})
	return errors.Join(failure, err)
}

func printSummary(w io.Writer, s collect.Summary) {
	fmt.Fprintf(w, "%d hits accepted, %d refused, %d unreadable lines, %d other requests\n", s.Accepted, s.TotalRefused(), s.Unreadable, s.Other)
	if s.Objections > 0 {
		fmt.Fprintf(w, "  dropped, the person objects: %d\n", s.Objections)
	}
	reasons := make([]schemas.Reason, 0, len(s.Refused))
	for r := range s.Refused {
		reasons = append(reasons, r)
	}
	slices.Sort(reasons)
	for _, r := range reasons {
		fmt.Fprintf(w, "  refused %s: %d\n", r, s.Refused[r])
	}
	if len(s.Lines) > 0 {
		fmt.Fprintf(w, "  first unreadable lines: %v\n", s.Lines)
	}
}

func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, schemas.WithKind(schemas.Invalid, err)
	}
	return f, nil
}
