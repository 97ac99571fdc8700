package main

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/courrier"
)

// letters are what the weekly message needs; nil when none is sent.
func (a *app) letters(who dashboards.Access) (*dashboards.Letters, error) {
	people, known := who.(dashboards.People)
	if a.config.Mail.Server == "" || !known {
		return nil, nil
	}
	secret, err := access.OpenSecret(a.config.DataDir)
	if err != nil {
		return nil, err
	}
	m := a.config.Mail
	return &dashboards.Letters{
		Subscriptions: courrier.OpenSubscriptions(a.config.DataDir),
		Signer:        courrier.Signer{Key: secret.Key("links of messages")},
		Server:        courrier.Server{Address: m.Server, From: m.From, User: m.User, Password: m.Password, TLS: m.TLS},
		Public:        a.config.Public(), People: people,
	}, nil
}

// together runs several at once; the first that fails ends the others.
func together(runs ...func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		g, ctx := errgroup.WithContext(ctx)
		for _, run := range runs {
			g.Go(func() error { return run(ctx) })
		}
		return g.Wait()
	}
}
