// Package engines opens the two engines that a command needs: a Kafka cluster
// and a ClickHouse server when the configuration names them, embedded ones in
// the data folder when it does not, or those of the running server that holds the
// data folder.
package engines

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/entaudience/entaudience/aggregate/disclosure"
	"github.com/entaudience/entaudience/cmd/entaudience/config"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb"
)

// Role says how a command relates to others on the same data folder.
type Role uint8

// The roles.
const (
	// Server holds the data folder for its life and lets commands use it.
	Server Role = iota
	// Command ends soon; it uses the engines of a running server if there is
	// one, and holds the data folder itself if there is none.
	Command
	// Collector needs the queue alone: with brokers configured it opens nothing
	// else, and starts while they are away.
	Collector
	// Pages hold the data folder as a Server does, and start while the brokers are
	// away.
	Pages
)

// Engines are open until Close.
type Engines struct {
	Store   *store.Store // nil for a Collector with brokers elsewhere
	Cluster *queue.Cluster

	broker  *queue.Embedded // nil when the cluster is elsewhere
	engine  *chdb.Engine    // nil when ClickHouse is elsewhere
	shared  *http.Server    // nil unless Server holds embedded engines
	lock    *os.File
	closers []func() error // in the order of opening
}

// Open opens the engines of a configuration. With embedded engines it also
// migrates their schema and creates their topics: nobody else could. Errors
// are Unavailable or Invalid and say what to do.
func Open(ctx context.Context, c config.Config, role Role, logger *slog.Logger) (*Engines, error) {
	e := &Engines{}
	if err := e.open(ctx, c, role, logger); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engines) open(ctx context.Context, c config.Config, role Role, logger *slog.Logger) error {
	embedKafka, embedClickHouse := len(c.Kafka.Brokers) == 0, c.ClickHouse.URL == ""
	brokers := c.Kafka.Brokers
	if role == Collector {
		if !embedKafka {
			e.reach(brokers)
			return nil
		}
		role = Server
	}
	options := store.Options{URL: c.ClickHouse.URL, Rule: disclosure.New(c.Disclosure.Threshold)}
	if embedKafka || embedClickHouse {
		lock, err := acquire(c.DataDir)
		if errors.Is(err, errHeld) && role == Command {
			return e.borrow(ctx, c)
		}
		if err != nil {
			return err
		}
		e.lock = lock
		e.closers = append(e.closers, lock.Close)
	}
	if embedKafka {
		var err error
		if e.broker, err = queue.StartEmbedded(filepath.Join(c.DataDir, "kafka"), 0, logger); err != nil {
			return err
		}
		e.closers = append(e.closers, func() error { e.broker.Close(); return nil })
		brokers = e.broker.Addrs()
	}
	if embedClickHouse {
		library, err := chdb.Find(c.ClickHouse.Library)
		if err != nil {
			return schemas.WithKind(schemas.Unavailable, err)
		}
		if e.engine, err = chdb.Open(library, filepath.Join(c.DataDir, "clickhouse")); err != nil {
			return schemas.WithKind(schemas.Unavailable, err)
		}
		e.closers = append(e.closers, e.engine.Close)
		options.Transport = e.engine
	}
	if err := e.connect(ctx, options, brokers); err != nil {
		return err
	}
	if err := e.prepare(ctx, embedClickHouse, embedKafka, logger); err != nil {
		return err
	}
	if (role == Server || role == Pages) && (embedKafka || embedClickHouse) {
		return e.share(c.DataDir)
	}
	return nil
}

func (e *Engines) connect(ctx context.Context, options store.Options, brokers []string) (err error) {
	if e.Store, err = store.Open(ctx, options); err != nil {
		return advise(fmt.Errorf("clickhouse at %s: %w", where(options), err), "start the server, or correct clickhouse.url")
	}
	e.closers = append(e.closers, e.Store.Close)
	e.reach(brokers)
	return nil
}

func (e *Engines) reach(brokers []string) {
	e.Cluster = queue.Open(brokers)
	e.closers = append(e.closers, func() error { e.Cluster.Close(); return nil })
}

func where(o store.Options) string {
	if o.URL == "" {
		return "data_dir"
	}
	return store.Redact(o.URL)
}

// prepare brings embedded engines up to date and checks the others.
func (e *Engines) prepare(ctx context.Context, embedClickHouse, embedKafka bool, logger *slog.Logger) error {
	if embedClickHouse {
		applied, err := e.Store.Migrate(ctx)
		if err != nil {
			return err
		}
		if len(applied) > 0 {
			logger.Info("schema migrated", "migrations", applied)
		}
	}
	if embedKafka {
		return e.Cluster.CreateTopics(ctx, 1)
	}
	return nil
}

// Check says whether the engines answer and have the schema and the topics
// that this program needs.
func (e *Engines) Check(ctx context.Context) error {
	if e.Store != nil {
		if err := e.Store.CheckSchema(ctx); err != nil {
			return err
		}
	}
	return advise(e.Cluster.Ping(ctx), brokersAdvice)
}

// CreateTopics creates the topics that are missing. Errors say what to do.
func (e *Engines) CreateTopics(ctx context.Context, replicas int) error {
	return advise(e.Cluster.CreateTopics(ctx, replicas), brokersAdvice)
}

const brokersAdvice = "start the brokers, or correct kafka.brokers"

// advise adds what to do to the error of an engine that is away.
func advise(err error, what string) error {
	if schemas.KindOf(err) != schemas.Unavailable {
		return err
	}
	return fmt.Errorf("%w: %s", err, what)
}

// Broker is the embedded broker held by this process, or nil.
func (e *Engines) Broker() *queue.Embedded { return e.broker }

// Close closes in reverse order what was opened.
func (e *Engines) Close() error {
	var failed []error
	for i := len(e.closers) - 1; i >= 0; i-- {
		failed = append(failed, e.closers[i]())
	}
	e.closers = nil
	return errors.Join(failed...)
}

// loopbackClient is the driver's way to the process that holds the data folder.
func loopbackClient(socket string) *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
}
