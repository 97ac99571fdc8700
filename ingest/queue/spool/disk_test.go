package spool

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// disk is a file whose next write or fsync fails, and that counts both.
type disk struct {
	file
	state *diskState
}

type diskState struct {
	mu                              sync.Mutex
	failCreate, failWrite, failSync bool
	writes, syncs                   int
	gate                            chan struct{} // closed lets fsyncs pass; nil does
}

var errDisk = errors.New("no space left on device")

func (d disk) Write(b []byte) (int, error) {
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	d.state.writes++
	if d.state.failWrite {
		n, _ := d.file.Write(b[:len(b)/2]) //nolint:errcheck // a disk that filled up in the middle
		return n, errDisk
	}
	return d.file.Write(b)
}

func (d disk) Sync() error {
	if d.state.gate != nil {
		<-d.state.gate
	}
	d.state.mu.Lock()
	defer d.state.mu.Unlock()
	d.state.syncs++
	if d.state.failSync {
		return errDisk
	}
	return d.file.Sync()
}

func onDiskOf(s opened) *diskState {
	state := &diskState{}
	create := s.create
	s.create = func(path string) (file, error) {
		if state.failCreate {
			return nil, errDisk
		}
		f, err := create(path)
		return disk{f, state}, err
	}
	return state
}

// A disk that refuses makes an error and a counter, loses nothing that was
// durable before, and is used again once it takes.
func TestDiskRefuses(t *testing.T) {
	for name, fail := range map[string]func(d *diskState, on bool){
		"create": func(d *diskState, on bool) { d.failCreate = on },
		"write":  func(d *diskState, on bool) { d.failWrite = on },
		"fsync":  func(d *diskState, on bool) { d.failSync = on },
	} {
		for _, begun := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " in a segment begun: ", begun), func(t *testing.T) {
				config := small(t)
				s := open(t, config)
				state := onDiskOf(s)
				var want []string
				if begun {
					s.append("before")
					want = append(want, "before")
					if name == "create" {
						s.seal() // another segment has to be made
					}
				}
				fail(state, true)
				for range 2 {
					if err := s.Append([]byte("refused")); schemas.KindOf(err) != schemas.Unavailable || !errors.Is(err, errDisk) {
						t.Fatal(err)
					}
				}
				fail(state, false)
				s.append("after")
				want = append(want, "after")
				if got := s.State(); got.Values != len(want) || got.Bytes != onDisk(t, config.Folder) {
					t.Errorf("%+v, %d bytes on disk", got, onDisk(t, config.Folder))
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open(t, config)
				if got := s.drain(); !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
				s.want("replayed", len(want))
			})
		}
	}
	s := open(t, small(t))
	state := onDiskOf(s)
	state.failSync = true
	for range 3 {
		s.Append([]byte("refused")) //nolint:errcheck // checked above
	}
	s.want("errors/write", 3)
}

// Values that arrive while one is being written share the next write and the
// next fsync.
func TestGroupCommit(t *testing.T) {
	s := open(t, small(t))
	state := onDiskOf(s)
	s.append("first") // makes the segment
	state.gate = make(chan struct{})
	const n = 50
	errs := make(chan error, n)
	for i := range n {
		go func() { errs <- s.Append(fmt.Appendf(nil, "%d", i)) }()
	}
	// All have joined: one group is at its fsync, the others are in the next.
	joined := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return int(s.bytes) - headerBytes - (recordHeader + 5)
	}
	wanted := n*recordHeader + 10 + 2*(n-10)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for late := time.After(time.Minute); joined() != wanted; {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("%d bytes joined, want %d", joined(), wanted)
		}
	}
	close(state.gate)
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if state.syncs > 1+3 || state.writes != state.syncs {
		t.Errorf("%d writes and %d fsyncs for 1 and %d values at once", state.writes, state.syncs, n)
	}
	s.want("appended", n+1, "events", n+1, "bytes", int(s.State().Bytes))
	if got := s.drain(); len(got) != n+1 || got[0] != "first" {
		t.Errorf("%d values, first %s", len(got), got[0])
	}
}
