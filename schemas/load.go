package schemas

// Load records that a batch of the queue is stored: one Paris day that it
// touched, and where in the queue it stood.
type Load struct {
	Topic  string
	Day    Day
	Rows   uint64 // events of that day in the batch
	Ranges []OffsetRange
}

// OffsetRange is a run of messages of one partition, both ends included.
type OffsetRange struct {
	Partition   int
	First, Last int64
	// Run is the first offset of the unbroken run of batches that this one ends:
	// all messages from Run to Last are stored.
	Run int64
}

// Refused is a Refusal with its place in the queue, which names it.
type Refused struct {
	Refusal
	Partition int
	Offset    int64
}

// Dirty is a day or a week whose cells are behind what is stored.
type Dirty struct {
	Debut Day    // the day, or the Monday of the week
	Basis uint64 // what a recompute started now would stand on
	Run   uint64 // number of the last recompute; 0 = never
}
