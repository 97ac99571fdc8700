package collect

import (
	"bufio"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/schemas"
)

// TestFamilies reads testdata/useragents.txt: lines "device os browser" that
// hold for the User-Agents under them; "robot" alone for robots. A User-Agent
// may be followed by a tab and its client hints, "platform mobile".
func TestFamilies(t *testing.T) {
	f, err := os.Open("testdata/useragents.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	devices := testDevices(t, NewMetrics(nil))
	seen := make(map[string]int)
	var want Family
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		line := in.Text()
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case line == "= robot":
			want = Family{Robot: true}
		case strings.HasPrefix(line, "= "):
			fields := strings.Fields(line)
			if len(fields) != 4 {
				t.Fatalf("line %d: want = device os browser", n)
			}
			want = Family{Device: schemas.Device(fields[1]), OS: schemas.OS(fields[2]), Browser: schemas.Browser(fields[3])}
			for _, modality := range fields[1:] {
				seen[modality]++
			}
		default:
			ua, hints, _ := strings.Cut(line, "\t")
			platform, mobile, _ := strings.Cut(hints, "|")
			got := devices.Of(strings.Trim(ua, " "), Hints{Platform: platform, Mobile: mobile})
			if want.Robot {
				if !got.Robot {
					t.Errorf("line %d: not a robot: %s", n, ua)
				}
			} else if got != want {
				t.Errorf("line %d: %v, want %v: %s", n, got, want, ua)
			}
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	for _, d := range schemas.Devices() {
		if seen[string(d)] == 0 {
			t.Errorf("no example of %s", d)
		}
	}
	for _, o := range schemas.OSes() {
		if seen[string(o)] == 0 {
			t.Errorf("no example of %s", o)
		}
	}
	for _, b := range schemas.Browsers() {
		if seen[string(b)] == 0 {
			t.Errorf("no example of %s", b)
		}
	}
}

// userAgents lists those of testdata, and of each one variant.
func userAgents(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/useragents.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(b)) {
		ua, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if ua == "" || ua[0] == '#' || ua[0] == '=' {
			continue
		}
		variants := []string{ua[:len(ua)/2], ua[len(ua)/3:], strings.ToUpper(ua), strings.ToLower(ua)}
		all = append(all, ua, variants[len(all)/2%len(variants)])
	}
	return all
}

// TestPrefilter: passing over expressions gives the answers of the library,
// which tries them all.
func TestPrefilter(t *testing.T) {
	defs, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	filtered := 0
	for _, p := range append(append(append([]prefilter(nil), defs.browsers...), defs.systems...), defs.devices...) {
		if len(p) > 0 {
			filtered++
		}
	}
	if filtered < 900 {
		t.Errorf("only %d expressions have a prefilter", filtered)
	}
	for _, ua := range userAgents(t) {
		lower := strings.ToLower(ua)
		if got, want := defs.browser(ua, lower), defs.parser.ParseUserAgent(ua).Family; got != want {
			t.Errorf("browser %q, the library says %q: %s", got, want, ua)
		}
		if got, want := defs.os(ua, lower), defs.parser.ParseOs(ua).Family; got != want {
			t.Errorf("system %q, the library says %q: %s", got, want, ua)
		}
		want := defs.parser.ParseDevice(ua).Family
		if got := defs.device(ua, lower); got != want {
			t.Errorf("device %q, the library says %q: %s", got, want, ua)
		}
		if got := defs.spider(ua, lower); got != (want == "Spider") {
			t.Errorf("spider %v, the library says %q: %s", got, want, ua)
		}
	}
}

func TestNewPrefilter(t *testing.T) {
	for expr, want := range map[string]string{
		`(Firefox)/(\d+)`:            "firefox/",
		`[Bb]ot`:                     "bot",
		`foo|barbar`:                 "foo barbar",
		`(?:foo|)bar`:                "bar",
		`(?:foo|)`:                   "",
		`(?i)Spider`:                 "spider",
		`^.{0,200}?(?:abc|de) x{2,}`: "abc de", // the first set among equals
		`x*`:                         "",
		`(?:Edge?)/`:                 "edg",
		`a`:                          "",
	} {
		if got := strings.Join(newPrefilter(expr), " "); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

func TestDevicesBounds(t *testing.T) {
	m := NewMetrics(nil)
	d := testDevices(t, m)
	long := windows + strings.Repeat(" x", 1<<20)
	if got := d.Of(long, Hints{}); got.Browser != schemas.Chrome {
		t.Errorf("a long User-Agent: %v", got)
	}
	for _, key := range d.cache.Keys() {
		if len(key.userAgent) > maxUserAgent {
			t.Errorf("a key of %d bytes", len(key.userAgent))
		}
	}
	if got, want := d.Of("", Hints{}), (Family{Device: schemas.AutreAppareil, OS: schemas.AutreOS, Browser: schemas.AutreNavigateur}); got != want {
		t.Errorf("no User-Agent: %v", got)
	}
	d.Of("Mozilla/5.0 \xff\x00\n Firefox/140.0", Hints{Platform: strings.Repeat("x", 1000)})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				d.Of(windows, Hints{})
			}
		})
	}
	wg.Wait()
	if got := testutil.ToFloat64(m.parses); got != 4 {
		t.Errorf("%v User-Agents parsed, want 4", got)
	}
}

func FuzzDevices(f *testing.F) {
	for _, ua := range userAgents(f) {
		f.Add(ua, `"Android"`, "?1")
	}
	devices := testDevices(f, NewMetrics(nil))
	known := make(map[string]bool)
	for _, d := range schemas.Devices() {
		known[string(d)] = true
	}
	for _, o := range schemas.OSes() {
		known[string(o)] = true
	}
	for _, b := range schemas.Browsers() {
		known[string(b)] = true
	}
	f.Fuzz(func(t *testing.T, ua, platform, mobile string) {
		got := devices.Of(ua, Hints{Platform: platform, Mobile: mobile})
		if !known[string(got.Device)] || !known[string(got.OS)] || !known[string(got.Browser)] {
			t.Errorf("%v is outside the national lists", got)
		}
	})
}
