// Package lifecycle starts the parts of a process in order and stops them in
// reverse. One part that ends, for whatever reason, stops all.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Part is one long-running piece of a process.
type Part struct {
	Name string
	// Run works until ctx is done, finishes what it has in hand, and returns.
	Run func(ctx context.Context) error
}

// part is a Part that was started.
type part struct {
	name   string
	cancel context.CancelFunc
	ended  chan struct{}
	err    error
}

// Run starts the parts in order, so list first what the others write to. When
// ctx is done, or a part ends by itself, it stops the last part, waits for it,
// then the one before, and so on; each has grace to finish, and is left behind
// with an error after it. It returns the first error, or nil after ctx.
func Run(ctx context.Context, logger *slog.Logger, grace time.Duration, parts ...Part) error {
	started := make([]*part, 0, len(parts))
	ended := make(chan *part, len(parts))
	for _, p := range parts {
		running, cancel := context.WithCancel(context.WithoutCancel(ctx))
		s := &part{name: p.Name, cancel: cancel, ended: make(chan struct{})}
		started = append(started, s)
		go func() {
			s.err = p.Run(running)
			close(s.ended)
			ended <- s
		}()
	}
	var failure error
	select {
	case <-ctx.Done():
	case s := <-ended:
		failure = fmt.Errorf("%s: %w", s.name, cause(s.err))
		logger.Error("a part ended, stopping", "part", s.name, "error", s.err)
	}
	for i := len(started) - 1; i >= 0; i-- {
		s := started[i]
		s.cancel()
		timer := time.NewTimer(grace)
		select {
		case <-s.ended:
			if s.err != nil && failure == nil {
				failure = fmt.Errorf("%s: %w", s.name, s.err)
			}
		case <-timer.C:
			failure = errors.Join(failure, fmt.Errorf("%s: still busy after %s", s.name, grace))
		}
		timer.Stop()
		logger.Info("stopped", "part", s.name)
	}
	return failure
}

var errEnded = errors.New("ended unexpectedly")

func cause(err error) error {
	if err == nil {
		return errEnded
	}
	return err
}
