package collect

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/schemas"
)

// published keeps what is sent to it, or refuses the first sends.
type published struct {
	mu      sync.Mutex
	refuses int
	values  []string
}

func (p *published) PublishAll(_ context.Context, values [][]byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuses > 0 {
		p.refuses--
		return errors.New("the queue is away")
	}
	for _, v := range values {
		p.values = append(p.values, string(v))
	}
	return nil
}

func (p *published) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.values...)
}

// publishIncidents sends what is on disk.
func publishIncidents(t testing.TB, k *LiveKeys, out BatchPublisher) {
	t.Helper()
	if err := k.incidents.publish(context.Background(), out); err != nil {
		t.Fatal(err)
	}
}

func incidentLine(t testing.TB, kind schemas.IncidentKind, monday string, at time.Time) string {
	t.Helper()
	b, err := json.Marshal(schemas.Incident{Kind: kind, Week: mustWeek(t, monday), At: at.UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestCollectorsAgree: collectors given the same starting state give the same
// tokens over several weeks, one of them being restarted in the middle of a
// week, another within the grace, a third being away for two weeks.
func TestCollectorsAgree(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(mustWeek(t, "2026-10-12").Start().Add(60 * time.Hour)))
		first := filepath.Join(root, "first")
		begun, err := InitWeekKey(first, "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ExportWeekKey(first, state, time.Now()); err != nil {
			t.Fatal(err)
		}
		dirs := []string{first}
		for _, name := range []string{"second", "third", "fourth"} {
			dir := filepath.Join(root, name)
			given, err := InitWeekKey(dir, state, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if given.Fingerprint != begun.Fingerprint || given.Current != begun.Current {
				t.Errorf("%s has fingerprint %s of week %s, the first %s of %s", name, given.Fingerprint, given.Current, begun.Fingerprint, begun.Current)
			}
			dirs = append(dirs, dir)
		}
		type instance struct {
			keys *LiveKeys
			stop func()
		}
		start := func(dir string) instance {
			keys, _ := openKeys(t, dir, time.Now)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- keys.Run(ctx) }()
			return instance{keys, func() { cancel(); <-done }}
		}
		var running [4]instance
		for i, dir := range dirs {
			running[i] = start(dir)
		}
		tokens := map[schemas.Visitor]string{}
		agree := func(moment string, instances ...int) {
			t.Helper()
			week := schemas.WeekOf(time.Now())
			want := running[instances[0]].keys.Visitor(week, school, "97100102")
			for _, i := range instances[1:] {
				if got := running[i].keys.Visitor(week, school, "97100102"); got != want {
					t.Errorf("%s, week %s: collector %d gives %d, the first %d", moment, week, i, got, want)
				}
			}
			if before, seen := tokens[want]; seen && before != week.String() {
				t.Errorf("weeks %s and %s have the same token", before, week)
			}
			tokens[want] = week.String()
		}
		agree("at the start", 0, 1, 2, 3)
		week := schemas.WeekOf(time.Now())
		for n := range 5 {
			time.Sleep(time.Until(week.Start().Add(7*24*time.Hour + 30*time.Minute))) // within the grace
			synctest.Wait()
			week = week.Next()
			switch n {
			case 1:
				running[1].stop()
				running[1] = start(dirs[1])
			case 2:
				running[3].stop() // away for two weeks
			case 4:
				running[3] = start(dirs[3])
			}
			present := []int{0, 1, 2, 3}
			if n == 2 || n == 3 {
				present = present[:3]
			}
			agree("in the grace", present...)
			time.Sleep(50 * time.Hour) // a Wednesday
			synctest.Wait()
			running[2].stop()
			running[2] = start(dirs[2])
			agree("in the middle", present...)
		}
		if len(tokens) != 6 {
			t.Errorf("%d tokens over 6 weeks", len(tokens))
		}
		for i := range running {
			running[i].stop()
		}
		for _, dir := range dirs {
			s, err := WeekKeyState(dir, time.Now())
			if err != nil || s.Week != schemas.WeekOf(time.Now()) {
				t.Errorf("%s: key of week %s: %v", dir, s.Week, err)
			}
		}
	})
}

// TestKeyLost: a new key starts, and the break reaches the queue even when it
// is away, or the process ends first; a key handed on is no break.
func TestKeyLost(t *testing.T) {
	dir, state := t.TempDir(), filepath.Join(t.TempDir(), "state")
	writeKey(t, dir, "2026-09-07")
	now := mustWeek(t, "2026-09-07").Start().Add(30 * time.Hour)
	k, _ := openKeys(t, dir, at(now))
	before := k.Visitor(mustWeek(t, "2026-09-07"), school, "1")
	if _, err := ExportWeekKey(dir, state, now); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(k.path); err != nil {
		t.Fatal(err)
	}

	k, _ = openKeys(t, dir, at(now.Add(time.Hour)))
	if k.Visitor(mustWeek(t, "2026-09-07"), school, "1") == before {
		t.Error("the lost key came back")
	}
	away := &published{refuses: 1}
	if err := k.incidents.publish(context.Background(), away); err == nil {
		t.Error("the queue's refusal was passed over")
	}
	k, _ = openKeys(t, dir, at(now.Add(2*time.Hour))) // the process ended before it was sent
	want := incidentLine(t, schemas.NewWeekKey, "2026-09-07", now.Add(time.Hour))
	publishIncidents(t, k, away)
	publishIncidents(t, k, away)
	if got := away.lines(); len(got) != 1 || got[0] != want {
		t.Errorf("sent %q, want once %s", got, want)
	}

	if err := os.Remove(k.path); err != nil {
		t.Fatal(err)
	}
	if _, err := InitWeekKey(dir, state, now.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	k, _ = openKeys(t, dir, at(now.Add(3*time.Hour)))
	if k.Visitor(mustWeek(t, "2026-09-07"), school, "1") != before {
		t.Error("the key handed on gives other tokens")
	}
	publishIncidents(t, k, away)
	if got := away.lines(); len(got) != 1 {
		t.Errorf("a key handed on was reported: %q", got)
	}
}

// TestPublishIncidents: Run's companion tries again, and wakes for what is
// reported while hits arrive.
func TestPublishIncidents(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(mustWeek(t, "2026-10-12").Start().Add(60 * time.Hour)))
		out := &published{refuses: 2}
		k, m := openKeys(t, dir, time.Now)
		made := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- k.PublishIncidents(ctx, out) }()
		time.Sleep(2*weekRetry + time.Second)
		synctest.Wait()
		want := incidentLine(t, schemas.NewWeekKey, schemas.WeekOf(made).String(), made)
		if got := out.lines(); len(got) != 1 || got[0] != want {
			t.Fatalf("sent %q, want %s", got, want)
		}
		past := schemas.WeekOf(made).Previous().Previous()
		k.Visitor(past, school, "1")
		k.Visitor(past, school, "2")
		synctest.Wait()
		if got := out.lines(); len(got) != 2 || got[1] != incidentLine(t, schemas.ClockBehind, past.String(), time.Now()) {
			t.Errorf("sent %q", got)
		}
		if got := testutil.ToFloat64(m.weekPast); got != 2 {
			t.Errorf("%v counted, want 2", got)
		}
		if _, err := os.Stat(filepath.Join(dir, incidentsFile)); !errors.Is(err, fs.ErrNotExist) {
			t.Error("what was sent is still on disk")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestHitsWhileTheWeekTurns is trap 12 of domain §7 through the collector: hits
// arrive every second across the end of a week, from browsers whose clocks are
// ahead, right or behind; each has the token of the week of its own time.
func TestHitsWhileTheWeekTurns(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		old := mustWeek(t, "2026-03-23") // its Sunday has 23 hours
		key := writeKey(t, dir, "2026-03-23")
		keys := map[schemas.Week][]byte{old: key, old.Next(): nextWeek(key)}
		time.Sleep(time.Until(old.End().Add(-15 * time.Minute)))
		live, m := openKeys(t, dir, time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- live.Run(ctx) }()
		devices, err := NewDevices(m)
		if err != nil {
			t.Fatal(err)
		}
		c := New(Options{Keyring: live, Devices: devices, Metrics: m})
		seen := map[schemas.Week]int{}
		for range 80 * 60 {
			time.Sleep(time.Second)
			for _, skew := range []time.Duration{-9 * time.Minute, 0, 9 * time.Minute} {
				ts := time.Now().Add(skew)
				e, refusal := c.Read(Hit{Received: time.Now(), Path: PathXiti, Query: "s=1&uai=0311131L&at=97100102&ts=" + strconv.FormatInt(ts.UnixMilli(), 10)})
				if refusal != nil {
					t.Fatal(refusal)
				}
				w := schemas.WeekOf(ts)
				seen[w]++
				if want := reference(keys[w], "0311131L", "97100102"); e.Visitor != want {
					t.Fatalf("%s, browser at %s: token %d, want %d", time.Now(), ts, e.Visitor, want)
				}
			}
		}
		if seen[old] < 1000 || seen[old.Next()] < 1000 || len(seen) != 2 {
			t.Errorf("hits by week: %v", seen)
		}
		if got := testutil.ToFloat64(m.weekPast); got != 0 {
			t.Errorf("%v tokens of a key that is gone", got)
		}
		if got := testutil.ToFloat64(m.weekSteps); got != 1 {
			t.Errorf("%v steps, want 1", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestKeyCommandsRefuse(t *testing.T) {
	dir := t.TempDir()
	if _, err := WeekKeyState(dir, receipt); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key: %v", err)
	}
	if _, err := ExportWeekKey(dir, filepath.Join(dir, "x"), receipt); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing to export: %v", err)
	}
	state, err := InitWeekKey(dir, "", receipt)
	if err != nil {
		t.Fatal(err)
	}
	line := readKey(t, dir)
	secret := strings.Fields(line)[1]
	if strings.Contains(secret, state.Fingerprint) {
		t.Error("the fingerprint is a piece of the key")
	}
	if _, err := InitWeekKey(dir, "", receipt); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("a key was there: %v", err)
	}
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ExportWeekKey(dir, taken, receipt); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file was there: %v", err)
	}
	if readKey(t, dir) != line {
		t.Error("the key was changed")
	}
	open := filepath.Join(t.TempDir(), "open")
	if err := os.WriteFile(open, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := InitWeekKey(t.TempDir(), open, receipt); err == nil || !strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), secret) {
		t.Errorf("a state that others can read: %v", err)
	}
	world := filepath.Join(t.TempDir(), "world")
	if err := os.Mkdir(world, 0o700); err != nil {
		t.Fatal(err)
	}
	writeKey(t, world, "2026-09-07")
	if err := os.Chmod(world, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLiveKeys(world, at(receipt), NewMetrics(nil), silent()); err == nil || !strings.Contains(err.Error(), "chmod o-w") {
		t.Errorf("a folder that anybody can write: %v", err)
	}
}
