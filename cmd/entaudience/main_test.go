package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/entaudience/entaudience/cmd/entaudience/torture"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// TestMain makes the test binary the program itself when scripts run it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"entaudience": main, torture.EngineCommand: torture.Engine, torture.BrokerCommand: torture.Broker,
	})
}

// TestScripts runs testdata/script: the program as a process, as an operator
// meets it.
func TestScripts(t *testing.T) {
	t.Parallel()
	library := chdbtest.Library(t)
	if _, err := os.Stat(filepath.Join("..", "..", "dashboards", "assets", "dist", ".made")); err != nil {
		const why = "the design system and the charts are not in this program: run `make assets`"
		if os.Getenv("ENTAUDIENCE_TEST_REQUIRED") == "1" {
			t.Fatal(why)
		}
		t.Skip("SKIP " + why)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			base := visitTime(time.Now())
			day := schemas.DayOf(base)
			for k, v := range map[string]string{
				"ENTAUDIENCE_LIBCHDB":        library,
				"ENTAUDIENCE_DATA_DIR":       filepath.Join(e.WorkDir, "data"),
				"ENTAUDIENCE_COLLECT_LISTEN": "127.0.0.1:0",
				"ENTAUDIENCE_SERVE_LISTEN":   "127.0.0.1:0",
				"TODAY":                      day.String(),
				"MONDAY":                     day.Week().String(),
				"SUNDAY":                     day.Week().Sunday().String(),
				"LASTMONDAY":                 day.Week().Previous().String(),
				"LASTSUNDAY":                 day.Week().Previous().Sunday().String(),
				"ANNEE":                      day.SchoolYear().String(),
			} {
				e.Setenv(k, v)
			}
			s := &site{base: base, running: map[string]*process{}, browsers: newBrowsers()}
			e.Values[siteKey{}] = s
			e.Defer(s.killAll)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":        exits,
			"start":        start,
			"quit":         quit, // "stop" is one of testscript's own: it ends the script, and passes it
			"kill9":        kill9,
			"hit":          hit,
			"get":          get,
			"provider":     provider,
			"as":           as,
			"loginas":      loginAs,
			"waitcomplete": waitComplete,
			"waitfor":      waitFor,
			"waitlog":      waitLog,
			"bom":          bom,
			"recording":    recording,
		},
	})
}

// visitTime is a time near now around which a minute of visits lies in one
// Paris day: a minute ago, or now just after midnight.
func visitTime(now time.Time) time.Time {
	base := now.Add(-time.Minute)
	if schemas.DayOf(base) != schemas.DayOf(now) {
		base = now
	}
	return base.Truncate(time.Second)
}

func TestVisitTime(t *testing.T) {
	midnight := schemas.DateDay(2026, time.October, 25).Start()
	for _, now := range []time.Time{midnight, midnight.Add(time.Millisecond), midnight.Add(59 * time.Second), midnight.Add(time.Minute), midnight.Add(-time.Millisecond)} {
		base := visitTime(now)
		if schemas.DayOf(base) != schemas.DayOf(now) || schemas.DayOf(base.Add(time.Minute-time.Millisecond)) != schemas.DayOf(now) || now.Sub(base) > 2*time.Minute {
			t.Errorf("at %s: visits from %s", now, base)
		}
	}
}

// TestRunWithoutProcess: run itself, for what needs no process of its own.
func TestRunWithoutProcess(t *testing.T) {
	out, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close() //nolint:errcheck // a test's file
	if code := run(context.Background(), []string{"version"}, nil, out, out); code != 0 {
		t.Errorf("version: exit code %d", code)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	var version string
	if n, err := fmt.Sscanf(string(text), "entaudience %s", &version); n != 1 || err != nil {
		t.Errorf("version printed %q", text)
	}
}
