package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"

	"github.com/entaudience/entaudience/schemas"
)

// Batch is what a consumer hands to its handler: messages of one topic, by
// partition, in the order of their offsets within each.
type Batch struct {
	Topic  string
	Chunks []Chunk
}

// Chunk is a run of messages of one partition: all that there are from First to
// Last, of which some offsets may hold none (the marker of a transaction). It may
// hold no message at all. Values share one buffer; they must not be kept beyond
// the handler.
type Chunk struct {
	Partition int
	First     int64 // where the chunk before it ended, or the first value of all
	Last      int64 // the last offset that is done with, included
	Offsets   []int64
	Values    [][]byte
	bytes     int
}

// Messages is how many there are.
func (b Batch) Messages() int {
	n := 0
	for _, c := range b.Chunks {
		n += len(c.Values)
	}
	return n
}

// Handler stores a batch. The offsets are committed once it returns nil; after
// an error the same batch comes again. ctx is done when the partitions are
// taken away: what is stored afterwards will come again, to whoever has them.
type Handler func(ctx context.Context, b Batch) error

// ConsumerConfig bounds a consumer.
type ConsumerConfig struct {
	Topic string
	Group string
	// MaxMessages and MaxBytes bound a batch; one fetch may exceed them.
	MaxMessages int
	MaxBytes    int
	// Linger is how long a batch may wait for more after its first message.
	Linger time.Duration
	// MaxBackoff is the ceiling of the wait after a handler's error.
	MaxBackoff time.Duration
}

// ConsumerDefaults are the bounds for a topic: batches large enough for the
// engine, and a second of delay at the most.
func ConsumerDefaults(topic, group string) ConsumerConfig {
	return ConsumerConfig{
		Topic: topic, Group: group, MaxMessages: 200_000, MaxBytes: 64 << 20,
		Linger: time.Second, MaxBackoff: 30 * time.Second,
	}
}

// Consumer is a member of a consumer group.
type Consumer struct {
	cluster *Cluster
	config  ConsumerConfig
	handler Handler
	logger  *slog.Logger
	metrics consumerMetrics
}

// NewConsumer makes a member; it joins the group in Run.
func NewConsumer(c *Cluster, config ConsumerConfig, handler Handler, logger *slog.Logger, registry prometheus.Registerer) *Consumer {
	return &Consumer{cluster: c, config: config, handler: handler, logger: logger, metrics: newConsumerMetrics(config.Topic, registry)}
}

const (
	heartbeat = time.Second
	// session is how long the group waits for a member that was killed.
	session = 10 * time.Second
	// rebalance is how long it waits for a handler to notice that its
	// partitions are taken away.
	rebalance = 20 * time.Second
	// generationPause bounds how often a group may begin anew.
	generationPause = 200 * time.Millisecond
)

// Run consumes until ctx is done, and leaves the group; the batch in hand is
// then dropped if its handler gives up on ctx, and comes again to the next
// member. A broker that is away is waited for. The error is Invalid when the
// topic is missing.
func (c *Consumer) Run(ctx context.Context) error {
	if err := c.awaitTopic(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: c.config.Group, Brokers: c.cluster.brokers, Topics: []string{c.config.Topic},
		HeartbeatInterval: heartbeat, SessionTimeout: session, RebalanceTimeout: rebalance,
		JoinGroupBackoff: time.Second, StartOffset: kafka.FirstOffset,
		WatchPartitionChanges: true, PartitionWatchInterval: 30 * time.Second,
		Dialer: &kafka.Dialer{Timeout: dialTimeout, ClientID: clientID},
	})
	if err != nil {
		return fmt.Errorf("consume %s: %w", c.config.Topic, err)
	}
	for ctx.Err() == nil {
		generation, err := group.Next(ctx)
		if err != nil {
			if ctx.Err() == nil {
				c.metrics.joinErrors.Inc()
				c.logger.Warn("join consumer group", "group", c.config.Group, "error", err)
			}
			continue
		}
		c.metrics.generations.Inc()
		c.generation(generation)
		// A topic deleted meanwhile would end every generation at once.
		pause(ctx, generationPause)
		if err = c.awaitTopic(ctx); err != nil {
			return errors.Join(err, group.Close())
		}
	}
	return group.Close()
}

// awaitTopic returns nil once the topic is known or ctx is done, and an error
// of kind Invalid when the brokers do not have it.
func (c *Consumer) awaitTopic(ctx context.Context) error {
	backoff := backoff{ceiling: c.config.MaxBackoff}
	for {
		_, err := c.cluster.partitions(ctx, c.cluster.client, c.config.Topic)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		if schemas.KindOf(err) == schemas.Invalid {
			return fmt.Errorf("consume %s: %w", c.config.Topic, err)
		}
		c.metrics.joinErrors.Inc()
		c.logger.Warn("join consumer group", "group", c.config.Group, "error", err)
		backoff.wait(ctx)
	}
}

// generation starts the workers of one assignment; they end with it, and the
// group waits for them before it joins the next.
func (c *Consumer) generation(g *kafka.Generation) {
	chunks := make(chan Chunk)
	for _, a := range g.Assignments[c.config.Topic] {
		g.Start(func(ctx context.Context) { c.fetch(ctx, a.ID, a.Offset, chunks) })
	}
	g.Start(func(ctx context.Context) { c.store(ctx, g, chunks) })
}

// store gathers chunks into batches, has each stored, and commits it.
func (c *Consumer) store(ctx context.Context, g *kafka.Generation, chunks <-chan Chunk) {
	for {
		b, ok := c.gather(ctx, chunks)
		if !ok {
			return
		}
		backoff := backoff{ceiling: c.config.MaxBackoff}
		for {
			err := c.handler(ctx, b)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return
			}
			c.metrics.failures.Inc()
			c.logger.Error("store batch", "topic", b.Topic, "messages", b.Messages(), "error", err)
			backoff.wait(ctx)
		}
		c.commit(ctx, g, b)
	}
}

// commit commits a batch, however often it takes while the partitions are
// ours; it is tried once even when they are being taken away.
func (c *Consumer) commit(ctx context.Context, g *kafka.Generation, b Batch) {
	offsets := map[int]int64{}
	for _, chunk := range b.Chunks {
		offsets[chunk.Partition] = chunk.Last + 1
	}
	backoff := backoff{ceiling: session / 2}
	for {
		err := g.CommitOffsets(map[string]map[int]int64{b.Topic: offsets})
		if err == nil {
			c.metrics.stored.Add(float64(b.Messages()))
			return
		}
		c.metrics.commitErrors.Inc()
		c.logger.Warn("commit", "topic", b.Topic, "error", err)
		if ctx.Err() != nil {
			return
		}
		backoff.wait(ctx)
	}
}

// gather waits for a first chunk, then for more until the batch is full or
// old enough. ok is false when ctx is done.
func (c *Consumer) gather(ctx context.Context, chunks <-chan Chunk) (b Batch, ok bool) {
	b.Topic = c.config.Topic
	messages, bytes := 0, 0
	var full <-chan time.Time
	for messages < c.config.MaxMessages && bytes < c.config.MaxBytes {
		select {
		case chunk := <-chunks:
			b.Chunks = append(b.Chunks, chunk)
			messages, bytes = messages+len(chunk.Values), bytes+chunk.bytes
			if full == nil {
				timer := time.NewTimer(c.config.Linger)
				defer timer.Stop()
				full = timer.C
			}
		case <-full:
			return b, true
		case <-ctx.Done():
			return Batch{}, false
		}
	}
	return b, true
}
