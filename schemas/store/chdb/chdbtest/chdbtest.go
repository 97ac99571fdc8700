// Package chdbtest gives tests an embedded ClickHouse engine: one per test
// binary, because a process has one data folder, with a fresh database per test.
package chdbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/entaudience/entaudience/schemas/store/chdb"
)

var shared struct {
	sync.Once
	engine *chdb.Engine
	err    error
}

var databases atomic.Int64

// Open returns the engine of this test binary, which is never closed. Without
// the library the test is skipped, or fails when ENTAUDIENCE_TEST_REQUIRED is 1.
func Open(t testing.TB) *chdb.Engine {
	t.Helper()
	shared.Do(func() {
		var library, folder string
		if library, shared.err = chdb.Find(""); shared.err != nil {
			return
		}
		// The engine lives as long as the binary, longer than any t.TempDir.
		sweep()
		if folder, shared.err = os.MkdirTemp("", fmt.Sprintf("%s%d-", prefix, os.Getpid())); shared.err != nil {
			return
		}
		shared.engine, shared.err = chdb.Open(library, folder)
	})
	if errors.Is(shared.err, chdb.ErrNoLibrary) {
		missing(t, shared.err)
	}
	if shared.err != nil {
		t.Fatalf("embedded engine: %v", shared.err)
	}
	return shared.engine
}

// Library returns the path of the library, for a test that opens an engine of
// its own: it cannot be in the same binary as one that calls Open. Without the
// library it is as Open.
func Library(t testing.TB) string {
	t.Helper()
	path, err := chdb.Find("")
	if err != nil {
		missing(t, err)
	}
	return path
}

func missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("ENTAUDIENCE_TEST_REQUIRED") == "1" {
		t.Fatalf("needs the embedded engine: %v", err)
	}
	t.Skipf("SKIP needs the embedded engine: %v", err)
}

const prefix = "entaudience-engine-"

// sweep removes the folders of test binaries that ended.
func sweep() {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return
	}
	for _, folder := range folders {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(folder), prefix+"%d-", &pid); err != nil || pid <= 0 {
			continue
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone) {
			os.RemoveAll(folder) //nolint:errcheck // only housekeeping
		}
	}
}

// Database creates a database for one test, which nothing else uses, and drops
// it afterwards. It is safe in parallel tests.
func Database(t testing.TB, e *chdb.Engine) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	statement(t, e, "CREATE DATABASE "+name)
	t.Cleanup(func() { statement(t, e, "DROP DATABASE "+name) })
	return name
}

func statement(t testing.TB, e *chdb.Engine, text string) {
	t.Helper()
	Exec(t, e, "default", text)
}

// Exec runs a statement in a database and gives its rows, columns separated by
// tabs; it fails the test if it cannot.
func Exec(t testing.TB, e *chdb.Engine, database, text string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://embedded/?database="+database, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := e.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	answer, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s %v", text, response.Status, answer, err)
	}
	return string(answer)
}
