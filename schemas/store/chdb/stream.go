package chdb

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"unsafe"
)

// stream is a result that arrives in pieces, so that one of any size takes
// constant memory.
type stream struct {
	conn   *conn
	handle unsafe.Pointer
	ended  bool
}

// stream begins a statement whose result is fetched piece by piece.
func (c *conn) stream(statement, format string, params map[string]string) (*stream, error) {
	args := newArguments(params)
	defer args.release()
	q, qn := text(statement)
	f, fn := text(format)
	names, nameLens, values, valueLens, count := args.pointers()
	handle := c.lib.streamQuery(c.handle, q, qn, f, fn, names, nameLens, values, valueLens, count)
	runtime.KeepAlive(statement)
	runtime.KeepAlive(format)
	runtime.KeepAlive(args)
	if handle == nil {
		return nil, newError("the engine gave no result")
	}
	if message := c.lib.resultError(handle); message != "" {
		c.lib.destroyResult(handle)
		return nil, newError(message)
	}
	return &stream{conn: c, handle: handle}, nil
}

// next is the next piece; it ends with io.EOF.
func (s *stream) next() ([]byte, error) {
	if s.ended {
		return nil, io.EOF
	}
	result := s.conn.lib.streamFetch(s.conn.handle, s.handle)
	defer s.conn.lib.destroyResult(result)
	piece, err := s.conn.take(result)
	if err != nil || len(piece) == 0 {
		s.ended = true
	}
	if err == nil && len(piece) == 0 {
		return nil, io.EOF
	}
	return piece, err
}

// close ends the statement, cancelling what was not fetched.
func (s *stream) close() {
	if !s.ended {
		s.conn.lib.streamCancel(s.conn.handle, s.handle)
		s.conn.broken = true
	}
	s.conn.lib.destroyResult(s.handle)
}

// insertPiece is how much of an insert's body crosses to the engine at once,
// in bytes.
const insertPiece = 1 << 20

// wholeInsert are the settings by which an insert is one block, whatever the
// blocks of its data: it is written after its last byte was read, or not at all.
// Only within a partition is that a single step of the storage.
var wholeInsert = map[string]string{
	"min_insert_block_size_rows":  "4611686018427387904",
	"min_insert_block_size_bytes": "4611686018427387904",
}

// insert runs an INSERT statement, without its FORMAT clause, over the data of
// body. When body breaks or ctx is done before its end, the insert is cancelled.
func (c *conn) insert(ctx context.Context, statement, format string, params map[string]string, body io.Reader) error {
	args := newArguments(params)
	defer args.release()
	q, qn := text(statement)
	f, fn := text(format)
	names, nameLens, values, valueLens, count := args.pointers()
	handle := c.lib.streamInsert(c.handle, q, qn, f, fn, names, nameLens, values, valueLens, count)
	runtime.KeepAlive(statement)
	runtime.KeepAlive(format)
	runtime.KeepAlive(args)
	defer c.lib.destroyInsertion(handle)
	if message := c.lib.streamInsertErr(handle); message != "" {
		return newError(message)
	}
	buffer := make([]byte, insertPiece)
	for {
		n, err := readPiece(body, buffer)
		if err == nil || err == io.EOF { //nolint:errorlint // io.Reader returns it bare at the end, and only then
			if cancelled := ctx.Err(); cancelled != nil {
				err = cancelled
			}
		}
		if err != nil && err != io.EOF { //nolint:errorlint // as above
			c.lib.cancelInsert(handle)
			return fmt.Errorf("read the data of an insert: %w", err)
		}
		if n > 0 && c.lib.streamAppend(handle, unsafe.Pointer(&buffer[0]), uintptr(n)) != 0 {
			break // what went wrong is told by done
		}
		if err != nil {
			break
		}
	}
	result := c.lib.streamDone(handle)
	defer c.lib.destroyResult(result)
	_, err := c.take(result)
	return err
}

// readPiece fills the buffer. Unlike io.ReadFull it tells a body that ended
// (io.EOF) from one that was cut.
func readPiece(body io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var m int
		m, err = body.Read(buffer[n:])
		n += m
	}
	return n, err
}
