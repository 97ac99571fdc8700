package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// stage is one process of the program, started again whenever it ends, as an
// init system does.
type stage struct {
	name    string
	command []string
	environ []string
	log     string // path

	mu      sync.Mutex
	process *os.Process // nil while it is down
	kills   int
	ends    int // times it ended although nobody had killed it
	killed  bool
	cancel  context.CancelFunc
	done    chan struct{}
	last    error // how the last process ended
}

const restartPause = 200 * time.Millisecond

// run starts the process, and starts it again, until stop.
func (s *stage) run() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel, s.done = cancel, make(chan struct{})
	go func() {
		runtime.LockOSThread() // what the process ends with
		defer close(s.done)
		for ctx.Err() == nil {
			err := s.once(ctx)
			s.mu.Lock()
			s.process, s.last = nil, err
			if !s.killed && ctx.Err() == nil {
				s.ends++
			}
			s.killed = false
			s.mu.Unlock()
			pause(ctx, restartPause)
		}
	}()
}

func (s *stage) once(ctx context.Context) error {
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // a test's log
	cmd := exec.Command(s.command[0], s.command[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.environ, log, log
	endWithParent(cmd)
	s.mu.Lock()
	if ctx.Err() != nil {
		s.mu.Unlock()
		return nil
	}
	err = cmd.Start()
	if err == nil {
		s.process = cmd.Process
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return cmd.Wait()
}

// kill ends the process as kill -9 does, and says whether there was one.
func (s *stage) kill() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil || s.killed || s.process.Kill() != nil {
		return false
	}
	s.kills++
	s.killed = true
	return true
}

// stop asks the process to stop and waits; the error is how it ended, unless
// cleanly.
func (s *stage) stop(patience time.Duration) error {
	if s.cancel == nil {
		return nil
	}
	s.mu.Lock()
	s.cancel()
	var running bool
	if s.process != nil {
		running = s.process.Signal(syscall.SIGTERM) == nil
	}
	s.mu.Unlock()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-s.done:
	case <-late.C:
		s.end()
		return fmt.Errorf("%s still ran %s after it was asked to stop", s.name, patience)
	}
	if !running || s.last == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", s.name, s.last)
}

// end kills the process for good.
func (s *stage) end() {
	if s.cancel == nil {
		return
	}
	s.mu.Lock()
	s.cancel()
	if s.process != nil {
		if err := s.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			s.last = err
		}
	}
	s.mu.Unlock()
	<-s.done
}

// tail is the end of the log.
func (s *stage) tail() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	const most = 4 << 10
	return string(text[max(0, len(text)-most):])
}

// pause waits for d, or until ctx is done.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
