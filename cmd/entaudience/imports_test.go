package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is what import paths of the repository begin with.
const module = "github.com/entaudience/entaudience/"

// arrows says which packages of the repository each folder may import. A
// folder that is not here fails: it needs a line, and a reason to exist.
// cmd/entaudience itself wires everything and may import all.
var arrows = map[string][]string{
	"schemas":            {"schemas/eventpb"},
	"schemas/eventpb":    {},
	"schemas/store":      {"schemas"},
	"schemas/store/chdb": {},

	"ingest/collect":     {"schemas"},
	"ingest/queue":       {"schemas"},
	"ingest/queue/spool": {"schemas"},
	"ingest/load":        {"schemas", "ingest/queue"}, // a batch of the queue is what it stores
	"ingest/reference":   {"schemas"},
	"ingest/simulate":    {"schemas"},

	"ingest/collect/information": {},
	"aggregate/recount":          {"schemas"},

	"aggregate":            {"schemas", "aggregate/recount"},
	"aggregate/disclosure": {"schemas"},

	"dashboards":           {"schemas", "dashboards/access", "dashboards/attention", "dashboards/courrier", "dashboards/national", "dashboards/tableur"},
	"dashboards/access":    {"schemas"},
	"dashboards/courrier":  {"schemas"},
	"dashboards/attention": {"schemas"},
	"dashboards/national":  {"schemas", "dashboards/tableur"},
	"dashboards/tableur":   {},

	"cmd/entaudience/config":    {"schemas"},
	"cmd/entaudience/engines":   {"aggregate/disclosure", "cmd/entaudience/config", "ingest/queue", "schemas", "schemas/store", "schemas/store/chdb"},
	"cmd/entaudience/lifecycle": {},
}

// support are packages that only tests import; they may import what tests may.
var support = []string{"schemas/store/chdb/chdbtest", "ingest/queue/kafkatest", "cmd/entaudience/indicatortest", "cmd/entaudience/torture"}

// owners are the folders, with those below them, that alone know a library.
var owners = map[string]string{
	"github.com/ClickHouse/":          "schemas/store",
	"github.com/ebitengine/purego":    "schemas/store/chdb",
	"github.com/segmentio/kafka-go":   "ingest/queue",
	"github.com/twmb/franz-go":        "ingest/queue",
	"google.golang.org/protobuf":      "schemas",
	"github.com/alecthomas/kong":      "cmd/entaudience",
	"github.com/goccy/go-yaml":        "cmd/entaudience/config",
	"github.com/caarlos0/env/v11":     "cmd/entaudience/config",
	"github.com/go-chi/chi/":          "dashboards",
	"github.com/go-echarts/":          "dashboards",
	"github.com/coreos/go-oidc/":      "dashboards/access",
	"github.com/alexedwards/":         "dashboards/access",
	"github.com/wneessen/go-mail":     "dashboards/courrier",
	"github.com/ua-parser/uap-go":     "ingest/collect",
	"github.com/rogpeppe/go-internal": "cmd/entaudience",
}

// TestImports reads the import lines of every Go file. It does not ask the go
// command, whose answer the test cache would keep.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, file := range goFiles(t) {
		folder := path.Dir(file)
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			continue
		}
		test := strings.HasSuffix(file, "_test.go") || slices.Contains(support, folder)
		if _, known := arrows[folder]; !test && !known && folder != "cmd/entaudience" {
			if !seen[folder] {
				t.Errorf("%s is not on the list of imports_test.go: say what it may import", folder)
			}
			seen[folder] = true
			continue
		}
		for _, spec := range parsed.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Error(err)
				continue
			}
			if why := forbidden(folder, target, test); why != "" {
				t.Errorf("%s imports %s: %s", file, target, why)
			}
		}
	}
}

// forbidden says why a file of a folder may not import target; "" when it may.
func forbidden(folder, target string, test bool) string {
	if inner, ok := strings.CutPrefix(target, module); ok {
		switch {
		case test || folder == "cmd/entaudience" && !slices.Contains(support, inner):
			return ""
		case slices.Contains(support, inner):
			return "it is for tests"
		case !slices.Contains(arrows[folder], inner):
			return "not an arrow of imports_test.go"
		}
		return ""
	}
	for library, owner := range owners {
		if strings.HasPrefix(target, library) && folder != owner && !strings.HasPrefix(folder, owner+"/") {
			return "only " + owner + " knows it"
		}
	}
	external := strings.Contains(strings.SplitN(target, "/", 2)[0], ".")
	if external && !test && (folder == "schemas" || folder == "schemas/eventpb") && !strings.HasPrefix(target, "google.golang.org/protobuf/") {
		return "the vocabulary knows the standard library and protobuf"
	}
	return ""
}

// TestForbidden: the rules refuse what they are there for.
func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		folder, target string
		test, refused  bool
	}{
		{"ingest/collect", module + "schemas", false, false},
		{"ingest/collect", module + "ingest/queue", false, true},
		{"ingest/load", module + "ingest/queue", false, false},
		{"ingest/load", module + "schemas/store", false, true},
		{"ingest/load", module + "schemas/store", true, false},
		{"aggregate", module + "ingest/load", false, true},
		{"dashboards", module + "aggregate", false, true},
		{"dashboards", module + "schemas/store", false, true},
		{"dashboards/national", module + "dashboards", false, true},
		{"schemas", module + "schemas/store", false, true},
		{"schemas", "github.com/google/uuid", false, true},
		{"schemas", "google.golang.org/protobuf/encoding/protowire", false, false},
		{"schemas", "log/slog", false, false},
		{"dashboards", "github.com/ClickHouse/clickhouse-go/v2", true, true},
		{"schemas/store", "github.com/ClickHouse/clickhouse-go/v2", false, false},
		{"schemas/store", "github.com/ebitengine/purego", false, true},
		{"ingest/load", "github.com/segmentio/kafka-go", false, true},
		{"ingest/queue/kafkatest", "github.com/segmentio/kafka-go", true, false},
		{"cmd/entaudience", module + "schemas/store", false, false},
		{"cmd/entaudience", module + "schemas/store/chdb/chdbtest", false, true},
		{"cmd/entaudience/engines", module + "ingest/load", false, true},
	} {
		if why := forbidden(c.folder, c.target, c.test); (why != "") != c.refused {
			t.Errorf("%s imports %s (test: %t): %q", c.folder, c.target, c.test, why)
		}
	}
}

// TestTree: the top level holds the folders of the design and nothing else,
// and no file is longer than a reader's patience.
func TestTree(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{"aggregate", "cmd", "dashboards", "deploy", "ingest", "schemas", "go.mod", "go.sum", "README.md", "Makefile"}
	for _, e := range entries {
		name := e.Name()
		built := name == "bin" || name == "data" || strings.HasSuffix(name, ".test") || strings.HasSuffix(name, ".prof") // as .gitignore has them
		if !built && !strings.HasPrefix(name, ".") && !slices.Contains(wanted, name) {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
	const most = 500
	for _, file := range sources(t, ".go", ".sql", ".gohtml", ".js", ".css") {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n > most && !bytes.Contains(text[:min(len(text), 200)], []byte("Code generated")) {
			t.Errorf("%s has %d lines, more than %d", file, n, most)
		}
	}
}

// root is the repository, from the folder of this test.
const root = "../.."

func goFiles(t *testing.T) []string {
	files := sources(t, ".go")
	if len(files) < 100 {
		t.Fatalf("only %d Go files found under %s", len(files), root)
	}
	return files
}

// sources lists the repository's own files with one of the extensions, by
// slashed path; what is fetched or built is passed over.
func sources(t *testing.T, extensions ...string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch {
			case slices.Contains([]string{"bin", "data", "deploy/node_modules", "dashboards/assets/dist"}, name):
				return fs.SkipDir
			case name != "." && strings.HasPrefix(path.Base(name), "."):
				return fs.SkipDir
			}
			return nil
		}
		if slices.Contains(extensions, path.Ext(name)) {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
