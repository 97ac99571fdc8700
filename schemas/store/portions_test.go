package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

func TestPortions(t *testing.T) {
	school := func(rows ...uint64) (all []size) {
		for i, n := range rows {
			all = append(all, size{string(schemas.MakeUAI(310001 + i)), n})
		}
		return all
	}
	for _, c := range []struct {
		sizes []size
		most  uint64
		want  string
	}{
		{nil, 10, "[{ }]"},
		{school(10), 10, "[{ }]"},
		{school(3, 3, 4), 10, "[{ }]"},
		{school(4, 4, 4), 6, "[{ 0310003K} {0310003K }]"},
		{school(4, 4, 4, 4), 8, "[{ 0310003K} {0310003K }]"},
		{school(100), 10, "[{ }]"},                           // one cannot be cut
		{school(1, 100, 1), 51, "[{ 0310003K} {0310003K }]"}, // nor can one among others
		{school(5, 5, 5, 5, 5, 5), 10, "[{ 0310003K} {0310003K 0310005M} {0310005M }]"},
	} {
		if got := fmt.Sprint(portions(c.sizes, c.most)); got != c.want {
			t.Errorf("%v by %d: %s, want %s", c.sizes, c.most, got, c.want)
		}
	}
	// Whatever the sizes, the portions follow each other without a gap.
	var sizes []size
	for i := range 500 {
		sizes = append(sizes, size{fmt.Sprintf("%08d", i), uint64(i * i % 97)})
	}
	for most := uint64(1); most < 30_000; most = most*3/2 + 1 {
		all := portions(sizes, most)
		if all[0].first != "" || all[len(all)-1].beyond != "" {
			t.Fatal(all)
		}
		for i := 1; i < len(all); i++ {
			if all[i].first != all[i-1].beyond || i > 1 && strings.Compare(all[i].first, all[i-1].first) <= 0 {
				t.Fatal(most, all[i-1:i+1])
			}
		}
		if slices.Contains(all, portion{"", ""}) != (len(all) == 1) {
			t.Fatal(all)
		}
	}
}
