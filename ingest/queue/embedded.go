package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"

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

// StartEmbedded starts a broker over a folder, made if missing. port 0 lets the
// system choose one. The error is Unavailable when the folder or the port
// cannot be used.
func StartEmbedded(folder string, port int, logger *slog.Logger) (*Embedded, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf("start embedded broker: %w", err))
	}
	options := []kfake.Opt{
		kfake.NumBrokers(1), kfake.DataDir(folder), kfake.SyncWrites(),
		kfake.ListenFn(func(network, address string) (net.Listener, error) {
			_, p, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return net.Listen(network, net.JoinHostPort("127.0.0.1", p))
		}),
		kfake.BrokerConfigs(map[string]string{"group.initial.rebalance.delay.ms": "0"}),
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

// Trim deletes from a topic what a consumer group has committed. A cluster
// keeps consumed messages for its retention; a trial machine has no disk for that.
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
		p := kmsg.NewDeleteRecordsRequestTopicPartition()
		p.Partition, p.Offset = int32(l.Partition), l.Committed
		t.Partitions = append(t.Partitions, p)
	}
	request.Topics = append(request.Topics, t)
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return fmt.Errorf("trim %s: %w", topic, err)
	}
	var failed []error
	for _, t := range response.Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				failed = append(failed, errors.New("partition "+strconv.Itoa(int(p.Partition))+": kafka error "+strconv.Itoa(int(p.ErrorCode))))
			}
		}
	}
	return errors.Join(failed...)
}
