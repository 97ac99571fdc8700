package simulate

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// quiet is how long nobody may come in Live: a demonstration is looked at
// during the night too.
const quiet = 30 * time.Second

// Live gives the hits of the region from an instant on, which is now or was a
// moment ago, when their time comes and day after day, to send, until ctx is
// done. Somebody comes at once, and somebody comes when nobody would for half a
// minute; such visits are not among Hits. What send holds up is late, not lost.
func (r *Region) Live(ctx context.Context, from time.Time, clock func() time.Time, send func(context.Context, Hit)) {
	w := writer{region: r}
	day := schemas.DayOf(from)
	waiting := append(r.events(day-1), r.events(day)...) // visits that began before midnight go on
	sortEvents(waiting)
	for len(waiting) > 0 && waiting[0].ms < from.UnixMilli() {
		waiting = waiting[1:]
	}
	waiting = append(r.passerby(from), waiting...)
	sortEvents(waiting)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := clock()
		if schemas.DayOf(now) > day {
			day = schemas.DayOf(now)
			waiting = append(waiting, r.events(day)...)
			sortEvents(waiting)
		}
		if soon := now.Add(quiet); len(waiting) == 0 || waiting[0].ms > soon.UnixMilli() {
			waiting = append(waiting, r.passerby(now.Add(quiet/2))...)
			sortEvents(waiting)
		}
		wait := quiet // nobody: a region without schools
		if len(waiting) > 0 {
			wait = time.UnixMilli(waiting[0].ms).Sub(now)
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		if len(waiting) > 0 {
			send(ctx, w.hit(&waiting[0]))
			waiting = waiting[1:]
		}
	}
}

// passerby makes one visit of somebody in a school that is active.
func (r *Region) passerby(begin time.Time) []event {
	d := schemas.DayOf(begin)
	rng := rand.New(rand.NewPCG(r.seed, uint64(begin.UnixMilli())))
	v := visits{region: r, rng: rng, until: d.Week().End().UnixMilli()}
	for range len(r.members) { // most schools are active on most days
		v.member = rng.IntN(len(r.members))
		if r.members[v.member].level(d) > 0 {
			v.visit(profile(profilePicker.pick(rng.Float64())), begin.UnixMilli())
			break
		}
	}
	return v.events
}

// Sender sends hits to a collector as browsers do. It is safe for concurrent
// use.
type Sender struct {
	client *http.Client
	base   string
}

// NewSender sends to a collector, "http://127.0.0.1:8081".
func NewSender(base string) *Sender {
	return &Sender{client: &http.Client{Timeout: 10 * time.Second}, base: base}
}

// Send sends one hit and waits for the answer, which the collector gives once
// the event is durable. The error says nothing of the hit.
func (s *Sender) Send(ctx context.Context, h *Hit) error {
	request, err := http.NewRequestWithContext(ctx, h.Method, s.base+h.URL(), nil)
	if err != nil {
		return fmt.Errorf("send a hit to %s: bad address", s.base)
	}
	request.Header.Set("User-Agent", h.UserAgent)
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("send a hit to %s: no answer", s.base) // the error of the client quotes the hit
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<10)); err != nil {
		return fmt.Errorf("send a hit to %s: %w", s.base, err)
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("send a hit to %s: answered %s", s.base, response.Status)
	}
	return nil
}
