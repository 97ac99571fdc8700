package load

import (
	"context"
	"fmt"

	"github.com/entaudience/entaudience/schemas"
)

// openDays is how many days, today included, are never closed: events of these
// need no question.
const openDays = 7

// refuseClosed takes out of the batch the events of days that take no more,
// and refuses each. The engine is asked at every batch that holds
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
	for i := range l.events {
		e := &l.events[i]
		if _, is := closed[e.Day()]; !is || e.TS >= border {
			kept = append(kept, *e)
			continue
		}
		if err := l.reject(schemas.JourClos, e.Plan, l.places[i]); err != nil {
			return err
		}
	}
	l.events = kept
	return nil
}
