package chdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// connections bounds the statements that run at once. A connection costs
// 0.6 ms to open and next to no memory.
const connections = 16

var (
	// ErrClosed is returned by an engine after Close.
	ErrClosed = errors.New("the embedded ClickHouse engine is closed")
	// ErrLocked says that another process holds the data folder.
	ErrLocked = errors.New("another process holds this data folder: stop it, or run the command through it")
	// ErrOtherFolder says that this process has another data folder open.
	ErrOtherFolder = errors.New("this process has another data folder open: close it first")
)

// Engine is an open data folder. It is safe for concurrent use.
type Engine struct {
	lib  *library
	path string
	free chan *conn
	// slots has one token per connection in use.
	slots chan struct{}
	names atomic.Int64

	// The first connection is held until Close, because the engine shuts down
	// with its last one. It only interrupts what others run.
	anchorMu sync.Mutex
	anchor   *conn

	empty emptyBlocks

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
	down    sync.Once
}

// Open loads the library and opens a data folder, made if missing; "" is in
// memory. A process has one data folder at a time, which several engines may
// share; when the last of them is closed another folder can be opened, or the
// same again. Errors: ErrLocked, ErrOtherFolder.
func Open(library, path string) (*Engine, error) {
	library, err := filepath.Abs(library)
	if err != nil {
		return nil, fmt.Errorf("open engine: %w", err)
	}
	if path != "" {
		if path, err = filepath.Abs(path); err != nil {
			return nil, fmt.Errorf("open engine: %w", err)
		}
		if err := os.MkdirAll(path, 0o750); err != nil {
			return nil, fmt.Errorf("open engine: %w", err)
		}
	}
	loaded.Lock()
	defer loaded.Unlock()
	lib, err := load(library)
	if err != nil {
		return nil, err
	}
	switch {
	case loaded.engines > 0 && loaded.folder != path:
		return nil, fmt.Errorf("open %s: %w (%s)", path, ErrOtherFolder, loaded.folder)
	case loaded.engines == 0 && path != "" && heldElsewhere(path):
		return nil, fmt.Errorf("open %s: %w%s", path, ErrLocked, holder(path))
	}
	e := &Engine{lib: lib, path: path, free: make(chan *conn, connections), slots: make(chan struct{}, connections)}
	if e.anchor, err = e.connect(); err != nil {
		return nil, err
	}
	loaded.folder = path
	loaded.engines++
	return e, nil
}

// holder says which process the file "status" of a folder names.
func holder(folder string) string {
	status, err := os.ReadFile(filepath.Join(folder, "status"))
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(status), "\n")
	pid, ok := strings.CutPrefix(first, "PID: ")
	if !ok {
		return ""
	}
	return " (process " + pid + ")"
}

func (e *Engine) connect() (*conn, error) {
	return newConn(e.lib, e.path, fmt.Sprintf("connection-%p-%d", e, e.names.Add(1)))
}

// acquire hands out a connection, which release takes back. It waits while all
// are busy.
func (e *Engine) acquire(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		<-e.slots
		return nil, ErrClosed
	}
	e.running.Add(1)
	e.mu.Unlock()
	select {
	case c := <-e.free:
		return c, nil
	default:
	}
	c, err := e.connect()
	if err != nil {
		e.running.Done()
		<-e.slots
	}
	return c, err
}

func (e *Engine) release(c *conn) {
	if c.broken {
		c.close()
	} else {
		e.free <- c
	}
	<-e.slots
	e.running.Done()
}

// interruptAgain is how long an interrupted statement has to end before it is
// interrupted again: it may not have begun the first time.
const interruptAgain = 50 * time.Millisecond

// watch makes the engine give up what c runs once ctx is done. Whoever has c
// calls over when the statement has ended, and only then releases c. A connection
// that was interrupted is not used again: nobody knows what of the answer is left
// in it, for the next statement to find.
func (e *Engine) watch(ctx context.Context, c *conn) (over func()) {
	ended, left := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(left)
		for {
			e.interrupt(c)
			select {
			case <-ended:
				return
			case <-time.After(interruptAgain):
			}
		}
	})
	return func() {
		close(ended)
		if !stop() {
			<-left
			c.broken = true
		}
	}
}

func (e *Engine) interrupt(c *conn) {
	e.anchorMu.Lock()
	defer e.anchorMu.Unlock()
	// A statement that ends meanwhile, or cannot be stopped, is no error.
	e.anchor.exec("KILL QUERY WHERE Settings['log_comment'] = '" + c.name + "' ASYNC") //nolint:errcheck // see above
}

// Close waits for the running statements, and for streamed results to be closed
// by those who read them, and shuts the engine down. A second call waits for
// the first and does nothing.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.running.Wait()
	e.down.Do(func() {
		loaded.Lock()
		defer loaded.Unlock()
		close(e.free)
		for c := range e.free {
			c.close()
		}
		e.anchor.close()
		loaded.engines--
	})
	return nil
}
