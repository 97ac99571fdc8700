package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestRotation(t *testing.T) {
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	twoEach := []partition{{0, 1}, {1, 2}, {2, 3}, {3, 1}, {4, 2}, {5, 3}}
	oneLeader := []partition{{0, 1}, {1, 1}, {2, 1}}
	moved := []partition{{0, 2}, {1, 2}, {2, 3}, {3, 2}, {4, 2}, {5, 3}}
	headless := []partition{{0, -1}, {1, 2}, {2, 3}, {3, -1}, {4, 2}, {5, 3}}
	for _, c := range []struct {
		name       string
		partitions []partition
		before     func(r *rotation)
		after      time.Duration
		want       string // partitions in the order of their turns; ! alone, ? resting
	}{
		{"each in turn", twoEach, nil, 0, "0 1 2 3 4 5 0"},
		{"one leader", oneLeader, nil, 0, "0! 1! 2! 0!"},
		{"without leader", headless, nil, 0, "1 2 4 5 1"},
		{"a partition failed", twoEach, func(r *rotation) { r.failed(twoEach[1], false, start) }, 0, "0 2 3 4 5 0"},
		{"a leader failed", twoEach, func(r *rotation) { r.failed(twoEach[1], true, start) }, 0, "0 2 3 5 0"},
		{"two leaders failed", twoEach, func(r *rotation) {
			r.failed(twoEach[1], true, start)
			r.failed(twoEach[2], true, start)
		}, 0, "0! 3! 0!"},
		{"all failed", oneLeader, func(r *rotation) { r.failed(oneLeader[2], true, start) }, 0, "0!? 1!? 2!? 0!?"},
		{"almost rested", twoEach, func(r *rotation) { r.failed(twoEach[1], true, start) }, restTime - 1, "0 2 3 5 0"},
		{"rested", twoEach, func(r *rotation) { r.failed(twoEach[1], true, start) }, restTime, "0 1 2 3 4 5 0"},
		{"the leader works again", twoEach, func(r *rotation) {
			r.failed(twoEach[1], true, start)
			r.worked(twoEach[4])
		}, 0, "0 1 2 3 4 5 0"},
		{"another partition of its leader works", twoEach, func(r *rotation) {
			r.failed(twoEach[1], false, start)
			r.worked(twoEach[4])
		}, 0, "0 2 3 4 5 0"},
		{"another leader", moved, func(r *rotation) {
			r.partitions = twoEach
			r.failed(twoEach[0], true, start)
			r.partitions = moved
		}, 0, "0 1 2 3 4 5 0"},
		{"fewer partitions", oneLeader, func(r *rotation) { r.next = 5 }, 0, "2! 0! 1!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rotation{partitions: c.partitions}
			if c.before != nil {
				c.before(&r)
			}
			var got []string
			for range len(strings.Fields(c.want)) {
				to := r.take(start.Add(c.after))
				turn := fmt.Sprint(to.id)
				if to.alone {
					turn += "!"
				}
				if to.resting {
					turn += "?"
				}
				got = append(got, turn)
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s, want %s", s, c.want)
			}
		})
	}
}
