package collect

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestObjects(t *testing.T) {
	const hit = "s=365203&idclient=815ddc28-2089-4211-a3a5-0cc142d94c84&at=97100102&uai=0311131L"
	for query, want := range map[string]bool{
		hit:                                   false,
		hit + "&optout=1":                     true,
		hit + "&OptOut=true":                  true,
		hit + "&optout=oui":                   true,
		"optout=1&" + hit:                     true,
		hit + "&optout=":                      false,
		hit + "&optout":                       false,
		hit + "&optout=0":                     false,
		hit + "&optout=false":                 false,
		hit + "&optout=0&optout=1":            true,
		hit + "&ref=https://ent/?optout=1":    false,
		hit + "&ref=https://ent/?a&optout=1":  false,
		hit + "&optouts=1":                    false,
		"s=1&idclient=OPT-OUT&uai=0311131L":   true,
		"s=1&idclient=opt-out&at=1":           true,
		"s=1&idclient=opt%2Dout&uai=0311131L": true,
		"s=1&idclient=OPT-OUT2":               false,
		"s=1&at=OPT-OUT":                      false,
		"":                                    false,
		"&&=&optout=1":                        true,
	} {
		if got := objects(query); got != want {
			t.Errorf("%q: %t, want %t", query, got, want)
		}
	}
}

// TestObjection: whoever objects is answered like everybody, counted, and in
// nothing that leaves the collector, whatever else is wrong with the hit.
func TestObjection(t *testing.T) {
	m := NewMetrics(nil)
	devices, err := NewDevices(m)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewReplayKeys([]byte(strings.Repeat("k", keySize)))
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []bool{true, false} {
		var events, refused published
		c := New(Options{Keyring: keys, Devices: devices, Metrics: m, PrivacySignal: signal, Sites: []string{"365203"}})
		h := NewHandler(c, oneByOne{&events}, &refused, m, silent(), at(receipt))
		ask := func(method, query, gpc string) {
			t.Helper()
			r := httptest.NewRequest(method, PathXiti+"?"+query, nil)
			if gpc != "" {
				r.Header.Set("Sec-GPC", gpc)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			want := map[string]int{http.MethodGet: http.StatusOK, http.MethodPost: http.StatusNoContent}[method]
			if w.Code != want {
				t.Errorf("%s %s: status %d", method, query, w.Code)
			}
		}
		before := testutil.ToFloat64(m.objections)
		const valid = "s=365203&at=97100102&uai=0311131L"
		ask(http.MethodGet, valid+"&optout=1", "")
		ask(http.MethodPost, valid+"&optout=1", "")
		ask(http.MethodGet, "s=1&uai=x&optout=1", "")                                              // out of perimeter, wrong UAI
		ask(http.MethodGet, "service="+strings.Repeat("A", 65)+"&optout=1", "")                    // too long
		ask(http.MethodGet, "s=365203&uai=0311131L&at="+strings.Repeat("A", 4096)+"&optout=1", "") // and longer
		ask(http.MethodGet, valid, "1")
		ask(http.MethodGet, valid+"&optout=0", "0")
		want, counted := 5.0, 2
		if signal {
			want, counted = 6, 1
		}
		if got := testutil.ToFloat64(m.objections) - before; got != want {
			t.Errorf("signal %t: %v objections, want %v", signal, got, want)
		}
		if got := len(events.lines()); got != counted {
			t.Errorf("signal %t: %d events, want %d", signal, got, counted)
		}
		if n := len(h.refusals.waiting); n != 0 {
			t.Errorf("signal %t: %d refusals of persons who object", signal, n)
		}
	}
}

// oneByOne is a published as a Publisher.
type oneByOne struct{ all *published }

func (o oneByOne) Publish(ctx context.Context, value []byte) error {
	return o.all.PublishAll(ctx, [][]byte{value})
}
