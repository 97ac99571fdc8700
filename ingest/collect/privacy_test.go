package collect

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/entaudience/entaudience/schemas"
)

// TestNothingPersonalLeaves is domain §5.3: of a thousand hits, good and bad,
// with a queue that works and one that does not, no identifier, address,
// User-Agent or referrer is in what was published, logged or counted.
func TestNothingPersonalLeaves(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	secret := func() string { return fmt.Sprintf("q%012xz", random.Uint64N(1<<48)) }

	reg := prometheus.NewPedanticRegistry()
	m := NewMetrics(reg)
	var logged bytes.Buffer
	c := testCollector(t, func(o *Options) { o.Metrics = m })
	events, refused := &queue{}, &queue{}
	h := NewHandler(c, events, refused, m, slog.New(slog.NewTextHandler(&logged, nil)), at(receipt))

	var secrets []string
	for i := range 1000 {
		at, idclient, agent, ref, address := secret(), secret(), secret(), secret(), secret()
		secrets = append(secrets, at, idclient, agent, ref, address)
		ms := receipt.UnixMilli() + random.Int64N(2_000_000) - 1_000_000
		query := fmt.Sprintf("s=365203&idclient=%s&ts=%d&at=%s&service=NOTES&uai=%s&profil=%s&ref=https://x/?a=%s&at=%s",
			idclient, ms, at, []string{"0311131L", "0311131A", at}[i%3], []string{"ELEVE", "", "X", at}[i%4], ref, ref)
		switch i % 7 {
		case 1: // the identifier where a number should be
			query = strings.Replace(query, "s=365203", "s="+at, 1)
		case 2: // with a character that cannot be read, beside it
			query = strings.Replace(query, "service=NOTES", "service="+at+"%00", 1)
		case 3: // too long
			query = strings.Replace(query, "service=NOTES", "service="+at+strings.Repeat("x", 100), 1)
		case 4: // the 2012 plan
			query = strings.Replace(query, "service=NOTES&uai=", "s2="+at+"&x1=1&x2="+at+"&y=", 1)
			query = strings.Replace(query, "&profil=", "&z=", 1)
		case 5: // nobody
			query = strings.NewReplacer("&at="+at, "", "idclient="+idclient, "", "&profil="+at, "").Replace(query)
		}
		target := PathXiti + "?" + query
		method, body := http.MethodGet, ""
		if i%2 == 1 {
			method, target, body = http.MethodPost, PathXiti, query
		}
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.RemoteAddr = address + ":1234"
		r.Header.Set("X-Forwarded-For", address)
		r.Header.Set("Referer", "https://x/"+ref)
		r.Header.Set("User-Agent", windows+" "+agent)
		if i%11 == 0 {
			r.Header.Set("User-Agent", "Googlebot/2.1 "+agent)
		}
		events.err = nil
		if i%50 == 0 {
			events.err = schemas.WithKind(schemas.Unavailable, fmt.Errorf("no broker"))
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	h.refusals.drain(t.Context())

	// The import of the same, as a file.
	summary, err := Import(t.Context(), strings.NewReader(strings.Join(secrets, "\n")), c, events, refused)
	if err != nil {
		t.Fatal(err)
	}

	var out bytes.Buffer
	fmt.Fprintf(&out, "%+v\n", summary)
	out.Write(logged.Bytes())
	for _, v := range append(events.values, refused.values...) {
		out.Write(v)
		out.WriteByte('\n')
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			t.Fatal(err)
		}
	}
	if len(events.values) < 100 || len(refused.values) < 100 || logged.Len() == 0 {
		t.Fatalf("%d events, %d refusals, %d bytes of log: the test shows nothing", len(events.values), len(refused.values), logged.Len())
	}
	for _, s := range secrets {
		if bytes.Contains(out.Bytes(), []byte(s)) {
			t.Fatalf("%s left the collector", s)
		}
	}
	for i, v := range refused.values {
		if bytes.Contains(v, []byte("0311131")) {
			t.Fatalf("refusal %d holds a UAI: %s", i, v)
		}
	}
}
