package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/entaudience/entaudience/schemas"
)

// Embedded is a Kafka broker inside this process, durable in a folder, on the
// loopback interface. It is for trying out and for tests: one node, and it
// ignores errors of its own fsync.
type Embedded struct {
	cluster *kfake.Cluster
}

// embeddedSettings are those of the embedded broker.
//
// Its retention is Trim. Its own would in time delete the last message of a
// partition, and a partition without any begins again at offset 0 after a
// restart, below what the consumers have committed; nor may it forget what they
// have committed while the program was not running.
var embeddedSettings = map[string]string{
	"group.initial.rebalance.delay.ms": "0",
	"log.segment.bytes":                strconv.Itoa(segmentBytes),
	"log.cleaner.backoff.ms":           strconv.Itoa(100 * 365 * 24 * 3600 * 1000),
	"offsets.retention.minutes":        strconv.Itoa(100 * 365 * 24 * 60),
}

// segmentBytes is the size of the files of which a partition consists. What
// Trim deletes leaves the disk by whole files.
const segmentBytes = 4 << 20

// StartEmbedded starts a broker over a folder, made if missing. port 0 lets the
// system choose one. The error is Unavailable when the folder or the port
// cannot be used.
func StartEmbedded(folder string, port int, logger *slog.Logger) (*Embedded, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf("start embedded broker: %w", err))
	}
	options := []kfake.Opt{
		kfake.NumBrokers(1), kfake.DataDir(folder), kfake.SyncWrites(), kfake.BrokerConfigs(embeddedSettings),
	}
	if port != 0 {
		options = append(options, kfake.Ports(port))
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf("start embedded broker in %s: %w", folder, err))
	}
	e := &Embedded{cluster: cluster}
	logger.Info("embedded broker started: for trying out and for tests, not for production", "addresses", e.Addrs())
	return e, nil
}

// Addrs is where the broker listens, for Open.
func (e *Embedded) Addrs() []string { return e.cluster.ListenAddrs() }

// Close stops the broker; what it acknowledged is in its folder.
func (e *Embedded) Close() { e.cluster.Close() }

// Trim deletes from a topic what a consumer group has committed, but the last
// message of each partition, which holds the place of the next offset. Files of
// 4 MB leave the disk once all in them is deleted. A cluster keeps consumed
// messages for its retention; a trial machine has no disk for that. The error
// is Unavailable, or Invalid when the topic is missing.
func (e *Embedded) Trim(ctx context.Context, group, topic string) error {
	c := Open(e.Addrs())
	defer c.Close()
	lags, err := c.Lag(ctx, group, topic)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(e.Addrs()...))
	if err != nil {
		return fmt.Errorf("trim %s: %w", topic, err)
	}
	defer client.Close()
	request := kmsg.NewPtrDeleteRecordsRequest()
	request.TimeoutMillis = 10_000
	t := kmsg.NewDeleteRecordsRequestTopic()
	t.Topic = topic
	for _, l := range lags {
		if l.End == 0 {
			continue
		}
		p := kmsg.NewDeleteRecordsRequestTopicPartition()
		p.Partition, p.Offset = int32(l.Partition), max(l.First, min(l.Committed, l.End-1))
		t.Partitions = append(t.Partitions, p)
	}
	if len(t.Partitions) == 0 {
		return nil
	}
	request.Topics = append(request.Topics, t)
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return schemas.WithKind(schemas.Unavailable, fmt.Errorf("trim %s: %w", topic, err))
	}
	var failed []error
	for _, t := range response.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				failed = append(failed, fmt.Errorf("trim %s: partition %d: %w", topic, p.Partition, err))
			}
		}
	}
	return schemas.WithKind(schemas.Unavailable, errors.Join(failed...))
}
