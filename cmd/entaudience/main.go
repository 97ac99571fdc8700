// Command entaudience measures how the digital workspaces (ENT) of a region's
// schools are used: it collects the tag's hits, carries them through Kafka into
// ClickHouse, computes the DNMA indicators and serves them as dashboards.
//
// Each subcommand has a file here that parses its arguments, wires the parts
// and waits; what the parts do is in the packages.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/entaudience/entaudience/cmd/entaudience/config"
	"github.com/entaudience/entaudience/schemas"
)

// commands is the command line.
type commands struct {
	Config string `help:"Configuration file (YAML)." type:"path" placeholder:"FILE"`

	Demo      demoCmd      `cmd:"" help:"Run every stage on a generated region, to see what it looks like."`
	All       allCmd       `cmd:"" help:"Run every stage in one process."`
	Collect   collectCmd   `cmd:"" help:"Run the collector: hits to Kafka."`
	Load      loadCmd      `cmd:"" help:"Run the loader: Kafka to ClickHouse."`
	Aggregate aggregateCmd `cmd:"" help:"Run the aggregator: events to indicators."`
	Serve     serveCmd     `cmd:"" help:"Run the dashboards."`
	Migrate   migrateCmd   `cmd:"" help:"Create or update the schema and the topics."`
	Import    importCmd    `cmd:"" help:"Import reference data or recorded hits."`
	Export    exportCmd    `cmd:"" help:"Write the national files."`
	Keys      keysCmd      `cmd:"" help:"Make, show or hand on the week key of a collector."`
	User      userCmd      `cmd:"" help:"Manage the local accounts of the dashboards."`
	Check     checkCmd     `cmd:"" help:"Check the configuration and the engines, or recount cells from the raw events."`
	Simulate  simulateCmd  `cmd:"" help:"Write or send the hits of a generated region."`
	Retention retentionCmd `cmd:"" help:"Delete what is kept long enough; with --dry-run, print it."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// app is what every subcommand gets.
type app struct {
	config   config.Config
	logger   *slog.Logger
	registry *prometheus.Registry
	clock    func() time.Time
	stdout   io.Writer
	stderr   io.Writer
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run is the program without its process: tests call it too. It returns the
// exit code: 0, 1 for an error said in one line on stderr, 2 for wrong usage; a
// process that got a second signal exits with 3.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var cli commands
	exit := -1
	parser, err := kong.New(&cli, kong.Name("entaudience"),
		kong.Description("Measures how the digital workspaces (ENT) of a region's schools are used."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "entaudience:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintln(stderr, "entaudience:", err)
		return 2
	}
	ctx, stop := untilSignal(ctx, stderr)
	defer stop()
	a := &app{
		logger: slog.New(slog.NewJSONHandler(stderr, nil)), registry: newRegistry(),
		clock: wallClock(), stdout: stdout, stderr: stderr,
	}
	if a.config, err = config.Load(cli.Config, environ); err == nil {
		command.BindTo(ctx, (*context.Context)(nil))
		err = command.Run(a)
	}
	if err != nil {
		fmt.Fprintln(stderr, "entaudience:", message(err))
		return 1
	}
	return 0
}

// message is the French sentence of an error meant for a person, else its text.
func message(err error) string {
	if s := schemas.SentenceOf(err); s != "" {
		return s
	}
	return err.Error()
}

// secondSignal is the exit code of a process that was asked twice to stop and
// gave up what it had in hand.
const secondSignal = 3

// untilSignal is done at the first interrupt; the second ends the process, at
// once and with a line that says so.
func untilSignal(ctx context.Context, stderr io.Writer) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
			return
		}
		again := <-signals
		fmt.Fprintf(stderr, "entaudience: stopping: second signal (%s): giving up what is still in hand; what was answered is durable\n", again)
		os.Exit(secondSignal)
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

type versionCmd struct{}

// Run prints the module's version and the commit it was built from.
func (versionCmd) Run(_ context.Context, a *app) error {
	version, revision := "devel", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	fmt.Fprintf(a.stdout, "entaudience %s%s\n", version, revision)
	return nil
}
