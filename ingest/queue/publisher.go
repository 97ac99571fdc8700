package queue

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"github.com/entaudience/entaudience/schemas"
)

// PublisherConfig bounds a publisher.
type PublisherConfig struct {
	Topic string
	// AckTimeout is how long one produce may wait for its ack.
	AckTimeout time.Duration
	// MaxBatchBytes of one produce; brokers refuse over 1 MiB by default.
	MaxBatchBytes int
	// MaxPendingBytes waiting for their turn; beyond, Publish refuses at once.
	MaxPendingBytes int
}

// PublisherDefaults are the bounds for a topic.
func PublisherDefaults(topic string) PublisherConfig {
	return PublisherConfig{Topic: topic, AckTimeout: time.Second, MaxBatchBytes: 900 << 10, MaxPendingBytes: 32 << 20}
}

// recordOverhead is what a broker stores beside a value, at most.
const recordOverhead = 32

// Publisher writes values to a topic and tells when the broker has them.
//
// It commits in groups without a timer: callers append to the pending batch
// and wait; one goroutine sends all that is pending to one partition in one
// request, round robin, and what arrives meanwhile is the next batch.
type Publisher struct {
	cluster *Cluster
	config  PublisherConfig
	logger  *slog.Logger
	metrics publisherMetrics

	mu      sync.Mutex
	queue   []*batch // the last one still takes values
	bytes   int      // of all batches, also the one being sent
	closing bool
	wake    chan struct{} // holds one token when there is work
	next    int           // partition of the next request
}

// batch is what one request carries. err may be read once done is closed.
type batch struct {
	values [][]byte
	bytes  int
	done   chan struct{}
	err    error
}

// NewPublisher makes a publisher; nothing is sent before Run.
func NewPublisher(c *Cluster, config PublisherConfig, logger *slog.Logger, registry prometheus.Registerer) *Publisher {
	return &Publisher{
		cluster: c, config: config, logger: logger,
		metrics: newPublisherMetrics(config.Topic, registry),
		wake:    make(chan struct{}, 1),
	}
}

// Publish returns nil once the broker has the value on all in-sync replicas.
// An error of kind Unavailable means that it may or may not have it; Invalid,
// that the value is too large. The value must not change until Publish
// returns nil. Safe for concurrent use.
func (p *Publisher) Publish(ctx context.Context, value []byte) error {
	b, err := p.enqueue(value)
	if err != nil {
		return err
	}
	return b.wait(ctx)
}

// PublishAll publishes many values, as Publish does one; it waits until the
// last is acked, and returns the first error.
func (p *Publisher) PublishAll(ctx context.Context, values [][]byte) error {
	var batches []*batch
	for _, v := range values {
		b, err := p.enqueue(v)
		if err != nil {
			return err
		}
		if len(batches) == 0 || batches[len(batches)-1] != b {
			batches = append(batches, b)
		}
	}
	for _, b := range batches {
		if err := b.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) wait(ctx context.Context) error {
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return schemas.WithKind(schemas.Unavailable, fmt.Errorf("wait for the broker's ack: %w", ctx.Err()))
	}
}

func (p *Publisher) enqueue(value []byte) (*batch, error) {
	size := len(value) + recordOverhead
	if size > p.config.MaxBatchBytes {
		p.metrics.oversize.Inc()
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("value of %d bytes for %s: at most %d", len(value), p.config.Topic, p.config.MaxBatchBytes-recordOverhead))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing || p.bytes+size > p.config.MaxPendingBytes {
		p.metrics.rejected.Inc()
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf("publish to %s: too much is waiting for the broker", p.config.Topic))
	}
	var b *batch
	if n := len(p.queue); n > 0 && p.queue[n-1].bytes+size <= p.config.MaxBatchBytes {
		b = p.queue[n-1]
	} else {
		b = &batch{done: make(chan struct{})}
		p.queue = append(p.queue, b)
	}
	b.values, b.bytes = append(b.values, value), b.bytes+size
	p.bytes += size
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return b, nil
}

// take removes the oldest batch, or returns nil.
func (p *Publisher) take() *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		return nil
	}
	b := p.queue[0]
	p.queue = p.queue[1:]
	return b
}

// Run sends until ctx is done, then what is still pending, and returns.
func (p *Publisher) Run(ctx context.Context) error {
	for {
		select {
		case <-p.wake:
			p.drain()
		case <-ctx.Done():
			p.mu.Lock()
			p.closing = true
			p.mu.Unlock()
			p.drain()
			return nil
		}
	}
}

func (p *Publisher) drain() {
	for b := p.take(); b != nil; b = p.take() {
		b.err = p.send(b)
		p.mu.Lock()
		p.bytes -= b.bytes
		p.mu.Unlock()
		close(b.done)
	}
}

// send tries one partition after the other until one acks, within AckTimeout
// in all. What a failed try wrote is a repeat, which storage absorbs.
func (p *Publisher) send(b *batch) error {
	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), p.config.AckTimeout)
	defer cancel()
	partitions, err := p.cluster.partitionsCached(ctx, p.config.Topic)
	if err != nil {
		p.metrics.failed.Add(float64(len(b.values)))
		return err
	}
	for range partitions {
		partition := partitions[p.next%len(partitions)]
		p.next++
		if err = p.produce(ctx, partition, b); err == nil {
			p.metrics.acked.Add(float64(len(b.values)))
			p.metrics.seconds.Observe(time.Since(started).Seconds())
			return nil
		}
		p.metrics.retries.Inc()
		if ctx.Err() != nil {
			break
		}
	}
	p.metrics.failed.Add(float64(len(b.values)))
	p.logger.Warn("publish", "topic", p.config.Topic, "values", len(b.values), "error", err)
	return schemas.WithKind(schemas.Unavailable, fmt.Errorf("publish to %s: %w", p.config.Topic, err))
}

func (p *Publisher) produce(ctx context.Context, partition int, b *batch) error {
	response, err := p.cluster.client.Produce(ctx, &kafka.ProduceRequest{
		Topic: p.config.Topic, Partition: partition, RequiredAcks: kafka.RequireAll,
		Records: &values{rest: b.values, now: time.Now()},
	})
	if err != nil {
		return err
	}
	return response.Error
}

// values reads a batch as Kafka records. The time is that of sending, for the
// broker's retention; the event carries its own.
type values struct {
	rest [][]byte
	now  time.Time
}

func (v *values) ReadRecord() (*kafka.Record, error) {
	if len(v.rest) == 0 {
		return nil, io.EOF
	}
	value := v.rest[0]
	v.rest = v.rest[1:]
	return &kafka.Record{Time: v.now, Value: kafka.NewBytes(value)}, nil
}

var _ kafka.RecordReader = (*values)(nil)
