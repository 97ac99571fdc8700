package chdb

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

// library is libchdb's C interface (programs/local/chdb.h of chdb-core). Handles
// are opaque pointers of the library; text crosses as pointer and length, and
// named parameters as four parallel arrays and their length.
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
	streamInsert     func(conn, query unsafe.Pointer, queryLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamAppend     func(stream, data unsafe.Pointer, length uintptr) int32
	streamDone       func(stream unsafe.Pointer) unsafe.Pointer
	streamInsertErr  func(stream unsafe.Pointer) string
	cancelInsert     func(stream unsafe.Pointer)
	destroyInsertion func(stream unsafe.Pointer)
	classify         func(conn, query unsafe.Pointer, queryLen uintptr, database unsafe.Pointer, databaseLen uintptr, analysis unsafe.Pointer) int32
}

// loaded is the library of this process, which can load it once and have one
// data folder open at a time: the engine's state is global to the process.
var loaded struct {
	sync.Mutex
	path    string
	lib     *library
	folder  string // open now
	engines int    // that have it open
}

// load gives the library; the caller holds loaded.
func load(path string) (*library, error) {
	if loaded.lib != nil {
		if loaded.path != path {
			return nil, fmt.Errorf("load %s: this process already loaded %s", path, loaded.path)
		}
		return loaded.lib, nil
	}
	lib := &library{}
	err := bind(path, map[string]any{
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
		"chdb_stream_insert_with_params_n": &lib.streamInsert,
		"chdb_stream_append":               &lib.streamAppend,
		"chdb_stream_done":                 &lib.streamDone,
		"chdb_stream_insert_error":         &lib.streamInsertErr,
		"chdb_stream_cancel_insert":        &lib.cancelInsert,
		"chdb_destroy_insert_stream":       &lib.destroyInsertion,
		"chdb_classify_query_n":            &lib.classify,
	})
	if err != nil {
		return nil, err
	}
	// Before the first connection, or the library's handlers take over the
	// signals by which Go turns a nil dereference into a panic.
	lib.signalHandlers(0)
	loaded.path, loaded.lib = path, lib
	return lib, nil
}

// text is a pointer and length for bytes that C reads during one call; the
// caller keeps s alive.
func text(s string) (unsafe.Pointer, uintptr) {
	if s == "" {
		return unsafe.Pointer(&empty[0]), 0
	}
	return unsafe.Pointer(unsafe.StringData(s)), uintptr(len(s))
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
		a.pinner.Pin(vp)
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
