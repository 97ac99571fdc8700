package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
)

// Batch is what a consumer hands to its handler: messages of one topic, by
// partition, in the order of their offsets within each.
type Batch struct {
	Topic  string
	Chunks []Chunk
}

// Chunk is a run of messages of one partition. Values share one buffer; they
// must not be kept beyond the handler.
type Chunk struct {
	Partition int
	First     int64 // offset of the first value
	Last      int64 // offset of the last value
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
		Topic: topic, Group: group, MaxMessages: 500_000, MaxBytes: 64 << 20,
		Linger: time.Second, MaxBackoff: 30 * time.Second,
	}
}

// fetchBytes bounds one fetch of one partition.
const fetchBytes = 2 << 20

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

// Run consumes until ctx is done; the batch in hand is then dropped if its
// handler gives up on ctx, and comes again to the next member.
func (c *Consumer) Run(ctx context.Context) error {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: c.config.Group, Brokers: c.cluster.brokers, Topics: []string{c.config.Topic},
		HeartbeatInterval: 2 * time.Second, SessionTimeout: 10 * time.Second, RebalanceTimeout: 20 * time.Second,
		JoinGroupBackoff: time.Second, StartOffset: kafka.FirstOffset,
		WatchPartitionChanges: true, PartitionWatchInterval: 30 * time.Second,
		Dialer: &kafka.Dialer{Timeout: 3 * time.Second, DualStack: true, ClientID: "entaudience"},
	})
	if err != nil {
		return fmt.Errorf("consume %s: %w", c.config.Topic, err)
	}
	for ctx.Err() == nil {
		generation, err := group.Next(ctx)
		if err != nil {
			if ctx.Err() == nil {
				c.metrics.fetchErrors.Inc()
				c.logger.Warn("join consumer group", "group", c.config.Group, "error", err)
				pause(ctx, time.Second)
			}
			continue
		}
		c.metrics.rebalances.Inc()
		c.generation(generation)
	}
	return group.Close()
}

// generation starts the workers of one assignment; they end with it, and the
// group waits for them before it joins the next.
func (c *Consumer) generation(g *kafka.Generation) {
	assigned := g.Assignments[c.config.Topic]
	chunks := make(chan Chunk)
	for _, a := range assigned {
		g.Start(func(ctx context.Context) { c.fetch(ctx, a.ID, a.Offset, chunks) })
	}
	g.Start(func(ctx context.Context) { c.store(ctx, g, chunks) })
}

// fetch reads one partition from an offset and hands over its chunks.
func (c *Consumer) fetch(ctx context.Context, partition int, offset int64, chunks chan<- Chunk) {
	backoff := backoff{ceiling: c.config.MaxBackoff}
	for ctx.Err() == nil {
		chunk, err := c.fetchOne(ctx, partition, offset)
		if errors.Is(err, kafka.OffsetOutOfRange) {
			// Retention overtook us, or the log was lost: what is left counts.
			c.metrics.fetchErrors.Inc()
			c.logger.Error("offset out of range: messages were deleted before they were stored", "topic", c.config.Topic, "partition", partition, "offset", offset)
			offset = kafka.FirstOffset
			continue
		}
		if err != nil {
			if ctx.Err() == nil {
				c.metrics.fetchErrors.Inc()
				c.logger.Warn("fetch", "topic", c.config.Topic, "partition", partition, "error", err)
				backoff.wait(ctx)
			}
			continue
		}
		backoff.reset()
		if len(chunk.Values) == 0 {
			continue
		}
		select {
		case chunks <- chunk:
			offset = chunk.Last + 1
			c.metrics.fetched.Add(float64(len(chunk.Values)))
		case <-ctx.Done():
		}
	}
}

// fetchOne is one request; an empty chunk means that nothing came in time.
func (c *Consumer) fetchOne(ctx context.Context, partition int, offset int64) (Chunk, error) {
	response, err := c.cluster.client.Fetch(ctx, &kafka.FetchRequest{
		Topic: c.config.Topic, Partition: partition, Offset: offset,
		MinBytes: 1, MaxBytes: fetchBytes, MaxWait: 500 * time.Millisecond,
	})
	if err != nil {
		return Chunk{}, err
	}
	if response.Error != nil {
		return Chunk{}, response.Error
	}
	return readChunk(partition, offset, response.Records)
}

// readChunk copies the values of a response into one buffer. The broker may
// begin before the offset that was asked for, and end within a record.
func readChunk(partition int, offset int64, records kafka.RecordReader) (Chunk, error) {
	chunk := Chunk{Partition: partition}
	buffer := make([]byte, 0, 64<<10)
	var ends []int
	for {
		r, err := records.ReadRecord()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && len(ends) > 0 {
			break
		}
		if err != nil {
			return Chunk{}, err
		}
		if r.Offset < offset {
			continue
		}
		if r.Value != nil {
			n := r.Value.Len()
			start := len(buffer)
			buffer = append(buffer, make([]byte, n)...)
			if _, err := io.ReadFull(r.Value, buffer[start:]); err != nil {
				return Chunk{}, err
			}
			r.Value.Close() //nolint:errcheck // returns its page to a pool
		}
		ends = append(ends, len(buffer))
		chunk.Offsets = append(chunk.Offsets, r.Offset)
	}
	if len(ends) == 0 {
		return chunk, nil
	}
	chunk.Values = make([][]byte, len(ends))
	start := 0
	for i, end := range ends {
		chunk.Values[i], start = buffer[start:end:end], end
	}
	chunk.First, chunk.Last, chunk.bytes = chunk.Offsets[0], chunk.Offsets[len(ends)-1], len(buffer)
	return chunk, nil
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
		offsets := map[int]int64{}
		for _, chunk := range b.Chunks {
			offsets[chunk.Partition] = chunk.Last + 1
		}
		if err := g.CommitOffsets(map[string]map[int]int64{b.Topic: offsets}); err != nil {
			c.metrics.commitErrors.Inc()
			c.logger.Warn("commit", "topic", b.Topic, "error", err)
			continue
		}
		c.metrics.stored.Add(float64(b.Messages()))
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

// backoff doubles from 100 ms up to its ceiling.
type backoff struct {
	ceiling, next time.Duration
}

func (b *backoff) reset() { b.next = 0 }

func (b *backoff) wait(ctx context.Context) {
	b.next = min(max(2*b.next, 100*time.Millisecond), b.ceiling)
	pause(ctx, b.next)
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
