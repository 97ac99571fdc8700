package chdb

import (
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"unsafe"
)

// conn is one connection to the engine. It runs one statement at a time; the
// Engine hands each to one caller.
type conn struct {
	lib      *library
	outer    unsafe.Pointer // chdb_connection*, what close takes
	handle   unsafe.Pointer // chdb_connection
	name     string         // by which its statement is found among those that run
	database string
	settings map[string]string
	broken   bool // in a state nobody knows: to be closed, not used again
}

// sessionDefaults are the settings of a connection whose request says nothing
// of them: those of a server as its makers ship it, where the library's differ.
var sessionDefaults = map[string]string{
	"session_timezone": "UTC",
	"implicit_select":  "0",
}

func newConn(lib *library, path, name string) (*conn, error) {
	// An asynchronous insert would be told stored before it is.
	arguments := []string{"clickhouse", "--log_comment=" + name, "--async_insert=0"}
	if path != "" {
		arguments = append(arguments, "--path="+path)
	}
	for k, v := range sessionDefaults {
		arguments = append(arguments, "--"+k+"="+v)
	}
	var pinner runtime.Pinner
	defer pinner.Unpin()
	argv := make([]unsafe.Pointer, len(arguments))
	for i, a := range arguments {
		terminated := append([]byte(a), 0)
		pinner.Pin(&terminated[0])
		argv[i] = unsafe.Pointer(&terminated[0])
	}
	outer := lib.connect(int32(len(argv)), unsafe.Pointer(&argv[0]))
	if outer == nil {
		return nil, fmt.Errorf("open %q: the engine refused, see the reason it wrote to the standard error", path)
	}
	return &conn{
		lib: lib, outer: outer, handle: *(*unsafe.Pointer)(outer), name: name,
		database: "default", settings: map[string]string{},
	}, nil
}

func (c *conn) close() { c.lib.closeConn(c.outer) }

// prepare makes the connection's database and settings those of a request.
func (c *conn) prepare(database string, settings map[string]string) error {
	if database != c.database {
		if err := c.exec("USE " + identifier(database)); err != nil {
			return err
		}
		c.database = database
	}
	if maps.Equal(settings, c.settings) {
		return nil
	}
	var changes []string
	for k := range c.settings {
		if _, kept := settings[k]; kept {
			continue
		}
		if v, ok := sessionDefaults[k]; ok {
			changes = append(changes, k+" = "+literal(v))
		} else {
			changes = append(changes, k+" = DEFAULT")
		}
	}
	for k, v := range settings {
		if !settingName.MatchString(k) {
			return refuse(codeUnknownSetting, fmt.Sprintf("Unknown setting %q. (UNKNOWN_SETTING)", k))
		}
		if old, ok := c.settings[k]; !ok || old != v {
			changes = append(changes, k+" = "+literal(v))
		}
	}
	slices.Sort(changes)
	if err := c.exec("SET " + strings.Join(changes, ", ")); err != nil {
		c.broken = true // some may be set
		return err
	}
	c.settings = maps.Clone(settings)
	return nil
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// literal is text in a statement. The engine reads numbers from it too, for
// settings that are numbers.
func literal(v string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v) + "'"
}

func identifier(v string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(v) + "`"
}

// exec runs a statement whose result does not matter.
func (c *conn) exec(statement string) error {
	_, err := c.query(statement, "Null", nil)
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

// take copies the bytes of a result, or returns its error, after which the
// connection is not used again: part of the answer may be left in it.
func (c *conn) take(result unsafe.Pointer) ([]byte, error) {
	if result == nil {
		c.broken = true
		return nil, newError("the engine gave no result")
	}
	if message := c.lib.resultError(result); message != "" {
		c.broken = true
		return nil, newError(message)
	}
	n := c.lib.resultLength(result)
	if n == 0 {
		return nil, nil
	}
	return slices.Clone(unsafe.Slice((*byte)(c.lib.resultBuffer(result)), n)), nil
}

// analysis is chdb_query_analysis_v1.
type analysis struct{ size, statements, flags, class uint32 }

// statements says how many statements a text holds; 0 when it cannot be parsed.
func (c *conn) statements(query string) int {
	a := &analysis{}
	a.size = uint32(unsafe.Sizeof(*a))
	q, qn := text(query)
	c.lib.classify(c.handle, q, qn, nil, 0, unsafe.Pointer(a))
	runtime.KeepAlive(query)
	return int(a.statements)
}
