package chdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// eager is how much of a result is fetched before it is answered, in bytes. What
// is no longer keeps no connection while it is read.
const eager = 1 << 20

// RoundTrip answers a request of ClickHouse's HTTP interface. An error of a
// statement is a response, as of a server; an error of RoundTrip is that of ctx,
// that of reading the request's body, or ErrClosed.
//
// When ctx is done it returns with ctx's error at once and the engine is told
// to give up the statement, which it mostly does within milliseconds. An INSERT
// with data is cancelled, and stores nothing, if ctx is done before its data
// was read; later it runs to its end.
//
// A result beyond a mebibyte is streamed: it holds one of the engine's
// connections until its body is closed or ctx is done, and an error in its
// middle is an error of Read, after ClickHouse's own notice of it.
func (e *Engine) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close() //nolint:errcheck // read to its end or of no use
	}
	q, err := readRequest(r)
	if err != nil {
		return outcome{err: err}.response(r)
	}
	ctx := r.Context()
	c, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	done := make(chan outcome, 1)
	go func() { done <- e.answer(ctx, c, q) }()
	select {
	case o := <-done:
		return o.response(r)
	case <-ctx.Done():
		go func() { // the connection comes back when the engine is done
			if o := <-done; o.body != nil {
				o.body.Close() //nolint:errcheck // frees a result nobody reads
			}
		}()
		return nil, ctx.Err()
	}
}

// outcome is the answer to one statement.
type outcome struct {
	body   io.ReadCloser
	length int64 // of body; -1 = unknown
	err    error
}

// complete is the outcome of a statement that has ended.
func complete(result []byte, err error) outcome {
	if err != nil {
		return outcome{err: err}
	}
	return outcome{body: io.NopCloser(bytes.NewReader(result)), length: int64(len(result))}
}

func (o outcome) response(r *http.Request) (*http.Response, error) {
	response := &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: o.body, ContentLength: o.length, Request: r,
	}
	if refused, ok := errors.AsType[*Error](o.err); ok {
		response.StatusCode = refused.status()
		response.Header.Set("Content-Type", "text/plain; charset=UTF-8")
		if refused.Code != 0 {
			response.Header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(refused.Code))
		}
		response.Body, response.ContentLength = io.NopCloser(strings.NewReader(refused.Message+"\n")), int64(len(refused.Message)+1)
	} else if o.err != nil {
		return nil, o.err
	}
	response.Status = strconv.Itoa(response.StatusCode) + " " + http.StatusText(response.StatusCode)
	return response, nil
}

// answer runs a statement on a connection and releases it, or leaves that to
// the body of a streamed result.
func (e *Engine) answer(ctx context.Context, c *conn, q request) outcome {
	o := e.run(ctx, c, q)
	if o.err != nil && ctx.Err() != nil {
		o.err = ctx.Err() // rather than that the engine was interrupted
	}
	if q.compress && o.err == nil {
		return compressed(o)
	}
	return o
}

func (e *Engine) run(ctx context.Context, c *conn, q request) outcome {
	if err := c.prepare(q.database, q.session()); err != nil {
		e.release(c)
		return outcome{err: err}
	}
	if q.data != nil {
		defer e.release(c)
		err := c.insert(ctx, q.statement, q.format, q.params, q.data)
		// The connection of an insert that failed would hold its table, and a
		// DROP … SYNC wait for ever.
		c.broken = c.broken || err != nil
		return complete(nil, err)
	}
	if q.statement == hello && q.format == "Native" {
		defer e.release(c)
		return complete(greet(c))
	}
	if err := single(c, q.statement); err != nil {
		e.release(c)
		return outcome{err: err}
	}
	over := e.watch(ctx, c)
	if q.streams() {
		s, err := c.stream(q.statement, q.format, q.params)
		if !notStreamable(err) {
			return e.runStream(ctx, c, q, s, err, over)
		}
	}
	result, err := c.query(q.statement, q.format, q.params)
	e.empty.forget() // the statement may have changed the columns of any other
	over()
	c.broken = c.broken || changesSession.MatchString(q.statement)
	e.release(c)
	return complete(result, err)
}

// runStream fetches the beginning of a streamed result, and all of a small one.
func (e *Engine) runStream(ctx context.Context, c *conn, q request, s *stream, err error, over func()) outcome {
	var begun []byte
	for err == nil && (q.whole || len(begun) < eager) {
		var piece []byte
		if piece, err = s.next(); err == nil {
			begun = append(begun, piece...)
		}
	}
	if err == nil {
		return outcome{body: newStreamBody(ctx, e, s, begun, over), length: -1}
	}
	if s != nil {
		s.close()
	}
	if errors.Is(err, io.EOF) {
		err = nil
		if len(begun) == 0 && q.native() {
			begun = e.empty.of(c, q)
		}
	}
	over()
	e.release(c)
	return complete(begun, err)
}

// notStreamable says whether the engine refused to stream the result of a
// statement, which it does before it runs it.
func notStreamable(err error) bool {
	refused, ok := errors.AsType[*Error](err)
	return ok && refused.Code == codeBadArguments && strings.Contains(refused.Message, "Streaming query is not supported")
}

// single refuses several statements in one request, as a server does; the
// library would run them.
func single(c *conn, statement string) error {
	statement = strings.TrimRight(statement, "; \t\r\n")
	if !strings.Contains(statement, ";") || insertHead.MatchString(statement) || c.statements(statement) < 2 {
		return nil
	}
	return refuse(codeSyntax, "Syntax error (Multi-statements are not allowed). (SYNTAX_ERROR)")
}
