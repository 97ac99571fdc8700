package simulate_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// TestLive: hits come at their time, those of the day are among them, and
// somebody comes during the night.
func TestLive(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1, Scale: 0.3, Departements: []string{"048"}})
	synctest.Test(t, func(t *testing.T) {
		begin := schemas.DateDay(2026, time.September, 14).Start().Add(23*time.Hour + 40*time.Minute)
		bubble := time.Now()
		clock := func() time.Time { return begin.Add(time.Since(bubble)) }
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Hour)
		defer cancel()
		sent := map[simulate.Hit]bool{}
		night, last := 0, begin
		r.Live(ctx, begin, clock, func(_ context.Context, h simulate.Hit) {
			now := clock()
			if late := now.Sub(time.UnixMilli(h.Fact.TS)); late < 0 || late > 31*time.Second {
				t.Fatalf("a hit is sent %s late", late)
			}
			if gap := now.Sub(last); gap > time.Minute {
				t.Errorf("nobody came for %s", gap)
			}
			if hour := now.In(schemas.Paris).Hour(); hour == 3 {
				night++
			}
			last, sent[h] = now, true
		})
		if night < 60 {
			t.Errorf("%d hits from 3 to 4 h", night)
		}
		wanted, missing := 0, 0
		for _, d := range []schemas.Day{schemas.DayOf(begin), schemas.DayOf(begin) + 1} {
			for h := range r.Hits(d) {
				if at := time.UnixMilli(h.Fact.TS); at.Before(begin) || at.After(begin.Add(9*time.Hour)) {
					continue
				}
				if wanted++; !sent[h] {
					missing++
				}
			}
		}
		if wanted < 100 || missing > 0 {
			t.Errorf("%d of %d hits of the two days were not sent", missing, wanted)
		}
	})
}

// TestSender: a hit arrives as the browser would send it.
func TestSender(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path+"?"+r.URL.RawQuery+" "+r.UserAgent())
		if strings.Contains(r.URL.RawQuery, "x1=") {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	r := region(t, simulate.Options{Seed: 1, Scale: 0.01, Departements: []string{"048"}})
	s := simulate.NewSender(server.URL)
	var want []string
	for h := range r.Hits(monday) {
		err := s.Send(t.Context(), &h)
		if refused := h.Path == "/hit.xitif"; (err != nil) != refused {
			t.Errorf("%s: %v", h.Path, err)
		}
		want = append(want, h.Method+" "+h.URL()+" "+h.UserAgent)
	}
	if len(want) < 50 || !slices.Equal(got, want) {
		t.Errorf("%d hits arrived, %d were sent, or some differ", len(got), len(want))
	}
	h := simulate.Hit{Method: http.MethodGet, Path: "/hit.xiti", Query: "at=secret"}
	server.Close()
	if err := s.Send(t.Context(), &h); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("without a collector: %v", err)
	}
}
