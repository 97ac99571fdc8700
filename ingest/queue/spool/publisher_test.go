package spool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// broker is a queue under control: it acknowledges, refuses, or keeps silent.
type broker struct {
	mu     sync.Mutex
	mode   string // "", "refuse" or "silent"
	delay  time.Duration
	values []string
	asked  int // times it was given something
	failed int // times it did not take it
}

var errAway = schemas.WithKind(schemas.Unavailable, errors.New("no broker"))

func (b *broker) set(mode string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mode = mode
}

func (b *broker) Publish(ctx context.Context, value []byte) error {
	return b.PublishAll(ctx, [][]byte{value})
}

func (b *broker) PublishAll(ctx context.Context, values [][]byte) error {
	b.mu.Lock()
	b.asked++
	mode, delay := b.mode, b.delay
	if mode != "" {
		b.failed++
	}
	b.mu.Unlock()
	switch mode {
	case "refuse":
		return errAway
	case "silent":
		ctx, cancel := context.WithTimeout(ctx, time.Second) // as a publisher's AckTimeout
		defer cancel()
		<-ctx.Done()
		return errAway
	}
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return errAway
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range values {
		b.values = append(b.values, string(v))
	}
	return nil
}

func (b *broker) seen() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.values)
}

// pair is a publisher that runs over a broker and a spool.
type pair struct {
	*Publisher
	opened
	broker *broker
	stop   func()
}

func join(t *testing.T, config Config) *pair {
	p := &pair{opened: open(t, config), broker: &broker{}}
	p.Publisher = NewPublisher(p.broker, p.Spool, quiet)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

// send publishes as the collector does, and says how long the caller waited.
func (p *pair) send(value string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	began := time.Now()
	err := p.Publish(ctx, []byte(value))
	return time.Since(began), err
}

// While the queue acknowledges, nothing touches the disk.
func TestQueueThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := join(t, small(t))
		for _, v := range numbered(10) {
			if _, err := p.send(v); err != nil {
				t.Fatal(err)
			}
		}
		p.stop()
		p.want()
		if got, _ := p.Counts(); got != (Counts{Published: 10}) || !slices.Equal(p.broker.seen(), numbered(10)) {
			t.Errorf("%+v", got)
		}
	})
}

// A silent queue costs those who ask it a second, once; who comes after a
// quarter of that waits for the disk alone. All is replayed, in order.
func TestQueueSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := join(t, small(t))
		p.broker.set("silent")
		var group sync.WaitGroup
		waits := make([]time.Duration, 40)
		for i := range waits { // one each 100 ms
			group.Go(func() {
				var err error
				if waits[i], err = p.send(fmt.Sprintf("value %d", i)); err != nil {
					t.Error(i, err)
				}
			})
			time.Sleep(100 * time.Millisecond)
		}
		group.Wait()
		for i, w := range waits {
			want := time.Duration(0)
			if i <= 2 { // those given to the queue before it had been silent for 250 ms
				want = time.Second
			}
			if w != want {
				t.Errorf("value %d, after %v: waited %v, want %v", i, time.Duration(i)*100*time.Millisecond, w, want)
			}
		}
		p.want("appended", 40, "events", 40, "bytes", int(p.State().Bytes), "queue_away", 1, "errors/replay", 3)
		p.broker.set("")
		synctest.Wait()
		time.Sleep(lastPause + time.Second)
		synctest.Wait()
		p.want("appended", 40, "replayed", 40, "errors/replay", 3)
		// The first three came to the disk after a second: among the others.
		got := p.broker.seen()
		if !slices.Equal(sorted(got), sorted(numbered(40))) || !slices.Equal(got[:6], numbered(9)[3:]) {
			t.Errorf("%v", got)
		}
		if w, err := p.send("straight"); err != nil || w != 0 {
			t.Errorf("waited %v, %v", w, err)
		}
		if got, left := p.Counts(); got != (Counts{Published: 1, Spooled: 40, Replayed: 40}) || left != (State{}) {
			t.Errorf("%+v, %+v", got, left)
		}
	})
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// A queue that refuses at once is asked again a few times a second at most,
// however many values come.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := small(t)
		config.SegmentBytes = 4 << 20
		p := join(t, config)
		p.broker.set("refuse")
		for i := range 1000 {
			if w, err := p.send(fmt.Sprintf("value %d", i)); err != nil || w != 0 {
				t.Fatal(i, w, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		// 10 s: one by the first value, then after 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2 …
		if p.broker.asked < 6 || p.broker.asked > 11 {
			t.Errorf("asked %d times", p.broker.asked)
		}
		p.broker.set("")
		time.Sleep(lastPause + time.Second)
		synctest.Wait()
		if got := p.broker.seen(); len(got) != 1000 || !slices.Equal(got, numbered(1000)) {
			t.Errorf("%d values", len(got))
		}
		p.want("appended", 1000, "replayed", 1000, "errors/replay", p.broker.failed-1) // but the first value's
	})
}

// A queue slower than the values that come shares them with the disk; nobody
// waits much longer than patience beyond its own delay, and all arrive.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := join(t, small(t))
		p.broker.delay = 400 * time.Millisecond
		var group sync.WaitGroup
		var mu sync.Mutex
		var longest time.Duration
		for i := range 200 {
			group.Go(func() {
				w, err := p.send(fmt.Sprintf("value %d", i))
				if err != nil {
					t.Error(i, err)
				}
				mu.Lock()
				longest = max(longest, w)
				mu.Unlock()
			})
			time.Sleep(10 * time.Millisecond)
		}
		group.Wait()
		if longest > 400*time.Millisecond {
			t.Errorf("somebody waited %v", longest)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := sorted(p.broker.seen()); !slices.Equal(got, sorted(numbered(200))) {
			t.Errorf("%d values arrived", len(got))
		}
		counts, left := p.Counts()
		if counts.Published+counts.Spooled != 200 || counts.Spooled != counts.Replayed || counts.Spooled == 0 || counts.Published == 0 || left != (State{}) {
			t.Errorf("%+v, %+v", counts, left)
		}
		p.want("appended", int(counts.Spooled), "replayed", int(counts.Spooled))
	})
}

// Neither the queue nor the disk: an error that says both, counted, and
// recovery by itself once the queue is back although nothing is on disk.
func TestNeither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := small(t)
		config.MaxBytes = 0
		p := join(t, config)
		p.broker.set("refuse")
		_, err := p.send("a")
		if schemas.KindOf(err) != schemas.Unavailable || !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "no broker") {
			t.Error(err)
		}
		if _, err = p.send("b"); !errors.Is(err, ErrFull) || strings.Contains(err.Error(), "no broker") {
			t.Error(err)
		}
		p.want("full", 2, "queue_away", 1)
		p.broker.set("")
		time.Sleep(gathering + firstPause)
		synctest.Wait()
		if _, err := p.send("c"); err != nil {
			t.Error(err)
		}
		p.want("full", 2)
		if got, _ := p.Counts(); got != (Counts{Published: 1, Lost: 2}) || !slices.Equal(p.broker.seen(), []string{"c"}) {
			t.Errorf("%+v", got)
		}
	})
}

// What a process left on disk is replayed by the next one, also what this one
// was replaying when it stopped: twice rather than not at all.
func TestReplayAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := small(t)
		p := join(t, config)
		p.broker.set("silent")
		for i, v := range numbered(50) {
			if _, err := p.send(v); err != nil {
				t.Fatal(i, err)
			}
		}
		time.Sleep(gathering + firstPause) // a replay is under way
		p.stop()
		if got := p.State(); got.Values != 50 {
			t.Errorf("%+v is left", got)
		}
		if _, err := p.send("too late"); !errors.Is(err, errClosed) {
			t.Error(err)
		}
		next := join(t, config)
		time.Sleep(time.Second)
		synctest.Wait()
		next.want("replayed", 50)
		if got := next.broker.seen(); !slices.Equal(got, numbered(50)) {
			t.Errorf("%v", got)
		}
	})
}
