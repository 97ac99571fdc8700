package collect

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// importBatch is how many events are published at once.
	importBatch = 2000
	// maxNamed is how many unreadable lines a Summary names.
	maxNamed = 20
)

// Summary is what became of the lines of a recording. Every line that is not
// blank is in exactly one of the five counts.
type Summary struct {
	Accepted   int
	Refused    map[schemas.Reason]int
	Other      int   // requests that are not hits of the tag: other addresses, HEAD
	Objections int   // hits of persons who object: dropped
	Unreadable int   // lines that are not a recorded request
	Lines      []int // numbers of the first unreadable lines, from 1
}

// TotalRefused is the number of refused hits.
func (s *Summary) TotalRefused() int {
	n := 0
	for _, count := range s.Refused {
		n += count
	}
	return n
}

// Import replays recorded hits: each is read by c, with the time at which it
// was received as the clock, and its event published. It returns when all are
// durable. With a ReplayKeys of the same key, importing the same recording
// again publishes the same events.
//
// The summary counts what was read, also when there is an error: that of r, of
// a publisher, or of ctx. A recording can then be imported again from its
// start; only refusals are written twice.
func Import(ctx context.Context, r io.Reader, c *Collector, events, refused BatchPublisher) (Summary, error) {
	s := Summary{Refused: make(map[schemas.Reason]int)}
	recording, err := NewRecording(r)
	if err != nil {
		return s, err
	}
	accepted := batch{out: events}
	rejected := batch{out: refused}
	for {
		q, err := recording.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, errUnreadable) {
			s.Unreadable++
			if len(s.Lines) < maxNamed {
				s.Lines = append(s.Lines, recording.Line())
			}
			continue
		}
		if err != nil {
			return s, fmt.Errorf("line %d: %w", recording.Line(), err)
		}
		hit, ok := q.hit()
		if !ok {
			s.Other++
			continue
		}
		event, refusal := c.Read(hit)
		if refusal != nil && refusal.Reason == Objection {
			s.Objections++
			continue
		}
		if refusal != nil {
			s.Refused[refusal.Reason]++
			err = rejected.add(ctx, encodeRefusal(*refusal))
		} else {
			s.Accepted++
			err = accepted.add(ctx, schemas.AppendEvent(make([]byte, 0, 192), &event))
		}
		if err != nil {
			return s, fmt.Errorf("line %d: %w", recording.Line(), err)
		}
	}
	return s, errors.Join(accepted.flush(ctx), rejected.flush(ctx))
}

// batch gathers values for one publisher.
type batch struct {
	out    BatchPublisher
	values [][]byte
}

func (b *batch) add(ctx context.Context, value []byte) error {
	b.values = append(b.values, value)
	if len(b.values) < importBatch {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) flush(ctx context.Context) error {
	if len(b.values) == 0 {
		return nil
	}
	if err := errors.Join(ctx.Err(), b.out.PublishAll(ctx, b.values)); err != nil {
		return err
	}
	clear(b.values)
	b.values = b.values[:0]
	return nil
}
