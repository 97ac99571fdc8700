package load

import (
	"testing"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

// A run goes on while messages follow one another, and a message passed over
// begins another.
func TestRuns(t *testing.T) {
	var held runs
	for i, c := range []struct {
		name        string
		first, last int64
		run         int64
		stored      bool
	}{
		{"the first batch", 10, 19, 10, true},
		{"the next", 20, 29, 10, true},
		{"one whose storing fails", 30, 39, 10, false},
		{"the same again, and more", 30, 49, 10, true},
		{"one that is there already", 40, 44, 10, true},
		{"one that was passed over before", 60, 69, 60, true},
		{"from the beginning, after a rebalance", 0, 9, 0, true},
		{"and on", 10, 12, 0, true},
	} {
		ranges, after := held.with(queue.Batch{Chunks: []queue.Chunk{{Partition: 2, First: c.first, Last: c.last}, {Partition: 5, First: int64(i), Last: int64(i)}}})
		if ranges[0] != (schemas.OffsetRange{Partition: 2, First: c.first, Last: c.last, Run: c.run}) || ranges[1].Run != 0 {
			t.Errorf("%s: %+v, want run %d", c.name, ranges, c.run)
		}
		if c.stored {
			held = after
		} else {
			held = runs{2: held[2], 5: after[5]}
		}
	}
	// Chunks of one batch follow one another too.
	ranges, _ := held.with(queue.Batch{Chunks: []queue.Chunk{{Partition: 1, First: 3, Last: 4}, {Partition: 1, First: 5, Last: 6}}})
	if ranges[0].Run != 3 || ranges[1].Run != 3 {
		t.Errorf("%+v", ranges)
	}
}
