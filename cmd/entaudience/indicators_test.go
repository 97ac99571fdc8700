package main

import (
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/cmd/entaudience/indicatortest"
	"github.com/entaudience/entaudience/ingest/queue"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// TestIndicators runs every script of testdata/indicators through collector,
// queue, loader, engine and aggregation.
func TestIndicators(t *testing.T) {
	engine := chdbtest.Open(t)
	scripts := indicatorScripts(t)
	t.Run("embedded", func(t *testing.T) {
		for _, s := range scripts {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				broker, err := queue.StartEmbedded(t.TempDir(), 0, slog.New(slog.NewTextHandler(io.Discard, nil)))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(broker.Close)
				s.Run(t, indicatortest.Environment{Engine: engine, Brokers: broker.Addrs()})
			})
		}
	})
}

// indicatorScripts reads them all.
func indicatorScripts(t *testing.T) []*indicatortest.Script {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "indicators", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	scripts := make([]*indicatortest.Script, 0, len(paths))
	for _, path := range paths {
		s, err := indicatortest.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if s.Name != strings.ToLower(s.Name) {
			t.Errorf("%s: names of scripts are in lower case", path)
		}
		scripts = append(scripts, s)
	}
	return scripts
}
