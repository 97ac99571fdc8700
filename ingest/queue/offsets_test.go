package queue_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
)

// Offsets that are not where one would think: deleted messages, lost logs,
// folders copied from under a broker, transactions of others.

// commit commits an offset of partition 0 for a group without members.
func commit(t *testing.T, brokers []string, topic string, offset int64) {
	t.Helper()
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(brokers...), Transport: transport, Timeout: patience}
	r, err := client.OffsetCommit(within(t), &kafka.OffsetCommitRequest{
		GroupID: "test", GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{topic: {{Partition: 0, Offset: offset}}},
	})
	if err != nil || r.Topics[topic][0].Error != nil {
		t.Fatal(r, err)
	}
}

// deleteBefore deletes the messages of partition 0 before an offset.
func deleteBefore(t *testing.T, brokers []string, topic string, offset int64) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r := kmsg.NewPtrDeleteRecordsRequest()
	r.TimeoutMillis = 10_000
	r.Topics = []kmsg.DeleteRecordsRequestTopic{{Topic: topic, Partitions: []kmsg.DeleteRecordsRequestTopicPartition{{Partition: 0, Offset: offset}}}}
	response, err := r.RequestWith(within(t), client)
	if err != nil || response.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatal(response, err)
	}
}

func TestMessagesDeletedBeforeTheyWereStored(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c := open(t, brokers)
		values := numbered("v", 10)
		publish(t, c, queue.Refused, values)
		commit(t, brokers, queue.Refused, 2)
		pending(t, c, "test", queue.Refused, 8)
		deleteBefore(t, brokers, queue.Refused, 6)
		pending(t, c, "test", queue.Refused, 4)
		s := newSink(t)
		metrics, consuming := consumer(t, c, queue.Refused, "test", s.store)
		s.distinct(4)
		pending(t, c, "test", queue.Refused, 0)
		consuming.end()
		s.once(values[6:])
		metrics.want("fetched", 4, "stored", 4, "lost", 4, "generations", 1)
	})
}

// A log that was lost and begun again is below what the group committed: all
// of it is pending, and consumed.
func TestCommittedBeyondTheEnd(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c := open(t, brokers)
		values := numbered("v", 10)
		publish(t, c, queue.Refused, values)
		commit(t, brokers, queue.Refused, 100)
		pending(t, c, "test", queue.Refused, 10)
		s := newSink(t)
		metrics, consuming := consumer(t, c, queue.Refused, "test", s.store)
		s.distinct(10)
		pending(t, c, "test", queue.Refused, 0)
		consuming.end()
		s.once(values)
		metrics.want("fetched", 10, "stored", 10, "generations", 1)
	})
}

// Transactions leave markers among the messages and after the last: they are
// none, and nothing waits because of them; from what one chunk ends with to what
// the next begins with there is no hole.
func TestTransactionsOfOthers(t *testing.T) {
	t.Parallel()
	kafkatest.Each(t, func(t *testing.T, brokers []string) {
		c, ctx := open(t, brokers), within(t)
		client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.TransactionalID("mirror"))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if err := client.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: queue.Refused, Value: []byte("v/0")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		// Before the marker, wherever the broker takes its time to write it.
		publish(t, c, queue.Refused, [][]byte{[]byte("v/1")})
		if err := client.EndTransaction(ctx, kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
		end := func() int64 {
			lags, err := c.Lag(ctx, "test", queue.Refused)
			if err != nil {
				t.Fatal(err)
			}
			return lags[0].End
		}
		eventually(t, func() bool { return end() == 3 }, func() any { return "no marker" })
		s := newSink(t)
		metrics, consuming := consumer(t, c, queue.Refused, "test", s.store)
		s.distinct(2)
		pending(t, c, "test", queue.Refused, 0)
		publish(t, c, queue.Refused, [][]byte{[]byte("v/2")})
		s.distinct(3)
		pending(t, c, "test", queue.Refused, 0)
		consuming.end()
		s.once(numbered("v", 3))
		metrics.want("fetched", 3, "stored", 3, "generations", 1)
		next := int64(0)
		for _, b := range s.batches {
			for _, chunk := range b.Chunks {
				if chunk.First != next {
					t.Errorf("a chunk from %d after what ended before %d", chunk.First, next)
				}
				next = chunk.Last + 1
			}
		}
		if next != 4 {
			t.Errorf("stored up to %d of 4", next)
		}
	})
}

// What the group has is trimmed from the disk, and the offsets go on from where
// they were, after a stop and after a crash.
func TestTrim(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	e, err := queue.StartEmbedded(folder, 0, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	c, ctx := open(t, e.Addrs()), within(t)
	if err := e.Trim(ctx, "test", queue.Refused); err != nil {
		t.Fatal("nothing to trim:", err)
	}
	// Files of 4 MB, so that 30 MB take at least 7.
	values := make([][]byte, 3000)
	for i := range values {
		values[i] = make([]byte, 10_000)
	}
	publish(t, c, queue.Refused, values)
	full := size(t, folder)
	if err := e.Trim(ctx, "test", queue.Refused); err != nil {
		t.Fatal(err)
	}
	if n := size(t, folder); n < 30_000_000 || n != full {
		t.Fatalf("%d bytes, %d after a trim of what nobody has", full, n)
	}
	pending(t, c, "test", queue.Refused, 3000)

	commit(t, e.Addrs(), queue.Refused, 3000)
	for range 2 {
		if err := e.Trim(ctx, "test", queue.Refused); err != nil {
			t.Fatal(err)
		}
		if n := size(t, folder); n > 6<<20 {
			t.Errorf("%d bytes of %d are left", n, full)
		}
		lags, err := c.Lag(ctx, "test", queue.Refused)
		if err != nil || lags[0] != (queue.PartitionLag{First: 2999, Committed: 3000, End: 3000}) {
			t.Fatalf("%+v %v", lags, err)
		}
	}

	crash := t.TempDir()
	if err := os.CopyFS(crash, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	e.Close()
	for what, folder := range map[string]string{"stopped": folder, "crashed": crash} {
		t.Run(what, func(t *testing.T) {
			e, err := queue.StartEmbedded(folder, 0, quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			c := open(t, e.Addrs())
			lags, err := c.Lag(within(t), "test", queue.Refused)
			if err != nil || lags[0].Committed != 3000 || lags[0].End != 3000 {
				t.Fatalf("%+v %v", lags, err)
			}
			publish(t, c, queue.Refused, numbered("v", 10))
			s := newSink(t)
			metrics, consuming := consumer(t, c, queue.Refused, "test", s.store)
			s.distinct(10)
			consuming.end()
			s.once(numbered("v", 10))
			if first := s.batches[0].Chunks[0].First; first != 3000 {
				t.Errorf("the offsets go on from %d", first)
			}
			metrics.want("fetched", 10, "stored", 10, "generations", 1)
		})
	}
}

// size is what a folder takes.
func size(t *testing.T, folder string) (total int64) {
	t.Helper()
	err := filepath.WalkDir(folder, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}
