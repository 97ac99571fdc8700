package kafkatest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"
)

// startTimeout bounds the wait for brokers, on a machine with better things
// to do.
const startTimeout = 2 * time.Minute

// Cluster is a real Kafka. Its methods are for the goroutine of the test.
type Cluster struct {
	t     testing.TB // nil for the shared one, which no test restarts
	jars  string
	nodes []*node
}

// Real starts a Kafka of n brokers, 1 or 3, for this test alone, and stops it
// when the test ends. With three, topics should have three replicas; two must
// be in sync for a write to be acknowledged. It has no topics.
func Real(t testing.TB, n int) *Cluster {
	t.Helper()
	c := start(t, t.TempDir(), n)
	c.t = t
	t.Cleanup(c.stop)
	t.Cleanup(func() { c.showLogs(t) })
	return c
}

// Brokers are the addresses of all brokers, also of those killed, in order.
func (c *Cluster) Brokers() []string {
	addresses := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		addresses[i] = n.broker
	}
	return addresses
}

// Kill ends broker i, from 0, as a power cut would.
func (c *Cluster) Kill(i int) { c.nodes[i].kill() }

// Restart starts broker i again, with its address and its data, and returns
// when it serves.
func (c *Cluster) Restart(i int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	err := c.nodes[i].start(c.jars)
	if err == nil {
		err = c.ready(ctx, c.nodes[i])
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// start makes a cluster; another process may take a port between its choice
// and its use, hence more than one attempt.
func start(t testing.TB, folder string, n int) *Cluster {
	t.Helper()
	path, err := jars()
	if err != nil {
		unavailable(t, err.Error())
	}
	_, benchmark := t.(*testing.B)
	var c *Cluster
	for attempt := range 3 {
		c, err = newCluster(filepath.Join(folder, strconv.Itoa(attempt)), path, n, !benchmark)
		if err != nil {
			t.Fatal(err)
		}
		if err = c.start(); err == nil {
			return c
		}
		c.stop()
		if errors.Is(err, errOldJava) {
			unavailable(t, err.Error())
		}
	}
	for _, n := range c.nodes {
		t.Logf("log of broker %d:\n%s", n.id, n.log())
	}
	t.Fatal(err)
	return nil
}

func newCluster(folder, jars string, n int, quick bool) (*Cluster, error) {
	addresses, err := freeAddresses(2 * n)
	if err != nil {
		return nil, err
	}
	c := &Cluster{jars: jars}
	for i := range n {
		node := &node{
			id: i + 1, quick: quick, folder: filepath.Join(folder, strconv.Itoa(i+1)),
			broker: addresses[2*i], controller: addresses[2*i+1],
		}
		if err := os.MkdirAll(node.folder, 0o755); err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, node)
	}
	return c, nil
}

func (c *Cluster) start() error {
	random := make([]byte, 16)
	rand.Read(random) //nolint:errcheck // documented to never fail
	id := base64.RawURLEncoding.EncodeToString(random)
	if id[0] == '-' {
		id = "A" + id[1:] // the tool would take it for an option
	}
	var voters []string
	for _, n := range c.nodes {
		voters = append(voters, fmt.Sprintf("%d@%s", n.id, n.controller))
	}
	var formatting errgroup.Group
	for _, n := range c.nodes {
		formatting.Go(func() error { return n.configure(c.jars, id, voters) })
	}
	if err := formatting.Wait(); err != nil {
		return err
	}
	for _, n := range c.nodes {
		if err := n.start(c.jars); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for _, n := range c.nodes {
		if err := c.ready(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) stop() {
	for _, n := range c.nodes {
		n.kill()
	}
}

func (c *Cluster) showLogs(t testing.TB) {
	if !t.Failed() {
		return
	}
	for _, n := range c.nodes {
		t.Logf("log of broker %d at %s:\n%s", n.id, n.broker, n.log())
	}
}

// ready waits until a node knows all nodes that run, and who coordinates
// groups.
func (c *Cluster) ready(ctx context.Context, n *node) error {
	running := 0
	for _, other := range c.nodes {
		if other.process != nil {
			running++
		}
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := serves(ctx, n.broker, running)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-n.ended:
			return fmt.Errorf("broker %d ended while it started: see its log", n.id)
		case <-ctx.Done():
			return fmt.Errorf("broker %d does not serve after %s: %w", n.id, startTimeout, err)
		}
	}
}

func serves(ctx context.Context, address string, running int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := kafka.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	brokers, err := conn.Brokers()
	if err != nil {
		return err
	}
	if len(brokers) < running {
		return fmt.Errorf("%s knows %d brokers of %d", address, len(brokers), running)
	}
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(address), Transport: transport, Timeout: 5 * time.Second}
	found, err := client.FindCoordinator(ctx, &kafka.FindCoordinatorRequest{Key: "kafkatest", KeyType: kafka.CoordinatorKeyTypeConsumer})
	if err != nil {
		return err
	}
	return found.Error
}

// freeAddresses chooses ports below those that systems give to outgoing
// connections, so that a broker that is away finds its port free again.
func freeAddresses(n int) ([]string, error) {
	var addresses []string
	var err error
	for range 1000 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+mathrand.IntN(12_000)))
		listener, e := net.Listen("tcp", address)
		if e != nil {
			err = e
			continue
		}
		defer listener.Close() // not before all are chosen
		if addresses = append(addresses, address); len(addresses) == n {
			return addresses, nil
		}
	}
	return nil, fmt.Errorf("no free port: %w", err)
}
