package collect

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	kafka "github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
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

// BenchmarkAnswers compares, over TCP with 64 connections, hits that are answered
// after the ack with a constant GIF of the same server, on a queue that costs
// nothing, on the embedded broker and on a real Kafka of this machine. Budgets:
// of-gif ≥ 0.4 embedded and ≥ 0.5 on a real Kafka.
func BenchmarkAnswers(b *testing.B) {
	b.Run("discard", func(b *testing.B) { benchmarkAnswers(b, discard{}) })
	b.Run("embedded", func(b *testing.B) { benchmarkAnswers(b, publishing(b, kafkatest.Embedded(b))) })
	b.Run("kafka", func(b *testing.B) { benchmarkAnswers(b, publishing(b, kafkatest.Shared(b))) })
}

// publishing is a publisher of events that runs until the benchmark ends.
func publishing(b *testing.B, brokers []string) Publisher {
	cluster := kafka.Open(brokers)
	if err := cluster.CreateTopics(b.Context(), 1); err != nil {
		b.Fatal(err)
	}
	p := kafka.NewPublisher(cluster, kafka.PublisherDefaults(kafka.Events), silent(), prometheus.NewRegistry())
	ctx, stop := context.WithCancel(context.Background())
	var running errgroup.Group
	running.Go(func() error { return p.Run(ctx) })
	b.Cleanup(func() {
		stop()
		if err := running.Wait(); err != nil {
			b.Error(err)
		}
		cluster.Close()
	})
	return p
}

const (
	connections = 64
	hitsAtOnce  = 40_000 // of one measurement
)

func benchmarkAnswers(b *testing.B, events Publisher) {
	m := NewMetrics(nil)
	gif := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = typeGIF
		w.Write(pixel) //nolint:errcheck // the client is gone
	})
	hits := NewHandler(testCollector(b), events, discard{}, m, silent(), time.Now)
	answers(b, m, hits, hitsAtOnce/10) // connections and metadata
	var hit, constant time.Duration
	for b.Loop() { // in turn: the machine may have other things to do
		constant += answers(b, m, gif, hitsAtOnce)
		hit += answers(b, m, hits, hitsAtOnce)
	}
	b.ReportMetric(float64(b.N*hitsAtOnce)/hit.Seconds(), "hits/s")
	b.ReportMetric(float64(constant)/float64(hit), "of-gif")
	b.ReportMetric(0, "ns/op")
}

// answers is how long a server takes for n requests on all connections.
func answers(b *testing.B, m *Metrics, handler http.Handler, n int) time.Duration {
	s := httptest.NewUnstartedServer(handler)
	s.Config = NewServer(handler, m)
	s.Start()
	defer s.Close()
	request := "GET " + PathXiti + "?" + hit2021 + " HTTP/1.1\r\nHost: x\r\nUser-Agent: " + windows + "\r\n\r\n"
	var clients errgroup.Group
	started := time.Now()
	for range connections {
		clients.Go(func() error {
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				return err
			}
			defer conn.Close() //nolint:errcheck // all is read
			in := bufio.NewReader(conn)
			for range n / connections {
				if _, err := io.WriteString(conn, request); err != nil {
					return err
				}
				res, err := http.ReadResponse(in, nil)
				if err == nil {
					_, err = io.Copy(io.Discard, res.Body)
				}
				if err != nil {
					return err
				}
				if res.StatusCode != http.StatusOK {
					return errors.New(res.Status)
				}
			}
			return nil
		})
	}
	if err := clients.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(started)
}
