package chdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// RoundTrip answers a request of ClickHouse's HTTP interface. It returns with
// ctx's error when the request is cancelled; the engine may still finish the
// statement, as a server may.
//
// An insert is one transaction only as far as the engine's blocks go (about a
// million rows): what it says it stored is stored, what failed may be in part.
func (e *Engine) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close() //nolint:errcheck // read to its end or of no use
	}
	q, err := readRequest(r)
	if err != nil {
		return refusal(r, &Error{Message: err.Error()}), nil
	}
	c, err := e.acquire(r.Context())
	if err != nil {
		return nil, err
	}
	done := make(chan outcome, 1)
	go func() { done <- e.answer(r.Context(), c, q) }()
	select {
	case o := <-done:
		return o.response(r)
	case <-r.Context().Done():
		go func() { // the connection comes back when the engine is done
			if o := <-done; o.body != nil {
				o.body.Close() //nolint:errcheck // frees a result nobody reads
			}
		}()
		return nil, r.Context().Err()
	}
}

// outcome is the answer to one statement.
type outcome struct {
	body   io.ReadCloser
	length int64 // of body; -1 = unknown
	err    error
}

func (o outcome) response(r *http.Request) (*http.Response, error) {
	if refused, ok := errors.AsType[*Error](o.err); ok {
		return refusal(r, refused), nil
	}
	if o.err != nil {
		return nil, o.err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: o.body, ContentLength: o.length, Request: r,
	}, nil
}

// refusal is how a server reports an error of a statement.
func refusal(r *http.Request, e *Error) *http.Response {
	header := http.Header{}
	header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.Code))
	return &http.Response{
		StatusCode: http.StatusInternalServerError, Status: "500 Internal Server Error", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader([]byte(e.Message))), ContentLength: int64(len(e.Message)), Request: r,
	}
}

// answer runs a statement on a connection and releases it, or leaves that to
// the body of a streamed result.
func (e *Engine) answer(ctx context.Context, c *conn, q request) outcome {
	if err := c.prepare(q.database, q.settings); err != nil {
		e.release(c)
		return outcome{err: err}
	}
	if q.data == nil && q.streams() && q.statement != hello {
		return e.answerStream(ctx, c, q)
	}
	defer e.release(c)
	var result []byte
	var err error
	switch {
	case q.data != nil:
		err = c.insert(q.statement, q.format, q.data)
	case q.statement == hello && q.format == "Native":
		result, err = greet(c)
	default:
		result, err = c.query(q.statement, q.format, q.params)
	}
	return outcome{body: io.NopCloser(bytes.NewReader(result)), length: int64(len(result)), err: err}
}

// answerStream fetches the first piece, so that an error that comes before any
// row is an ordinary answer.
func (e *Engine) answerStream(ctx context.Context, c *conn, q request) outcome {
	s, err := c.stream(q.statement, q.format, q.params)
	if err != nil {
		e.release(c)
		return outcome{err: err}
	}
	first, err := s.next()
	body := &streamBody{engine: e, stream: s, ctx: ctx, piece: first}
	switch {
	case errors.Is(err, io.EOF):
		return outcome{body: http.NoBody, length: 0, err: body.Close()}
	case err != nil:
		return outcome{err: errors.Join(err, body.Close())}
	}
	return outcome{body: body, length: -1}
}

// streamBody is a streamed result as the body of a response. An error in the
// middle is an error of Read, never an early end.
type streamBody struct {
	engine *Engine
	stream *stream
	ctx    context.Context
	piece  []byte
	closed bool
}

func (b *streamBody) Read(p []byte) (int, error) {
	for len(b.piece) == 0 {
		if b.closed {
			return 0, http.ErrBodyReadAfterClose
		}
		if err := b.ctx.Err(); err != nil {
			return 0, err
		}
		var err error
		if b.piece, err = b.stream.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.piece)
	b.piece = b.piece[n:]
	return n, nil
}

func (b *streamBody) Close() error {
	if !b.closed {
		b.closed = true
		b.stream.close()
		b.engine.release(b.stream.conn)
	}
	return nil
}

// greet answers clickhouse-go's first statement, with revision 0: the
// library writes its blocks at that revision, and the driver then decodes them
// so. The answer itself is read at the driver's newest revision.
func greet(c *conn) ([]byte, error) {
	raw, err := c.query("SELECT displayName(), version(), toUInt32(0) AS `revision()`, timezone()", "Native", nil)
	if err != nil {
		return nil, err
	}
	block := proto.Block{ServerContext: &column.ServerContext{}}
	if err := block.Decode(chproto.NewReader(bytes.NewReader(raw)), 0); err != nil {
		return nil, fmt.Errorf("read the engine's version: %w", err)
	}
	var buffer chproto.Buffer
	if err := block.Encode(&buffer, proto.DBMS_TCP_PROTOCOL_VERSION); err != nil {
		return nil, fmt.Errorf("write the engine's version: %w", err)
	}
	return buffer.Buf, nil
}

// Handler is the engine as a server: for tests over real TCP, and for the
// other processes of this machine, over a socket that only they can open. It
// checks nobody's identity.
func (e *Engine) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ping" {
			io.WriteString(w, "Ok.\n") //nolint:errcheck // the client is gone
			return
		}
		response, err := e.RoundTrip(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer response.Body.Close() //nolint:errcheck // frees the result
		for k, v := range response.Header {
			w.Header()[k] = v
		}
		if response.ContentLength >= 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(response.ContentLength, 10))
		}
		w.WriteHeader(response.StatusCode)
		if _, err := io.Copy(w, response.Body); err != nil {
			panic(http.ErrAbortHandler) // a cut connection, not a short result
		}
	})
}
