package queue

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/segmentio/kafka-go"
)

// redialing repeats requests that met a dead connection. The transport keeps
// idle ones without watching them: after a restart of a broker, each fails the
// next request that takes it. For requests that may be made twice.
type redialing struct{ kafka.RoundTripper }

// mostDead bounds the repeats; it is more than the connections that the fetches
// of 12 partitions leave.
const mostDead = 32

// RoundTrip is one request and its answer.
func (t redialing) RoundTrip(ctx context.Context, to net.Addr, request kafka.Request) (response kafka.Response, err error) {
	for range mostDead {
		response, err = t.RoundTripper.RoundTrip(ctx, to, request)
		if err == nil || ctx.Err() != nil || !dead(err) {
			break
		}
	}
	return response, err
}

func dead(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
