package queue

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// The batch, read by another implementation, checksum included.
func TestRecordsAreReadByKafkaGo(t *testing.T) {
	now := time.Date(2026, 11, 24, 10, 0, 0, 7_000_000, time.UTC)
	long := bytes.Repeat([]byte("0123456789"), 30_000)
	for name, values := range map[string][][]byte{
		"one":      {[]byte("a")},
		"empty":    {{}},
		"lengths":  {nil, []byte("a"), long[:63], long[:64], long[:65], long[:8191], long[:8192], long},
		"a batch":  repeat([]byte("an event of usual length"), 20_000),
		"one long": {long},
	} {
		t.Run(name, func(t *testing.T) {
			var r records
			r.append([]byte("left over"))
			r.reset()
			total := headerBytes
			for _, v := range values {
				r.append(v)
				total += len(v) + recordOverhead
			}
			r.seal(now)
			if len(r.bytes) > total {
				t.Errorf("%d bytes, bounded by %d", len(r.bytes), total)
			}
			var set protocol.RecordSet
			n, err := set.ReadFrom(bytes.NewBuffer(r.bytes))
			if err != nil || int(n) != len(r.bytes) {
				t.Fatalf("%d bytes read of %d: %v", n, len(r.bytes), err)
			}
			for i, want := range values {
				record, err := set.Records.ReadRecord()
				if err != nil {
					t.Fatal(i, err)
				}
				got, err := protocol.ReadAll(record.Value)
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("record %d: %d bytes, want %d: %v", i, len(got), len(want), err)
				}
				if record.Offset != int64(i) || record.Key != nil || len(record.Headers) != 0 || !record.Time.Equal(now) {
					t.Fatalf("record %d: %+v", i, record)
				}
			}
			if _, err := set.Records.ReadRecord(); !errors.Is(err, io.EOF) {
				t.Fatal("more than was written:", err)
			}
		})
	}
}

func repeat(value []byte, n int) [][]byte {
	values := make([][]byte, n)
	for i := range values {
		values[i] = value
	}
	return values
}
