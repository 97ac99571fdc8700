package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// emptyTimeout is longer than the session of a member that a test left behind.
const emptyTimeout = 30 * time.Second

// empty deletes the topics and the groups of a Kafka of one broker. It returns
// once the broker does not know them any more.
func empty(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, emptyTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		left, err := deleteAll(ctx, address)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("still there after %s: %s", emptyTimeout, strings.Join(left, ", "))
		}
	}
}

// deleteAll asks for the deletion of all that it finds, and names it.
func deleteAll(ctx context.Context, address string) (found []string, err error) {
	transport := &kafka.Transport{} // a fresh one: it remembers topics
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(address), Transport: transport, Timeout: 10 * time.Second}

	metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return nil, err
	}
	var topics []string
	for _, t := range metadata.Topics {
		if !t.Internal {
			topics = append(topics, t.Name)
		}
	}
	if len(topics) > 0 {
		deleted, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: topics})
		if err != nil {
			return nil, err
		}
		for topic, err := range deleted.Errors {
			if err != nil && !errors.Is(err, kafka.UnknownTopicOrPartition) {
				return nil, fmt.Errorf("delete topic %s: %w", topic, err)
			}
		}
	}

	listed, err := client.ListGroups(ctx, &kafka.ListGroupsRequest{})
	if err == nil {
		err = listed.Error
	}
	if err != nil {
		return nil, err
	}
	var groups []string
	for _, g := range listed.Groups {
		groups = append(groups, g.GroupID)
	}
	if len(groups) > 0 {
		deleted, err := client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: groups})
		if err != nil {
			return nil, err
		}
		for group, err := range deleted.Errors {
			if err != nil && !errors.Is(err, kafka.NonEmptyGroup) && !errors.Is(err, kafka.GroupIdNotFound) {
				return nil, fmt.Errorf("delete group %s: %w", group, err)
			}
		}
	}
	return slices.Concat(topics, groups), nil
}
