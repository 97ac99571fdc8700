package indicatortest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/entaudience/entaudience/ingest/collect"
)

// send has the collector take hits, over HTTP as browsers send them or as a
// recording. It returns once each was answered and refusals are published.
// Those of persons who object were dropped, and will never arrive.
func (c *chain) send(ctx context.Context, hits []hit, asRecording bool) (err error) {
	before, err := c.counter(objections)
	if err != nil {
		return err
	}
	if asRecording {
		err = c.importHits(ctx, hits)
	} else {
		err = c.browse(ctx, hits)
	}
	if err != nil {
		return err
	}
	after, err := c.counter(objections)
	c.sent += len(hits) - int(after-before)
	return err
}

// browse sends hits one after the other; the collector's clock shows the time
// at which each is received.
func (c *chain) browse(ctx context.Context, hits []hit) error {
	var now atomic.Pointer[time.Time]
	clock := func() time.Time { return *now.Load() }
	handler := collect.NewHandler(c.core, c.events, c.refused, c.metrics, quiet, clock)
	publishing, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- handler.Run(publishing) }()

	server := httptest.NewUnstartedServer(nil)
	server.Config = collect.NewServer(handler, c.metrics)
	server.Start()
	var err error
	for i := range hits {
		now.Store(&hits[i].received)
		if err = answered(ctx, server, &hits[i]); err != nil {
			break
		}
	}
	server.Close()
	stop()
	return errors.Join(err, <-ended)
}

// answered sends one hit and checks the answer, which is the same for a valid
// hit and a refused one.
func answered(ctx context.Context, server *httptest.Server, h *hit) error {
	r, err := http.NewRequestWithContext(ctx, h.method, server.URL+h.url, nil)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", h.userAgent)
	response, err := server.Client().Do(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	want, gif := http.StatusOK, true
	if h.method == http.MethodPost {
		want, gif = http.StatusNoContent, false
	}
	if response.StatusCode != want || bytes.HasPrefix(body, []byte("GIF89a")) != gif {
		return fmt.Errorf("%s %s was answered %s with %d bytes", h.method, h.url, response.Status, len(body))
	}
	return nil
}

// importHits replays hits as `entaudience import hits` does.
func (c *chain) importHits(ctx context.Context, hits []hit) (err error) {
	if c.closed, err = c.store.ClosedDays(ctx); err != nil {
		return err
	}
	c.importing = true
	defer func() { c.importing = false }()
	var recording bytes.Buffer
	lines := json.NewEncoder(&recording)
	for _, h := range hits {
		if err := lines.Encode(map[string]any{
			"received": h.received, "method": h.method, "url": h.url, "user_agent": h.userAgent,
		}); err != nil {
			return err
		}
	}
	s, err := collect.Import(ctx, &recording, c.core, c.events, c.refused)
	if n := s.Accepted + s.TotalRefused() + s.Objections; err == nil && n != len(hits) {
		err = fmt.Errorf("import read %d hits of %d: %+v", n, len(hits), s)
	}
	return err
}
