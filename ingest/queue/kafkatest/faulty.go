package kafkatest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Broker is an embedded broker, in memory, whose answers a test can take away.
// It is safe for concurrent use.
type Broker struct {
	cluster *kfake.Cluster

	mu     sync.Mutex
	faults []*Fault
}

// Request is a kind of request, by its number in Kafka's protocol.
type Request int16

// The requests of a consumer.
const (
	Fetch  Request = 1
	Commit Request = 8
)

// How says what happens to a request instead of its answer.
type How uint8

// The faults. Only after CutAfter the request has taken effect.
const (
	CutBefore How = iota // the connection is cut before the broker saw the request
	CutAfter             // the broker has done it, the connection is cut before it says so
	Hang                 // no answer until the fault is removed, and then a cut
)

// Fault is a rule of a broker.
type Fault struct {
	broker  *Broker
	request Request
	how     How
	left    int
	hits    int
	hit     chan struct{}
	removed chan struct{}
}

// Faulty starts a broker with faults for this test. It has no topics.
func Faulty(t testing.TB) *Broker {
	t.Helper()
	b := &Broker{}
	var err error
	b.cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, address)
		return &listener{l, b}, err
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.cluster.Close)
	return b
}

// Brokers is the address.
func (b *Broker) Brokers() []string { return b.cluster.ListenAddrs() }

// Fail makes the next requests of a kind fail, as many as times says; -1 is
// all.
func (b *Broker) Fail(request Request, how How, times int) *Fault {
	f := &Fault{broker: b, request: request, how: how, left: times, hit: make(chan struct{}, 1), removed: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, f)
	return f
}

// Hits is how many requests failed so far.
func (f *Fault) Hits() int {
	f.broker.mu.Lock()
	defer f.broker.mu.Unlock()
	return f.hits
}

// Hit receives after a request failed, or hangs. A hit that nobody waits for is
// kept; of several, one.
func (f *Fault) Hit() <-chan struct{} { return f.hit }

// Remove ends the fault, once.
func (f *Fault) Remove() {
	f.broker.mu.Lock()
	defer f.broker.mu.Unlock()
	f.left = 0
	close(f.removed)
}

func (b *Broker) match(r Request) *Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		if f.left != 0 && f.request == r {
			f.left--
			f.hits++
			return f
		}
	}
	return nil
}

func (f *Fault) struck() {
	select {
	case f.hit <- struct{}{}:
	default:
	}
}

type listener struct {
	net.Listener
	broker *Broker
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &conn{Conn: c, broker: l.broker, lost: map[uint32]*Fault{}}, err
}

// conn reads whole requests before it hands them on, so that it knows what
// their answers are to.
type conn struct {
	net.Conn
	broker *Broker
	unread []byte // by the broker

	mu   sync.Mutex
	lost map[uint32]*Fault // answers to take away, by correlation
}

var errCut = errors.New("cut")

func (c *conn) Read(p []byte) (int, error) {
	if len(c.unread) == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// next reads a request: its length, kind, version, correlation and the rest.
func (c *conn) next() error {
	head := make([]byte, 12)
	if _, err := io.ReadFull(c.Conn, head); err != nil {
		return err
	}
	request := make([]byte, 4+binary.BigEndian.Uint32(head))
	copy(request, head)
	if _, err := io.ReadFull(c.Conn, request[len(head):]); err != nil {
		return err
	}
	f := c.broker.match(Request(binary.BigEndian.Uint16(head[4:])))
	switch {
	case f == nil:
	case f.how == CutAfter:
		c.mu.Lock()
		c.lost[binary.BigEndian.Uint32(head[8:])] = f
		c.mu.Unlock()
	default:
		f.struck()
		if f.how == Hang {
			<-f.removed
		}
		return errors.Join(errCut, c.Close())
	}
	c.unread = request
	return nil
}

// Write is given one whole answer: its length, correlation and the rest.
func (c *conn) Write(p []byte) (int, error) {
	if len(p) >= 8 {
		c.mu.Lock()
		f := c.lost[binary.BigEndian.Uint32(p[4:])]
		c.mu.Unlock()
		if f != nil {
			f.struck()
			return 0, errors.Join(errCut, c.Close())
		}
	}
	return c.Conn.Write(p)
}
