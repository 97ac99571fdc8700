package chdb

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// Error is what the engine said of a statement.
type Error struct {
	Code    int // of ClickHouse's list of error codes; 0 = unknown
	Message string
}

func (e *Error) Error() string { return e.Message }

var codePattern = regexp.MustCompile(`Code: (\d+)`)

func newError(message string) *Error {
	e := &Error{Message: message}
	if m := codePattern.FindStringSubmatch(message); m != nil {
		e.Code, _ = strconv.Atoi(m[1]) //nolint:errcheck // the pattern is digits
	}
	return e
}

// conn is one connection to the engine. It runs one statement at a time; the
// Engine hands each to one caller.
type conn struct {
	lib      *library
	outer    unsafe.Pointer // chdb_connection*, what close takes
	handle   unsafe.Pointer // chdb_connection
	database string
	settings map[string]string
	broken   bool // in a state nobody knows: to be closed, not used again
}

func newConn(lib *library, path string) (*conn, error) {
	args := [][]byte{[]byte("clickhouse\x00")}
	if path != "" {
		args = append(args, []byte("--path="+path+"\x00"))
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	argv := make([]unsafe.Pointer, len(args))
	for i, a := range args {
		pinner.Pin(&a[0])
		argv[i] = unsafe.Pointer(&a[0])
	}
	outer := lib.connect(int32(len(argv)), unsafe.Pointer(&argv[0]))
	if outer == nil {
		return nil, fmt.Errorf("open %s: the engine refused; another process may hold the folder", path)
	}
	return &conn{lib: lib, outer: outer, handle: *(*unsafe.Pointer)(outer), database: "default", settings: map[string]string{}}, nil
}

func (c *conn) close() { c.lib.closeConn(c.outer) }

// prepare makes the connection's database and settings those of a request.
func (c *conn) prepare(database string, settings map[string]string) error {
	if database != c.database {
		if err := c.exec("USE `"+strings.ReplaceAll(database, "`", "\\`")+"`", nil); err != nil {
			return err
		}
		c.database = database
	}
	if maps.Equal(settings, c.settings) {
		return nil
	}
	var changes []string
	for k := range c.settings {
		if _, kept := settings[k]; !kept {
			changes = append(changes, k+" = DEFAULT")
		}
	}
	for k, v := range settings {
		if c.settings[k] != v {
			changes = append(changes, k+" = "+literal(v))
		}
	}
	slices.Sort(changes)
	for _, change := range changes {
		if err := c.exec("SET "+change, nil); err != nil {
			c.broken = true // half set
			return err
		}
	}
	c.settings = maps.Clone(settings)
	return nil
}

func literal(v string) string {
	if _, err := strconv.ParseFloat(v, 64); err == nil {
		return v
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v) + "'"
}

// exec runs a statement whose result does not matter.
func (c *conn) exec(statement string, params map[string]string) error {
	_, err := c.query(statement, "Null", params)
	return err
}

// query runs a statement and returns its whole result in the format.
func (c *conn) query(statement, format string, params map[string]string) ([]byte, error) {
	args := newArguments(params)
	defer args.release()
	q, qn := text(statement)
	f, fn := text(format)
	names, nameLens, values, valueLens, count := args.pointers()
	result := c.lib.query(c.handle, q, qn, f, fn, names, nameLens, values, valueLens, count)
	runtime.KeepAlive(statement)
	runtime.KeepAlive(format)
	runtime.KeepAlive(args)
	defer c.lib.destroyResult(result)
	return c.take(result)
}

// take copies the bytes of a result, or returns its error.
func (c *conn) take(result unsafe.Pointer) ([]byte, error) {
	if result == nil {
		return nil, newError("the engine gave no result")
	}
	if message := c.lib.resultError(result); message != "" {
		return nil, newError(message)
	}
	n := c.lib.resultLength(result)
	if n == 0 {
		return nil, nil
	}
	return slices.Clone(unsafe.Slice((*byte)(c.lib.resultBuffer(result)), n)), nil
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

// stream is a result that arrives in pieces.
type stream struct {
	conn   *conn
	handle unsafe.Pointer
	ended  bool
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
	}
	s.conn.lib.destroyResult(s.handle)
}

// insertPiece is how much of an insert's body crosses to the engine at once.
const insertPiece = 1 << 20

// insert runs an INSERT statement, without its FORMAT clause, over the data of
// body. When body breaks, the insert is cancelled; blocks of it that the
// engine already wrote stay (the engine forms blocks of about a million rows).
func (c *conn) insert(statement, format string, body io.Reader) error {
	q, qn := text(statement)
	f, fn := text(format)
	handle := c.lib.streamInsert(c.handle, q, qn, f, fn)
	runtime.KeepAlive(statement)
	runtime.KeepAlive(format)
	defer c.lib.destroyInsertion(handle)
	if message := c.lib.streamInsertErr(handle); message != "" {
		return newError(message)
	}
	buffer := make([]byte, insertPiece)
	for {
		n, err := readPiece(body, buffer)
		if n > 0 && c.lib.streamAppend(handle, unsafe.Pointer(&buffer[0]), uintptr(n)) != 0 {
			break // what went wrong is told by done
		}
		if err == io.EOF { //nolint:errorlint // io.Reader returns it bare at the end, and only then
			break
		}
		if err != nil {
			c.lib.cancelInsert(handle)
			return fmt.Errorf("read the body of an insert: %w", err)
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
