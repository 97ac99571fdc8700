//go:build !torture_commit_first && !torture_answer_first

package main

import (
	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/queue"
)

// The promise rests on two orders: a hit is answered after its event is
// durable, and an offset is committed after its message is stored. Two builds
// that no operator makes turn one of them round, so that TestTorture can show
// that it would see it.

// stored is the handler of the loader: nil once a batch is in the engine.
func stored(store queue.Handler) queue.Handler { return store }

// acknowledged is the publisher of the collector: nil once an event is durable.
func acknowledged(p collect.Publisher) collect.Publisher { return p }
