package simulate_test

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/ingest/collect"
	"github.com/entaudience/entaudience/ingest/simulate"
	"github.com/entaudience/entaudience/schemas"
)

// collector is the core of a collector that knows the schools of the 2012 plan.
func collector(t *testing.T, r *simulate.Region) *collect.Collector {
	t.Helper()
	path := filepath.Join(t.TempDir(), "correspondances.csv")
	var file strings.Builder
	if err := r.WriteSiteMap(&file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	metrics := collect.NewMetrics(nil)
	sites, err := collect.OpenSiteMap(path, metrics, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := collect.NewReplayKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	devices, err := collect.NewDevices(metrics)
	if err != nil {
		t.Fatal(err)
	}
	return collect.New(collect.Options{Keyring: keys, Devices: devices, Schools: sites, Metrics: metrics})
}

// TestAccepted: the collector accepts every hit, and reads in it what happened.
func TestAccepted(t *testing.T) {
	r := region(t, simulate.Options{Seed: 1, Scale: 0.01})
	c := collector(t, r)
	type person struct {
		uai    schemas.UAI
		person string
	}
	visitors := map[person]schemas.Visitor{}
	seen := map[string]int{}
	for d := monday; d < monday+7; d++ {
		for h := range r.Hits(d) {
			e, refusal := c.Read(collect.Hit{Received: h.Received, Path: h.Path, Query: h.Query, UserAgent: h.UserAgent})
			if refusal != nil {
				t.Fatalf("refused as %s (%s): %s %s", refusal.Reason, refusal.Detail, h.Path, h.Query)
			}
			f := h.Fact
			profil, _ := schemas.ParseProfil(f.Profil)
			service, known := schemas.ParseService(f.Service)
			if f.Outil == "BBB" {
				f.Outil = "BIG_BLUE_BUTTON"
			}
			kind, plan := schemas.Natif, schemas.Plan2021
			if f.Outil != "" {
				kind = schemas.Tiers
			}
			if h.Path == "/hit.xitif" {
				plan = schemas.Plan2012
			}
			want := schemas.Event{
				TS: f.TS, UAI: f.UAI, Visitor: e.Visitor, Profil: profil, Service: service, Type: kind, Outil: f.Outil,
				Device: f.Device, OS: f.OS, Browser: f.Browser, Plan: plan, Projet: e.Projet,
			}
			if e != want || !known || e.Projet == "" {
				t.Fatalf("read as\n%+v, want\n%+v\n%s %s", e, want, h.Path, h.Query)
			}
			p := person{f.UAI, f.Person}
			if v, known := visitors[p]; known && v != e.Visitor {
				t.Fatalf("%v is two visitors in a week", p)
			}
			visitors[p] = e.Visitor
			for _, code := range []string{string(service), f.Outil, string(f.Device), string(f.OS), string(f.Browser), fmt.Sprint("plan ", plan)} {
				seen[code]++
			}
		}
	}
	for _, b := range schemas.Browsers() {
		if seen[string(b)] == 0 {
			t.Errorf("nobody uses %s", b)
		}
	}
	for _, o := range schemas.OSes() {
		if seen[string(o)] == 0 {
			t.Errorf("nobody uses %s", o)
		}
	}
	for _, d := range schemas.Devices() {
		if seen[string(d)] == 0 {
			t.Errorf("nobody uses a device of %s", d)
		}
	}
	for _, code := range []string{"MOODLE", "NEXTCLOUD", "PMB", "BIG_BLUE_BUTTON", "PAGE_ENT", "CAHIER_LIAISON", "plan 1", "plan 2"} {
		if seen[code] == 0 {
			t.Errorf("%s is never seen", code)
		}
	}
}
