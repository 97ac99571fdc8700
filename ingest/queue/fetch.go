package queue

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

const (
	// fetchBytes bounds one fetch of one partition. While a handler works, each
	// partition holds one fetch: 24 MB for 12 of them, beside the batch.
	fetchBytes = 2 << 20
	// fetchWait is how long the broker may wait for a first message. A stop
	// does not wait for it.
	fetchWait = 500 * time.Millisecond
)

// chunkSize is what a chunk held: the next one's buffers are made for as much.
type chunkSize struct{ messages, bytes int }

// fetch reads one partition from an offset and hands over its chunks.
func (c *Consumer) fetch(ctx context.Context, partition int, offset int64, chunks chan<- Chunk) {
	backoff := backoff{ceiling: c.config.MaxBackoff}
	var size chunkSize
	for ctx.Err() == nil {
		chunk, next, err := c.fetchOne(ctx, partition, offset, size)
		if errors.Is(err, kafka.OffsetOutOfRange) {
			var first int64
			if first, err = c.firstOffset(ctx, partition, offset); err == nil {
				offset, next = first, first
			}
		}
		if err != nil {
			if ctx.Err() == nil {
				c.metrics.fetchErrors.Inc()
				c.logger.Warn("fetch", "topic", c.config.Topic, "partition", partition, "error", err)
				backoff.wait(ctx)
			}
			continue
		}
		backoff.reset()
		if next != offset {
			select {
			case chunks <- chunk:
				c.metrics.fetched.Add(float64(len(chunk.Values)))
			case <-ctx.Done():
				return
			}
			if len(chunk.Values) > 0 {
				size = chunkSize{messages: len(chunk.Values), bytes: chunk.bytes}
			}
		}
		offset = next
	}
}

// firstOffset is where to go on when retention overtook us, or the log was
// lost: what is left counts, what is not is said.
func (c *Consumer) firstOffset(ctx context.Context, partition int, offset int64) (int64, error) {
	topic := c.config.Topic
	response, err := c.cluster.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{topic: {kafka.FirstOffsetOf(partition)}},
	})
	if err != nil {
		return 0, err
	}
	if len(response.Topics[topic]) != 1 {
		return 0, kafka.UnknownTopicOrPartition
	}
	found := response.Topics[topic][0]
	if found.Error != nil {
		return 0, found.Error
	}
	lost := found.FirstOffset - max(0, min(offset, found.FirstOffset))
	c.metrics.lost.Add(float64(lost))
	c.logger.Error("offset out of range: messages were deleted before they were stored",
		"topic", topic, "partition", partition, "offset", offset, "first", found.FirstOffset, "lost", lost)
	return found.FirstOffset, nil
}

// fetchOne is one request and the offset of the next; an empty chunk means that
// nothing came in time. size is a guess of it.
func (c *Consumer) fetchOne(ctx context.Context, partition int, offset int64, size chunkSize) (chunk Chunk, next int64, err error) {
	response, err := c.cluster.client.Fetch(ctx, &kafka.FetchRequest{
		Topic: c.config.Topic, Partition: partition, Offset: offset,
		MinBytes: 1, MaxBytes: fetchBytes, MaxWait: fetchWait,
	})
	if err != nil {
		return Chunk{}, offset, err
	}
	if response.Error != nil {
		return Chunk{}, offset, response.Error
	}
	if chunk, err = readChunk(partition, offset, response.Records, size); err != nil {
		return Chunk{}, offset, err
	}
	if len(chunk.Values) > 0 {
		if offset >= 0 { // else a request for the first message, and not a place
			chunk.First = offset
		}
		return chunk, chunk.Last + 1, nil
	}
	if after := afterMarkers(response.Records); after > offset && after > 0 {
		// Handed over like messages: they would wait for ever where none follows.
		chunk.First, chunk.Last = after-1, after-1
		if offset >= 0 {
			chunk.First = offset
		}
		return chunk, after, nil
	}
	// Nothing: also where the group has not committed anything, and offset is
	// not a place but a request for the first message, which has not come yet.
	return chunk, offset, nil
}

// afterMarkers is the offset that follows the last batch of transaction
// markers, or -1 without one. They are no messages, but where nothing else
// follows them, the offset still has to pass: a mirror that replays into our
// topic in transactions leaves them.
func afterMarkers(records kafka.RecordReader) int64 {
	after := int64(-1)
	if stream, ok := records.(*protocol.RecordStream); ok {
		for _, batch := range stream.Records {
			if markers, ok := batch.(*protocol.ControlBatch); ok {
				after = markers.BaseOffset + 1
			}
		}
	}
	return after
}

// readChunk copies the values of a response into one buffer. The broker may
// begin before the offset that was asked for, and end within a record.
func readChunk(partition int, offset int64, records kafka.RecordReader, size chunkSize) (Chunk, error) {
	chunk := Chunk{Partition: partition}
	var buffer []byte
	var ends []int
	for {
		r, err := records.ReadRecord()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && len(ends) > 0 {
			break
		}
		if err != nil {
			return Chunk{}, err
		}
		if r.Offset < offset {
			continue
		}
		if ends == nil {
			buffer = make([]byte, 0, size.bytes+size.bytes/8)
			ends = make([]int, 0, size.messages+size.messages/8)
			chunk.Offsets = make([]int64, 0, cap(ends))
		}
		if r.Value != nil {
			start := len(buffer)
			buffer = append(buffer, make([]byte, r.Value.Len())...)
			if _, err := io.ReadFull(r.Value, buffer[start:]); err != nil {
				return Chunk{}, err
			}
			r.Value.Close() //nolint:errcheck // returns its page to a pool
		}
		ends = append(ends, len(buffer))
		chunk.Offsets = append(chunk.Offsets, r.Offset)
	}
	if len(ends) == 0 {
		return chunk, nil
	}
	chunk.Values = make([][]byte, len(ends))
	start := 0
	for i, end := range ends {
		chunk.Values[i], start = buffer[start:end:end], end
	}
	chunk.First, chunk.Last, chunk.bytes = chunk.Offsets[0], chunk.Offsets[len(ends)-1], len(buffer)
	return chunk, nil
}
