package collect

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

const (
	jsonHit = `{"received":"2026-11-23T10:19:18Z","method":"GET","url":"/hit.xiti?` + hit2021 + `","user_agent":"` + windows + `"}`
	logHit  = `192.0.2.7 - - [23/Nov/2026:11:19:18 +0100] "POST /hit.xiti?` + click + ` HTTP/2.0" 204 0 "https://ent-ecole.example/" "` + windows + `"`
	logHead = `192.0.2.7 - Jean [23/Nov/2026:11:19:18 +0100] `
	logTail = ` 200 43 "-" "` + windows + `"`
)

func TestImport(t *testing.T) {
	lines := []string{
		1:  jsonHit,
		2:  logHit,
		3:  "",
		4:  strings.Replace(jsonHit, "0311131L&projet", "0311131A&projet", 1),
		5:  `{"received":"2026-11-23T10:19:18Z","url":"https://collecte.example/hit.xitif?` + notes + `"}`,
		6:  "rubbish with 97100102 in it",
		7:  logHead + `"GET /favicon.ico HTTP/1.1"` + logTail,
		8:  logHead + `"HEAD /hit.xiti?` + hit2021 + ` HTTP/1.1"` + logTail,
		9:  `{"received":"yesterday","url":"/hit.xiti?at=1"}`,
		10: strings.Repeat("x", 3*maxLine),
		11: logHead + `"GET /hit.xiti?uai=0311131L&at=1 HTTP/1.1" 200 43 "-" "Googlebot/2.1 \x22quoted\x22"`,
		12: `{"received":"1970-01-01T00:00:00Z","url":"/hit.xiti?at=1"}`,
		13: `{"method":"GET"`,
		14: logHead + `"GET /hit.xiti?uai=0311131L&at=2 HTTP/1.1"` + logTail + ` "203.0.113.9" rt=0.001`,
	}
	file := strings.Join(lines[1:], "\n")
	check := func(t *testing.T, r io.Reader) {
		t.Helper()
		var events, refused queue
		s, err := Import(t.Context(), r, testCollector(t), &events, &refused)
		if err != nil {
			t.Fatal(err)
		}
		if s.Accepted != 4 || s.Other != 2 || s.Unreadable != 5 || s.TotalRefused() != 2 {
			t.Errorf("%+v", s)
		}
		if want := []int{6, 9, 10, 12, 13}; !slices.Equal(s.Lines, want) {
			t.Errorf("unreadable lines %v, want %v", s.Lines, want)
		}
		if want := map[schemas.Reason]int{schemas.UAIInvalide: 1, schemas.Robot: 1}; !maps.Equal(s.Refused, want) {
			t.Errorf("refused %v, want %v", s.Refused, want)
		}
		var instants []int64
		for _, e := range events.events(t) {
			instants = append(instants, e.TS)
		}
		received := time.Date(2026, 11, 23, 10, 19, 18, 0, time.UTC).UnixMilli()
		if want := []int64{1795429156102, 1795429157000, received, received}; !slices.Equal(instants, want) {
			t.Errorf("instants %v, want %v", instants, want)
		}
		if len(refused.values) != 2 {
			t.Errorf("%d refusals published, want 2", len(refused.values))
		}
	}
	t.Run("plain", func(t *testing.T) { check(t, strings.NewReader(file)) })
	t.Run("with mark, CRLF and a last line end", func(t *testing.T) {
		check(t, strings.NewReader("\ufeff"+strings.ReplaceAll(file, "\n", "\r\n")+"\r\n"))
	})
	t.Run("gzip in two members", func(t *testing.T) {
		var b bytes.Buffer
		for _, part := range []string{file[:300], file[300:]} {
			z := gzip.NewWriter(&b)
			z.Write([]byte(part))
			z.Close()
		}
		check(t, &b)
	})
}

// TestImportTwice: the same recording with the same key gives the same events.
func TestImportTwice(t *testing.T) {
	file := jsonHit + "\n" + logHit
	var first, second queue
	for _, q := range []*queue{&first, &second} {
		if _, err := Import(t.Context(), strings.NewReader(file), testCollector(t), q, q); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.EqualFunc(first.values, second.values, bytes.Equal) || len(first.values) != 2 {
		t.Errorf("%x\n%x", first.values, second.values)
	}
}

// TestImportBatches: what is published is what was read, across batches.
func TestImportBatches(t *testing.T) {
	const n = 2*importBatch + 3
	var events, refused queue
	s, err := Import(t.Context(), strings.NewReader(strings.Repeat(jsonHit+"\n", n)), testCollector(t), &events, &refused)
	if err != nil || s.Accepted != n || len(events.values) != n {
		t.Errorf("%d accepted, %d published: %v", s.Accepted, len(events.values), err)
	}
}

func TestImportErrors(t *testing.T) {
	away := errors.New("no broker")
	_, err := Import(t.Context(), strings.NewReader(jsonHit), testCollector(t), &queue{err: away}, &queue{})
	if !errors.Is(err, away) {
		t.Errorf("a queue that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Import(ctx, strings.NewReader(jsonHit), testCollector(t), &queue{}, &queue{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	broken := io.MultiReader(strings.NewReader(jsonHit+"\n"), iotestErr{away})
	s, err := Import(t.Context(), broken, testCollector(t), &queue{}, &queue{})
	if !errors.Is(err, away) || !strings.Contains(err.Error(), "line 2") || s.Accepted != 1 {
		t.Errorf("a file that cannot be read: %+v, %v", s, err)
	}
	var cut bytes.Buffer
	z := gzip.NewWriter(&cut)
	z.Write([]byte(strings.Repeat(jsonHit+"\n", 100)))
	z.Close()
	if _, err := Import(t.Context(), bytes.NewReader(cut.Bytes()[:cut.Len()-10]), testCollector(t), &queue{}, &queue{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a gzip file cut short: %v", err)
	}
}

type iotestErr struct{ err error }

func (r iotestErr) Read([]byte) (int, error) { return 0, r.err }

func TestReadCombined(t *testing.T) {
	at := time.Date(2026, 11, 23, 10, 19, 18, 0, time.UTC)
	tests := []struct {
		line string
		want request
		ok   bool
	}{
		{logHead + `"GET /hit.xiti?at=1 HTTP/1.1"` + logTail, request{at, "GET", "/hit.xiti?at=1", windows}, true},
		{logHead + `"GET /hit.xiti?at=1 HTTP/1.1" 200 43 "-" "-"`, request{at, "GET", "/hit.xiti?at=1", ""}, true},
		{logHead + `"GET /hit.xiti?ref=a b HTTP/1.1" 400 0 "-" "x"`, request{at, "GET", "/hit.xiti?ref=a b", "x"}, true},
		{logHead + `"GET /hit.xiti?at=\x22\xC3\xA9\x22 HTTP/1.1" 200 43 "a\"b" "c\\d"`, request{at, "GET", `/hit.xiti?at="é"`, `c\d`}, true},
		{`2001:db8::1 - - [23/Nov/2026:10:19:18 +0000] "GET / HTTP/1.0" 200 1 "" ""`, request{at, "GET", "/", ""}, true},
		{logHead + `"-" 400 0 "-" "-"`, request{}, false},
		{logHead + `"GET /hit.xiti?at=1" 200 43 "-" "x"`, request{}, false},
		{logHead + `"GET /hit.xiti?at=1 HTTP/1.1" 200 43`, request{}, false},
		{logHead + `"GET /hit.xiti?at=1 HTTP/1.1" 200 43 "-" "x`, request{}, false},
		{`192.0.2.7 - - [today] "GET / HTTP/1.1" 200 43 "-" "x"`, request{}, false},
		{`192.0.2.7 - - "GET / HTTP/1.1" 200 43 "-" "x"`, request{}, false},
		{`[`, request{}, false},
	}
	for _, tt := range tests {
		got, err := readCombined(tt.line)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if tt.ok {
			got.Received = got.Received.UTC()
		}
		if got != tt.want {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.line, got, tt.want)
		}
	}
}

// FuzzImport: whatever the file, every line that is not blank is counted once,
// and memory stays bounded.
func FuzzImport(f *testing.F) {
	f.Add([]byte(jsonHit + "\n" + logHit))
	f.Add([]byte("\x1f\x8b"))
	f.Add([]byte(logHead + "\"GET /hit.xiti?\\x HTTP/1.1\"" + logTail))
	f.Add([]byte("{}\n\r\n \nnull"))
	c := testCollector(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		var events, refused queue
		s, err := Import(t.Context(), bytes.NewReader(file), c, &events, &refused)
		if err != nil || bytes.HasPrefix(file, []byte("\x1f\x8b")) {
			return
		}
		lines := 0
		for line := range bytes.Lines(bytes.TrimPrefix(file, []byte("\ufeff"))) {
			if len(bytes.TrimSpace(line)) > 0 {
				lines++
			}
		}
		if got := s.Accepted + s.TotalRefused() + s.Other + s.Unreadable; got != lines {
			t.Errorf("%d lines counted, the file has %d: %+v", got, lines, s)
		}
		if len(events.events(t)) != s.Accepted || len(refused.values) != s.TotalRefused() {
			t.Errorf("%d events, %d refusals: %+v", len(events.values), len(refused.values), s)
		}
	})
}
