package schemas

import (
	"slices"
	"testing"
	"time"
)

func TestPartitionState(t *testing.T) {
	for name, c := range map[string]struct {
		committed, end int64
		runs           []OffsetRun
		want           PartitionState
		pending        uint64
	}{
		"nothing yet":                 {0, 7, nil, PartitionState{Begin: 0}, 7},
		"no ledger before":            {50, 70, nil, PartitionState{Begin: 50}, 20},
		"one run":                     {10, 12, []OffsetRun{{0, 9}}, PartitionState{Stored: 10}, 2},
		"stored, not yet committed":   {5, 12, []OffsetRun{{0, 9}}, PartitionState{Stored: 10}, 2},
		"two runs that meet":          {20, 20, []OffsetRun{{0, 9}, {10, 19}}, PartitionState{Stored: 20}, 0},
		"a batch that came again":     {20, 20, []OffsetRun{{0, 14}, {10, 19}}, PartitionState{Stored: 20}, 0},
		"a run within another":        {20, 20, []OffsetRun{{0, 19}, {5, 7}}, PartitionState{Stored: 20}, 0},
		"a hole":                      {20, 25, []OffsetRun{{0, 9}, {12, 19}}, PartitionState{Stored: 18, Missing: 2}, 5},
		"committed and not stored":    {20, 25, []OffsetRun{{0, 9}}, PartitionState{Stored: 10, Missing: 10}, 5},
		"a hole and an open end":      {30, 30, []OffsetRun{{0, 9}, {12, 19}}, PartitionState{Stored: 18, Missing: 12}, 0},
		"a ledger that begins later":  {30, 30, []OffsetRun{{20, 29}}, PartitionState{Begin: 20, Stored: 10}, 0},
		"a queue that was made anew":  {3, 5, []OffsetRun{{0, 99}}, PartitionState{Stored: 100}, 0},
		"a gap above what is counted": {10, 30, []OffsetRun{{0, 9}, {20, 24}}, PartitionState{Stored: 15}, 15},
	} {
		got := NewPartitionState(3, c.committed, c.end, c.runs)
		c.want.Partition, c.want.Committed, c.want.End = 3, c.committed, c.end
		if got != c.want || got.Pending() != c.pending {
			t.Errorf("%s: %+v, %d pending; want %+v, %d", name, got, got.Pending(), c.want, c.pending)
		}
	}
}

func TestAnew(t *testing.T) {
	runs := map[int][]OffsetRun{0: {{0, 9}}, 3: {{0, 9}, {20, 29}}}
	for name, c := range map[string]struct {
		ends map[int]int64
		want bool
	}{
		"the same queue":         {map[int]int64{0: 10, 1: 0, 3: 30}, false},
		"it has grown":           {map[int]int64{0: 100, 1: 100, 3: 100}, false},
		"made anew":              {map[int]int64{0: 0, 1: 0, 3: 0}, true},
		"one partition of it":    {map[int]int64{0: 10, 1: 0, 3: 29}, true},
		"partitions went":        {map[int]int64{0: 10}, false},
		"nothing is known of it": {nil, false},
	} {
		if got := Anew(c.ends, runs); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestLedgerSums(t *testing.T) {
	l := Ledger{
		Tally:       Tally{Published: 30, Spooled: 5, Refused: map[Reason]uint64{Robot: 2, TropLong: 1}},
		Partitions:  []PartitionState{{End: 20, Stored: 18, Missing: 1}, {Begin: 5, End: 25, Stored: 20}},
		Undecodable: 1, Distinct: 35,
	}
	if l.Accepted() != 35 || l.TotalRefused() != 3 || l.Written() != 40 || l.Stored() != 38 || l.Missing() != 1 || l.Pending() != 1 || l.Repeated() != 2 || l.Whole() {
		t.Errorf("accepted %d, refused %d, written %d, stored %d, missing %d, pending %d, repeated %d, whole %t",
			l.Accepted(), l.TotalRefused(), l.Written(), l.Stored(), l.Missing(), l.Pending(), l.Repeated(), l.Whole())
	}
	l.Partitions[1].Begin, l.Distinct = 0, 40
	if l.Repeated() != -3 || !l.Whole() {
		t.Errorf("repeated %d, whole %t", l.Repeated(), l.Whole())
	}
	if l.Restarted = time.Now(); l.Whole() {
		t.Error("whole, though there was another queue")
	}
}

func TestEmptyHours(t *testing.T) {
	monday := DateDay(2026, time.November, 16)
	full := [24]uint64{8: 5, 9: 40, 10: 40, 11: 40, 12: 3, 13: 40, 14: 40, 15: 40, 16: 40, 20: 80}
	days := func(change func(days map[Day][24]uint64)) map[Day][24]uint64 {
		all := map[Day][24]uint64{}
		for d := monday; d < monday+5; d++ {
			all[d] = full
		}
		if change != nil {
			change(all)
		}
		return all
	}
	evening := (monday + 4).At(22)
	empty := func(d Day, hours ...int) func(map[Day][24]uint64) {
		return func(all map[Day][24]uint64) {
			visits := all[d]
			for _, h := range hours {
				visits[h] = 0
			}
			all[d] = visits
		}
	}
	for name, c := range map[string]struct {
		days map[Day][24]uint64
		now  time.Time
		want []EmptyHour
	}{
		"all full":                           {days(nil), evening, nil},
		"two hours, the latest first":        {days(empty(monday+1, 10, 11)), evening, []EmptyHour{{monday + 1, 11}, {monday + 1, 10}}},
		"the hour that is not over":          {days(empty(monday+4, 14, 15, 16)), (monday + 4).At(15), []EmptyHour{}},
		"once it is over":                    {days(empty(monday+4, 14, 15, 16)), (monday + 4).At(15).Add(time.Second), []EmptyHour{{monday + 4, 14}}},
		"noon and night are not asked for":   {days(empty(monday, 8, 20)), evening, nil},
		"an hour that is small every day":    {days(empty(monday, 12)), evening, nil},
		"a whole day":                        {days(func(all map[Day][24]uint64) { all[monday] = [24]uint64{} }), evening, []EmptyHour{{monday, 16}, {monday, 15}, {monday, 14}, {monday, 13}, {monday, 11}, {monday, 10}, {monday, 9}}},
		"too few days to know what is usual": {map[Day][24]uint64{monday: full, monday + 1: full, monday + 2: {}}, evening, nil},
	} {
		if got := EmptyHours(c.days, c.now); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestAt(t *testing.T) {
	long := DateDay(2026, time.October, 25) // 25 hours
	if got := long.At(8).Sub(long.Start()); got != 9*time.Hour {
		t.Errorf("8 o'clock is %v after midnight", got)
	}
	if !long.At(24).Equal(long.End()) {
		t.Error("24 is not the end")
	}
}
