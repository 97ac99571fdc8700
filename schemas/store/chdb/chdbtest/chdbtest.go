// Package chdbtest gives tests an embedded ClickHouse engine: one per test
// binary, because a process has one data folder, with a fresh database per test.
package chdbtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

// Open returns the engine of this test binary. Without the library the test is
// skipped, or fails when ENTAUDIENCE_TEST_REQUIRED is 1.
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
	if shared.err != nil {
		if os.Getenv("ENTAUDIENCE_TEST_REQUIRED") == "1" {
			t.Fatalf("embedded engine: %v", shared.err)
		}
		t.Skipf("SKIP needs the embedded engine: %v", shared.err)
	}
	return shared.engine
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
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			os.RemoveAll(folder) //nolint:errcheck // only housekeeping
		}
	}
}

// Database creates a database for one test and drops it afterwards.
func Database(t testing.TB, e *chdb.Engine) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	statement(t, e, "CREATE DATABASE "+name)
	t.Cleanup(func() { statement(t, e, "DROP DATABASE "+name) })
	return name
}

func statement(t testing.TB, e *chdb.Engine, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://embedded/?"+url.Values{}.Encode(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := e.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", text, response.Status)
	}
}
