package load

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/entaudience/entaudience/schemas"
)

// openDays is how many days, today included, are never closed: events of these
// need no question.
const openDays = 7

// refuseClosed takes out of the batch the events of days that take no more,
// and sends a refusal for each. The engine is asked at every batch that holds
// older events, so that a day that was just closed is known here at once; and
// a closed day keeps its raw events for longer than a batch can take.
//
// The collectors refuse such events first, where they can know; here arrive
// those that waited in between.
func (l *Loader) refuseClosed(ctx context.Context) error {
	oldest := schemas.DayOf(l.clock()) - openDays
	border := (oldest + 1).Start().UnixMilli()
	old := false
	for i := range l.events {
		if l.events[i].TS < border {
			old = true
			break
		}
	}
	if !old {
		return nil
	}
	closed, err := l.sink.ClosedDays(ctx)
	if err != nil {
		l.metrics.failures.WithLabelValues("closed").Inc()
		return fmt.Errorf("load: %w", err)
	}
	if len(closed) == 0 {
		return nil
	}
	kept := l.events[:0]
	refused := 0
	for i := range l.events {
		e := &l.events[i]
		if _, is := closed[e.Day()]; !is || e.TS >= border {
			kept = append(kept, *e)
			continue
		}
		refused++
		text, err := json.Marshal(schemas.Refusal{
			Reason: schemas.JourClos, Received: l.clock().UnixMilli(), Plan: uint8(e.Plan), Detail: l.places[i].String(),
		})
		if err != nil {
			return fmt.Errorf("load: write refusal: %w", err)
		}
		if err := l.refused.Publish(ctx, text); err != nil {
			l.metrics.failures.WithLabelValues("refused").Inc()
			return fmt.Errorf("load: %w", err)
		}
	}
	l.events = kept
	l.metrics.closed.Add(float64(refused))
	return nil
}
