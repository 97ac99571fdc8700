package load

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

// Refused stores the batches of ent.refused.
type Refused struct {
	sink    RefusedSink
	metrics *metrics
}

// Refused makes the loader of refused hits, which counts beside this one.
func (l *Loader) Refused(sink RefusedSink) *Refused { return &Refused{sink: sink, metrics: &l.metrics} }

// Store is a queue.Handler. A message that is not a refusal is counted as
// unreadable and kept as one whose reason is illisible.
func (r *Refused) Store(ctx context.Context, b queue.Batch) error {
	rows := make([]schemas.Refused, 0, b.Messages())
	for _, c := range b.Chunks {
		for i, value := range c.Values {
			row := schemas.Refused{Partition: c.Partition, Offset: c.Offsets[i]}
			if err := json.Unmarshal(value, &row.Refusal); err != nil {
				r.metrics.undecodable.Inc()
				row.Refusal = schemas.Refusal{Reason: schemas.Illisible, Detail: b.Topic}
			}
			rows = append(rows, row)
		}
	}
	if err := r.sink.InsertRefused(ctx, rows); err != nil {
		r.metrics.failures.WithLabelValues("refused").Inc()
		return fmt.Errorf("load refused: %w", err)
	}
	r.metrics.refused.Add(float64(len(rows)))
	return nil
}
