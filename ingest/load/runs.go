package load

import (
	"maps"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

// runs are the unbroken runs of offsets that a loader has stored, by partition.
// A message passed over begins another run, and the hole between them says so.
type runs map[int]run

// run holds the offsets [first, next).
type run struct{ first, next int64 }

// with gives the ranges of a batch with the runs that they end, and what the
// runs are once the batch is stored. A batch that comes again changes nothing.
func (r runs) with(b queue.Batch) ([]schemas.OffsetRange, runs) {
	after := maps.Clone(r)
	if after == nil {
		after = runs{}
	}
	ranges := make([]schemas.OffsetRange, 0, len(b.Chunks))
	for _, c := range b.Chunks {
		held, ok := after[c.Partition]
		if !ok || c.First < held.first || c.First > held.next {
			held = run{c.First, c.First}
		}
		held.next = max(held.next, c.Last+1)
		after[c.Partition] = held
		ranges = append(ranges, schemas.OffsetRange{Partition: c.Partition, First: c.First, Last: c.Last, Run: held.first})
	}
	return ranges, after
}
