package collect

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/schemas"
)

func TestReadSites(t *testing.T) {
	a, b := string(school), string(schemas.MakeUAI(310001))
	tests := []struct {
		name, file string
		want       map[siteKey]schemas.UAI
		err        []string // parts of the error
	}{
		{name: "plain", file: "s;s2;uai\n365075;3;" + a + "\n365075;4;" + b + "\n", want: map[siteKey]schemas.UAI{{"365075", "3"}: school, {"365075", "4"}: schemas.UAI(b)}},
		{name: "mark, CRLF, spaces, case", file: "\ufeffS;S2;UAI\r\n 365075 ; 03 ;" + strings.ToLower(a) + "\r\n", want: map[siteKey]schemas.UAI{{"365075", "3"}: school}},
		{name: "other columns, other order", file: "nom;uai;s2;s\nÉcole \"\"x;" + a + ";3;365075\n", err: []string{"line 2"}},
		{name: "quoted other column", file: "nom;uai;s2;s\n\"École ; x\";" + a + ";3;365075\n", want: map[siteKey]schemas.UAI{{"365075", "3"}: school}},
		{name: "header only", file: "s;s2;uai\n", want: map[siteKey]schemas.UAI{}},
		{name: "the same line twice", file: "s;s2;uai\n1;2;" + a + "\n1;2;" + a + "\n", want: map[siteKey]schemas.UAI{{"1", "2"}: school}},
		{name: "empty", file: "", err: []string{"line 1", "s;s2;uai"}},
		{name: "commas", file: "s,s2,uai\n1,2," + a + "\n", err: []string{"line 1", "s;s2;uai"}},
		{name: "two UAIs", file: "s;s2;uai\n1;2;" + a + "\n\n1;02;" + b + "\n", err: []string{"line 4", "line 2"}},
		{name: "wrong key", file: "s;s2;uai\n1;2;0311131A\n", err: []string{"line 2", "0311131A"}},
		{name: "empty number", file: "s;s2;uai\n1;;" + a + "\n", err: []string{"line 2", "empty"}},
		{name: "too few columns", file: "s;s2;uai\n1;2\n", err: []string{"line 2", "columns"}},
		{name: "several wrong lines", file: "s;s2;uai\n1;2;x\n1;3;" + a + "\n1;4;y\n", err: []string{"line 2", "line 4"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readSites(strings.NewReader(tt.file))
			if tt.err != nil {
				if err == nil {
					t.Fatalf("taken: %v", got)
				}
				for _, part := range tt.err {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("error %q lacks %q", err, part)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(tt.want) {
				t.Errorf("%d rows, want %d", len(got), len(tt.want))
			}
			for k, u := range tt.want {
				if got[k] != u {
					t.Errorf("%v: %s, want %s", k, got[k], u)
				}
			}
		})
	}
}

func TestSiteMapErrors(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none.csv"), dir} {
		_, err := OpenSiteMap(path, NewMetrics(nil), silent())
		if schemas.KindOf(err) != schemas.Invalid || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestSiteMapReload: a change is taken once the file has settled; a wrong one,
// and a file that goes away, leave the map in use.
func TestSiteMapReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sites.csv")
	other := schemas.MakeUAI(310001)
	version := 0
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		version++ // the file system's clock is coarser than this test
		stamp := time.Unix(1_700_000_000+int64(version), 0)
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	write("s;s2;uai\n1;2;" + string(school) + "\n")
	synctest.Test(t, func(t *testing.T) {
		m := NewMetrics(nil)
		s, err := OpenSiteMap(path, m, silent())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		expect := func(moment string, want schemas.UAI, loads, errors float64) {
			t.Helper()
			time.Sleep(3 * sitePoll)
			synctest.Wait()
			if got, _ := s.UAI("1", "2"); got != want {
				t.Errorf("%s: %s, want %s", moment, got, want)
			}
			if got := testutil.ToFloat64(m.mapLoads); got != loads {
				t.Errorf("%s: %v loads, want %v", moment, got, loads)
			}
			if got := testutil.ToFloat64(m.mapErrors); got != errors {
				t.Errorf("%s: %v errors, want %v", moment, got, errors)
			}
		}
		expect("unchanged", school, 1, 0)
		write("s;s2;uai\n1;2;" + string(other) + "\n1;3;" + string(school) + "\n")
		expect("changed", other, 2, 0)
		if got := testutil.ToFloat64(m.mapRows); got != 2 {
			t.Errorf("%v rows, want 2", got)
		}
		if _, ok := s.UAI("1", "4"); ok {
			t.Error("a number without a row has a school")
		}
		write("s;s2;uai\n1;2;nonsense\n")
		expect("wrong", other, 2, 1)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		expect("gone", other, 2, 2)
		write("s;s2;uai\n1;02;" + string(school) + "\n")
		expect("back", school, 3, 2)
		cancel()
		<-done
	})
}
