package torture

import (
	"context"
	"net"
	"sync"
	"time"
)

// proxy stands between the stages and an engine and breaks what passes.
type proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	open    map[net.Conn]bool
	refuse  bool
	delay   time.Duration // of every piece that passes
	held    chan struct{} // not nil: nothing passes until it is closed
	cuts    int
	workers sync.WaitGroup
}

func newProxy(target string) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, target: target, open: map[net.Conn]bool{}}
	p.workers.Go(p.accept)
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refuse := p.refuse
		p.mu.Unlock()
		if refuse {
			client.Close() //nolint:errcheck // that is the fault
			continue
		}
		engine, err := net.DialTimeout("tcp", p.target, 5*time.Second)
		if err != nil {
			client.Close() //nolint:errcheck // the engine is down, and so says its proxy
			continue
		}
		p.mu.Lock()
		p.open[client], p.open[engine] = true, true
		p.mu.Unlock()
		p.workers.Go(func() { p.pass(client, engine) })
		p.workers.Go(func() { p.pass(engine, client) })
	}
}

// pass copies one way, and ends both ways when its own ends.
func (p *proxy) pass(to, from net.Conn) {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range []net.Conn{to, from} {
			c.Close() //nolint:errcheck // it may be closed already
			delete(p.open, c)
		}
	}()
	piece := make([]byte, 16<<10)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			p.mu.Lock()
			delay, held := p.delay, p.held
			p.mu.Unlock()
			if held != nil {
				<-held
			}
			if delay > 0 {
				pause(context.Background(), delay)
			}
			if _, err := to.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut closes every connection, whatever is on its way.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) //nolint:errcheck // a reset, if it can be
		}
		c.Close() //nolint:errcheck // it may be closed already
		p.cuts++
	}
	clear(p.open)
}

// set changes what happens to what passes.
func (p *proxy) set(refuse bool, delay time.Duration, hold bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse, p.delay = refuse, delay
	if p.held != nil {
		close(p.held)
		p.held = nil
	}
	if hold {
		p.held = make(chan struct{})
	}
}

func (p *proxy) close() {
	p.listener.Close() //nolint:errcheck // nothing is pending
	p.set(true, 0, false)
	p.cut()
	p.workers.Wait()
}
