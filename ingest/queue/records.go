package queue

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// records is a Kafka record batch (magic 2, uncompressed) in the making. It
// copies values as they come, so that a request which timed out, and may still
// be on its way to a socket, never reads what a caller has meanwhile changed.
//
// Layout: https://kafka.apache.org/documentation/#recordbatch, after the four
// bytes of the set's length that a produce request puts before it.
type records struct {
	bytes []byte
	count int
}

// Offsets within records.bytes, and the length of what precedes the records.
const (
	atLength     = 4 + 8 // of the batch after this field
	atMagic      = 4 + 16
	atChecksum   = 4 + 17
	atAttributes = 4 + 21 // the checksum covers from here
	atLastDelta  = 4 + 23
	atFirstTime  = 4 + 27
	atLastTime   = 4 + 35
	atProducer   = 4 + 43 // id, epoch and sequence, 14 bytes, all -1: not idempotent
	atCount      = 4 + 57
	headerBytes  = 4 + 61
)

// recordOverhead is what a record takes beside its value, at most.
const recordOverhead = 5 + 1 + 1 + 5 + 1 + 5 + 1

// append adds a record without key and headers.
func (r *records) append(value []byte) {
	if len(r.bytes) == 0 {
		r.bytes = append(r.bytes, make([]byte, headerBytes)...)
	}
	var delta [binary.MaxVarintLen32]byte
	deltaBytes := binary.PutVarint(delta[:], int64(r.count))
	var size [binary.MaxVarintLen32]byte
	sizeBytes := binary.PutVarint(size[:], int64(len(value)))

	length := 1 + 1 + deltaBytes + 1 + sizeBytes + len(value) + 1
	r.bytes = binary.AppendVarint(r.bytes, int64(length))
	r.bytes = append(r.bytes, 0, 0) // attributes, time since the first record
	r.bytes = append(r.bytes, delta[:deltaBytes]...)
	r.bytes = append(r.bytes, 1) // no key: a length of -1
	r.bytes = append(r.bytes, size[:sizeBytes]...)
	r.bytes = append(r.bytes, value...)
	r.bytes = append(r.bytes, 0) // headers
	r.count++
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal fills the header in. now is the time of all records, for the broker's
// retention.
func (r *records) seal(now time.Time) {
	b, be := r.bytes, binary.BigEndian
	be.PutUint32(b, uint32(len(b)-4))
	be.PutUint32(b[atLength:], uint32(len(b)-atLength-4))
	be.PutUint32(b[atLength+4:], 1<<32-1) // leader epoch: unknown
	b[atMagic] = 2
	be.PutUint32(b[atLastDelta:], uint32(r.count-1))
	be.PutUint64(b[atFirstTime:], uint64(now.UnixMilli()))
	be.PutUint64(b[atLastTime:], uint64(now.UnixMilli()))
	for i := range 14 {
		b[atProducer+i] = 0xff
	}
	be.PutUint32(b[atCount:], uint32(r.count))
	be.PutUint32(b[atChecksum:], crc32.Checksum(b[atAttributes:], castagnoli))
}

// reset forgets the records and keeps the memory.
func (r *records) reset() { r.bytes, r.count = r.bytes[:0], 0 }
