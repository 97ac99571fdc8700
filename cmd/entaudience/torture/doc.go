// Package torture is a suite that breaks what the program stands on and counts
// what survives: real processes for every stage, killed at random, brokers and
// an engine that go away and come back, connections that are cut, held and
// delayed, a disk that fills up, and a client that keeps a ledger of the hits
// that were answered. At the end the ledger and the cells must be equal, in the
// engine and in the CSV, for visits, users, durations and events.
//
// It is for tests; no program imports it. It knows the program from outside:
// its command line, its variables, its addresses and its tables.
package torture

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas/store/chdb"
)

// The names under which a test binary is one of the engines, as a process that
// can be killed: see Engine and Broker.
const (
	EngineCommand = "torture-engine"
	BrokerCommand = "torture-broker"
)

// Engine is a process that holds the embedded ClickHouse of the folder
// os.Args[1] and serves it on the address os.Args[2]. It never returns.
func Engine() {
	library, err := chdb.Find("")
	if err == nil {
		var e *chdb.Engine
		if e, err = chdb.Open(library, os.Args[1]); err == nil {
			err = (&http.Server{Addr: os.Args[2], Handler: e.Handler(), ReadHeaderTimeout: time.Minute}).ListenAndServe()
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Broker is a process that holds the embedded broker of the folder os.Args[1]
// and serves it on the address os.Args[2]. It never returns.
func Broker() {
	_, text, err := net.SplitHostPort(os.Args[2])
	if err == nil {
		var port int
		if port, err = strconv.Atoi(text); err == nil {
			_, err = queue.StartEmbedded(os.Args[1], port, slog.Default())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	select {}
}
