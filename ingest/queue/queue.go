// Package queue is the way through Kafka: topics, a publisher that answers
// after the broker's ack, a consumer that commits after its caller stored, and
// a broker inside the process for machines without a Kafka.
//
// It carries bytes and does not know what they mean.
package queue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/entaudience/entaudience/schemas"
)

// The topics.
const (
	Events  = "ent.events"  // schemas.Event as protobuf; 12 partitions; 7 days
	Refused = "ent.refused" // schemas.Refusal as JSON; 30 days
)

// The consumer groups.
const (
	EventsGroup  = "entaudience.load"
	RefusedGroup = "entaudience.refused"
)

const (
	eventPartitions   = 12
	refusedPartitions = 1
	requestTimeout    = 10 * time.Second
)

// Cluster is a Kafka to talk to. It is safe for concurrent use and holds
// connections until Close.
type Cluster struct {
	brokers   []string
	addr      net.Addr
	client    *kafka.Client
	transport *kafka.Transport
	cache     partitionCache
}

// Open prepares a cluster from the addresses of its brokers; it dials nothing.
func Open(brokers []string) *Cluster {
	transport := &kafka.Transport{
		Dial:        (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		DialTimeout: 3 * time.Second,
		IdleTimeout: time.Minute,
		MetadataTTL: 5 * time.Second,
		ClientID:    "entaudience",
	}
	addr := kafka.TCP(brokers...)
	return &Cluster{
		brokers: brokers, addr: addr, transport: transport,
		client: &kafka.Client{Addr: addr, Timeout: requestTimeout, Transport: transport},
	}
}

// Close drops the idle connections.
func (c *Cluster) Close() { c.transport.CloseIdleConnections() }

// Ping asks for the topics. The error is Unavailable and names the brokers, or
// Invalid when a topic is missing.
func (c *Cluster) Ping(ctx context.Context) error {
	for _, topic := range []string{Events, Refused} {
		if _, err := c.partitions(ctx, topic); err != nil {
			return err
		}
	}
	return nil
}

// partitions lists the partitions of a topic.
func (c *Cluster) partitions(ctx context.Context, topic string) ([]int, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	meta, err := c.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return nil, c.unreachable(err)
	}
	for _, t := range meta.Topics {
		if t.Name != topic {
			continue
		}
		if errors.Is(t.Error, kafka.UnknownTopicOrPartition) {
			return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("kafka lacks the topic %s: run `entaudience migrate`", topic))
		}
		if t.Error != nil {
			return nil, c.unreachable(t.Error)
		}
		var ids []int
		for _, p := range t.Partitions {
			ids = append(ids, p.ID)
		}
		slices.Sort(ids)
		return ids, nil
	}
	return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("kafka lacks the topic %s: run `entaudience migrate`", topic))
}

func (c *Cluster) unreachable(err error) error {
	return schemas.WithKind(schemas.Unavailable, fmt.Errorf("kafka does not answer at %s: %w", strings.Join(c.brokers, ","), err))
}

// CreateTopics creates the topics that are missing, with as many replicas as
// given (at most the number of brokers). Existing topics are left as they are.
func (c *Cluster) CreateTopics(ctx context.Context, replicas int) error {
	topic := func(name string, partitions int, retention time.Duration) kafka.TopicConfig {
		entries := []kafka.ConfigEntry{
			{ConfigName: "retention.ms", ConfigValue: strconv.FormatInt(retention.Milliseconds(), 10)},
			{ConfigName: "cleanup.policy", ConfigValue: "delete"},
		}
		if replicas > 2 {
			entries = append(entries, kafka.ConfigEntry{ConfigName: "min.insync.replicas", ConfigValue: "2"})
		}
		return kafka.TopicConfig{Topic: name, NumPartitions: partitions, ReplicationFactor: replicas, ConfigEntries: entries}
	}
	response, err := c.client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		topic(Events, eventPartitions, 7*24*time.Hour),
		topic(Refused, refusedPartitions, 30*24*time.Hour),
	}})
	if err != nil {
		return c.unreachable(err)
	}
	for name, err := range response.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", name, err)
		}
	}
	return nil
}

// PartitionLag is how far a consumer group is behind in one partition.
type PartitionLag struct {
	Partition int
	Committed int64 // first offset not yet stored
	End       int64 // first offset not yet written
}

// Pending is the number of messages not yet stored.
func (l PartitionLag) Pending() uint64 { return uint64(max(0, l.End-l.Committed)) }

// Lag lists the partitions of a topic as a consumer group stands, in order.
// The error is Unavailable, or Invalid when the topic is missing.
func (c *Cluster) Lag(ctx context.Context, group, topic string) ([]PartitionLag, error) {
	ids, err := c.partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	committed, err := c.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: ids}})
	if err == nil {
		err = committed.Error
	}
	if errors.Is(err, kafka.GroupIdNotFound) { // it never had a member: nothing is committed
		committed, err = &kafka.OffsetFetchResponse{}, nil
	}
	if err != nil {
		return nil, c.unreachable(err)
	}
	asked := make([]kafka.OffsetRequest, 0, 2*len(ids))
	for _, id := range ids {
		asked = append(asked, kafka.FirstOffsetOf(id), kafka.LastOffsetOf(id))
	}
	offsets, err := c.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: asked}})
	if err != nil {
		return nil, c.unreachable(err)
	}
	lags := make([]PartitionLag, 0, len(ids))
	for _, p := range offsets.Topics[topic] {
		if p.Error != nil {
			return nil, c.unreachable(p.Error)
		}
		// Nothing committed yet, or all of it deleted since: what is pending
		// begins with the first message.
		lag := PartitionLag{Partition: p.Partition, Committed: p.FirstOffset, End: p.LastOffset}
		for _, o := range committed.Topics[topic] {
			if o.Partition == p.Partition && o.CommittedOffset > lag.Committed {
				lag.Committed = o.CommittedOffset
			}
		}
		lags = append(lags, lag)
	}
	slices.SortFunc(lags, func(a, b PartitionLag) int { return a.Partition - b.Partition })
	return lags, nil
}

// Pending sums the messages of a topic that a consumer group has not stored.
func (c *Cluster) Pending(ctx context.Context, group, topic string) (uint64, error) {
	lags, err := c.Lag(ctx, group, topic)
	var n uint64
	for _, l := range lags {
		n += l.Pending()
	}
	return n, err
}
