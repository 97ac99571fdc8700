package load

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/entaudience/entaudience/schemas"
)

// rejects are the refusals of a batch, which are sent together: a batch may be
// full of them.
type rejects struct {
	values              [][]byte
	undecodable, closed int
}

// reject says of a message why it is refused and where it stood, not what it
// holds.
func (l *Loader) reject(reason schemas.Reason, plan schemas.Plan, at place) error {
	text, err := json.Marshal(schemas.Refusal{
		Reason: reason, Received: l.clock().UnixMilli(), Plan: uint8(plan), Detail: at.String(),
	})
	if err != nil {
		return fmt.Errorf("load: write refusal: %w", err)
	}
	l.rejects.values = append(l.rejects.values, text)
	if reason == schemas.JourClos {
		l.rejects.closed++
	} else {
		l.rejects.undecodable++
	}
	return nil
}

// publishRejects returns nil once all refusals of the batch are acknowledged.
func (l *Loader) publishRejects(ctx context.Context) error {
	if len(l.rejects.values) == 0 {
		return nil
	}
	if err := l.refused.PublishAll(ctx, l.rejects.values); err != nil {
		l.metrics.failures.WithLabelValues("refused").Inc()
		return fmt.Errorf("load: %w", err)
	}
	l.metrics.undecodable.Add(float64(l.rejects.undecodable))
	l.metrics.closed.Add(float64(l.rejects.closed))
	return nil
}
