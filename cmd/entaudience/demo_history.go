package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/entaudience/entaudience/cmd/entaudience/lifecycle"
	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// history carries past weeks through the collector's core and the queue, the
// newest first, one week at a time: a week is computed once it is whole, while
// the next one is on its way.
type history struct {
	region  *simulate.Region
	weeks   []schemas.Week // newest first
	until   time.Time      // from then on hits come live
	state   *demoState
	core    *collect.Collector
	events  collect.BatchPublisher
	cluster *queue.Cluster
	held    *heldWeeks
	logger  *slog.Logger

	done     atomic.Uint64 // weeks whose figures are there
	finished atomic.Bool
	whole    chan struct{} // closed once it is finished
}

const (
	// again is how often what is waited for is looked at.
	again = 500 * time.Millisecond
	// firstPage is how many weeks a page needs to have every figure: the
	// current one and the last whole one.
	firstPage = 2
)

// progress is what pages say while weeks are missing.
func (h *history) progress() *dashboards.Progress {
	if h.finished.Load() {
		return nil
	}
	return &dashboards.Progress{Label: "L'historique de la démonstration arrive, semaine après semaine :", Done: h.done.Load(), Total: uint64(len(h.weeks))}
}

// run brings the weeks in, then waits for ctx.
func (h *history) run(ctx context.Context) error {
	started, hits := time.Now(), 0
	for i, w := range h.weeks {
		n, err := h.week(ctx, w)
		hits += n
		if err != nil {
			return ignoreDone(ctx, err)
		}
		// The weeks that fill the first page have the processors for themselves;
		// then one may wait for its figures while the next one comes.
		most := 1
		if i < firstPage {
			most = 0
		}
		if err := h.computed(ctx, i+1, most); err != nil {
			return ignoreDone(ctx, err)
		}
	}
	if err := h.computed(ctx, len(h.weeks), 0); err != nil {
		return ignoreDone(ctx, err)
	}
	h.finished.Store(true)
	close(h.whole)
	h.logger.Info("history complete", "weeks", len(h.weeks), "hits", hits, "seconds", time.Since(started).Seconds())
	<-ctx.Done()
	return nil
}

// after runs a part once the history is whole: what needs the processors, and
// would do its work over and over while weeks come in.
func (h *history) after(p lifecycle.Part) lifecycle.Part {
	run := p.Run
	p.Run = func(ctx context.Context) error {
		select {
		case <-h.whole:
			return run(ctx)
		case <-ctx.Done():
			return nil
		}
	}
	return p
}

// ignoreDone is nil when work ended because it was told to.
func ignoreDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// week brings in what is missing of a week, and lets it be computed.
func (h *history) week(ctx context.Context, w schemas.Week) (hits int, err error) {
	from, to := h.state.upTo(w), earliest(w.End(), h.until)
	if !from.Before(to) {
		return 0, nil
	}
	h.held.hold(w)
	defer h.held.release()
	for d := w.Monday(); d <= w.Sunday() && d.Start().Before(to); d++ {
		n, err := h.day(ctx, d, from.UnixMilli(), to.UnixMilli())
		hits += n
		if err != nil {
			return hits, err
		}
	}
	if err := h.loaded(ctx); err != nil {
		return hits, err
	}
	h.logger.Info("history", "week", w.String(), "hits", hits)
	return hits, h.state.filled(w, to)
}

// perRequest is how many events are published at once.
const perRequest = 4000

// day publishes the hits of a day whose time is in [from, to), in milliseconds.
func (h *history) day(ctx context.Context, d schemas.Day, from, to int64) (hits int, err error) {
	values := make([][]byte, 0, perRequest)
	buffer := make([]byte, 0, perRequest*160)
	flush := func() error {
		err := h.publish(ctx, values)
		values, buffer = values[:0], buffer[:0]
		return err
	}
	for hit := range h.region.Hits(d) {
		if hit.Fact.TS < from || hit.Fact.TS >= to {
			continue
		}
		event, refusal := h.core.Read(collect.Hit{Received: hit.Received, Path: hit.Path, Query: hit.Query, UserAgent: hit.UserAgent})
		if refusal != nil {
			return hits, fmt.Errorf("history of %s: a generated hit is refused as %s", d, refusal.Reason)
		}
		hits++
		begin := len(buffer)
		buffer = schemas.AppendEvent(buffer, &event)
		values = append(values, buffer[begin:])
		if len(values) == perRequest {
			if err := flush(); err != nil {
				return hits, err
			}
		}
	}
	return hits, flush()
}

// publish repeats until the broker has the values: the same event twice is one.
func (h *history) publish(ctx context.Context, values [][]byte) error {
	for {
		err := h.events.PublishAll(ctx, values)
		if err == nil || schemas.KindOf(err) != schemas.Unavailable || ctx.Err() != nil {
			return err
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// loaded waits until what is in the queue now is stored.
func (h *history) loaded(ctx context.Context) error {
	var ends []queue.PartitionLag
	for {
		lags, err := h.cluster.Lag(ctx, queue.EventsGroup, queue.Events)
		if err != nil && schemas.KindOf(err) != schemas.Unavailable {
			return err
		}
		if err == nil {
			if ends == nil {
				ends = lags
			}
			behind := false
			for i := range lags {
				behind = behind || lags[i].Committed < ends[i].End
			}
			if !behind {
				return nil
			}
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// computed waits until at most so many of the weeks brought in lack figures.
func (h *history) computed(ctx context.Context, brought, most int) error {
	for {
		n, err := h.held.waiting(ctx)
		if err != nil && schemas.KindOf(err) != schemas.Unavailable {
			return err
		}
		if err == nil {
			h.done.Store(uint64(max(0, brought-n)))
			if n <= most {
				return nil
			}
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

// pause waits a moment, or for ctx.
func pause(ctx context.Context) error {
	timer := time.NewTimer(again)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
