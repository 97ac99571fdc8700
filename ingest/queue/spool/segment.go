package spool

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// A segment is a file of values: a header, then records one after the other.
//
//	header  magic (8 bytes) | when it was begun, UTC ms (8)
//	record  length of the value (4) | CRC-32C of the length and the value (4) | value
//
// Numbers are little-endian. A record is intact or it is not there: whatever a
// crash or a disk left between two of them is passed over, byte by byte.
const (
	magic        = "entspl\x00\x01"
	headerBytes  = len(magic) + 8
	recordHeader = 4 + 4
	// maxValue bounds a value, and so what a damaged length can mislead to.
	maxValue = 64 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendHeader(b []byte, begun time.Time) []byte {
	return binary.LittleEndian.AppendUint64(append(b, magic...), uint64(begun.UnixMilli()))
}

func appendRecord(b, value []byte) []byte {
	var length [4]byte
	binary.LittleEndian.PutUint32(length[:], uint32(len(value)))
	b = append(b, length[:]...)
	b = binary.LittleEndian.AppendUint32(b, checksum(length[:], value))
	return append(b, value...)
}

func checksum(length, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, value)
}

// content is what a segment holds.
type content struct {
	begun   time.Time // zero if the header is damaged
	values  [][]byte  // share the bytes that were parsed
	intact  int64     // length up to the end of the last intact record
	damaged int64     // bytes before intact that are no record
}

// parse finds every intact record of a segment.
func parse(b []byte) content {
	var c content
	at := 0
	if len(b) >= headerBytes && string(b[:len(magic)]) == magic {
		c.begun = time.UnixMilli(int64(binary.LittleEndian.Uint64(b[len(magic):headerBytes])))
		at = headerBytes
	}
	c.intact = int64(at)
	for at+recordHeader < len(b) {
		value, ok := record(b[at:])
		if !ok {
			at++
			continue
		}
		c.damaged += int64(at) - c.intact
		c.values = append(c.values, value)
		at += recordHeader + len(value)
		c.intact = int64(at)
	}
	return c
}

// record reads the record that b begins with. There is no empty value.
func record(b []byte) (value []byte, ok bool) {
	length := binary.LittleEndian.Uint32(b)
	if length == 0 || length > maxValue || int(length) > len(b)-recordHeader {
		return nil, false
	}
	value = b[recordHeader : recordHeader+int(length) : recordHeader+int(length)]
	return value, checksum(b[:4], value) == binary.LittleEndian.Uint32(b[4:])
}

// suffix is how the names of segments end; the number before it says their
// order.
const suffix = ".spool"

func segmentName(number uint64) string { return fmt.Sprintf("%016d%s", number, suffix) }
