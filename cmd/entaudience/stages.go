package main

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/aggregate"
	"github.com/entaudience/entaudience/cmd/entaudience/engines"
	"github.com/entaudience/entaudience/cmd/entaudience/lifecycle"
	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/load"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/spool"
	"github.com/entaudience/entaudience/schemas"
)

// collector is the stage from the tag to Kafka. The parts are in the order of
// lifecycle.Run: what the server writes to comes first.
func (a *app) collector(e *engines.Engines) (parts []lifecycle.Part, address string, err error) {
	metrics := collect.NewMetrics(a.registry)
	core, keys, sites, err := a.core(metrics)
	if err != nil {
		return nil, "", err
	}
	return a.collecting(e, metrics, core, func(refused *queue.Publisher) []lifecycle.Part {
		beside := []lifecycle.Part{
			{Name: "week key", Run: keys.Run},
			{Name: "week key incidents", Run: func(ctx context.Context) error { return keys.PublishIncidents(ctx, refused) }},
		}
		if sites != nil {
			beside = append(beside, lifecycle.Part{Name: "site map", Run: sites.Run})
		}
		return beside
	})
}

// collecting serves a collector's core; beside gives the parts that keep it up
// to date, which may write to ent.refused.
func (a *app) collecting(e *engines.Engines, metrics *collect.Metrics, core *collect.Collector, beside func(refused *queue.Publisher) []lifecycle.Part) (parts []lifecycle.Part, address string, err error) {
	events := a.publisher(e, "collect", queue.Events)
	refused := a.publisher(e, "collect", queue.Refused)
	kept, err := spool.Open(spool.Defaults(filepath.Join(a.config.DataDir, "spool"), a.config.Collect.SpoolBytes), a.clock, a.logger, a.registry)
	if err != nil {
		return nil, "", err
	}
	durable := spool.NewPublisher(events, kept, a.logger)
	handler := collect.NewHandler(core, acknowledged(durable), refused, metrics, a.logger, a.clock)

	teller, err := collect.NewTeller(a.config.DataDir, metrics, func(t *schemas.Tally) { spooled(durable, t) }, refused, a.clock, a.logger)
	if err != nil {
		return nil, "", errors.Join(err, kept.Close())
	}
	operations, err := a.operations(func(ctx context.Context) error {
		if kept.Room() { // hits are taken though the queue be away
			return nil
		}
		return e.Check(ctx)
	}, http.NotFoundHandler())
	if err != nil {
		return nil, "", errors.Join(err, kept.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/", operations)
	mux.Handle(collect.PathXiti, handler)
	mux.Handle(collect.PathXitif, handler)
	listening, address, err := server("collect", a.config.Collect.Listen, collect.NewServer(mux, metrics))
	if err != nil {
		return nil, "", errors.Join(err, kept.Close())
	}
	parts = []lifecycle.Part{
		{Name: "publish events", Run: events.Run},
		{Name: "spool", Run: durable.Run},
		{Name: "publish refused", Run: refused.Run},
		{Name: "tallies", Run: teller.Run},
		{Name: "refused hits", Run: handler.Run},
	}
	a.logger.Info("collecting", "address", address)
	return append(append(parts, beside(refused)...), listening), address, nil
}

// publisher writes to a topic for one stage, which labels its counters.
func (a *app) publisher(e *engines.Engines, stage, topic string) *queue.Publisher {
	registry := prometheus.WrapRegistererWith(prometheus.Labels{"stage": stage}, a.registry)
	return queue.NewPublisher(e.Cluster, queue.PublisherDefaults(topic), a.logger, registry)
}

// core is the collector's core with the live week key.
func (a *app) core(metrics *collect.Metrics) (*collect.Collector, *collect.LiveKeys, *collect.SiteMap, error) {
	devices, err := collect.NewDevices(metrics)
	if err != nil {
		return nil, nil, nil, err
	}
	keys, err := collect.OpenLiveKeys(a.config.DataDir, a.clock, metrics, a.logger)
	if err != nil {
		return nil, nil, nil, err
	}
	sites, schools, err := a.siteMap(metrics)
	if err != nil {
		return nil, nil, nil, err
	}
	return collect.New(collect.Options{
		Sites: a.config.Collect.Sites, Keyring: keys, Devices: devices, Schools: schools, Metrics: metrics,
		PrivacySignal: a.config.Privacy.Signal,
	}), keys, sites, nil
}

// siteMap opens the configured file; both results are nil without one.
func (a *app) siteMap(metrics *collect.Metrics) (*collect.SiteMap, collect.Schools, error) {
	if a.config.Collect.SiteMap == "" {
		return nil, nil, nil
	}
	sites, err := collect.OpenSiteMap(a.config.Collect.SiteMap, metrics, a.logger)
	if err != nil {
		return nil, nil, err
	}
	return sites, sites, nil
}

// loader is the stage from Kafka to ClickHouse.
func (a *app) loader(e *engines.Engines) []lifecycle.Part {
	rejects := a.publisher(e, "load", queue.Refused)
	l := load.New(e.Store, rejects, a.clock, a.logger, a.registry)
	refused := l.Refused(e.Store)
	events := queue.NewConsumer(e.Cluster, queue.ConsumerDefaults(queue.Events, queue.EventsGroup), stored(l.Store), a.logger, a.registry)
	refusals := queue.NewConsumer(e.Cluster, queue.ConsumerDefaults(queue.Refused, queue.RefusedGroup), refused.Store, a.logger, a.registry)
	parts := []lifecycle.Part{
		{Name: "publish undecodable", Run: rejects.Run},
		{Name: "load refused", Run: refusals.Run},
		{Name: "load events", Run: events.Run},
	}
	if broker := e.Broker(); broker != nil {
		parts = append(parts, lifecycle.Part{Name: "trim the embedded broker", Run: func(ctx context.Context) error {
			return a.trim(ctx, broker)
		}})
	}
	return parts
}

// trimInterval bounds what the embedded broker keeps of stored events.
const trimInterval = 20 * time.Second

// trim drops from the embedded broker what is stored in ClickHouse.
func (a *app) trim(ctx context.Context, broker *queue.Embedded) error {
	ticker := time.NewTicker(trimInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := broker.Trim(ctx, queue.EventsGroup, queue.Events); err != nil && ctx.Err() == nil {
				a.logger.Warn("trim the embedded broker", "error", err)
			}
		}
	}
}

// aggregator is the stage from events to cells.
func (a *app) aggregator(e *engines.Engines) lifecycle.Part {
	g := aggregate.New(e.Store, aggregate.Defaults(), a.logger, a.registry)
	return lifecycle.Part{Name: "aggregate", Run: g.Run}
}

// dashboards is the stage that pilots see.
func (a *app) dashboards(e *engines.Engines, progress func() *dashboards.Progress) (lifecycle.Part, string, error) {
	who, audit, err := a.access()
	if err != nil {
		return lifecycle.Part{}, "", err
	}
	letters, err := a.letters(who)
	if err != nil {
		return lifecycle.Part{}, "", err
	}
	read := a.reader(e)
	pages, err := dashboards.New(dashboards.Config{
		Reader: read, Access: who, Audit: audit, Letters: letters, Contact: a.config.Access.Contact,
		Logger: a.logger, Registerer: a.registry, Clock: a.clock, Progress: progress,
		Rules: dashboards.Rules{
			Zone: a.config.Calendar.Zone, Established: a.config.Usage.Established, SilentWeeks: a.config.Usage.SilentWeeks, Price: a.config.Convention.Price,
		},
	})
	if err != nil {
		return lifecycle.Part{}, "", err
	}
	operations, err := a.operations(e.Store.CheckSchema, pages.Handler()) // the queue is not needed to show figures
	if err != nil {
		return lifecycle.Part{}, "", err
	}
	part, address, err := server("serve", a.config.Serve.Listen, &http.Server{
		Handler:           operations,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 15 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	})
	part.Run = together(part.Run, read.watch, func(ctx context.Context) error { return a.warm(ctx, e) })
	if letters != nil {
		part.Run = together(part.Run, pages.RunLetters)
	}
	if err == nil {
		a.logger.Info("serving", "address", "http://"+address)
	}
	return part, address, err
}

// warm has the weeks of this school year and the one before read, so that the
// first person of the morning does not wait for them.
func (a *app) warm(ctx context.Context, e *engines.Engines) error {
	started, year := time.Now(), schemas.WeekOf(a.clock()).SchoolYear()
	if err := e.Store.Warm(ctx, (year - 1).First()); err != nil && ctx.Err() == nil {
		a.logger.Warn("read what is published", "error", err) // pages try again
	} else if err == nil {
		a.logger.Info("read what is published", "since", (year - 1).First(), "took", time.Since(started))
	}
	<-ctx.Done()
	return nil
}
