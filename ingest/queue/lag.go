package queue

import (
	"context"
	"errors"
	"slices"

	"github.com/segmentio/kafka-go"
)

// PartitionLag is how far a consumer group is behind in one partition.
type PartitionLag struct {
	Partition int
	First     int64 // offset of the first message that is left
	Committed int64 // first offset not yet stored
	End       int64 // first offset not yet written
}

// Pending is the number of messages not yet stored.
func (l PartitionLag) Pending() uint64 { return uint64(max(0, l.End-l.Committed)) }

// Lag lists the partitions of a topic as a consumer group stands, in order.
// The error is Unavailable, or Invalid when the topic is missing.
func (c *Cluster) Lag(ctx context.Context, group, topic string) ([]PartitionLag, error) {
	known, err := c.partitions(ctx, c.client, topic)
	if err != nil {
		return nil, err
	}
	var ids []int
	var asked []kafka.OffsetRequest
	for _, p := range known {
		ids = append(ids, p.id)
		asked = append(asked, kafka.FirstOffsetOf(p.id), kafka.LastOffsetOf(p.id))
	}
	committed, err := c.committed(ctx, group, topic, ids)
	if err != nil {
		return nil, err
	}
	offsets, err := c.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: asked}})
	if err != nil {
		return nil, c.failed(err)
	}
	lags := make([]PartitionLag, 0, len(ids))
	for _, p := range offsets.Topics[topic] {
		if p.Error != nil {
			return nil, c.failed(p.Error)
		}
		// Nothing committed yet, or all of it deleted since, or an offset of a
		// log that was lost: what is pending begins with the first message.
		lag := PartitionLag{Partition: p.Partition, First: p.FirstOffset, Committed: p.FirstOffset, End: p.LastOffset}
		if at, ok := committed[p.Partition]; ok && at > lag.Committed && at <= lag.End {
			lag.Committed = at
		}
		lags = append(lags, lag)
	}
	slices.SortFunc(lags, func(a, b PartitionLag) int { return a.Partition - b.Partition })
	return lags, nil
}

// committed is what a group has committed, by partition.
func (c *Cluster) committed(ctx context.Context, group, topic string, ids []int) (map[int]int64, error) {
	response, err := c.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: ids}})
	if err == nil {
		err = response.Error
	}
	if errors.Is(err, kafka.GroupIdNotFound) { // it never had a member
		return nil, nil
	}
	if err != nil {
		return nil, c.failed(err)
	}
	offsets := make(map[int]int64, len(ids))
	for _, p := range response.Topics[topic] {
		if p.Error != nil {
			return nil, c.failed(p.Error)
		}
		if p.CommittedOffset >= 0 {
			offsets[p.Partition] = p.CommittedOffset
		}
	}
	return offsets, nil
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
