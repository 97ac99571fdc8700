package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/gif"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/schemas"
)

// publish is a Publisher made of a function.
type publish func(ctx context.Context, value []byte) error

func (p publish) Publish(ctx context.Context, value []byte) error { return p(ctx, value) }

// site is a running collector over TCP.
type site struct {
	*httptest.Server
	metrics *Metrics
	events  *queue
	refused *queue
	stop    func() // stops the handler's Run, after the server
}

func start(t *testing.T, events Publisher) *site {
	t.Helper()
	s := &site{events: &queue{}, refused: &queue{}}
	if events == nil {
		events = s.events
	}
	c := testCollector(t)
	s.metrics = c.metrics
	h := NewHandler(c, events, s.refused, s.metrics, silent(), at(receipt))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- h.Run(ctx) }()
	s.Server = httptest.NewUnstartedServer(h)
	s.Server.Config = NewServer(h, s.metrics)
	s.Server.Start()
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		s.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(s.stop)
	return s
}

func (s *site) do(t *testing.T, method, target, body string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, s.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", windows)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestHandlerAnswers(t *testing.T) {
	s := start(t, nil)
	const valid = PathXiti + "?" + hit2021
	tests := []struct {
		name, method, target, body string
		header                     []string
		status, events             int
	}{
		{"pixel", "GET", valid, "", nil, 200, 1},
		{"pixel of the 2012 plan", "GET", PathXitif + "?" + hit2012, "", nil, 200, 1},
		{"beacon", "POST", PathXiti + "?" + click, "", nil, 204, 1},
		{"beacon with a body it does not need", "POST", PathXiti + "?" + click, "x=1", nil, 204, 1},
		{"beacon in the body, as text", "POST", PathXiti, click, []string{"Content-Type", "text/plain;charset=UTF-8"}, 204, 1},
		{"beacon in the body, as a form", "POST", PathXiti, click, []string{"Content-Type", "application/x-www-form-urlencoded"}, 204, 1},
		{"beacon in the body, untyped", "POST", PathXiti, click, nil, 204, 1},
		{"JSON is not a hit", "POST", PathXiti, click, []string{"Content-Type", "application/json"}, 204, 0},
		{"body too long", "POST", PathXiti, click + "&ref=" + strings.Repeat("x", 1<<20), nil, 204, 0},
		{"empty beacon", "POST", PathXiti, "", nil, 204, 0},
		{"refused", "GET", PathXiti + "?uai=bad&at=1", "", nil, 200, 0},
		{"refused robot", "GET", valid, "", []string{"User-Agent", "Googlebot/2.1"}, 200, 0},
		{"no query", "GET", PathXiti, "", nil, 200, 0},
		{"query of 20,000 bytes", "GET", valid + strings.Repeat("x", 20_000), "", nil, 200, 0},
		{"head is not a page", "HEAD", valid, "", nil, 200, 0},
		{"options", "OPTIONS", valid, "", nil, 204, 0},
		{"put", "PUT", valid, "", nil, 405, 0},
		{"another path", "GET", "/hit.xitix?" + hit2021, "", nil, 404, 0},
	}
	total := 0
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(s.events.events(t))
			res := s.do(t, tt.method, tt.target, tt.body, tt.header...)
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.status {
				t.Errorf("status %d, want %d", res.StatusCode, tt.status)
			}
			if tt.status == 200 {
				if got := res.Header.Get("Content-Type"); got != "image/gif" {
					t.Errorf("type %q", got)
				}
				if got := res.Header.Get("Content-Length"); got != "43" {
					t.Errorf("length %q", got)
				}
				if tt.method == "GET" && !bytes.Equal(body, pixel) {
					t.Errorf("body %q", body)
				}
			} else if len(body) != 0 {
				t.Errorf("body %q", body)
			}
			for name, want := range map[string]string{
				"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*",
				"Cross-Origin-Resource-Policy": "cross-origin", "X-Content-Type-Options": "nosniff", "Set-Cookie": "",
			} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if got := len(s.events.events(t)) - before; got != tt.events {
				t.Errorf("%d events, want %d", got, tt.events)
			}
		})
		total++
	}
	s.stop()
	answered := 0.0
	for _, c := range s.metrics.answers {
		answered += testutil.ToFloat64(c)
	}
	if answered != float64(total) {
		t.Errorf("%v answers counted, want %d", answered, total)
	}
}

func TestPixel(t *testing.T) {
	if len(pixel) != 43 {
		t.Errorf("%d bytes, want 43", len(pixel))
	}
	img, err := gif.Decode(bytes.NewReader(pixel))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 1 || b.Dy() != 1 {
		t.Errorf("%v", b)
	}
	if _, _, _, alpha := img.At(0, 0).RGBA(); alpha != 0 {
		t.Errorf("alpha %d: not transparent", alpha)
	}
}

// TestAnswerAfterAck: not a byte of the answer leaves before the queue has
// acknowledged the event.
func TestAnswerAfterAck(t *testing.T) {
	reached, ack := make(chan []byte), make(chan struct{})
	s := start(t, publish(func(_ context.Context, value []byte) error {
		reached <- value
		<-ack
		return nil
	}))
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s?%s HTTP/1.1\r\nHost: x\r\nUser-Agent: %s\r\nConnection: close\r\n\r\n", PathXiti, hit2021, windows)
	var d schemas.Decoder
	var e schemas.Event
	if err := d.Decode(<-reached, &e); err != nil || e.UAI != school {
		t.Fatalf("published %+v, %v", e, err)
	}
	conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := conn.Read(make([]byte, 1)); n != 0 || !isTimeout(err) {
		t.Errorf("answered before the acknowledgement: %d bytes, %v", n, err)
	}
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	close(ack)
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 ")) || !bytes.HasSuffix(answer, pixel) {
		t.Errorf("answer %q, %v", answer, err)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// TestBrowserLeaves: a page that is left before the answer was loaded all the
// same.
func TestBrowserLeaves(t *testing.T) {
	c := testCollector(t)
	ctx, cancel := context.WithCancel(t.Context())
	var seen error
	h := NewHandler(c, publish(func(ctx context.Context, _ []byte) error {
		cancel()
		seen = ctx.Err()
		return nil
	}), &queue{}, c.metrics, silent(), at(receipt))
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(ctx, "GET", PathXiti+"?"+hit2021, nil)
	h.ServeHTTP(w, r)
	if w.Code != 200 || seen != nil {
		t.Errorf("status %d, the publisher's context says %v", w.Code, seen)
	}
}

// TestQueueAway: a queue that fails or hangs makes 503, never a pixel.
func TestQueueAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testCollector(t)
		var logged bytes.Buffer
		var answer error
		h := NewHandler(c, publish(func(ctx context.Context, _ []byte) error {
			if answer != nil {
				return answer
			}
			<-ctx.Done()
			return ctx.Err()
		}), &queue{}, c.metrics, slog.New(slog.NewTextHandler(&logged, nil)), time.Now)
		query := strings.Replace(hit2021, "&ts=1795429156102", "", 1)
		ask := func(method string) (*httptest.ResponseRecorder, time.Duration) {
			w, began := httptest.NewRecorder(), time.Now()
			h.ServeHTTP(w, httptest.NewRequest(method, PathXiti+"?"+query, nil))
			return w, time.Since(began)
		}
		for _, method := range []string{"GET", "POST"} {
			w, took := ask(method)
			if w.Code != 503 || w.Header().Get("Retry-After") != "1" || w.Body.Len() != 0 {
				t.Errorf("%s: %d %v %q", method, w.Code, w.Header(), w.Body)
			}
			if took != ackTimeout {
				t.Errorf("%s: answered after %v, want %v", method, took, ackTimeout)
			}
		}
		answer = schemas.WithKind(schemas.Unavailable, errors.New("no broker"))
		if w, took := ask("GET"); w.Code != 503 || took != 0 {
			t.Errorf("%d after %v", w.Code, took)
		}
		if got := testutil.ToFloat64(c.metrics.unpublished); got != 3 {
			t.Errorf("%v publish errors counted, want 3", got)
		}
		if got := testutil.ToFloat64(c.metrics.answers[503]); got != 3 {
			t.Errorf("%v answers 503 counted, want 3", got)
		}
		if got := strings.Count(logged.String(), "level=ERROR"); got != 1 {
			t.Errorf("%d lines of log for one failure: %s", got, &logged)
		}
	})
}

// TestShed: hits beyond those that may wait are answered at once.
func TestShed(t *testing.T) {
	c := testCollector(t)
	q := &queue{}
	h := NewHandler(c, q, q, c.metrics, silent(), at(receipt))
	h.waiting.Store(maxWaiting)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", PathXiti+"?"+hit2021, nil))
	if w.Code != 503 || testutil.ToFloat64(c.metrics.shed) != 1 || len(q.values) != 0 {
		t.Errorf("status %d, %v shed, %d published", w.Code, testutil.ToFloat64(c.metrics.shed), len(q.values))
	}
	h.waiting.Store(maxWaiting - 1)
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", PathXiti+"?"+hit2021, nil))
	if w.Code != 200 || len(q.values) != 1 {
		t.Errorf("status %d, %d published", w.Code, len(q.values))
	}
	if got := h.waiting.Load(); got != maxWaiting-1 {
		t.Errorf("%d waiting afterwards, want %d", got, maxWaiting-1)
	}
}

// TestPanic: a fault of ours is answered 500 and counted, and what was thrown
// is not logged.
func TestPanic(t *testing.T) {
	c := testCollector(t)
	var logged bytes.Buffer
	h := NewHandler(c, publish(func(context.Context, []byte) error {
		panic("97100102")
	}), &queue{}, c.metrics, slog.New(slog.NewTextHandler(&logged, nil)), at(receipt))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", PathXiti+"?"+hit2021, nil))
	if w.Code != 500 || testutil.ToFloat64(c.metrics.panics) != 1 || testutil.ToFloat64(c.metrics.answers[500]) != 1 {
		t.Errorf("status %d, %v panics", w.Code, testutil.ToFloat64(c.metrics.panics))
	}
	if h.waiting.Load() != 0 {
		t.Error("the hit still counts as waiting")
	}
	if s := logged.String(); !strings.Contains(s, "panicked") || strings.Contains(s, "97100102") {
		t.Errorf("log: %s", s)
	}
}

// TestRefusedStream: each refused hit is in ent.refused once, the last ones
// included when the collector stops.
func TestRefusedStream(t *testing.T) {
	s := start(t, nil)
	for range 3 {
		s.do(t, "GET", PathXiti+"?s=365203&uai=0311131A&at=1", "")
	}
	s.do(t, "POST", PathXitif, "s=365075&s2=4&x1=1&at=1")
	s.stop()
	got := make(map[schemas.Refusal]int)
	for _, v := range s.refused.values {
		var r schemas.Refusal
		if err := json.Unmarshal(v, &r); err != nil {
			t.Fatal(err)
		}
		got[r]++
	}
	ms := receipt.UnixMilli()
	for r, want := range map[schemas.Refusal]int{
		{Reason: schemas.UAIInvalide, Received: ms, Site: "365203", Plan: 2, Detail: "uai"}: 3,
		{Reason: schemas.UAIInvalide, Received: ms, Site: "365075", Plan: 1, Detail: "s2"}:  1,
	} {
		if got[r] != want {
			t.Errorf("%+v: %d, want %d", r, got[r], want)
		}
	}
	if len(s.refused.values) != 4 {
		t.Errorf("%d refusals, want 4", len(s.refused.values))
	}
	if got := testutil.ToFloat64(s.metrics.refusalsSent); got != 4 {
		t.Errorf("%v counted, want 4", got)
	}
}

// TestRefusedQueueAway: refusals are tried again, dropped and counted beyond
// the bound, and counted as lost when the collector stops without a queue.
func TestRefusedQueueAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetrics(nil)
		out := &queue{err: errors.New("no broker")}
		r := newRefusals(out, m, silent())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { r.run(ctx); close(done) }()
		r.add(schemas.Refusal{Reason: schemas.Robot})
		synctest.Wait() // the first batch is in the hands of run
		for range maxRefusals + 7 {
			r.add(schemas.Refusal{Reason: schemas.Robot})
		}
		if got := testutil.ToFloat64(m.refusalsLost); got != 7 {
			t.Errorf("%v dropped, want 7", got)
		}
		out.mu.Lock()
		out.err = nil
		out.mu.Unlock()
		time.Sleep(refusalPause)
		synctest.Wait()
		if len(out.values) != maxRefusals+1 || testutil.ToFloat64(m.refusalsSent) != maxRefusals+1 {
			t.Errorf("%d published, %v counted, want %d", len(out.values), testutil.ToFloat64(m.refusalsSent), maxRefusals+1)
		}
		out.mu.Lock()
		out.err = errors.New("no broker")
		out.mu.Unlock()
		for range 600 {
			r.add(schemas.Refusal{Reason: schemas.Robot})
		}
		cancel()
		<-done
		if got := testutil.ToFloat64(m.refusalsLost); got != 607 {
			t.Errorf("%v lost, want 607", got)
		}
	})
}

// TestMetricsRegister: every counter exists from the start, once.
func TestMetricsRegister(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	NewMetrics(reg)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := 0
	for _, f := range families {
		series += len(f.Metric)
	}
	if len(families) != 21 || series != 19+3*8+6 {
		t.Errorf("%d families with %d series", len(families), series)
	}
}

// TestServerLogsNothing: what net/http would log holds addresses.
func TestServerLogsNothing(t *testing.T) {
	m := NewMetrics(nil)
	NewServer(nil, m).ErrorLog.Print("http: panic serving 192.0.2.1:4321")
	if got := testutil.ToFloat64(m.connections); got != 1 {
		t.Errorf("%v counted, want 1", got)
	}
}

// TestRawQueries: what browsers leave unencoded in a referrer reaches the
// collector through net/http. A space or a control character in a URL does
// not: net/http, like every server, answers 400, and no browser sends one.
func TestRawQueries(t *testing.T) {
	for ref, status := range map[string]string{
		`https://x/?a=1&b="<é>|\^{}[]` + "`": "200",
		"https://x/#fragment":                "200",
		"https://x/%zz%":                     "200",
		"https://x/\xe9\xff":                 "200",
		"https://x/?a;b":                     "200",
		"https://x/a b":                      "400",
		"https://x/\x01":                     "400",
	} {
		s := start(t, nil)
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s?uai=0311131L&at=1&ref=%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", PathXiti, ref)
		answer, err := io.ReadAll(conn)
		conn.Close()
		if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 "+status)) {
			t.Errorf("%q: %.40q, %v", ref, answer, err)
		}
		if got := len(s.events.events(t)); (got == 1) != (status == "200") {
			t.Errorf("%q: %d events", ref, got)
		}
	}
}
