package collect

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxLine is the longest line of a recording that is read, in bytes: a query
// string of MaxQuery with every byte escaped, and the rest.
const maxLine = 64 << 10

// errUnreadable is a line that is neither form of a recorded hit. It says
// nothing of the line, which holds personal data.
var errUnreadable = errors.New("unreadable line")

// Recording reads recorded hits, one a line, in either of two forms that may
// alternate:
//
//	{"received":"2026-09-07T08:15:02.123Z","method":"GET","url":"/hit.xiti?…","user_agent":"…"}
//
// and the "combined" format of nginx and Apache. A file compressed with gzip
// is recognised. Memory is bounded whatever the file holds. Not safe for
// concurrent use.
type Recording struct {
	in   *bufio.Reader
	line int
}

// NewRecording reads from r. The error is that of r, or of the gzip header.
func NewRecording(r io.Reader) (*Recording, error) {
	in := bufio.NewReaderSize(r, maxLine)
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		in = bufio.NewReaderSize(z, maxLine)
	}
	if bom, _ := in.Peek(3); string(bom) == "\ufeff" {
		in.Discard(3) //nolint:errcheck // just peeked
	}
	return &Recording{in: in}, nil
}

// Line is the number of the line that Next read last, from 1.
func (r *Recording) Line() int { return r.line }

// request is a recorded request before it is known to be a hit.
type request struct {
	Received  time.Time `json:"received"`
	Method    string    `json:"method"` // "" = GET
	URL       string    `json:"url"`    // path and query; a scheme and host before them are dropped
	UserAgent string    `json:"user_agent"`
}

// next reads the next line that is not blank. The error is io.EOF after the
// last one, errUnreadable for a line to be counted and passed over, and
// anything else when the file itself cannot be read.
func (r *Recording) next() (request, error) {
	for {
		line, err := r.in.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return request{}, io.EOF
		}
		r.line++
		if errors.Is(err, bufio.ErrBufferFull) {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.in.ReadSlice('\n')
			}
			if err == nil || errors.Is(err, io.EOF) {
				err = errUnreadable
			}
			return request{}, err
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return request{}, err
		}
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case line[0] == '{':
			return readJSON(line)
		default:
			return readCombined(string(line))
		}
	}
}

func readJSON(line []byte) (request, error) {
	var q request
	if json.Unmarshal(line, &q) != nil || !plausible(q.Received) || q.URL == "" {
		return request{}, errUnreadable
	}
	return q, nil
}

// combinedTime is the time of the combined format.
const combinedTime = "02/Jan/2006:15:04:05 -0700"

// readCombined reads
//
//	address - user [time] "GET /hit.xiti?… HTTP/1.1" 200 43 "referer" "user agent"
//
// and takes the time, the request and the User-Agent. What follows, as in the
// formats that add to the combined one, is passed over.
func readCombined(line string) (request, error) {
	_, rest, ok := strings.Cut(line, " [")
	stamp, rest, ok2 := strings.Cut(rest, `] "`)
	if !ok || !ok2 {
		return request{}, errUnreadable
	}
	received, err := time.Parse(combinedTime, stamp)
	if err != nil || !plausible(received) {
		return request{}, errUnreadable
	}
	asked, rest, ok := quoted(rest)
	if !ok {
		return request{}, errUnreadable
	}
	method, rest2, ok := strings.Cut(asked, " ")
	last := strings.LastIndexByte(rest2, ' ')
	if !ok || last < 0 || !strings.HasPrefix(rest2[last+1:], "HTTP/") {
		return request{}, errUnreadable
	}
	q := request{Received: received, Method: method, URL: rest2[:last]}

	_, rest, ok = strings.Cut(rest, `"`) // status and size
	if ok {
		_, rest, ok = quoted(rest) // referer
	}
	if ok {
		_, rest, ok = strings.Cut(rest, `"`)
	}
	if ok {
		q.UserAgent, _, ok = quoted(rest)
	}
	if !ok {
		return request{}, errUnreadable
	}
	if q.UserAgent == "-" {
		q.UserAgent = ""
	}
	return q, nil
}

// quoted reads up to the closing quote, which rest follows, and undoes the
// escapes of nginx (\xHH, also for quotes) and Apache (\").
func quoted(s string) (value, rest string, ok bool) {
	escaped := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			if value = s[:i]; escaped {
				value = unescape(value)
			}
			return value, s[i+1:], true
		}
	}
	return "", "", false
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\' || i+1 == len(s):
			b.WriteByte(s[i])
		case s[i+1] == 'x' && i+3 < len(s) && isHex(s[i+2]) && isHex(s[i+3]):
			b.WriteByte(unhex(s[i+2])<<4 | unhex(s[i+3]))
			i += 3
		default:
			i++
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// hit is the hit in a recorded request; ok is false when the request is
// another one of the same server: another address, a HEAD.
func (q *request) hit() (h Hit, ok bool) {
	if q.Method != "" && q.Method != http.MethodGet && q.Method != http.MethodPost {
		return Hit{}, false
	}
	path, query, _ := strings.Cut(q.URL, "?")
	if _, after, absolute := strings.Cut(path, "://"); absolute {
		i := strings.IndexByte(after, '/')
		if i < 0 {
			return Hit{}, false
		}
		path = after[i:]
	}
	if path != PathXiti && path != PathXitif {
		return Hit{}, false
	}
	return Hit{Received: q.Received, Path: path, Query: query, UserAgent: q.UserAgent}, true
}

// plausible says whether a hit can have been received then: the span of
// instants that an event may have.
func plausible(t time.Time) bool {
	return t.Year() > 2000 && t.Year() < 2100
}
