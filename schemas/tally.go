package schemas

import "time"

// Tally is what a collector has counted since its process began. It crosses
// Kafka as JSON on ent.refused, again and again, and the latest of a run
// stands for the run: what a kill cuts off is what was counted since.
//
//	Received = Accepted + Refused + Objected + Shed + Failed + those at work
//	Accepted = Published + Spooled
type Tally struct {
	Run       string `json:"tally"`     // names the process: random, 16 hexadecimal digits
	Collector string `json:"collector"` // names its data folder: random, 16 hexadecimal digits
	Sequence  uint64 `json:"n"`         // of the tallies of a run
	At        int64  `json:"at"`        // UTC ms
	Ended     bool   `json:"ended"`     // the process stopped in order: nothing was counted afterwards

	Received  uint64            `json:"received"`
	Refused   map[Reason]uint64 `json:"refused,omitempty"`
	Objected  uint64            `json:"objected,omitempty"` // of persons who object: dropped
	Shed      uint64            `json:"shed,omitempty"`     // answered 503 at once: too many were at work
	Failed    uint64            `json:"failed,omitempty"`   // answered 503 or 500: neither the queue nor the disk took it
	Published uint64            `json:"published"`          // acknowledged by the queue
	Spooled   uint64            `json:"spooled,omitempty"`  // durable on the collector's disk
	Replayed  uint64            `json:"replayed,omitempty"` // of those on disk, acknowledged by the queue later

	// Of the accepted hits, what had to be put right in them.
	Corrected       uint64 `json:"corrected,omitempty"`        // ts was far from receipt, or no number
	UnknownProfiles uint64 `json:"unknown_profiles,omitempty"` // that the plan does not have: counted as AUTRE
	UnknownServices uint64 `json:"unknown_services,omitempty"` // that the plan does not have: kept under their own code

	SpoolEvents uint64 `json:"spool_events,omitempty"` // that wait on disk
	SpoolBytes  uint64 `json:"spool_bytes,omitempty"`
	SpoolSince  int64  `json:"spool_since,omitempty"` // UTC ms of the oldest; 0 = none waits
}

// Time is the instant of the tally, in UTC.
func (t Tally) Time() time.Time { return time.UnixMilli(t.At).UTC() }
