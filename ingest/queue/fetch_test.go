package queue

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// answer is what a broker may answer to a fetch: records, then an error.
type answer struct {
	records []kafka.Record
	err     error
}

func (a *answer) ReadRecord() (*kafka.Record, error) {
	if len(a.records) == 0 {
		return nil, a.err
	}
	r := a.records[0]
	a.records = a.records[1:]
	return &r, nil
}

// record has an offset and a value; a nil value is a tombstone.
type record struct {
	offset int64
	value  []byte
}

// answers makes an answer anew each time it is called.
func answers(err error, records ...record) func() *answer {
	return func() *answer {
		a := &answer{err: err}
		for _, r := range records {
			k := kafka.Record{Offset: r.offset}
			if r.value != nil {
				k.Value = kafka.NewBytes(r.value)
			}
			a.records = append(a.records, k)
		}
		return a
	}
}

func TestReadChunk(t *testing.T) {
	broken := errors.New("crc32 checksum mismatch")
	for _, c := range []struct {
		name   string
		answer func() *answer // its values can be read once
		want   string
		err    error
	}{
		{"nothing", answers(io.EOF), "0-0 [] []", nil},
		{"some", answers(io.EOF, record{7, []byte("a")}, record{8, []byte("b")}), `7-8 [7 8] ["a" "b"]`, nil},
		{"begins before", answers(io.EOF, record{5, []byte("a")}, record{6, []byte("b")}, record{7, []byte("c")}), `7-7 [7] ["c"]`, nil},
		{"all before", answers(io.EOF, record{5, []byte("a")}, record{6, []byte("b")}), `0-0 [] []`, nil},
		{"ends within a record", answers(io.ErrUnexpectedEOF, record{7, []byte("a")}), `7-7 [7] ["a"]`, nil},
		{"only a part of a record", answers(io.ErrUnexpectedEOF), "", io.ErrUnexpectedEOF},
		{"damaged", answers(broken, record{7, []byte("a")}), "", broken},
		{"without value", answers(io.EOF, record{7, nil}, record{8, []byte("")}), `7-8 [7 8] ["" ""]`, nil},
		{"with gaps", answers(io.EOF, record{7, []byte("a")}, record{70, []byte("b")}), `7-70 [7 70] ["a" "b"]`, nil},
	} {
		for _, size := range []chunkSize{{}, {messages: 1000, bytes: 1 << 20}} {
			t.Run(fmt.Sprint(c.name, size), func(t *testing.T) {
				chunk, err := readChunk(3, 7, c.answer(), size)
				if !errors.Is(err, c.err) {
					t.Fatal(err)
				}
				if c.err != nil {
					return
				}
				if got := fmt.Sprintf("%d-%d %d %q", chunk.First, chunk.Last, chunk.Offsets, chunk.Values); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
			})
		}
	}
}

func TestAfterMarkers(t *testing.T) {
	values := &protocol.RecordBatch{BaseOffset: 4, Records: &answer{err: io.EOF}}
	markers := func(offset int64) *protocol.ControlBatch { return &protocol.ControlBatch{BaseOffset: offset} }
	for _, c := range []struct {
		name    string
		records kafka.RecordReader
		want    int64
	}{
		{"nothing", kafka.NewRecordReader(), -1},
		{"values", &protocol.RecordStream{Records: []protocol.RecordReader{values}}, -1},
		{"a marker", &protocol.RecordStream{Records: []protocol.RecordReader{markers(9)}}, 10},
		{"several", &protocol.RecordStream{Records: []protocol.RecordReader{values, markers(9), markers(10)}}, 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := afterMarkers(c.records); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}
