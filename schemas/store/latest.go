package store

import (
	"sync"
	"sync/atomic"
	"time"
)

// latest lets callers that come at once share one read. The zero value is ready.
type latest[T any] struct {
	calls atomic.Uint64
	mu    sync.Mutex
	last  uint64 // of the calls that came before the read of value began
	began time.Time
	value T
}

// get gives a value whose read began after the call did.
func (l *latest[T]) get(read func() (T, error)) (T, error) { return l.within(0, read) }

// within gives a value whose read began after the call did, or less than age
// before.
func (l *latest[T]) within(age time.Duration, read func() (T, error)) (T, error) {
	call := l.calls.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last >= call || !l.began.IsZero() && time.Since(l.began) < age {
		return l.value, nil
	}
	last, began := l.calls.Load(), time.Now()
	value, err := read()
	if err == nil {
		l.last, l.began, l.value = last, began, value
	}
	return value, err
}

// forget makes the next call read. One that reads already may give its caller
// what was before, and nobody else.
func (l *latest[T]) forget() {
	l.mu.Lock()
	l.last, l.began = 0, time.Time{}
	l.mu.Unlock()
}
