//go:build torture_commit_first

package main

import (
	"bytes"
	"context"
	"log/slog"
	"slices"

	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/queue"
)

// stored lets a batch be committed before it is stored.
func stored(store queue.Handler) queue.Handler {
	batches := make(chan queue.Batch, 100)
	go func() {
		for b := range batches {
			if err := store(context.Background(), b); err != nil {
				slog.Error("lost", "error", err)
			}
		}
	}()
	return func(_ context.Context, b queue.Batch) error {
		b.Chunks = slices.Clone(b.Chunks)
		for i := range b.Chunks {
			b.Chunks[i].Values = slices.Clone(b.Chunks[i].Values)
			for j, v := range b.Chunks[i].Values {
				b.Chunks[i].Values[j] = bytes.Clone(v)
			}
		}
		batches <- b
		return nil
	}
}

func acknowledged(p collect.Publisher) collect.Publisher { return p }
