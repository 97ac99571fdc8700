package collect

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// told is a queue that remembers tallies.
type told struct {
	mu   sync.Mutex
	all  []schemas.Tally
	away bool
}

func (q *told) PublishAll(_ context.Context, values [][]byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.away {
		return schemas.WithKind(schemas.Unavailable, errors.New("no broker"))
	}
	for _, v := range values {
		var tally schemas.Tally
		if err := json.Unmarshal(v, &tally); err != nil {
			return err
		}
		q.all = append(q.all, tally)
	}
	return nil
}

func (q *told) last(t *testing.T, n int) schemas.Tally {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.all) != n {
		t.Fatalf("%d tallies, want %d", len(q.all), n)
	}
	return q.all[n-1]
}

// What is told adds up, soon after it changes, once a minute when nothing
// does, and for the last time at the stop.
func TestTallies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c := testCollector(t)
		m := c.metrics
		q, events := &told{}, &queue{}
		var spool uint64
		handler := NewHandler(c, events, events, m, silent(), at(receipt))
		teller, err := NewTeller(dir, m, func(tally *schemas.Tally) {
			tally.Published = uint64(len(events.values))
			tally.SpoolEvents, tally.SpoolSince = spool, int64(spool)
		}, q, time.Now, silent())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- teller.Run(ctx) }()
		ask := func(query string) {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", PathXiti+"?"+query, nil))
		}
		ask(hit2021)
		ask(hit2021)
		ask("uai=bad&at=1")
		handler.waiting.Store(maxWaiting)
		ask(hit2021)
		handler.waiting.Store(0)
		time.Sleep(tallyTick)
		synctest.Wait()
		first := q.last(t, 1)
		if first.Received != 4 || first.Published != 2 || first.Refused[schemas.UAIInvalide] != 1 || len(first.Refused) != 1 || first.Shed != 1 || first.Ended || first.Sequence != 1 {
			t.Errorf("%+v", first)
		}
		if len(first.Run) != 16 || len(first.Collector) != 16 || first.Run == first.Collector {
			t.Errorf("run %q of collector %q", first.Run, first.Collector)
		}
		time.Sleep(tallySilence - tallyTick)
		synctest.Wait()
		q.last(t, 1)
		time.Sleep(tallyTick)
		synctest.Wait()
		q.last(t, 2)

		ask(hit2021)
		time.Sleep(tallyInterval - tallyTick)
		synctest.Wait()
		q.last(t, 2)
		time.Sleep(tallyTick)
		synctest.Wait()
		if got := q.last(t, 3); got.Received != 5 || got.Published != 3 {
			t.Errorf("%+v", got)
		}

		// Events on disk are said at once, or as soon as the queue takes it.
		spool = 7
		q.away = true
		time.Sleep(10 * tallyTick)
		synctest.Wait()
		q.away = false
		time.Sleep(tallyTick)
		synctest.Wait()
		if got := q.last(t, 4); got.SpoolEvents != 7 || got.SpoolSince != 7 {
			t.Errorf("%+v", got)
		}
		spool = 0
		time.Sleep(tallyTick)
		synctest.Wait()
		q.last(t, 5)

		ask(strings.NewReplacer("&profil=ENSEIGNANT", "&profil=PIRATE", "&service=COURRIER_ELECTRONIQUE", "&service=CANTINE", "&ts=", "&ts=1").Replace(hit2021))
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		final := q.last(t, 6)
		if !final.Ended || final.Received != 6 || final.Received != final.Published+1+1 {
			t.Errorf("%+v", final)
		}
		if final.Corrected != first.Corrected+1 || final.UnknownProfiles != 1 || final.UnknownServices != 1 {
			t.Errorf("put right: %+v, at first %+v", final, first)
		}
		again, err := NewTeller(dir, m, nil, q, time.Now, silent())
		if err != nil || again.collector != first.Collector || again.run == first.Run {
			t.Errorf("%+v, %v", again, err)
		}
		if info, err := os.Stat(filepath.Join(dir, collectorFile)); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info, err)
		}
		if _, err := NewTeller(filepath.Join(dir, "absent"), m, nil, q, time.Now, silent()); schemas.KindOf(err) != schemas.Invalid {
			t.Error(err)
		}
	})
}
