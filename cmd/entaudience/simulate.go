package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/entaudience/entaudience/ingest/reference"
	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// regionFlags choose a generated region.
type regionFlags struct {
	Seed         uint64   `default:"1" help:"The same seed gives the same region and the same hits."`
	Scale        float64  `default:"0.1" help:"How much of a real region's traffic: 1 is some five million hits a week of classes."`
	Departements []string `help:"Keep only these départements, such as 048,032." placeholder:"CODES"`
}

// region generates it; sparse where a person looks at its schools. The error is
// Invalid.
func (f regionFlags) region(sparse bool) (*simulate.Region, error) {
	if f.Scale <= 0 || f.Scale > 100 {
		return nil, schemas.Refuse("--scale=%g : il faut un nombre entre 0 et 100.", f.Scale)
	}
	return simulate.NewRegion(simulate.Options{Seed: f.Seed, Scale: f.Scale, Departements: f.Departements, Sparse: sparse})
}

type simulateCmd struct {
	regionFlags
	Du              string        `help:"Write the hits from this day on." placeholder:"DATE"`
	Au              string        `help:"Last day of hits; by default that of --du." placeholder:"DATE"`
	Out             string        `help:"Where the hits go; by default to standard output." placeholder:"FILE"`
	Annuaire        string        `help:"Write the region's directory here, with the national headers." placeholder:"FILE"`
	Correspondances string        `help:"Write here which school a tag of the 2012 plan means: the collector's site_map." placeholder:"FILE"`
	To              string        `help:"Send live hits to a running collector, such as http://127.0.0.1:8081." placeholder:"URL"`
	For             time.Duration `default:"1m" help:"How long to send live hits."`
	Rate            float64       `default:"100" help:"Live hits per second, at most."`
}

// Run writes and sends what is asked for.
func (c simulateCmd) Run(ctx context.Context, a *app) error {
	if c.Du == "" && c.Annuaire == "" && c.Correspondances == "" && c.To == "" {
		return schemas.Refuse("Rien n'est demandé : donnez --du pour des marqueurs, --annuaire, --correspondances ou --to.")
	}
	period, err := c.period()
	if err != nil {
		return err
	}
	region, err := c.region(false)
	if err != nil {
		return err
	}
	if c.Annuaire != "" {
		if err := writeFile(c.Annuaire, func(w io.Writer) error { return reference.WriteAnnuaire(w, region.Schools, region.Above) }); err != nil {
			return err
		}
	}
	if c.Correspondances != "" {
		if err := writeFile(c.Correspondances, region.WriteSiteMap); err != nil {
			return err
		}
	}
	if c.Du != "" {
		record := func(w io.Writer) error { return record(ctx, w, region, period) }
		if c.Out == "" {
			err = record(a.stdout)
		} else {
			err = writeFile(c.Out, record)
		}
		if err != nil {
			return err
		}
	}
	if c.To != "" {
		return c.live(ctx, a, region)
	}
	return nil
}

func (c simulateCmd) period() (p schemas.Period, err error) {
	if c.Du == "" {
		if c.Au != "" || c.Out != "" {
			return p, schemas.Refuse("--au et --out vont avec --du.")
		}
		return p, nil
	}
	if p.From, err = schemas.ParseDay(c.Du); err != nil {
		return p, err
	}
	p.To = p.From
	if c.Au != "" {
		if p.To, err = schemas.ParseDay(c.Au); err != nil {
			return p, err
		}
	}
	if p.Days() == 0 {
		return p, schemas.Refuse("La période finit le %s, avant de commencer le %s.", c.Au, c.Du)
	}
	return p, nil
}

// recordedHit is a line of what `import hits` reads.
type recordedHit struct {
	Received  time.Time `json:"received"`
	Method    string    `json:"method"`
	URL       string    `json:"url"`
	UserAgent string    `json:"user_agent"`
}

// record writes the hits of a period, one JSON object a line.
func record(ctx context.Context, w io.Writer, region *simulate.Region, p schemas.Period) error {
	out := bufio.NewWriterSize(w, 1<<20)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for d := p.From; d <= p.To; d++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		for h := range region.Hits(d) {
			if err := lines.Encode(recordedHit{h.Received, h.Method, h.URL(), h.UserAgent}); err != nil {
				return fmt.Errorf("write hits: %w", err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write hits: %w", err)
	}
	return nil
}

// live sends what comes now, for a while, and prints how much it was.
func (c simulateCmd) live(ctx context.Context, a *app, region *simulate.Region) error {
	to, err := url.Parse(c.To)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return schemas.Refuse("--to attend l'adresse d'un collecteur, par exemple http://127.0.0.1:8081.")
	}
	if c.Rate <= 0 {
		return schemas.Refuse("--rate=%g : il faut un nombre positif.", c.Rate)
	}
	ctx, cancel := context.WithTimeout(ctx, c.For)
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	pace := time.NewTicker(max(time.Microsecond, time.Duration(float64(time.Second)/c.Rate)))
	defer pace.Stop()
	sender := simulate.NewSender(strings.TrimSuffix(c.To, "/"))
	sent := 0
	region.Live(ctx, a.clock(), a.clock, func(ctx context.Context, h simulate.Hit) {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
		if err := sender.Send(ctx, &h); err == nil {
			sent++
		} else if ctx.Err() == nil {
			fail(schemas.WithKind(schemas.Unavailable, err))
		}
	})
	if cause := context.Cause(ctx); schemas.KindOf(cause) == schemas.Unavailable {
		return fmt.Errorf("after %d hits: %w", sent, cause)
	}
	fmt.Fprintf(a.stderr, "%d hits sent\n", sent)
	return nil
}

// writeFile makes a file whole, or says why not.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return schemas.WithKind(schemas.Invalid, err)
	}
	return errors.Join(write(f), f.Close())
}
