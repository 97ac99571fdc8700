// Package spool keeps values on disk while the queue does not take them, and
// gives them to it, oldest first, once it does.
//
// A value appended is durable when Append returns nil, whatever is killed
// afterwards. It is given to the queue at least once: a process killed while it
// replays replays again, so values must be worth no more twice than once.
//
// The package carries bytes and does not know what they mean, nor who the
// queue is.
package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/schemas"
)

// Config bounds a spool.
type Config struct {
	Folder string // its own; made if missing
	// MaxBytes on disk; beyond, Append refuses. 0 refuses all.
	MaxBytes int64
	// SegmentBytes is the size at which a file is left and another begun; a
	// replay holds one in memory.
	SegmentBytes int64
}

// Defaults are the bounds of a spool in a folder.
func Defaults(folder string, maxBytes int64) Config {
	return Config{Folder: folder, MaxBytes: maxBytes, SegmentBytes: 4 << 20}
}

// ErrFull refuses a value because the spool has no room.
var ErrFull = errors.New("the spool is full")

var errClosed = errors.New("the spool is closed")

// State is what waits on disk.
type State struct {
	Bytes  int64
	Values int
	Oldest time.Time // when the oldest segment was begun; zero = nothing waits
}

// Spool is a folder of segments. It is safe for concurrent use.
type Spool struct {
	config  Config
	clock   func() time.Time
	logger  *slog.Logger
	metrics metrics
	create  func(path string) (file, error)
	lock    *os.File
	arrived chan struct{} // holds one token when something was appended

	// writing is held by whoever writes, seals or removes; it is taken before mu.
	writing sync.Mutex
	open    file   // of the last segment; nil when there is none to write to
	next    uint64 // number of the next segment

	mu       sync.Mutex
	segments []*segment // oldest first
	pending  *group     // what the next commit writes; nil = nothing
	bytes    int64      // of all segments and of what is being written
	values   int        // of all segments
	closed   bool
}

// segment is a file that holds at least one value.
type segment struct {
	path   string
	begun  time.Time
	bytes  int64
	values int
}

// group is what one write and one fsync make durable. done and err belong to
// Spool.writing.
type group struct {
	records []byte
	values  int
	done    bool
	err     error
}

// file is what is asked of a segment being written.
type file interface {
	Write(b []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

// Open takes over a folder and what it holds; a tail that a crash left torn is
// cut. The error is Unavailable when another process has the folder, Invalid
// when it cannot be used.
func Open(config Config, clock func() time.Time, logger *slog.Logger, registry prometheus.Registerer) (*Spool, error) {
	s := &Spool{
		config: config, clock: clock, logger: logger, arrived: make(chan struct{}, 1),
		create: func(path string) (file, error) {
			return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
		},
	}
	if err := os.MkdirAll(config.Folder, 0o700); err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("spool: %w", err))
	}
	var err error
	if s.lock, err = os.OpenFile(filepath.Join(config.Folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("spool: %w", err))
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(schemas.WithKind(schemas.Unavailable, fmt.Errorf(
			"spool %s is in use by another collector: stop it, or set another data_dir", config.Folder)), s.lock.Close())
	}
	s.metrics = newMetrics(s, registry)
	if err := s.recover(); err != nil {
		return nil, errors.Join(schemas.WithKind(schemas.Invalid, fmt.Errorf("spool: %w", err)), s.lock.Close())
	}
	if s.values > 0 {
		s.signal()
		logger.Info("values wait in the spool", "values", s.values, "bytes", s.bytes, "since", s.segments[0].begun)
	}
	return s, nil
}

// Append returns nil once the value is on disk. The error is Unavailable: the
// spool is full (ErrFull is in its chain), closed, or the disk refuses; the
// value may then be replayed all the same. Values that arrive together share
// one write and one fsync.
func (s *Spool) Append(value []byte) error {
	g, err := s.join(value)
	if err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if !g.done {
		s.mu.Lock()
		s.pending = nil
		s.mu.Unlock()
		g.done, g.err = true, s.commit(g)
	}
	return g.err
}

// join adds a value to the group that the next commit writes.
func (s *Spool) join(value []byte) (*group, error) {
	if len(value) == 0 || len(value) > maxValue {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("spool: a value of %d bytes, at most %d", len(value), maxValue))
	}
	size := int64(recordHeader + len(value))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, schemas.WithKind(schemas.Unavailable, errClosed)
	}
	if s.bytes+size+int64(headerBytes) > s.config.MaxBytes {
		s.metrics.full.Inc()
		return nil, schemas.WithKind(schemas.Unavailable, fmt.Errorf("%w (%d bytes of %d)", ErrFull, s.bytes, s.config.MaxBytes))
	}
	if s.pending == nil {
		s.pending = &group{}
	}
	s.pending.records = appendRecord(s.pending.records, value)
	s.pending.values++
	s.bytes += size
	return s.pending, nil
}

// commit writes a group; the caller holds writing.
func (s *Spool) commit(g *group) error {
	err := s.write(g)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.bytes -= int64(len(g.records))
		s.metrics.errors[stepWrite].Inc()
		s.logger.Error("the spool cannot be written", "values", g.values, "error", err)
		return schemas.WithKind(schemas.Unavailable, fmt.Errorf("spool: %w", err))
	}
	last := s.segments[len(s.segments)-1]
	last.bytes += int64(len(g.records))
	last.values += g.values
	s.values += g.values
	s.metrics.appended.Add(float64(g.values))
	s.signal()
	return nil
}

// write puts a group on disk, in the open segment or in a new one.
func (s *Spool) write(g *group) error {
	if s.open != nil && s.last().bytes >= s.config.SegmentBytes {
		s.seal()
	}
	if s.open != nil {
		err := s.put(g.records)
		if err != nil {
			s.giveUp(s.last().bytes)
		}
		return err
	}
	begun := s.clock()
	path := filepath.Join(s.config.Folder, segmentName(s.next))
	f, err := s.create(path)
	if err != nil {
		return err
	}
	s.next++
	s.open = f
	if err = s.put(append(appendHeader(nil, begun), g.records...)); err == nil {
		err = syncFolder(s.config.Folder)
	}
	if err != nil {
		s.giveUp(0)
		return errors.Join(err, os.Remove(path))
	}
	s.mu.Lock()
	s.segments = append(s.segments, &segment{path: path, begun: begun, bytes: int64(headerBytes)})
	s.bytes += int64(headerBytes)
	s.mu.Unlock()
	return nil
}

func (s *Spool) put(b []byte) error {
	if _, err := s.open.Write(b); err != nil {
		return err
	}
	return s.open.Sync()
}

// giveUp leaves the open segment after a failure, as long as it was before:
// after a failed fsync nothing more can be known of its file.
func (s *Spool) giveUp(length int64) {
	s.open.Truncate(length) //nolint:errcheck // what is left behind is passed over, or replayed
	s.seal()
}

// seal leaves the open segment; the next value begins another.
func (s *Spool) seal() {
	if s.open == nil {
		return
	}
	if err := s.open.Close(); err != nil { // all that counts was fsynced
		s.logger.Warn("close a segment of the spool", "error", err)
	}
	s.open = nil
}

func (s *Spool) last() *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.segments[len(s.segments)-1]
}

func (s *Spool) signal() {
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

// State says what waits.
func (s *Spool) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{Bytes: s.bytes, Values: s.values}
	if len(s.segments) > 0 {
		state.Oldest = s.segments[0].begun
	}
	return state
}

// room is what must be free for the spool to be of use: some tens of values.
const room = 16 << 10

// Room says whether more values can be appended, as far as the bounds go.
func (s *Spool) Room() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed && s.bytes+room <= s.config.MaxBytes
}

// Close ends all use of the folder; what waits in it stays there.
func (s *Spool) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.seal()
	return s.lock.Close()
}
