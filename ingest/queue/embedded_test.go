package queue_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas"
)

func TestEmbeddedBrokerThatCannotStart(t *testing.T) {
	t.Parallel()
	e, err := queue.StartEmbedded(t.TempDir(), 0, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := port(t, e.Addrs()[0])
	for what, start := range map[string]func() (*queue.Embedded, error){
		"port taken":         func() (*queue.Embedded, error) { return queue.StartEmbedded(t.TempDir(), taken, quiet) },
		"a file, no folder":  func() (*queue.Embedded, error) { return queue.StartEmbedded(file, 0, quiet) },
		"below a file":       func() (*queue.Embedded, error) { return queue.StartEmbedded(filepath.Join(file, "kafka"), 0, quiet) },
		"damaged beyond use": func() (*queue.Embedded, error) { return queue.StartEmbedded(damaged(t), 0, quiet) },
	} {
		e, err := start()
		if err == nil {
			e.Close()
		}
		if schemas.KindOf(err) != schemas.Unavailable || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func damaged(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "meta.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}
