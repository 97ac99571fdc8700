package collect

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// maxRefusals is how many refusals wait for the queue; more are dropped
	// and counted. Under a megabyte.
	maxRefusals = 8192
	// refusalBatch is how many are published at once.
	refusalBatch = 512
	// refusalTimeout bounds one attempt.
	refusalTimeout = 5 * time.Second
	// refusalPause is the wait between two attempts.
	refusalPause = time.Second
)

// BatchPublisher publishes values durably: after a nil error all of them are,
// after any other some may be. It must not keep the slice or the values after
// a nil error. Safe for concurrent use.
type BatchPublisher interface {
	PublishAll(ctx context.Context, values [][]byte) error
}

// refusals publishes refused hits beside the answers: a hit is answered
// without waiting for it, and when the queue is slow or away refusals are
// dropped and counted rather than kept without bound. The counters of hits by
// reason stay exact in any case.
type refusals struct {
	out     BatchPublisher
	waiting chan schemas.Refusal
	metrics *Metrics
	log     *slog.Logger
}

func newRefusals(out BatchPublisher, m *Metrics, log *slog.Logger) *refusals {
	return &refusals{out: out, waiting: make(chan schemas.Refusal, maxRefusals), metrics: m, log: log}
}

// add never waits.
func (r *refusals) add(refusal schemas.Refusal) {
	select {
	case r.waiting <- refusal:
	default:
		r.metrics.refusalsLost.Inc()
	}
}

// run publishes until ctx is done, then what is still waiting, in one attempt
// per batch.
func (r *refusals) run(ctx context.Context) {
	for {
		var batch [][]byte
		select {
		case <-ctx.Done():
			r.drain(ctx)
			return
		case first := <-r.waiting:
			batch = r.gather(encodeRefusal(first))
		}
		for attempt := 0; ; attempt++ {
			err := r.publish(ctx, batch)
			if err == nil {
				break
			}
			if attempt == 0 {
				r.log.Warn("refusals not published; trying again", "refusals", len(batch), "error", err)
			}
			select {
			case <-ctx.Done():
				r.lastTry(ctx, batch)
				r.drain(ctx)
				return
			case <-time.After(refusalPause):
			}
		}
	}
}

// gather adds what is waiting, without waiting for more.
func (r *refusals) gather(batch ...[]byte) [][]byte {
	for len(batch) < refusalBatch {
		select {
		case next := <-r.waiting:
			batch = append(batch, encodeRefusal(next))
		default:
			return batch
		}
	}
	return batch
}

func (r *refusals) drain(ctx context.Context) {
	for batch := r.gather(); len(batch) > 0; batch = r.gather() {
		if !r.lastTry(ctx, batch) {
			for range len(r.waiting) {
				<-r.waiting
				r.metrics.refusalsLost.Inc()
			}
			return
		}
	}
}

// lastTry publishes although ctx is done.
func (r *refusals) lastTry(ctx context.Context, batch [][]byte) bool {
	err := r.publish(ctx, batch)
	if err != nil {
		r.metrics.refusalsLost.Add(float64(len(batch)))
		r.log.Error("refusals lost at the stop", "refusals", len(batch), "error", err)
	}
	return err == nil
}

// publish does not give up when ctx is done: the queue may have the batch
// already, and what is then published again is counted twice.
func (r *refusals) publish(ctx context.Context, batch [][]byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalTimeout)
	defer cancel()
	if err := r.out.PublishAll(ctx, batch); err != nil {
		return err
	}
	r.metrics.refusalsSent.Add(float64(len(batch)))
	return nil
}

// encodeRefusal is a refusal as it crosses the queue: strings and numbers,
// whose encoding cannot fail.
func encodeRefusal(r schemas.Refusal) []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic("collect: " + err.Error())
	}
	return b
}
