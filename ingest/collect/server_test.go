package collect

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections exist in this process only, so that
// their deadlines follow the test's clock.
type pipes struct {
	conns  chan net.Conn
	closed func()
}

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error   { p.closed(); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// Whoever is slow, silent or deaf is cut off in bounded time and holds nothing
// but its connection meanwhile.
func TestSlowClients(t *testing.T) {
	get := "GET " + PathXiti + "?" + hit2021 + " HTTP/1.1\r\nHost: x\r\nUser-Agent: " + windows + "\r\n\r\n"
	post := "POST " + PathXiti + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n"
	for _, c := range []struct {
		name   string
		send   string        // at once
		drip   string        // then this again and again
		each   time.Duration // one byte of it
		deaf   bool          // reads nothing
		cut    time.Duration // when the connection must have ended
		answer string        // what the answer begins with
		events int
	}{
		{name: "half-open: it says nothing", cut: 5 * time.Second},
		{name: "a header that never ends", send: "GET / HTTP/1.1\r\nX: ", drip: "a", each: time.Second, cut: 5 * time.Second},
		{name: "a body that never ends", send: post, drip: "a", each: time.Second, cut: 10 * time.Second},
		{name: "idle after an answer", send: get, cut: 90 * time.Second, answer: "HTTP/1.1 200", events: 1},
		{name: "it does not read its answer", send: get, deaf: true, cut: 10 * time.Second, events: 1},
		{name: "a header of 64 kB", send: "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", cut: time.Second, answer: "HTTP/1.1 431"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				core := testCollector(t)
				q := &queue{}
				h := NewHandler(core, q, q, core.metrics, silent(), at(receipt))
				server := NewServer(h, core.metrics)
				listener := pipes{conns: make(chan net.Conn)}
				listener.closed = sync.OnceFunc(func() { close(listener.conns) })
				served := make(chan error)
				go func() { served <- server.Serve(listener) }()
				client, end := net.Pipe()
				listener.conns <- end
				began := time.Now()
				dripping := make(chan struct{})
				go func() {
					defer close(dripping)
					if _, err := io.WriteString(client, c.send); err != nil {
						return
					}
					for c.drip != "" {
						time.Sleep(c.each)
						if _, err := io.WriteString(client, c.drip); err != nil {
							return
						}
					}
				}()
				var answer string
				if c.deaf {
					time.Sleep(c.cut + time.Second)
				} else {
					text, err := io.ReadAll(bufio.NewReader(client)) // until the server hangs up
					if err != nil {
						t.Error(err)
					}
					answer = string(text)
					// The server's clocks begin a moment apart, and it drains what it refuses.
					if took := time.Since(began); took > c.cut+time.Second {
						t.Errorf("cut off after %v, want %v", took, c.cut)
					}
				}
				if !strings.HasPrefix(answer, c.answer) || c.answer == "" && strings.Contains(answer, " 200 ") {
					t.Errorf("answer %.60q, want %q", answer, c.answer)
				}
				if len(q.values) != c.events || h.waiting.Load() != 0 {
					t.Errorf("%d events, %d at work", len(q.values), h.waiting.Load())
				}
				client.Close() //nolint:errcheck // the server hung up
				<-dripping
				server.Close() //nolint:errcheck // nothing is pending
				if err := <-served; !errors.Is(err, http.ErrServerClosed) {
					t.Error(err)
				}
			})
		})
	}
}
