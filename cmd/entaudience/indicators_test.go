package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/cmd/entaudience/indicatortest"
	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// TestIndicators runs every script of testdata/indicators through collector,
// queue, loader, engine and aggregation, on an embedded broker of its own.
func TestIndicators(t *testing.T) {
	t.Parallel()
	engine := chdbtest.Open(t)
	for _, s := range indicatorScripts(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			s.Run(t, indicatortest.Environment{Engine: engine, Brokers: kafkatest.Embedded(t)})
		})
	}
}

// TestIndicatorsOnKafka runs the same scripts on one real Kafka, one after the
// other: they share its topics.
func TestIndicatorsOnKafka(t *testing.T) {
	t.Parallel()
	engine := chdbtest.Open(t)
	brokers := kafkatest.Shared(t)
	for _, s := range indicatorScripts(t) {
		t.Run(s.Name, func(t *testing.T) {
			s.Run(t, indicatortest.Environment{Engine: engine, Brokers: brokers})
		})
	}
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
