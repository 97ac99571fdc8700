package queue

import (
	"context"
	"time"
)

// backoff doubles from 100 ms up to its ceiling.
type backoff struct {
	ceiling, next time.Duration
}

func (b *backoff) reset() { b.next = 0 }

func (b *backoff) wait(ctx context.Context) {
	b.next = min(max(2*b.next, 100*time.Millisecond), b.ceiling)
	pause(ctx, b.next)
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
