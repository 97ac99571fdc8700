package lifecycle_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entaudience/entaudience/cmd/entaudience/lifecycle"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) part(name string) lifecycle.Part {
	return lifecycle.Part{Name: name, Run: func(ctx context.Context) error {
		<-ctx.Done()
		j.mu.Lock()
		defer j.mu.Unlock()
		j.lines = append(j.lines, name)
		return nil
	}}
}

func TestStopsInReverse(t *testing.T) {
	var j journal
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := lifecycle.Run(ctx, quiet, time.Second, j.part("store"), j.part("queue"), j.part("server")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"server", "queue", "store"}; !slices.Equal(j.lines, want) {
		t.Errorf("stopped %v, want %v", j.lines, want)
	}
}

func TestOneDeadPartStopsAll(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, c := range []struct {
		end  error
		want string
	}{{broken, "loader: disk on fire"}, {nil, "loader: ended unexpectedly"}} {
		var j journal
		dead := lifecycle.Part{Name: "loader", Run: func(context.Context) error { return c.end }}
		err := lifecycle.Run(context.Background(), quiet, time.Second, j.part("store"), dead, j.part("server"))
		if err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %q", err, c.want)
		}
		if want := []string{"server", "store"}; !slices.Equal(j.lines, want) {
			t.Errorf("stopped %v, want %v", j.lines, want)
		}
	}
}

func TestGraceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := lifecycle.Part{Name: "stuck", Run: func(context.Context) error { <-release; return nil }}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		started := time.Now()
		err := lifecycle.Run(ctx, quiet, 20*time.Second, stuck)
		if err == nil || !strings.Contains(err.Error(), "still busy after 20s") {
			t.Errorf("error %v", err)
		}
		if waited := time.Since(started); waited != 20*time.Second {
			t.Errorf("waited %s", waited)
		}
		close(release)
	})
}
