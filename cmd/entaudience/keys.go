package main

import (
	"fmt"
	"io"
	"time"

	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/schemas"
)

type keysCmd struct {
	Init   keysInitCmd   `cmd:"" help:"Put a week key into data_dir: a new one, or that of another collector."`
	Status keysStatusCmd `cmd:"" help:"Say which week the key is of, and its fingerprint; never the key."`
	Export keysExportCmd `cmd:"" help:"Write the key of the current week to a new file, for the other collectors."`
}

type keysInitCmd struct {
	From string `help:"File written by keys export on another collector." placeholder:"FILE" type:"path"`
}

// Run refuses to replace a key: its week's users would be counted twice.
func (c keysInitCmd) Run(a *app) error {
	state, err := collect.InitWeekKey(a.config.DataDir, c.From, a.clock())
	if err != nil {
		return schemas.WithKind(schemas.Invalid, err)
	}
	printKey(a.stdout, state)
	return nil
}

type keysStatusCmd struct{}

// Run prints what may be known of the key.
func (keysStatusCmd) Run(a *app) error {
	state, err := collect.WeekKeyState(a.config.DataDir, a.clock())
	if err != nil {
		return schemas.WithKind(schemas.Invalid, err)
	}
	printKey(a.stdout, state)
	if now := a.clock(); state.Overwritten.Before(now) {
		fmt.Fprintln(a.stdout, "no collector steps this key: start one here, or remove the file")
	} else if state.Week > schemas.WeekOf(now) {
		fmt.Fprintln(a.stdout, "the key is ahead of this machine's clock: correct the clock")
	}
	return nil
}

type keysExportCmd struct {
	File string `arg:"" help:"File to write, which must not exist; destroy it once it is where it has to be." type:"path"`
}

// Run writes the starting state of other collectors.
func (c keysExportCmd) Run(a *app) error {
	state, err := collect.ExportWeekKey(a.config.DataDir, c.File, a.clock())
	if err != nil {
		return schemas.WithKind(schemas.Invalid, err)
	}
	printKey(a.stdout, state)
	return nil
}

func printKey(w io.Writer, s collect.KeyState) {
	fmt.Fprintf(w, "file: %s\nweek of the key: %s\noverwritten: %s\ncurrent week: %s, fingerprint %s (the same on every collector)\n",
		s.Path, s.Week, s.Overwritten.Format(time.RFC3339), s.Current, s.Fingerprint)
}
