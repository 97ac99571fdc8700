package chdb

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is libchdb's C interface. Handles are opaque pointers of the
// library; text crosses as pointer and length.
type library struct {
	connect          func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn        func(conn unsafe.Pointer)
	signalHandlers   func(enabled int32)
	query            func(conn, query unsafe.Pointer, queryLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamQuery      func(conn, query unsafe.Pointer, queryLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamFetch      func(conn, stream unsafe.Pointer) unsafe.Pointer
	streamCancel     func(conn, stream unsafe.Pointer)
	destroyResult    func(result unsafe.Pointer)
	resultBuffer     func(result unsafe.Pointer) unsafe.Pointer
	resultLength     func(result unsafe.Pointer) uintptr
	resultError      func(result unsafe.Pointer) string
	streamInsert     func(conn, query unsafe.Pointer, queryLen uintptr, format unsafe.Pointer, formatLen uintptr) unsafe.Pointer
	streamAppend     func(stream, data unsafe.Pointer, length uintptr) int32
	streamDone       func(stream unsafe.Pointer) unsafe.Pointer
	streamInsertErr  func(stream unsafe.Pointer) string
	cancelInsert     func(stream unsafe.Pointer)
	destroyInsertion func(stream unsafe.Pointer)
}

// A process can load the library once; a second path would be a second copy
// of the engine's global state.
var loaded struct {
	sync.Mutex
	path string
	lib  *library
}

func load(path string) (*library, error) {
	loaded.Lock()
	defer loaded.Unlock()
	if loaded.lib != nil {
		if loaded.path != path {
			return nil, fmt.Errorf("load %s: this process already loaded %s", path, loaded.path)
		}
		return loaded.lib, nil
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	lib := &library{}
	for name, function := range map[string]any{
		"chdb_connect":                     &lib.connect,
		"chdb_close_conn":                  &lib.closeConn,
		"chdb_set_signal_handlers_enabled": &lib.signalHandlers,
		"chdb_query_with_params_n":         &lib.query,
		"chdb_stream_query_with_params_n":  &lib.streamQuery,
		"chdb_stream_fetch_result":         &lib.streamFetch,
		"chdb_stream_cancel_query":         &lib.streamCancel,
		"chdb_destroy_query_result":        &lib.destroyResult,
		"chdb_result_buffer":               &lib.resultBuffer,
		"chdb_result_length":               &lib.resultLength,
		"chdb_result_error":                &lib.resultError,
		"chdb_stream_insert_n":             &lib.streamInsert,
		"chdb_stream_append":               &lib.streamAppend,
		"chdb_stream_done":                 &lib.streamDone,
		"chdb_stream_insert_error":         &lib.streamInsertErr,
		"chdb_stream_cancel_insert":        &lib.cancelInsert,
		"chdb_destroy_insert_stream":       &lib.destroyInsertion,
	} {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("load %s: it lacks %s: run `make assets` for the version this program needs", path, name)
		}
		purego.RegisterFunc(function, symbol)
	}
	// Before the first connection, or the library's handlers take over the
	// signals by which Go turns a nil dereference into a panic.
	lib.signalHandlers(0)
	loaded.path, loaded.lib = path, lib
	return lib, nil
}

// text is a pointer and length for bytes that C reads during one call; the
// caller keeps b alive.
func text[T ~string | ~[]byte](b T) (unsafe.Pointer, uintptr) {
	if len(b) == 0 {
		return unsafe.Pointer(&empty[0]), 0
	}
	switch v := any(b).(type) {
	case string:
		return unsafe.Pointer(unsafe.StringData(v)), uintptr(len(v))
	case []byte:
		return unsafe.Pointer(unsafe.SliceData(v)), uintptr(len(v))
	}
	panic("chdb: text of a named type")
}

var empty [1]byte

// arguments are named parameters as the four parallel arrays that C expects.
// They hold Go pointers, so they are pinned until release.
type arguments struct {
	names, values     []unsafe.Pointer
	nameLens, valLens []uintptr
	pinner            runtime.Pinner
}

func newArguments(params map[string]string) *arguments {
	a := &arguments{}
	for k, v := range params {
		kp, kn := text(k)
		vp, vn := text(v)
		a.pinner.Pin(kp)
		if vn > 0 {
			a.pinner.Pin(vp)
		}
		a.names, a.nameLens = append(a.names, kp), append(a.nameLens, kn)
		a.values, a.valLens = append(a.values, vp), append(a.valLens, vn)
	}
	return a
}

func (a *arguments) release() { a.pinner.Unpin() }

// pointers are the arrays and their length; all nil when there are none.
func (a *arguments) pointers() (names, nameLens, values, valueLens unsafe.Pointer, count uintptr) {
	return unsafe.Pointer(unsafe.SliceData(a.names)), unsafe.Pointer(unsafe.SliceData(a.nameLens)),
		unsafe.Pointer(unsafe.SliceData(a.values)), unsafe.Pointer(unsafe.SliceData(a.valLens)), uintptr(len(a.names))
}
