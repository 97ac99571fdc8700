// Package kafkatest gives tests a Kafka to talk to: the embedded broker, and a
// real Kafka 4.1 (KRaft) of one or three brokers, started as child processes
// on the loopback interface.
//
// It knows how to start, stop and empty brokers. It does not know what the
// project writes to them; no program of the project imports it.
//
// A real Kafka needs Java 17 and Maven, which fetches it once into the user's
// cache. Without them, or without a network the first time, the test is
// skipped with a line that says why; ENTAUDIENCE_TEST_REQUIRED=1 makes that a
// failure.
package kafkatest

import (
	"log/slog"
	"os"
	"sync"
	"testing"

	"github.com/entaudience/entaudience/ingest/queue"
)

// Each runs a suite as two subtests: on a fresh embedded broker, and on a real
// Kafka without topics and groups. Only one test at a time has the real one.
func Each(t *testing.T, f func(t *testing.T, brokers []string)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { f(t, Embedded(t)) })
	t.Run("kafka", func(t *testing.T) { f(t, Shared(t)) })
}

// Embedded starts a fresh embedded broker for this test and gives its
// addresses. It has no topics.
func Embedded(t testing.TB) []string {
	t.Helper()
	e, err := queue.StartEmbedded(t.TempDir(), 0, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e.Addrs()
}

// shared is the real broker that all tests of one binary take turns at. It is
// the one variable of this package that changes: a JVM takes seconds to start,
// and Go gives test support no other place that outlives a test.
var shared struct {
	turn    sync.Mutex // held by the test that has the broker
	mu      sync.Mutex // guards what follows
	owner   testing.TB
	cluster *Cluster
	unlock  func() // of the cluster's folder; never called, the end of the process does it
}

// Shared gives the addresses of a real Kafka of one broker, started by the
// first test of the binary that asks and stopped when the binary ends. It has
// no topics and no groups, and is this test's alone until the test ends: other
// tests that ask wait for it. Asking again within the same test answers the
// same, and empties nothing; a subtest must not ask when its parent has it.
func Shared(t testing.TB) []string {
	t.Helper()
	shared.mu.Lock()
	mine := shared.owner == t
	shared.mu.Unlock()
	if !mine {
		shared.turn.Lock()
		setOwner(t)
		t.Cleanup(func() {
			setOwner(nil)
			shared.turn.Unlock()
		})
	}
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.cluster == nil {
		folder, unlock, err := ownFolder()
		if err != nil {
			t.Fatal(err)
		}
		shared.unlock = unlock
		shared.cluster = start(t, folder, 1)
	}
	if !mine {
		t.Cleanup(func() { shared.cluster.showLogs(t) })
		if err := empty(t.Context(), shared.cluster.Brokers()[0]); err != nil {
			t.Fatal("empty the shared Kafka: ", err)
		}
	}
	return shared.cluster.Brokers()
}

func setOwner(t testing.TB) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.owner = t
}

// unavailable skips the test, or fails it where nothing may be skipped.
func unavailable(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("ENTAUDIENCE_TEST_REQUIRED") == "1" {
		t.Fatal("no real Kafka: " + why)
	}
	t.Skip("no real Kafka: " + why)
}
