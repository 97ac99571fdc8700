package collect

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/schemas"
)

// reference is the token by the words of domain §5.1.
func reference(key []byte, uai, identifier string) schemas.Visitor {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(uai + "\x00" + identifier))
	return schemas.Visitor(binary.BigEndian.Uint64(mac.Sum(nil)[:8]))
}

func nextWeek(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("next week"))
	return mac.Sum(nil)
}

func mustWeek(t testing.TB, monday string) schemas.Week {
	t.Helper()
	w, err := schemas.ParseWeek(monday)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// writeKey puts a week key into a directory and gives the key.
func writeKey(t testing.TB, dir, monday string) []byte {
	t.Helper()
	key := bytes.Repeat([]byte{7}, keySize)
	content := monday + " " + hex.EncodeToString(key) + "\n"
	if err := os.WriteFile(filepath.Join(dir, WeekKeyFile), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return key
}

func readKey(t testing.TB, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, WeekKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func keyLine(monday string, key []byte) string {
	return monday + " " + hex.EncodeToString(key) + "\n"
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func openKeys(t testing.TB, dir string, clock func() time.Time) (*LiveKeys, *Metrics) {
	t.Helper()
	m := NewMetrics(nil)
	k, err := OpenLiveKeys(dir, clock, m, silent())
	if err != nil {
		t.Fatal(err)
	}
	return k, m
}

func TestReplayKeys(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef0")
	k, err := NewReplayKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, monday := range []string{"2026-09-07", "2026-09-14", "2019-09-02", "2026-09-07"} {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(monday))
		if got, want := k.Visitor(mustWeek(t, monday), school, "97100102"), reference(mac.Sum(nil), "0311131L", "97100102"); got != want {
			t.Errorf("%s: %d, want %d", monday, got, want)
		}
	}
	if _, err := NewReplayKeys(secret[:31]); err == nil {
		t.Error("a key of 31 bytes was taken")
	}
}

func TestOpenReplayKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "K")
	first, err := OpenReplayKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || info.Size() != 65 {
		t.Errorf("made with mode %04o and %d bytes", info.Mode().Perm(), info.Size())
	}
	again, err := OpenReplayKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	w := mustWeek(t, "2026-09-07")
	if first.Visitor(w, school, "1") != again.Visitor(w, school, "1") {
		t.Error("the same file gives other tokens")
	}
	other, err := OpenReplayKeys(path + "2")
	if err != nil {
		t.Fatal(err)
	}
	if first.Visitor(w, school, "1") == other.Visitor(w, school, "1") {
		t.Error("another file gives the same tokens")
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenReplayKeys(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that the group can read: %v", err)
	}
}

func TestLiveKeysMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	k, _ := openKeys(t, dir, at(receipt))
	path := filepath.Join(dir, WeekKeyFile)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o, want 0600", info.Mode().Perm())
	}
	line := readKey(t, dir)
	monday, hexKey, _ := strings.Cut(strings.TrimSpace(line), " ")
	key, err := hex.DecodeString(hexKey)
	if err != nil || len(key) != keySize || monday != schemas.WeekOf(receipt).String() {
		t.Fatalf("file of %d bytes for week %s: %v", len(line), monday, err)
	}
	week := schemas.WeekOf(receipt)
	if got, want := k.Visitor(week, school, "97100102"), reference(key, "0311131L", "97100102"); got != want {
		t.Errorf("token %d, want %d", got, want)
	}
	again, _ := openKeys(t, dir, at(receipt))
	if got, want := again.Visitor(week, school, "97100102"), reference(key, "0311131L", "97100102"); got != want {
		t.Errorf("token after a restart %d, want %d", got, want)
	}
	if readKey(t, dir) != line {
		t.Error("a restart changed the file")
	}
	otherDir := t.TempDir()
	openKeys(t, otherDir, at(receipt))
	if readKey(t, otherDir) == line {
		t.Error("two first starts made the same key")
	}
}

func TestLiveKeysRefused(t *testing.T) {
	good := keyLine("2026-09-07", bytes.Repeat([]byte{1}, keySize))
	for name, tt := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"group can read":   {good, 0o640, "chmod 600"},
		"others can read":  {good, 0o604, "chmod 600"},
		"others can write": {good, 0o602, "chmod 600"},
		"empty":            {"", 0o600, "not a week key"},
		"not a Monday":     {keyLine("2026-09-08", bytes.Repeat([]byte{1}, keySize)), 0o600, "Monday"},
		"short key":        {keyLine("2026-09-07", []byte{1, 2}), 0o600, "hexadecimal"},
		"long key":         {good[:len(good)-1] + "00", 0o600, "hexadecimal"},
		"not hexadecimal":  {strings.ReplaceAll(good, "01", "zz"), 0o600, "hexadecimal"},
		"not a key file":   {strings.Repeat("x", 2000), 0o600, "not a key file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, WeekKeyFile)
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			_, err := OpenLiveKeys(dir, at(receipt), NewMetrics(nil), silent())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one with %q", err, tt.want)
			}
			if key := strings.TrimSpace(strings.TrimPrefix(tt.content, "2026-09-07 ")); key != "" && len(key) < 100 && strings.Contains(err.Error(), key) {
				t.Errorf("the error holds the key: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != tt.content {
				t.Error("the file was changed")
			}
		})
	}
}

// TestLiveKeysRestart: after n weeks the file is stepped n times, and the key
// that was there is gone from it.
func TestLiveKeysRestart(t *testing.T) {
	dir := t.TempDir()
	key := writeKey(t, dir, "2026-09-07")
	week := mustWeek(t, "2026-10-05") // four weeks later, a Wednesday
	k, m := openKeys(t, dir, at(week.Start().Add(60*time.Hour)))
	for range 4 {
		key = nextWeek(key)
	}
	if got, want := readKey(t, dir), keyLine("2026-10-05", key); got != want {
		t.Errorf("the file was not stepped to the current week")
	}
	if got := testutil.ToFloat64(m.weekSteps); got != 4 {
		t.Errorf("%v steps counted, want 4", got)
	}
	if got, want := k.Visitor(week, school, "1"), reference(key, "0311131L", "1"); got != want {
		t.Errorf("token %d, want %d", got, want)
	}
	if got, want := k.Visitor(week.Next(), school, "1"), reference(nextWeek(key), "0311131L", "1"); got != want {
		t.Errorf("token of the next week %d, want %d", got, want)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
		t.Errorf("files left: %v %v", left, err)
	}
}

// TestLiveKeysClockBack: the key of a past week cannot be had again. Each such
// week gets a key of its own, so that no token is that of another week; that is
// counted, and reported once a week.
func TestLiveKeysClockBack(t *testing.T) {
	dir := t.TempDir()
	key := writeKey(t, dir, "2026-09-14")
	line := readKey(t, dir)
	past := mustWeek(t, "2026-09-07")
	now := past.Start().Add(24 * time.Hour)
	k, m := openKeys(t, dir, at(now))
	own := hmac.New(sha256.New, key)
	own.Write([]byte("past week 2026-09-07"))
	if got, want := k.Visitor(past, school, "1"), reference(own.Sum(nil), "0311131L", "1"); got != want {
		t.Errorf("token %d, want %d", got, want)
	}
	otherDir := t.TempDir()
	writeKey(t, otherDir, "2026-09-14")
	again, _ := openKeys(t, otherDir, at(now))
	if k.Visitor(past, school, "1") != again.Visitor(past, school, "1") {
		t.Error("another collector gives other tokens")
	}
	tokens := map[schemas.Visitor]bool{}
	for w := past.Previous().Previous(); w <= past.Next(); w = w.Next() {
		tokens[k.Visitor(w, school, "1")] = true
	}
	if len(tokens) != 4 {
		t.Errorf("%d tokens in 4 weeks: some weeks can be tied", len(tokens))
	}
	if got := testutil.ToFloat64(m.weekPast); got != 5 {
		t.Errorf("%v counted, want 5", got)
	}
	if readKey(t, dir) != line {
		t.Error("the file went back")
	}
	var sent published
	publishIncidents(t, k, &sent)
	want := map[string]bool{}
	for _, w := range []schemas.Week{past, past.Previous(), past.Previous().Previous()} {
		b, err := json.Marshal(schemas.Incident{Kind: schemas.ClockBehind, Week: w, At: now.UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		want[string(b)] = true
	}
	for _, line := range sent.lines() {
		if !want[line] {
			t.Errorf("incident %s: not expected, or sent twice", line)
		}
		delete(want, line)
	}
	if len(want) > 0 {
		t.Errorf("incidents not reported: %v", want)
	}
}

// TestWeekTurn is trap 12 of domain §7: the key turns over while hits arrive.
// The turn is that of 25 October 2026, whose Sunday has 25 hours.
func TestWeekTurn(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		old := mustWeek(t, "2026-10-19")
		key := writeKey(t, dir, "2026-10-19")
		line := readKey(t, dir)
		after := nextWeek(key)

		time.Sleep(time.Until(old.End().Add(-20 * time.Minute)))
		k, m := openKeys(t, dir, time.Now)
		done := make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- k.Run(ctx) }()

		expect := func(moment string, w schemas.Week, key []byte) {
			t.Helper()
			if got, want := k.Visitor(w, school, "1"), reference(key, "0311131L", "1"); got != want {
				t.Errorf("%s: token of week %s is %d, want %d", moment, w, got, want)
			}
		}
		expect("before the turn", old, key)
		expect("before the turn, a clock ahead", old.Next(), after)
		time.Sleep(21 * time.Minute)
		synctest.Wait()
		expect("after the turn", old.Next(), after)
		expect("after the turn, a late hit", old, key)
		if readKey(t, dir) != line {
			t.Error("the key was overwritten within the hour of grace")
		}
		time.Sleep(58 * time.Minute)
		synctest.Wait()
		expect("at the end of the grace, a late hit", old, key)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got, want := readKey(t, dir), keyLine("2026-10-26", after); got != want {
			t.Error("the key was not overwritten an hour after its week")
		}
		expect("after the grace", old.Next(), after)
		if got := testutil.ToFloat64(m.weekPast); got != 0 {
			t.Errorf("%v tokens of a key that is gone, want 0", got)
		}
		time.Sleep(7 * 24 * time.Hour)
		synctest.Wait()
		if got, want := readKey(t, dir), keyLine("2026-11-02", nextWeek(after)); got != want {
			t.Error("the key was not overwritten after the next week")
		}
		if got := testutil.ToFloat64(m.weekSteps); got != 2 {
			t.Errorf("%v steps counted, want 2", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestWeekTurnFails: a disk that refuses the step keeps the key in use, is
// counted, and is tried again.
func TestWeekTurnFails(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		old := mustWeek(t, "2026-10-19")
		key := writeKey(t, dir, "2026-10-19")
		time.Sleep(time.Until(old.End().Add(59 * time.Minute)))
		k, m := openKeys(t, dir, time.Now)
		block := filepath.Join(dir, WeekKeyFile+".new")
		if err := os.MkdirAll(filepath.Join(block, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- k.Run(ctx) }()
		time.Sleep(150 * time.Second)
		synctest.Wait()
		if got := testutil.ToFloat64(m.weekErrors); got != 2 {
			t.Errorf("%v failures counted, want 2", got)
		}
		if got, want := k.Visitor(old.Next(), school, "1"), reference(nextWeek(key), "0311131L", "1"); got != want {
			t.Errorf("token %d, want %d", got, want)
		}
		if err := os.RemoveAll(block); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got, want := readKey(t, dir), keyLine("2026-10-26", nextWeek(key)); got != want {
			t.Error("the step was not tried again")
		}
		cancel()
		<-done
	})
}

// TestLiveKeysConcurrent is for the race detector.
func TestLiveKeysConcurrent(t *testing.T) {
	dir := t.TempDir()
	key := writeKey(t, dir, "2026-10-19")
	w := mustWeek(t, "2026-10-19")
	k, _ := openKeys(t, dir, at(w.Start().Add(2*time.Hour)))
	keys := map[schemas.Week][]byte{w: key, w.Next(): nextWeek(key), w.Next().Next(): nextWeek(nextWeek(key))}
	done := make(chan struct{})
	for range 4 {
		go func() {
			for week, key := range keys {
				for range 100 {
					if week == w {
						continue
					}
					if got, want := k.Visitor(week, school, "1"), reference(key, "0311131L", "1"); got != want {
						t.Errorf("week %s: %d, want %d", week, got, want)
					}
				}
			}
			done <- struct{}{}
		}()
	}
	if err := k.step(w.End().Add(2 * time.Hour)); err != nil {
		t.Error(err)
	}
	for range 4 {
		<-done
	}
}
