package schemas

import (
	"cmp"
	"slices"
	"time"
)

// Ledger follows the events from the tag to the cells: each line must equal
// the sum of those below it.
type Ledger struct {
	// Tally is the sum over all runs of all collectors. Where Cut is not 0 it
	// is a lower bound: that many runs were killed, and what each counted after
	// its last tally is missing. Events that were imported are not in it.
	Tally
	Runs uint64
	Cut  uint64

	Collectors []CollectorState // latest run of each, by name
	Partitions []PartitionState // of the queue, in order; exact while it answers
	Queue      QueueState
	// Restarted is when it was seen that the queue had been made anew: its offsets
	// began again below what was stored of the one before, and a message of it that
	// is missing may not be seen. Zero = never.
	Restarted time.Time

	Loading Loading // how fast the loader was, lately

	Undecodable uint64 // messages that were stored as refused, not as events
	Distinct    uint64 // events in the cells of the days; exact once no day is pending

	EmptyHours []EmptyHour // without a visit anywhere though others are full, latest first
}

// CollectorState is the latest that a collector said of itself.
type CollectorState struct {
	Name        string
	At          time.Time // UTC
	Ended       bool
	SpoolEvents uint64
	SpoolBytes  uint64
	SpoolSince  time.Time // zero = nothing waits
}

// PartitionState says how far one partition of the queue is stored.
type PartitionState struct {
	Partition int
	Begin     int64 // first offset that this ledger knows of; 0 = all
	Committed int64 // first offset that will be read next
	End       int64 // first offset not yet written
	Stored    uint64
	Missing   uint64 // offsets from Begin to Committed that are not stored: lost, or stored by a program without a ledger
}

// Written is the number of messages since Begin.
func (p PartitionState) Written() uint64 { return uint64(max(0, p.End-p.Begin)) }

// Pending is the number of messages that are neither stored nor missing.
func (p PartitionState) Pending() uint64 {
	return max(p.Written(), p.Stored+p.Missing) - p.Stored - p.Missing
}

// Loading is how many events were stored in how long.
type Loading struct {
	Events uint64
	During time.Duration
}

// PerSecond is the rate; 0 when it is not known.
func (l Loading) PerSecond() float64 {
	if l.During <= 0 {
		return 0
	}
	return float64(l.Events) / l.During.Seconds()
}

// Left is how long so many events take at the rate, what arrives meanwhile not
// counted; ok is false when the rate is not known.
func (l Loading) Left(pending uint64) (left time.Duration, ok bool) {
	rate := l.PerSecond()
	if rate <= 0 {
		return 0, pending == 0
	}
	return time.Duration(float64(pending) / rate * float64(time.Second)), true
}

// Anew says whether the queue ends below what is stored of it: it was made anew.
// The ends must have been asked for after the runs were.
func Anew(ends map[int]int64, runs map[int][]OffsetRun) bool {
	for partition, stored := range runs {
		for _, r := range stored {
			if end, ok := ends[partition]; ok && r.Last >= end {
				return true
			}
		}
	}
	return false
}

// EmptyHour is an hour of Paris without a visit, on a school day.
type EmptyHour struct {
	Day  Day
	Hour int // 0 to 23
}

// TotalRefused is the number of refused hits.
func (l Ledger) TotalRefused() (n uint64) {
	for _, count := range l.Refused {
		n += count
	}
	return n
}

// Accepted is the number of hits that were answered as valid.
func (l Ledger) Accepted() uint64 { return l.Published + l.Spooled }

// Written, Stored, Missing and Pending are the sums over the partitions.
func (l Ledger) Written() uint64 { return l.sum(PartitionState.Written) }

// Stored is the number of messages of the queue that are in the engine.
func (l Ledger) Stored() uint64 { return l.sum(func(p PartitionState) uint64 { return p.Stored }) }

// Missing is the number of messages that the loader passed over.
func (l Ledger) Missing() uint64 { return l.sum(func(p PartitionState) uint64 { return p.Missing }) }

// Pending is the number of messages still to be loaded.
func (l Ledger) Pending() uint64 { return l.sum(PartitionState.Pending) }

func (l Ledger) sum(of func(PartitionState) uint64) (n uint64) {
	for _, p := range l.Partitions {
		n += of(p)
	}
	return n
}

// Whole says whether the ledger knows the queue from its first message, and no
// other queue.
func (l Ledger) Whole() bool {
	if !l.Restarted.IsZero() {
		return false
	}
	for _, p := range l.Partitions {
		if p.Begin > 0 {
			return false
		}
	}
	return true
}

// Repeated is how many stored messages repeat an event that is counted once:
// sent, retried or replayed again. It is negative when more was counted than
// stored, which cannot be.
func (l Ledger) Repeated() int64 {
	return int64(l.Stored()) - int64(l.Undecodable) - int64(l.Distinct)
}

// OffsetRun is a range of offsets that were stored one after the other.
type OffsetRun struct{ First, Last int64 }

// NewPartitionState holds the stored runs of a partition, by their first
// offset, against where the queue says that it stands. Runs may overlap.
func NewPartitionState(partition int, committed, end int64, runs []OffsetRun) PartitionState {
	p := PartitionState{Partition: partition, Committed: committed, End: end}
	if len(runs) == 0 {
		p.Begin = committed
		return p
	}
	p.Begin = runs[0].First
	at := p.Begin // first offset not yet looked at
	for _, r := range runs {
		if r.First > at {
			p.Missing += uint64(max(0, min(r.First, committed)-at))
		}
		if r.Last >= at {
			p.Stored += uint64(r.Last + 1 - max(at, r.First))
			at = r.Last + 1
		}
	}
	p.Missing += uint64(max(0, committed-at))
	return p
}

// StoredPartition is what is known of a partition while the queue does not
// answer: the runs that are stored, at least one, by their first offset.
func StoredPartition(partition int, runs []OffsetRun) PartitionState {
	last := runs[0].Last
	for _, r := range runs {
		last = max(last, r.Last)
	}
	return NewPartitionState(partition, runs[0].First, last+1, runs)
}

// emptyAmid is how many visits the same hour of the other school days must
// have at the median for an empty one to be an alarm, and aroundDays how many
// of them are needed.
const (
	emptyAmid  = 20
	aroundDays = 3
)

// EmptyHours finds the hours without a visit between 9 and 16 among the school
// days that are given, each with its visits by hour of Paris, up to now.
func EmptyHours(days map[Day][24]uint64, now time.Time) []EmptyHour {
	var empty []EmptyHour
	for day, visits := range days {
		for hour := 9; hour <= 16; hour++ {
			if visits[hour] == 0 && day.At(hour+1).Before(now) && usual(days, day, hour) {
				empty = append(empty, EmptyHour{day, hour})
			}
		}
	}
	slices.SortFunc(empty, func(a, b EmptyHour) int { return cmp.Or(cmp.Compare(b.Day, a.Day), b.Hour-a.Hour) })
	return empty
}

// usual says whether an hour is full on most other days.
func usual(days map[Day][24]uint64, but Day, hour int) bool {
	var others []uint64
	for day, visits := range days {
		if day != but {
			others = append(others, visits[hour])
		}
	}
	slices.Sort(others)
	return len(others) >= aroundDays && others[len(others)/2] >= emptyAmid
}
