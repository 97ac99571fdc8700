package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"github.com/entaudience/entaudience/schemas"
)

// PublisherConfig bounds a publisher.
type PublisherConfig struct {
	Topic string
	// AckTimeout is how long the sending of one batch may take in all, with
	// its repeats. It does not count the wait for the batches before it: what
	// a caller can wait for in all is its context's affair.
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

const (
	// retryPause is before another try when all partitions have failed.
	retryPause = 50 * time.Millisecond
	// layoutAge is how old the partitions and their leaders may be.
	layoutAge = time.Second
)

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

	// Of the goroutine of Run alone.
	rotation rotation
	updated  time.Time // of the rotation's partitions
	spare    sync.Pool // of *records that no request reads any more
}

// batch is what one request carries. err may be read once done is closed.
type batch struct {
	records *records
	bytes   int // bound of what it takes on the wire
	done    chan struct{}
	err     error
}

// NewPublisher makes a publisher; nothing is sent before Run.
func NewPublisher(c *Cluster, config PublisherConfig, logger *slog.Logger, registry prometheus.Registerer) *Publisher {
	return &Publisher{
		cluster: c, config: config, logger: logger,
		metrics: newPublisherMetrics(config.Topic, registry),
		wake:    make(chan struct{}, 1),
		spare:   sync.Pool{New: func() any { return new(records) }},
	}
}

// Publish returns nil once the broker has the value on all in-sync replicas.
// An error of kind Unavailable means that it may or may not have it, or that
// too much waits already; Invalid, that the value is too large, or that the
// topic is missing. The value is copied before Publish returns. Safe for
// concurrent use.
func (p *Publisher) Publish(ctx context.Context, value []byte) error {
	b, err := p.enqueue(value, true)
	if err != nil {
		return err
	}
	return p.wait(ctx, b)
}

// PublishAll publishes many values, as Publish does one; it waits until the
// last is acked, and returns the first error, after which the broker may have
// any of the values. It takes more than may be pending at once: it then waits
// for its own first ones.
func (p *Publisher) PublishAll(ctx context.Context, values [][]byte) error {
	var batches []*batch
	for len(values) > 0 || len(batches) > 0 {
		if len(values) > 0 {
			b, err := p.enqueue(values[0], len(batches) == 0)
			if err == nil {
				if n := len(batches); n == 0 || batches[n-1] != b {
					batches = append(batches, b)
				}
				values = values[1:]
				continue
			}
			if !errors.Is(err, errFull) || len(batches) == 0 {
				return err
			}
		}
		if err := p.wait(ctx, batches[0]); err != nil {
			return err
		}
		batches = batches[1:]
	}
	return nil
}

func (p *Publisher) wait(ctx context.Context, b *batch) error {
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return schemas.WithKind(schemas.Unavailable, fmt.Errorf("publish to %s: wait for the ack: %w", p.config.Topic, ctx.Err()))
	}
}

// errFull refuses a value because too much is pending.
var errFull = errors.New("too much waits for the broker already")

// enqueue adds a value to the last batch, or begins one. A full publisher
// counts the value as rejected if this is the caller's last word.
func (p *Publisher) enqueue(value []byte, last bool) (*batch, error) {
	size := len(value) + recordOverhead
	if headerBytes+size > p.config.MaxBatchBytes {
		p.metrics.oversize.Inc()
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("publish to %s: a value of %d bytes, over the %d of a batch",
			p.config.Topic, len(value), p.config.MaxBatchBytes-headerBytes-recordOverhead))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		p.metrics.rejected.Inc()
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf("publish to %s: stopping", p.config.Topic))
	}
	if p.bytes+size > p.config.MaxPendingBytes {
		if last {
			p.metrics.rejected.Inc()
		}
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf("publish to %s: %w (%d bytes)", p.config.Topic, errFull, p.bytes))
	}
	var b *batch
	if n := len(p.queue); n > 0 && p.queue[n-1].bytes+size <= p.config.MaxBatchBytes {
		b = p.queue[n-1]
	} else {
		b = &batch{records: p.spare.Get().(*records), bytes: headerBytes, done: make(chan struct{})}
		p.queue = append(p.queue, b)
		p.bytes += headerBytes
	}
	b.records.append(value)
	b.bytes, p.bytes = b.bytes+size, p.bytes+size
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
	p.queue[0], p.queue = nil, p.queue[1:]
	return b
}

// Run sends until ctx is done, then what is still pending, and returns nil.
// Once a batch fails after that, those behind it fail with it: a broker that
// is away delays a stop by AckTimeout, not by that for each batch.
func (p *Publisher) Run(ctx context.Context) error {
	for {
		select {
		case <-p.wake:
			p.drain(ctx)
		case <-ctx.Done():
			p.mu.Lock()
			p.closing = true
			p.mu.Unlock()
			p.drain(ctx)
			return nil
		}
	}
}

func (p *Publisher) drain(stopping context.Context) {
	var failed error
	for b := p.take(); b != nil; b = p.take() {
		if failed != nil && stopping.Err() != nil {
			b.err = failed
			p.metrics.failed.Add(float64(b.records.count))
		} else {
			b.err = p.send(b)
			failed = b.err
		}
		p.mu.Lock()
		p.bytes -= b.bytes
		p.mu.Unlock()
		close(b.done)
	}
}

// send tries one partition after the other until one acks, within AckTimeout
// in all. What a failed try wrote is a repeat, which storage absorbs.
func (p *Publisher) send(b *batch) error {
	count, started := b.records.count, time.Now()
	b.records.seal(started)
	ctx, cancel := context.WithTimeout(context.Background(), p.config.AckTimeout)
	defer cancel()
	err := p.deliver(ctx, b)
	if err == nil {
		p.metrics.acked.Add(float64(count))
		p.metrics.seconds.Observe(time.Since(started).Seconds())
		return nil
	}
	p.metrics.failed.Add(float64(count))
	p.logger.Warn("publish", "topic", p.config.Topic, "values", count, "error", err)
	return fmt.Errorf("publish to %s: %w", p.config.Topic, err)
}

// deliver returns nil once a partition has acked. The error is Unavailable, or
// Invalid when the topic is missing.
func (p *Publisher) deliver(ctx context.Context, b *batch) error {
	var failed error
	for {
		if err := p.layout(ctx); err != nil {
			return err
		}
		to := p.rotation.take(time.Now())
		if to.resting && failed != nil {
			if pause(ctx, retryPause); ctx.Err() != nil {
				return failed
			}
		}
		err := p.produce(ctx, to, b)
		if err == nil {
			p.rotation.worked(to.partition)
			if failed == nil { // no other request can still be reading them
				b.records.reset()
				p.spare.Put(b.records)
			}
			return nil
		}
		p.metrics.retries.Inc()
		p.updated = time.Time{} // who leads may have changed
		code, answered := errors.AsType[kafka.Error](err)
		p.rotation.failed(to.partition, !answered, time.Now())
		failed = p.cluster.failed(err)
		if ctx.Err() != nil || answered && final(code) {
			return failed
		}
	}
}

// final says whether every partition would answer the same.
func final(code kafka.Error) bool {
	switch code {
	case kafka.MessageSizeTooLarge, kafka.RecordListTooLarge, kafka.InvalidRecord, kafka.InvalidTimestamp,
		kafka.InvalidTopic, kafka.TopicAuthorizationFailed, kafka.ClusterAuthorizationFailed,
		kafka.UnsupportedVersion, kafka.PolicyViolation:
		return true
	}
	return false
}

// layout brings the partitions and their leaders up to date; what was known
// stays good while the brokers cannot say.
func (p *Publisher) layout(ctx context.Context) error {
	now := time.Now()
	if now.Sub(p.updated) < layoutAge {
		return nil
	}
	partitions, err := p.cluster.partitions(ctx, p.cluster.publish, p.config.Topic)
	if err == nil {
		p.rotation.partitions, p.updated = partitions, now
	} else if len(p.rotation.partitions) > 0 && schemas.KindOf(err) == schemas.Unavailable {
		err = nil
	}
	return err
}

// produce is one request. While other leaders are worth a try, this one has
// half of the time that is left.
func (p *Publisher) produce(ctx context.Context, to choice, b *batch) error {
	if deadline, ok := ctx.Deadline(); ok && !to.alone {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	response, err := p.cluster.publish.RawProduce(ctx, &kafka.RawProduceRequest{
		Topic: p.config.Topic, Partition: to.id, RequiredAcks: kafka.RequireAll,
		RawRecords: protocol.RawRecordSet{Reader: bytes.NewReader(b.records.bytes)},
	})
	if err != nil {
		return err
	}
	return response.Error
}
