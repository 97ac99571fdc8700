package torture

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// totals are what a school must show for a week.
type totals struct {
	Visits, Users, DurationMS, WithDuration, Events uint64
}

// place is a row of the comparison.
type place struct {
	week schemas.Week
	uai  schemas.UAI
}

// ledger is what the client knows: every hit that was answered. A person comes
// for one visit of a few seconds.
type ledger struct {
	mu       sync.Mutex
	visits   map[visitKey]*visit
	answered int
	repeats  int // attempts that had to be made again
	refused  int // of them, answered 503
	since    time.Time
	longest  time.Duration // without one answer, while there were 503s
	slowest  time.Duration // of a hit, from its first attempt to its answer

	slowestTry time.Duration // of an attempt that was answered, whatever the answer
}

type visitKey struct {
	uai    schemas.UAI
	person string
	day    schemas.Day
}

type visit struct {
	first, last int64
	events      uint64
}

func (l *ledger) answer(uai schemas.UAI, person string, ts int64, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slowest = max(l.slowest, time.Since(began))
	l.answered++
	l.since = time.Time{}
	key := visitKey{uai, person, schemas.DayOf(time.UnixMilli(ts))}
	v := l.visits[key]
	if v == nil {
		v = &visit{first: ts, last: ts}
		l.visits[key] = v
	}
	v.first, v.last = min(v.first, ts), max(v.last, ts)
	v.events++
}

func (l *ledger) tried(status int, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if status != 0 {
		l.slowestTry = max(l.slowestTry, took)
	}
}

func (l *ledger) again(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.repeats++
	if status != http.StatusServiceUnavailable {
		l.since = time.Time{} // the collector is down: another fault
		return
	}
	l.refused++
	if l.since.IsZero() {
		l.since = time.Now()
	}
	l.longest = max(l.longest, time.Since(l.since))
}

// expected are the cells that the answered hits must make.
func (l *ledger) expected() map[place]totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[place]totals{}
	type user struct {
		place
		person string
	}
	users := map[user]bool{}
	for key, v := range l.visits {
		at := place{key.day.Week(), key.uai}
		t := all[at]
		t.Visits++
		t.Events += v.events
		if v.events > 1 {
			t.WithDuration++
			t.DurationMS += uint64(v.last - v.first)
		}
		if u := (user{at, key.person}); !users[u] {
			users[u] = true
			t.Users++
		}
		all[at] = t
	}
	return all
}

// client sends the hits of many persons, each again until it is answered, as a
// proxy in front of the collector would.
type client struct {
	ledger
	address string        // of the collector
	ahead   time.Duration // of this machine's clock, the browsers' is
	schools []schemas.UAI
	http    http.Client
}

func newClient(address string, schools []schemas.UAI, workers int) *client {
	c := &client{address: address, schools: schools}
	c.visits = map[visitKey]*visit{}
	c.http = http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	return c
}

// run sends until ctx is done; what was begun is then finished, within
// patience.
func (c *client) run(ctx context.Context, workers int, every time.Duration, seed uint64, patience time.Duration) error {
	last, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	context.AfterFunc(ctx, func() { time.AfterFunc(patience, cancel) })
	errs := make(chan error, workers)
	for worker := range workers {
		go func() { errs <- c.work(ctx, last, worker, every, seed) }()
	}
	var failed error
	for range workers {
		if err := <-errs; err != nil {
			failed = err
		}
	}
	return failed
}

// services are of the hits of a visit: they differ in more than their time, which
// a collector whose clock is wrong does not believe.
var services = [3]string{"ACTUALITES", "COURRIER_ELECTRONIQUE", "SERVICES_VIE_SCOLAIRE"}

func (c *client) work(ctx, last context.Context, worker int, every time.Duration, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, uint64(worker)))
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		uai := c.schools[random.IntN(len(c.schools))]
		person := fmt.Sprintf("%d-%d-%d", seed, worker, n)
		hits := 1 + random.IntN(3)
		ts := time.Now().Add(c.ahead).UnixMilli() - int64(hits)*3000
		for hit := range hits {
			if err := c.send(last, uai, person, services[hit], ts, random.IntN(2) == 0); err != nil {
				return err
			}
			ts += 1 + random.Int64N(3000)
		}
	}
}

// send repeats a hit until it is answered.
func (c *client) send(ctx context.Context, uai schemas.UAI, person, service string, ts int64, beacon bool) error {
	query := url.Values{
		"s": {"365203"}, "ts": {strconv.FormatInt(ts, 10)}, "at": {person}, "uai": {string(uai)},
		"service": {service}, "type": {"NATIF"}, "profil": {"ELEVE"}, "projet": {"TORTURE"},
	}.Encode()
	began := time.Now()
	for {
		tried := time.Now()
		status := c.try(ctx, query, beacon)
		c.tried(status, time.Since(tried))
		if status == http.StatusOK || status == http.StatusNoContent {
			c.answer(uai, person, ts, began)
			return nil
		}
		c.again(status)
		pause(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			return fmt.Errorf("a hit is still not answered: the last status was %d", status)
		}
	}
}

// try is 0 when there was no answer.
func (c *client) try(ctx context.Context, query string, beacon bool) int {
	method := http.MethodGet
	if beacon {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+c.address+"/hit.xiti?"+query, nil)
	if err != nil {
		return 0
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36")
	response, err := c.http.Do(r)
	if err != nil {
		return 0
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0 // a pixel that breaks off is no answer
	}
	return response.StatusCode
}
