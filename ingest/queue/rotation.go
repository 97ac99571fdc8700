package queue

import (
	"maps"
	"slices"
	"time"
)

// partition is one that a topic has, and the broker that leads it; leader is
// negative while there is none.
type partition struct {
	id     int
	leader int
}

// restTime is how long a partition that failed is left out. Longer than
// brokers take to agree on another leader, it would cost a batch's delay each
// time the wait is over.
const restTime = 5 * time.Second

// rotation chooses the partition of the next request: each in turn, leaving
// out for a while those that failed, unless all did. It is not for concurrent
// use.
type rotation struct {
	partitions []partition
	next       int
	resting    map[int]rest // by partition
}

// rest is until when a partition is left out, so long as that broker leads it.
type rest struct {
	until  time.Time
	leader int
	whole  bool // all that the leader leads rests
}

// choice is where the next request goes.
type choice struct {
	partition
	alone   bool // no partition of another leader is worth a try instead
	resting bool // it failed a moment ago, and so did all others
}

// take gives the next partition; at least one must be known.
func (r *rotation) take(now time.Time) choice {
	n := len(r.partitions)
	for range n {
		p := r.partitions[r.next%n]
		r.next = (r.next + 1) % n
		if r.rests(p, now) {
			continue
		}
		elsewhere := slices.ContainsFunc(r.partitions, func(other partition) bool {
			return other.leader != p.leader && !r.rests(other, now)
		})
		return choice{partition: p, alone: !elsewhere}
	}
	p := r.partitions[r.next%n]
	r.next = (r.next + 1) % n
	return choice{partition: p, alone: true, resting: true}
}

func (r *rotation) rests(p partition, now time.Time) bool {
	rest, ok := r.resting[p.id]
	if ok && (rest.leader != p.leader || !now.Before(rest.until)) {
		delete(r.resting, p.id)
		ok = false
	}
	return ok || p.leader < 0
}

// failed leaves a partition out for a while, or all those of its leader.
func (r *rotation) failed(p partition, whole bool, now time.Time) {
	if r.resting == nil {
		r.resting = map[int]rest{}
	}
	for _, other := range r.partitions {
		if other.id == p.id || whole && other.leader == p.leader {
			r.resting[other.id] = rest{until: now.Add(restTime), leader: other.leader, whole: whole}
		}
	}
}

// worked ends the rest of a partition, and of all those of its leader if it
// was the leader that had failed.
func (r *rotation) worked(p partition) {
	maps.DeleteFunc(r.resting, func(id int, rest rest) bool {
		return id == p.id || rest.whole && rest.leader == p.leader
	})
}
