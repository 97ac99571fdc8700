package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
)

// A collector that was asked to stop finishes the request in hand; asked again,
// it gives it up at once, says so and exits with a code of its own.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	brokers := kafkatest.Embedded(t)
	cluster := queue.Open(brokers)
	defer cluster.Close()
	if err := cluster.CreateTopics(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("entaudience")
	if err != nil {
		t.Fatal(err)
	}
	collect := exec.Command(path, "collect")
	collect.Env = []string{
		"ENTAUDIENCE_KAFKA_BROKERS=" + strings.Join(brokers, ","), "ENTAUDIENCE_COLLECT_LISTEN=127.0.0.1:0", "ENTAUDIENCE_DATA_DIR=" + t.TempDir(),
	}
	stderr, err := collect.StderrPipe()
	if err == nil {
		err = collect.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer collect.Process.Kill() //nolint:errcheck // it has ended, or the test has failed
	patience := time.AfterFunc(time.Minute, func() { collect.Process.Kill() })
	defer patience.Stop()
	lines := bufio.NewScanner(stderr)
	var address string
	for address == "" && lines.Scan() {
		var said struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &said) == nil && said.Msg == "collecting" {
			address = said.Address
		}
	}

	// A beacon whose body never comes is in hand.
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // only a test's
	fmt.Fprintf(conn, "POST /hit.xiti HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatal(line, err) // the handler reads the body
	}
	signal := func() {
		if err := collect.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	signal()
	for again := time.NewTicker(5 * time.Millisecond); ; <-again.C {
		other, err := net.Dial("tcp", address)
		if err != nil {
			break // it does not listen any more, and waits for the beacon
		}
		other.Close() //nolint:errcheck // it was only asked for
	}
	asked := time.Now()
	signal()
	rest := ""
	for lines.Scan() {
		rest += lines.Text() + "\n"
	}
	err = collect.Wait()
	if code := collect.ProcessState.ExitCode(); code != secondSignal {
		t.Errorf("exit code %d (%v), want %d", code, err, secondSignal)
	}
	if took := time.Since(asked); took > 5*time.Second {
		t.Errorf("it took %s to give up", took)
	}
	if want := "entaudience: stopping: second signal (terminated): giving up what is still in hand"; !strings.Contains(rest, want) {
		t.Errorf("it said %s", rest)
	}
	if text, err := io.ReadAll(conn); err != nil && len(text) > 0 {
		t.Errorf("the beacon was answered %q", text)
	}
}
