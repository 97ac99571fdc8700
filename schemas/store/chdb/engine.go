package chdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
)

// connections bounds the statements that run at once; two cores need no more,
// and each holds the caches of a session.
const connections = 8

// ErrClosed is returned by an engine after Close.
var ErrClosed = errors.New("the embedded ClickHouse engine is closed")

// Engine is an open data folder. It is safe for concurrent use.
type Engine struct {
	lib  *library
	path string
	// The first connection is held until Close and runs nothing: the engine
	// shuts down with its last connection.
	anchor *conn
	free   chan *conn
	slots  chan struct{}

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// Open loads the library and opens a data folder, made if missing; "" is in
// memory. A process has one data folder at a time: all engines must be closed
// before another is opened, and opening anew after the last Close restarts the
// engine. The error says when the folder cannot be opened, which is mostly
// because another process holds it.
func Open(library, path string) (*Engine, error) {
	if path != "" {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("open engine: %w", err)
		}
		path = abs
	}
	lib, err := load(library)
	if err != nil {
		return nil, err
	}
	anchor, err := newConn(lib, path)
	if err != nil {
		return nil, err
	}
	return &Engine{
		lib: lib, path: path, anchor: anchor,
		free: make(chan *conn, connections), slots: make(chan struct{}, connections),
	}, nil
}

// acquire hands out a connection, which release takes back. It waits while all
// are busy.
func (e *Engine) acquire(ctx context.Context) (*conn, error) {
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
	c, err := newConn(e.lib, e.path)
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
	e.running.Done()
	<-e.slots
}

// Close waits for the running statements and shuts the engine down. A second
// call does nothing.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	e.running.Wait()
	close(e.free)
	for c := range e.free {
		c.close()
	}
	e.anchor.close()
	return nil
}
