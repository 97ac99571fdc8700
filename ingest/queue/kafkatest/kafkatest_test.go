package kafkatest_test

import (
	"net"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
)

func topics(t *testing.T, brokers []string) int {
	t.Helper()
	client := &kafka.Client{Addr: kafka.TCP(brokers...), Transport: &kafka.Transport{}, Timeout: 10 * time.Second}
	metadata, err := client.Metadata(t.Context(), &kafka.MetadataRequest{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, topic := range metadata.Topics {
		if !topic.Internal {
			n++
		}
	}
	return n
}

func TestEachTestFindsAnEmptyKafka(t *testing.T) {
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			kafkatest.Each(t, func(t *testing.T, brokers []string) {
				if n := topics(t, brokers); n != 0 {
					t.Fatalf("%d topics are left", n)
				}
				c := queue.Open(brokers)
				defer c.Close()
				if err := c.CreateTopics(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
				if n := topics(t, brokers); n != 2 {
					t.Fatalf("%d topics", n)
				}
			})
		})
	}
}

func TestAskingAgainWithinATestEmptiesNothing(t *testing.T) {
	c := queue.Open(kafkatest.Shared(t))
	defer c.Close()
	if err := c.CreateTopics(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if n := topics(t, kafkatest.Shared(t)); n != 2 {
		t.Fatalf("%d topics", n)
	}
}

func TestKillAndRestart(t *testing.T) {
	c := kafkatest.Real(t, 1)
	address := c.Brokers()[0]
	c.Kill(0)
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Fatal("a killed broker listens")
	}
	c.Restart(0)
	if c.Brokers()[0] != address {
		t.Fatal("it moved to", c.Brokers()[0])
	}
	if n := topics(t, c.Brokers()); n != 0 {
		t.Fatalf("%d topics", n)
	}
}
