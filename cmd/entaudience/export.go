package main

import (
	"context"
	"fmt"

	"github.com/entaudience/entaudience/cmd/entaudience/engines"
	"github.com/entaudience/entaudience/dashboards/national"
	"github.com/entaudience/entaudience/schemas"
)

type exportCmd struct {
	DNMA exportDNMACmd `cmd:"" name:"dnma" help:"The four national files of some weeks, and their manifest."`
}

type exportDNMACmd struct {
	Du  string `required:"" help:"First day, YYYY-MM-DD; weeks whose Monday lies in the period are exported." placeholder:"DAY"`
	Au  string `required:"" help:"Last day, YYYY-MM-DD." placeholder:"DAY"`
	Out string `required:"" help:"Folder to write into, made if missing." placeholder:"DIR"`
}

// Run writes profils.csv, services.csv, appareils.csv, profils-appareils.csv
// and manifest.json.
func (c exportDNMACmd) Run(ctx context.Context, a *app) error {
	var period schemas.Period
	var err error
	if period.From, err = schemas.ParseDay(c.Du); err != nil {
		return err
	}
	if period.To, err = schemas.ParseDay(c.Au); err != nil {
		return err
	}
	return a.command(ctx, func(e *engines.Engines) error {
		manifest, err := national.Export(ctx, a.reader(e), c.Out, period, a.clock())
		if err != nil {
			return err
		}
		for _, f := range manifest.Files {
			fmt.Fprintf(a.stdout, "%s: %d rows\n", f.File, f.Rows)
		}
		return nil
	})
}
