package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

// Await returns once every partition of a topic is led by a broker that runs,
// with so many replicas in sync. It fails the test when that does not come.
func (c *Cluster) Await(topic string, inSync int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := c.led(ctx, topic, inSync)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.t.Fatal(err)
		}
	}
}

// led asks every broker that runs: they learn of it one after the other.
func (c *Cluster) led(ctx context.Context, topic string, inSync int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	running := map[int]bool{}
	for _, n := range c.nodes {
		running[n.id] = n.process != nil
	}
	for _, n := range c.nodes {
		if n.process == nil {
			continue
		}
		conn, err := kafka.DialContext(ctx, "tcp", n.broker)
		if err != nil {
			return err
		}
		err = conn.SetDeadline(time.Now().Add(5 * time.Second))
		var partitions []kafka.Partition
		if err == nil {
			partitions, err = conn.ReadPartitions(topic)
		}
		if err = errors.Join(err, conn.Close()); err != nil {
			return err
		}
		if len(partitions) == 0 {
			return fmt.Errorf("broker %d knows no partition of %s", n.id, topic)
		}
		for _, p := range partitions {
			if !running[p.Leader.ID] || len(p.Isr) != inSync {
				return fmt.Errorf("broker %d: partition %d of %s is led by %d, %d replicas in sync", n.id, p.ID, topic, p.Leader.ID, len(p.Isr))
			}
		}
	}
	return nil
}
