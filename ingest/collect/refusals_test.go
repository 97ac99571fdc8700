package collect

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/schemas"
)

// slowQueue has a value at once and says so a second later, as a broker does
// whose acknowledgement is on its way.
type slowQueue struct{ values int }

func (q *slowQueue) PublishAll(ctx context.Context, values [][]byte) error {
	q.values += len(values)
	select {
	case <-time.After(time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestRefusedStopWhilePublishing: a stop waits for the acknowledgement in
// flight instead of publishing the same refusals again: they would be counted
// twice.
func TestRefusedStopWhilePublishing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, out := NewMetrics(nil), &slowQueue{}
		r := newRefusals(out, m, silent())
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { r.run(ctx); close(done) }()
		r.add(schemas.Refusal{Reason: schemas.Robot})
		synctest.Wait() // it is being published
		r.add(schemas.Refusal{Reason: schemas.Illisible})
		cancel()
		<-done
		if out.values != 2 {
			t.Errorf("%d values published, want 2", out.values)
		}
		if got := testutil.ToFloat64(m.refusalsSent); got != 2 {
			t.Errorf("%v counted as published, want 2", got)
		}
		if got := testutil.ToFloat64(m.refusalsLost); got != 0 {
			t.Errorf("%v counted as lost, want 0", got)
		}
	})
}
