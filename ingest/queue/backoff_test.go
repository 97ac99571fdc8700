package queue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// The waits double from 100 ms to the ceiling, begin anew after a success, and
// end with the context.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backoff{ceiling: 30 * time.Second}
		wait := func(ctx context.Context) time.Duration {
			from := time.Now()
			b.wait(ctx)
			return time.Since(from)
		}
		const ms = time.Millisecond
		for i, want := range []time.Duration{
			100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 6400 * ms, 12_800 * ms, 25_600 * ms, 30_000 * ms, 30_000 * ms,
		} {
			if got := wait(t.Context()); got != want {
				t.Errorf("wait %d is %s, want %s", i, got, want)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got := wait(ctx); got != time.Second {
			t.Errorf("it goes on for %s after its context", got)
		}
		b.reset()
		if got := wait(t.Context()); got != 100*ms {
			t.Errorf("after a success: %s", got)
		}
	})
}
