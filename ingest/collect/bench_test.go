package collect

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// BenchmarkRead is the whole work on a hit but the answer and the queue:
// parse, device, token, encode.
func BenchmarkRead(b *testing.B) {
	c := testCollector(b)
	for name, hit := range map[string]Hit{
		"2021":    {Received: receipt, Path: PathXiti, Query: hit2021, UserAgent: windows},
		"2012":    {Received: receipt, Path: PathXitif, Query: hit2012, UserAgent: windows},
		"refused": {Received: receipt, Path: PathXiti, Query: "s=1&uai=0311131A&at=1", UserAgent: windows},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 256)
			for b.Loop() {
				e, _ := c.Read(hit)
				buf = schemas.AppendEvent(buf[:0], &e)
			}
		})
	}
}

// BenchmarkReadNewUserAgent is a hit whose User-Agent was never seen.
func BenchmarkReadNewUserAgent(b *testing.B) {
	d, err := NewDevices(NewMetrics(nil))
	if err != nil {
		b.Fatal(err)
	}
	for name, ua := range map[string]string{
		"windows": windows,
		"android": "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
		"ipad":    "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
		"robot":   "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				d.parse(deviceKey{userAgent: ua})
			}
		})
	}
}

// BenchmarkHandler adds net/http's request and answer to BenchmarkRead, with a
// queue that costs nothing.
func BenchmarkHandler(b *testing.B) {
	q := &discard{}
	h := NewHandler(testCollector(b), q, q, NewMetrics(nil), silent(), func() time.Time { return receipt })
	r := httptest.NewRequest(http.MethodGet, PathXiti+"?"+hit2021, nil)
	r.Header.Set("User-Agent", windows)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
