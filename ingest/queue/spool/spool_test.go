package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/schemas"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// opened is a spool with its registry.
type opened struct {
	*Spool
	t        *testing.T
	registry *prometheus.Registry
}

func open(t *testing.T, config Config) opened {
	t.Helper()
	registry := prometheus.NewRegistry()
	s, err := Open(config, time.Now, quiet, registry)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // the test is over
	return opened{s, t, registry}
}

func small(t *testing.T) Config {
	return Config{Folder: filepath.Join(t.TempDir(), "spool"), MaxBytes: 1 << 20, SegmentBytes: 1 << 10}
}

func (o opened) append(values ...string) {
	o.t.Helper()
	for _, v := range values {
		if err := o.Append([]byte(v)); err != nil {
			o.t.Fatal(err)
		}
	}
}

// drain takes all that waits, oldest first.
func (o opened) drain() []string {
	o.t.Helper()
	var all []string
	for {
		found, values := o.oldest()
		if found == nil {
			return all
		}
		for _, v := range values {
			all = append(all, string(v))
		}
		o.done(found, len(values))
	}
}

// want checks every counter and gauge but the age: name, value, …; those not
// named must be 0.
func (o opened) want(pairs ...any) {
	o.t.Helper()
	wanted := map[string]int{}
	for i := 0; i < len(pairs); i += 2 {
		wanted[pairs[i].(string)] = pairs[i+1].(int)
	}
	families, err := o.registry.Gather()
	if err != nil {
		o.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimSuffix(strings.TrimPrefix(f.GetName(), "entaudience_spool_"), "_total")
			for _, l := range m.GetLabel() {
				name += "/" + l.GetValue()
			}
			got := int(m.GetCounter().GetValue() + m.GetGauge().GetValue())
			if want := wanted[name]; got != want && name != "oldest_seconds" {
				o.t.Errorf("%s is %d, want %d", name, got, want)
			}
			delete(wanted, name)
		}
	}
	for name := range wanted {
		o.t.Error("no such metric:", name)
	}
	if problems, err := testutil.GatherAndLint(o.registry); err != nil || len(problems) > 0 {
		o.t.Error(problems, err)
	}
}

func numbered(n int) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("value %d", i)
	}
	return values
}

// What was appended comes back once, in order, over several segments, in this
// process and in the next.
func TestOrder(t *testing.T) {
	config := small(t)
	s := open(t, config)
	values := numbered(300)
	s.append(values[:200]...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.want("bytes", int(s.State().Bytes), "events", 200, "appended", 200)
	if err := s.Append([]byte("too late")); schemas.KindOf(err) != schemas.Unavailable || !errors.Is(err, errClosed) {
		t.Error(err)
	}

	s = open(t, config)
	if files, err := filepath.Glob(filepath.Join(config.Folder, "*"+suffix)); err != nil || len(files) < 3 {
		t.Fatalf("%d segments, %v: want several", len(files), err)
	}
	s.append(values[200:]...)
	if got := s.State(); got.Values != 300 || got.Bytes != onDisk(t, config.Folder) || got.Oldest.IsZero() {
		t.Errorf("%+v, %d bytes on disk", got, onDisk(t, config.Folder))
	}
	if got := s.drain(); !slices.Equal(got, values) {
		t.Errorf("%d values came back, in another order or not all", len(got))
	}
	if got := s.State(); got != (State{}) {
		t.Errorf("%+v is left", got)
	}
	if got := onDisk(t, config.Folder); got != 0 {
		t.Errorf("%d bytes are left on disk", got)
	}
	s.want("appended", 100, "replayed", 300)
}

func onDisk(t *testing.T, folder string) (n int64) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

// Nobody else reads the folder, and no other process shares it.
func TestPermissions(t *testing.T) {
	config := small(t)
	s := open(t, config)
	s.append("a")
	err := filepath.WalkDir(config.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if err == nil && info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	_, err = Open(config, time.Now, quiet, prometheus.NewRegistry())
	if schemas.KindOf(err) != schemas.Unavailable || !strings.Contains(err.Error(), "is in use by another collector") {
		t.Error(err)
	}
}

// A full spool refuses, counts, and takes again once it has room.
func TestFull(t *testing.T) {
	config := small(t)
	config.MaxBytes = 200
	s := open(t, config)
	value := strings.Repeat("x", 52) // a record of 60 bytes
	s.append(value, value)
	for range 3 {
		if err := s.Append([]byte(value)); !errors.Is(err, ErrFull) || schemas.KindOf(err) != schemas.Unavailable {
			t.Fatal(err)
		}
	}
	s.want("full", 3, "appended", 2, "events", 2, "bytes", 2*60+headerBytes)
	if got := len(s.drain()); got != 2 {
		t.Errorf("%d values came back", got)
	}
	s.append(value)
	s.want("full", 3, "appended", 3, "replayed", 2, "events", 1, "bytes", 60+headerBytes)

	config.Folder, config.MaxBytes = filepath.Join(t.TempDir(), "none"), 0
	none := open(t, config)
	if roomy := open(t, Config{Folder: filepath.Join(t.TempDir(), "roomy"), MaxBytes: 1 << 20, SegmentBytes: 1 << 20}); none.Room() || s.Room() || !roomy.Room() {
		t.Errorf("room: none %t, full %t, roomy %t", none.Room(), s.Room(), roomy.Room())
	}
	if err := none.Append([]byte("x")); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	for _, size := range []int{0, maxValue + 1} {
		if err := none.Append(make([]byte, size)); schemas.KindOf(err) != schemas.Invalid {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	none.want("full", 1)
}

// Whatever length a crash leaves the last segment at, each record that is
// whole comes back, and nothing else; the tail is cut and counted, and what is
// appended afterwards comes back too.
func TestTornTail(t *testing.T) {
	config := small(t)
	s := open(t, config)
	s.append("first", "second", "third")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(config.Folder, segmentName(0))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ends := []int{headerBytes + recordHeader + 5, headerBytes + 2*recordHeader + 11, len(whole)}
	for _, zeros := range []int{0, 700} { // a file system may have grown the file before its data
		for length := range len(whole) + 1 {
			if err := os.WriteFile(path, append(slices.Clone(whole[:length]), make([]byte, zeros)...), 0o600); err != nil {
				t.Fatal(err)
			}
			want, intact := 0, min(length, headerBytes)
			switch {
			case length >= len(magic) && zeros > 0:
				intact = max(intact, headerBytes) // begun in 1970
			case length < headerBytes:
				intact = 0
			}
			for _, end := range ends {
				if length >= end {
					want, intact = want+1, end
				}
			}
			s := open(t, config)
			if got := s.State().Values; got != want {
				t.Fatalf("cut at %d: %d values, want %d", length, got, want)
			}
			if got := testutil.ToFloat64(s.metrics.damaged); int(got) != length+zeros-intact {
				t.Fatalf("cut at %d: %v bytes counted as damaged, want %d", length, got, length+zeros-intact)
			}
			s.append("after")
			if got := s.drain(); !slices.Equal(got, append([]string{"first", "second", "third"}[:want:want], "after")) {
				t.Fatalf("cut at %d: %v", length, got)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A damaged byte costs the record that it is in, and no other.
func TestDamage(t *testing.T) {
	config := small(t)
	s := open(t, config)
	s.append("first", "second", "third")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(config.Folder, segmentName(0))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ends := []int{headerBytes, headerBytes + recordHeader + 5, headerBytes + 2*recordHeader + 11, len(whole)}
	for at := range whole {
		damaged := slices.Clone(whole)
		damaged[at] ^= 0x40
		var want []string
		for i, v := range []string{"first", "second", "third"} {
			if at < ends[i] || at >= ends[i+1] {
				want = append(want, v)
			}
		}
		var got []string
		for _, v := range parse(damaged).values {
			got = append(got, string(v))
		}
		if !slices.Equal(got, want) {
			t.Errorf("byte %d damaged: %q, want %q", at, got, want)
		}
	}

	// The same, found while it is being replayed.
	s = open(t, config)
	damaged := slices.Clone(whole)
	damaged[ends[1]+recordHeader] ^= 1
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.drain(); !slices.Equal(got, []string{"first", "third"}) {
		t.Errorf("%q", got)
	}
	s.want("replayed", 2, "errors/read", 1, "damaged_bytes", recordHeader+6)

	// A segment that cannot be read is left to the operator; the next one goes.
	s.append("fourth")
	if err := os.Rename(filepath.Join(config.Folder, segmentName(1)), filepath.Join(config.Folder, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if got := s.drain(); len(got) != 0 || s.State() != (State{}) {
		t.Errorf("%q, %+v", got, s.State())
	}
	s.append("fifth")
	if got := s.drain(); !slices.Equal(got, []string{"fifth"}) {
		t.Errorf("%q", got)
	}
	s.want("appended", 2, "replayed", 3, "errors/read", 2, "damaged_bytes", recordHeader+6)
}

func FuzzParse(f *testing.F) {
	whole := appendRecord(appendRecord(appendHeader(nil, time.UnixMilli(1)), []byte("first")), []byte("second"))
	f.Add(whole)
	f.Add(whole[5:])
	f.Add(whole[:len(whole)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		c := parse(b)
		var total int64
		for _, v := range c.values {
			total += int64(recordHeader + len(v))
		}
		if c.intact > int64(len(b)) || c.damaged < 0 || total+c.damaged > int64(len(b)) {
			t.Errorf("%d values of %d bytes, %d intact, %d damaged, of %d", len(c.values), total, c.intact, c.damaged, len(b))
		}
		if len(b) < headerBytes {
			return // what follows half a header is taken for the rest of it
		}
		// What follows garbage is still found.
		tail := parse(appendRecord(bytes.Clone(b), []byte("a value that a fuzzer does not guess")))
		if len(tail.values) == 0 {
			t.Error("a whole record was not found")
		}
	})
}

// The age is that of the oldest value that waits.
func TestAge(t *testing.T) {
	now := time.Date(2026, 9, 7, 8, 0, 0, 0, time.UTC)
	registry := prometheus.NewRegistry()
	config := small(t)
	s, err := Open(config, func() time.Time { return now }, quiet, registry)
	if err != nil {
		t.Fatal(err)
	}
	o := opened{s, t, registry}
	age := func() float64 {
		families, err := o.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == "entaudience_spool_oldest_seconds" {
				return f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		return -1
	}
	if got := age(); got != 0 {
		t.Errorf("empty: %v s", got)
	}
	o.append("a")
	now = now.Add(90 * time.Second)
	if got := age(); got != 90 {
		t.Errorf("%v s, want 90", got)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o.registry = prometheus.NewRegistry()
	if o.Spool, err = Open(config, func() time.Time { return now }, quiet, o.registry); err != nil {
		t.Fatal(err)
	}
	defer o.Close() //nolint:errcheck // the test is over
	if got := age(); got != 90 {
		t.Errorf("after a restart: %v s, want 90", got)
	}
	o.drain()
	if got := age(); got != 0 {
		t.Errorf("replayed: %v s", got)
	}
}
