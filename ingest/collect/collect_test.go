package collect

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// Shared by the tests: a collector with fixed keys, a queue that remembers,
// and the captured hits of the two plans (values changed).

const (
	school  = schemas.UAI("0311131L")
	windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

	hit2021 = "s=365203&idclient=815ddc28-2089-4211-a3a5-0cc142d94c84&ts=1795429156102&vtag=5.28.0&ptag=js&r=1920x1080x24x24&re=1280x720&hl=10x19x16&lng=fr-FR&idp=1019167493229&jv=0&at=97100102&ac=ENSEIGNANT&p=conversation&s2=0311131L&vrn=1&service=COURRIER_ELECTRONIQUE&type=NATIF&outil=&uai=0311131L&projet=ENT_ECOLE_OCCITANIE&exploitant=EXPLOITANT_X&plateforme=PLATEFORME_X&profil=ENSEIGNANT&ref=https://ent-ecole.example/timeline"
	click   = "s=365203&idclient=815ddc28-2089-4211-a3a5-0cc142d94c84&ts=1795429157000&at=97100102&ac=ENSEIGNANT&service=SERVICES_VIE_SCOLAIRE&type=TIERS&outil=PRONOTE&uai=0311131L&projet=ENT_ECOLE_OCCITANIE&exploitant=E&plateforme=P&profil=ENSEIGNANT&p=Pronote&s2=0311131L&click=N&pclick=conversation&s2click=0311131L"
	hit2012 = "s=365075&s2=3&p=Stockage_Partage&hl=10x19x44&idclient=20158&vrn=1&x1=1&x2=2&x3=11&x4=6&ac=2&at=20158&lng=fr&vtag=34001&idp=1019447493229&jv=0&r=1920x1080x24x24&re=1280x720&ref=https://ent.example/a?b=c&x1=9"
	notes   = "s=365075&s2=3&p=Notes&idclient=20158&x1=3&x2=2&x3=11&x4=6&hl=10x24x18&r=1920x1080x24x24"
)

// receipt is when the captured 2021 hit arrived: 1.898 s after its ts.
var receipt = time.UnixMilli(1795429158000)

// silent is a logger for tests that do not look at the log.
func silent() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// schoolList is a Schools made of a map "s/s2" → UAI.
type schoolList map[string]schemas.UAI

func (l schoolList) UAI(site, site2 string) (schemas.UAI, bool) {
	u, ok := l[site+"/"+site2]
	return u, ok
}

// compiled are the User-Agent definitions, compiled once for all tests.
var compiled = sync.OnceValues(newDefinitions)

func testDevices(t testing.TB, m *Metrics) *Devices {
	t.Helper()
	defs, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDevices(defs, m)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func testKeys(t testing.TB) *ReplayKeys {
	t.Helper()
	k, err := NewReplayKeys([]byte(strings.Repeat("k", keySize)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testCollector(t testing.TB, change ...func(*Options)) *Collector {
	t.Helper()
	o := Options{
		Keyring: testKeys(t),
		Schools: schoolList{"365075/3": school},
		Metrics: NewMetrics(nil),
	}
	for _, f := range change {
		f(&o)
	}
	if o.Devices == nil {
		o.Devices = testDevices(t, o.Metrics)
	}
	return New(o)
}

// queue remembers what is published; err, when set, is the answer to
// everything.
type queue struct {
	mu     sync.Mutex
	values [][]byte
	err    error
}

func (q *queue) Publish(_ context.Context, value []byte) error {
	return q.PublishAll(context.Background(), [][]byte{value})
}

func (q *queue) PublishAll(_ context.Context, values [][]byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return q.err
	}
	for _, v := range values {
		q.values = append(q.values, append([]byte(nil), v...))
	}
	return nil
}

func (q *queue) events(t testing.TB) []schemas.Event {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	var d schemas.Decoder
	events := make([]schemas.Event, len(q.values))
	for i, v := range q.values {
		if err := d.Decode(v, &events[i]); err != nil {
			t.Fatal(err)
		}
	}
	return events
}

// discard accepts everything.
type discard struct{}

func (discard) Publish(context.Context, []byte) error      { return nil }
func (discard) PublishAll(context.Context, [][]byte) error { return nil }
