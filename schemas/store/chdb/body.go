package chdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/ClickHouse/ch-go/compress"
)

// streamBody is a streamed result as the body of a response. It gives its
// connection back when it is closed or ctx is done.
type streamBody struct {
	engine    *Engine
	stream    *stream
	ctx       context.Context
	over      func()
	unwatched func() bool

	mu     sync.Mutex
	piece  []byte
	err    error // of every Read once piece is empty
	closed bool
}

// newStreamBody continues a stream of which begun was fetched. It calls over
// when the statement has ended.
func newStreamBody(ctx context.Context, e *Engine, s *stream, begun []byte, over func()) *streamBody {
	b := &streamBody{engine: e, stream: s, ctx: ctx, piece: begun, over: over}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unwatched = context.AfterFunc(ctx, b.end)
	return b
}

// Read gives ctx's error once ctx is done. The notice of an exception precedes
// its error, so that what is read so far is not taken for all.
func (b *streamBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.piece) == 0 {
		switch {
		case b.ctx.Err() != nil:
			return 0, b.ctx.Err()
		case b.closed:
			return 0, http.ErrBodyReadAfterClose
		case b.err != nil:
			return 0, b.err
		}
		b.piece, b.err = b.stream.next()
		if failed, ok := errors.AsType[*Error](b.err); ok && b.ctx.Err() == nil {
			b.piece = notice(failed)
		}
	}
	n := copy(p, b.piece)
	b.piece = b.piece[n:]
	return n, nil
}

// notice is how a server reports an error in the middle of a result.
func notice(e *Error) []byte {
	const marker = "__exception__"
	tag := rand.Text()[:16]
	message := e.Message + "\n"
	return fmt.Appendf(nil, "\r\n%s\r\n%s\r\n%s%d %s\r\n%s\r\n", marker, tag, message, len(message), tag, marker)
}

// Close ends the statement.
func (b *streamBody) Close() error {
	b.unwatched()
	b.end()
	return nil
}

func (b *streamBody) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.closed = true
	b.stream.close()
	b.over()
	b.engine.release(b.stream.conn)
}

// compressed is an outcome in ClickHouse's compressed frames.
func compressed(o outcome) outcome {
	if o.length == 0 {
		return o // no frame: clickhouse-go reads nothing as no result
	}
	return outcome{body: &frames{source: o.body, writer: compress.NewWriter(compress.LevelZero, compress.LZ4), buffer: make([]byte, eager)}, length: -1}
}

// frames compresses what it reads, a frame at a time.
type frames struct {
	source io.ReadCloser
	writer *compress.Writer
	buffer []byte
	frame  []byte
	err    error
}

// Read gives the error of the source once the frames before it were read.
func (f *frames) Read(p []byte) (int, error) {
	for len(f.frame) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		var n int
		n, f.err = readPiece(f.source, f.buffer)
		if n == 0 {
			continue
		}
		if err := f.writer.Compress(f.buffer[:n]); err != nil {
			return 0, fmt.Errorf("compress a result: %w", err)
		}
		f.frame = f.writer.Data
	}
	n := copy(p, f.frame)
	f.frame = f.frame[n:]
	return n, nil
}

// Close closes the source.
func (f *frames) Close() error { return f.source.Close() }
