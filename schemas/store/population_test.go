package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// cutting passes requests on until cut, and then fails those that publish.
type cutting struct {
	http.RoundTripper
	cut bool
}

func (c *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if c.cut && bytes.Contains(body, []byte("INSERT INTO reference_versions")) {
		return nil, errors.New("connection cut")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return c.RoundTripper.RoundTrip(r)
}

// An import is one version, visible whole or not at all: one that is cut before
// its end changes nothing, in none of its school years.
func TestImportIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e := chdbtest.Open(t)
	transport := &cutting{RoundTripper: e}
	s, err := store.Open(ctx, store.Options{Transport: transport, Database: chdbtest.Database(t, e)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	u, v := schemas.MakeUAI(310001), schemas.MakeUAI(310002)
	pupils := func(u schemas.UAI, n int) []schemas.PupilCount { return []schemas.PupilCount{{UAI: u, Pupils: n}} }
	type years = map[schemas.SchoolYear][]schemas.PupilCount

	if err := s.ImportPupils(ctx, "one", years{2024: pupils(u, 90), 2025: pupils(u, 100)}); err != nil {
		t.Fatal(err)
	}
	transport.cut = true
	if err := s.ImportPupils(ctx, "two", years{2024: pupils(v, 1), 2025: pupils(v, 2), 2026: pupils(v, 3)}); schemas.KindOf(err) != schemas.Unavailable {
		t.Fatalf("a cut import: %v", err)
	}
	check := func(year, rentree schemas.SchoolYear, want []schemas.PupilCount) {
		t.Helper()
		got, from, err := s.Pupils(ctx, year)
		if err != nil || from != rentree || !slices.Equal(got, want) {
			t.Errorf("%s: %v of %d, %v; want %v of %d", year, got, from, err, want, rentree)
		}
	}
	check(2023, 0, nil)
	check(2024, 2024, pupils(u, 90))
	check(2025, 2025, pupils(u, 100))
	check(2026, 2025, pupils(u, 100)) // an earlier rentrée stands in

	transport.cut = false
	if err := s.ImportPupils(ctx, "three", years{2025: pupils(v, 7)}); err != nil {
		t.Fatal(err)
	}
	check(2024, 2024, pupils(u, 90)) // another year's version stays
	check(2025, 2025, pupils(v, 7))
}

func TestPopulationAndEnrolments(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := referenceStore(t)
	u, v := schemas.MakeUAI(310001), schemas.MakeUAI(310002)
	school := schemas.School{UAI: u, Pupils: -1}

	p, err := s.Population(ctx, 2026)
	if err != nil || p.Potential(&school, schemas.Eleve).IsKnown() {
		t.Fatalf("before any import: %+v %v", p, err)
	}
	if e, err := s.Enrolments(ctx, 2026); err != nil || e.Known() {
		t.Fatalf("before any import: %+v %v", e, err)
	}
	day := schemas.DateDay(2026, 10, 1)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.ImportAccounts(ctx, "comptes.csv", map[schemas.SchoolYear][]schemas.AccountCount{2026: {
		{UAI: u, Profil: schemas.Parent, Day: day, Loaded: 40, Activated: 10}, {UAI: u, Profil: schemas.Parent, Day: day + 30, Loaded: 42, Activated: -1},
	}}))
	must(s.ImportPupils(ctx, "effectifs.csv", map[schemas.SchoolYear][]schemas.PupilCount{2026: {{UAI: u, Pupils: 88}}}))
	p, err = s.Population(ctx, 2026)
	must(err)
	if got := p.Potential(&school, schemas.Eleve); got != schemas.Known(88) {
		t.Errorf("pupils: %+v", got)
	}
	if loaded, activated := p.Accounts(u, schemas.Parent); loaded != schemas.Known(42) || activated.IsKnown() {
		t.Errorf("accounts of the latest day: %+v %+v", loaded, activated)
	}
	must(s.ImportEnrolments(ctx, "inscriptions.csv", map[schemas.SchoolYear][]schemas.Enrolment{
		2026: {{UAI: v, Collectivite: "310555"}, {UAI: u, Collectivite: "310555", On: day}}, 2025: {{UAI: u, Collectivite: "7"}},
	}))
	e, err := s.Enrolments(ctx, 2026)
	must(err)
	if c, ok := e.Convention("310555"); !ok || !e.Known() || len(c.Schools) != 2 || c.Schools[0] != (schemas.Enrolment{UAI: u, Collectivite: "310555", On: day}) {
		t.Errorf("2026-2027: %+v", e)
	}
	if e, err := s.Enrolments(ctx, 2024); err != nil || e.Known() {
		t.Errorf("a year that was not imported: %+v %v", e, err)
	}
}
