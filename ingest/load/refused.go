package load

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

// Refused stores the batches of ent.refused.
type Refused struct {
	sink    RefusedSink
	clock   func() time.Time
	metrics *metrics
}

// Refused makes the loader of refused hits, which counts beside this one.
func (l *Loader) Refused(sink RefusedSink) *Refused {
	return &Refused{sink: sink, clock: l.clock, metrics: &l.metrics}
}

// Store is a queue.Handler. A message that is neither a refusal, nor an incident
// or a tally of a collector, is counted as unreadable and kept as a refusal of now
// whose reason is illisible.
func (r *Refused) Store(ctx context.Context, b queue.Batch) error {
	rows := make([]schemas.Refused, 0, b.Messages())
	var incidents []schemas.Incident
	var tallies []schemas.Tally
	for _, c := range b.Chunks {
		for i, value := range c.Values {
			var incident schemas.Incident
			if json.Unmarshal(value, &incident) == nil && incident.Kind != "" {
				incidents = append(incidents, incident)
				continue
			}
			var tally schemas.Tally
			if json.Unmarshal(value, &tally) == nil && tally.Run != "" {
				tallies = append(tallies, tally)
				continue
			}
			row := schemas.Refused{Partition: c.Partition, Offset: c.Offsets[i]}
			if err := json.Unmarshal(value, &row.Refusal); err != nil {
				r.metrics.undecodable.Inc()
				row.Refusal = schemas.Refusal{Reason: schemas.Illisible, Received: r.clock().UnixMilli(), Detail: b.Topic}
			}
			byPlace(&row)
			rows = append(rows, row)
		}
	}
	if err := r.sink.InsertRefused(ctx, rows); err != nil {
		r.metrics.failures.WithLabelValues("refused").Inc()
		return fmt.Errorf("load refused: %w", err)
	}
	if err := r.sink.InsertIncidents(ctx, incidents); err != nil {
		r.metrics.failures.WithLabelValues("incidents").Inc()
		return fmt.Errorf("load incidents: %w", err)
	}
	if err := r.sink.InsertTallies(ctx, tallies); err != nil {
		r.metrics.failures.WithLabelValues("tallies").Inc()
		return fmt.Errorf("load tallies: %w", err)
	}
	r.metrics.tallies.Add(float64(len(tallies)))
	r.metrics.incidents.Add(float64(len(incidents)))
	r.metrics.refused.Add(float64(len(rows)))
	return nil
}

// byPlace names what a loader itself refused by its place in ent.events, below
// zero where ent.refused has its own: a batch that comes again is refused again,
// and counts once.
func byPlace(row *schemas.Refused) {
	var partition int
	var offset int64
	if row.Reason != schemas.Illisible && row.Reason != schemas.JourClos {
		return
	}
	if n, err := fmt.Sscanf(row.Detail, placeFormat, &partition, &offset); err == nil && n == 2 {
		row.Partition, row.Offset = -1-partition, offset
	}
}
