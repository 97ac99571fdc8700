package collect

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
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

// BenchmarkServer compares, over TCP with 64 connections, a hit whose queue
// acknowledges at once with a constant GIF on the same server: what the
// collector itself leaves of the budget of design §10.
func BenchmarkServer(b *testing.B) {
	m := NewMetrics(nil)
	q := &discard{}
	for name, handler := range map[string]http.Handler{
		"hit": NewHandler(testCollector(b), q, q, m, silent(), time.Now),
		"gif": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = typeGIF
			w.Write(pixel)
		}),
	} {
		b.Run(name, func(b *testing.B) {
			s := httptest.NewUnstartedServer(handler)
			s.Config = NewServer(handler, m)
			s.Start()
			defer s.Close()
			request := "GET " + PathXiti + "?" + hit2021 + " HTTP/1.1\r\nHost: x\r\nUser-Agent: " + windows + "\r\n\r\n"
			b.SetParallelism(64 / runtime.GOMAXPROCS(0))
			b.RunParallel(func(pb *testing.PB) {
				conn, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				in := bufio.NewReader(conn)
				for pb.Next() {
					if _, err := io.WriteString(conn, request); err != nil {
						b.Error(err)
						return
					}
					res, err := http.ReadResponse(in, nil)
					if err == nil {
						_, err = io.Copy(io.Discard, res.Body)
					}
					if err != nil || res.StatusCode != http.StatusOK {
						b.Errorf("%v", err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hits/s")
		})
	}
}
