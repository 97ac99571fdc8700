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
	dialTimeout       = 3 * time.Second
	pingTimeout       = 5 * time.Second
	clientID          = "entaudience"
)

// metadataAge is how old the client's knowledge of topics and leaders may be.
const metadataAge = time.Second

// Cluster is a Kafka to talk to. It is safe for concurrent use and holds
// connections until Close.
type Cluster struct {
	brokers    []string
	transports [2]*kafka.Transport
	client     *kafka.Client
	// publish has connections of its own, so that a produce does not meet, one
	// after the other, the dozen that a restart of the broker left dead.
	publish *kafka.Client
}

// Open prepares a cluster from the addresses of its brokers; it dials nothing.
func Open(brokers []string) *Cluster {
	transport := func() *kafka.Transport {
		return &kafka.Transport{
			Dial:        (&net.Dialer{Timeout: dialTimeout}).DialContext,
			DialTimeout: dialTimeout,
			IdleTimeout: time.Minute,
			MetadataTTL: metadataAge,
			ClientID:    clientID,
		}
	}
	c := &Cluster{brokers: brokers, transports: [2]*kafka.Transport{transport(), transport()}}
	c.client = &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: requestTimeout, Transport: redialing{c.transports[0]}}
	c.publish = &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: requestTimeout, Transport: c.transports[1]}
	return c
}

// Close drops the idle connections.
func (c *Cluster) Close() {
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
}

// Ping asks a broker for an answer and for the topics. The error is Unavailable
// and names the brokers, or Invalid when a topic is missing.
func (c *Cluster) Ping(ctx context.Context) error {
	if err := c.reach(ctx); err != nil {
		return err
	}
	for _, topic := range []string{Events, Refused} {
		if _, err := c.partitions(ctx, c.client, topic); err != nil {
			return err
		}
	}
	return nil
}

// reach asks a broker for an answer; what it knows of topics, the client would
// answer from memory.
func (c *Cluster) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if _, err := c.client.ApiVersions(ctx, &kafka.ApiVersionsRequest{}); err != nil {
		return c.failed(err)
	}
	return nil
}

// partitions lists the partitions of a topic, as known metadataAge ago.
func (c *Cluster) partitions(ctx context.Context, client *kafka.Client, topic string) ([]partition, error) {
	metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return nil, c.failed(err)
	}
	found := slices.IndexFunc(metadata.Topics, func(t kafka.Topic) bool { return t.Name == topic })
	if found < 0 || errors.Is(metadata.Topics[found].Error, kafka.UnknownTopicOrPartition) {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("kafka lacks the topic %s: run `entaudience migrate`", topic))
	}
	if err := metadata.Topics[found].Error; err != nil {
		return nil, c.failed(err)
	}
	if len(metadata.Topics[found].Partitions) == 0 {
		return nil, c.failed(kafka.LeaderNotAvailable)
	}
	var known []partition
	for _, p := range metadata.Topics[found].Partitions {
		leader := p.Leader.ID
		if p.Leader.Host == "" {
			leader = -1
		}
		known = append(known, partition{id: p.ID, leader: leader})
	}
	slices.SortFunc(known, func(a, b partition) int { return a.id - b.id })
	return known, nil
}

// failed classifies what came instead of an answer, or as one.
func (c *Cluster) failed(err error) error {
	what := "kafka does not answer at"
	if _, answered := errors.AsType[kafka.Error](err); answered {
		what = "kafka refuses at"
	}
	return schemas.WithKind(schemas.Unavailable, fmt.Errorf("%s %s: %w", what, strings.Join(c.brokers, ","), err))
}
