//go:build torture_answer_first

package main

import (
	"bytes"
	"context"
	"log/slog"

	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/queue"
)

func stored(store queue.Handler) queue.Handler { return store }

// acknowledged lets a hit be answered before its event is durable.
func acknowledged(p collect.Publisher) collect.Publisher { return answerFirst{p} }

type answerFirst struct{ collect.Publisher }

func (a answerFirst) Publish(ctx context.Context, value []byte) error {
	value = bytes.Clone(value)
	go func() {
		if err := a.Publisher.Publish(context.WithoutCancel(ctx), value); err != nil {
			slog.Error("lost", "error", err)
		}
	}()
	return nil
}
