package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

// CreateTopics creates the topics that are missing, with as many replicas as
// given (at most the number of brokers), and returns once they can be written.
// Existing topics are left as they are. The error is Unavailable.
func (c *Cluster) CreateTopics(ctx context.Context, replicas int) error {
	if err := c.reach(ctx); err != nil {
		return err
	}
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
		return c.failed(err)
	}
	for name, err := range response.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return c.failed(fmt.Errorf("create topic %s: %w", name, err))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for _, name := range []string{Events, Refused} {
		for {
			err := c.led(ctx, name)
			if err == nil {
				break
			}
			if pause(ctx, retryPause); ctx.Err() != nil {
				return err
			}
		}
	}
	return nil
}

// led returns nil once the leaders of all partitions of a topic know that they
// are.
func (c *Cluster) led(ctx context.Context, topic string) error {
	known, err := c.partitions(ctx, c.client, topic)
	if err != nil {
		return err
	}
	var asked []kafka.OffsetRequest
	for _, p := range known {
		asked = append(asked, kafka.LastOffsetOf(p.id))
	}
	offsets, err := c.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: asked}})
	if err != nil {
		return c.failed(err)
	}
	for _, p := range offsets.Topics[topic] {
		if p.Error != nil {
			return c.failed(p.Error)
		}
	}
	return nil
}
