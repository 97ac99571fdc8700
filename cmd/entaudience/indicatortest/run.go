package indicatortest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// Run runs a script. What does not hold is reported with the script's line,
// and the rest of the script still runs.
func (s *Script) Run(t *testing.T, env Environment) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := start(t, env, s)
	sent := []hit{}
	for _, st := range s.steps {
		var err error
		switch st.command {
		case "annuaire":
			if err = st.directory.load(ctx, c.store); err == nil {
				err = c.publish(ctx)
			}
		case "calendrier", "effectifs", "comptes", "inscriptions":
			err = st.table.load(ctx, c.store)
		case "load":
			err = c.send(ctx, st.hits, st.viaImport)
			sent = append(sent, st.hits...)
		case "aggregate":
			err = c.aggregate(ctx)
		case "clos":
			err = c.store.CloseDays(ctx, st.days)
		case "expect", "expect-none", "expect-masque":
			if err := s.expectation(st).check(ctx, c); err != nil {
				t.Errorf("%s.txt:%d: %s %v", s.Name, st.line, st.command, err)
			}
		case "shuffle":
			err = s.shuffle(ctx, t, env, c, sent, st.times)
		}
		if err != nil {
			t.Fatalf("%s.txt:%d: %s: %v", s.Name, st.line, st.command, err)
		}
	}
}

// shuffle sends the same hits to other chains, in other orders, by the other
// way in, and in small batches; all tables must come out the same.
func (s *Script) shuffle(ctx context.Context, t *testing.T, env Environment, first *chain, sent []hit, times int) error {
	want, err := first.dump(ctx)
	if err != nil {
		return err
	}
	env.Messages = 2
	for i := range times {
		order := rand.New(rand.NewPCG(20260908, uint64(i)))
		hits := slices.Clone(sent)
		order.Shuffle(len(hits), func(i, j int) { hits[i], hits[j] = hits[j], hits[i] })
		c := start(t, env, s)
		half := order.IntN(len(hits))
		for j, part := range [][]hit{hits[:half], hits[half:]} {
			if err := c.send(ctx, part, j == 1); err != nil {
				return err
			}
			if err := c.aggregate(ctx); err != nil {
				return err
			}
		}
		got, err := c.dump(ctx)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("order %d gives other tables\nfirst:\n%s\nthen:\n%s", i+1, want, got)
		}
	}
	return nil
}
