package collect

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// ackTimeout bounds the wait for the queue's acknowledgement.
	ackTimeout = time.Second
	// maxWaiting is how many hits may be at work at a time, nearly all of them
	// waiting for the queue: some 16 kB each with their connection. More are
	// answered 503 at once.
	maxWaiting = 4096
)

// Publisher makes one event durable: after a nil error it is, after any other
// it may be. It must not keep value after a nil error. Safe for concurrent use.
type Publisher interface {
	Publish(ctx context.Context, value []byte) error
}

// Handler answers the tag. A valid hit is answered only once its event is
// durable; a refused one like a valid one, because the ENT's page must not
// break. Safe for concurrent use.
type Handler struct {
	collector *Collector
	events    Publisher
	refusals  *refusals
	metrics   *Metrics
	log       *slog.Logger
	clock     func() time.Time

	waiting atomic.Int64 // hits at work
	away    atomic.Bool  // the last event was not acknowledged
}

// NewHandler makes the handler of PathXiti and PathXitif. Run must be running
// for refused hits to reach refused.
func NewHandler(c *Collector, events Publisher, refused BatchPublisher, m *Metrics, log *slog.Logger, clock func() time.Time) *Handler {
	return &Handler{
		collector: c, events: events, refusals: newRefusals(refused, m, log),
		metrics: m, log: log, clock: clock,
	}
}

// Run publishes refused hits until ctx is done and what is waiting is written.
// It must outlive the server whose handler this is.
func (h *Handler) Run(ctx context.Context) error {
	h.refusals.run(ctx)
	return nil
}

// pixel is a transparent GIF of one by one, 43 bytes.
var pixel = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" +
	"!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// Values of headers, shared by all answers; nothing may change them.
var (
	typeGIF     = []string{"image/gif"}
	lengthGIF   = []string{"43"}
	noStore     = []string{"no-store"}
	crossOrigin = []string{"cross-origin"}
	anyOrigin   = []string{"*"}
	noSniff     = []string{"nosniff"}
	inASecond   = []string{"1"}
	methods     = []string{"GET, HEAD, POST, OPTIONS"}
)

// ServeHTTP answers GET with the pixel and POST with 204. A HEAD gets the
// headers of a GET and is not counted: no page was loaded.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.clock()
	status := http.StatusInternalServerError
	defer func() {
		if p := recover(); p != nil {
			h.panicked(w, p)
		}
		if c := h.metrics.answers[status]; c != nil {
			c.Inc()
		}
		h.metrics.duration.Observe(h.clock().Sub(start).Seconds())
	}()
	header := w.Header()
	header["Cache-Control"] = noStore
	header["Cross-Origin-Resource-Policy"] = crossOrigin
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["X-Content-Type-Options"] = noSniff

	status = h.answer(r, start)
	switch status {
	case http.StatusOK:
		header["Content-Type"] = typeGIF
		header["Content-Length"] = lengthGIF
		w.Write(pixel) // a browser that has gone is no error; net/http sends no body to HEAD
		return
	case http.StatusServiceUnavailable:
		header["Retry-After"] = inASecond
	case http.StatusMethodNotAllowed:
		header["Allow"] = methods
	case http.StatusNoContent:
		if r.Method == http.MethodOptions {
			header["Allow"] = methods
			header["Access-Control-Allow-Methods"] = methods
			header["Access-Control-Allow-Headers"] = []string{"content-type"}
			header["Access-Control-Max-Age"] = []string{"86400"}
		}
	}
	w.WriteHeader(status)
}

// answer counts the hit, if the request is one, and says with which status to
// answer.
func (h *Handler) answer(r *http.Request, received time.Time) int {
	if r.URL.Path != PathXiti && r.URL.Path != PathXitif {
		return http.StatusNotFound
	}
	done := http.StatusOK
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		done = http.StatusNoContent
	case http.MethodHead:
		return http.StatusOK
	case http.MethodOptions:
		return http.StatusNoContent
	default:
		return http.StatusMethodNotAllowed
	}
	h.metrics.received.Inc()
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > maxWaiting {
		h.metrics.shed.Inc()
		return http.StatusServiceUnavailable
	}
	hit := Hit{
		Received: received, Path: r.URL.Path, Query: r.URL.RawQuery,
		UserAgent: first(r.Header["User-Agent"]),
		Hints:     Hints{Platform: first(r.Header["Sec-Ch-Ua-Platform"]), Mobile: first(r.Header["Sec-Ch-Ua-Mobile"])},
		Objects:   first(r.Header["Sec-Gpc"]) == "1",
	}
	if hit.Query == "" && r.Method == http.MethodPost {
		hit.Query = bodyQuery(r)
	}
	event, refusal := h.collector.Read(hit)
	if refusal != nil {
		if refusal.Reason != Objection {
			h.refusals.add(*refusal)
		}
		return done
	}
	if !h.publish(r.Context(), &event) {
		return http.StatusServiceUnavailable
	}
	return done
}

// publish waits for the queue's acknowledgement. A browser that leaves before
// the answer has loaded the page all the same, so its leaving cancels nothing.
func (h *Handler) publish(ctx context.Context, event *schemas.Event) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackTimeout)
	defer cancel()
	if err := h.events.Publish(ctx, schemas.AppendEvent(make([]byte, 0, 192), event)); err != nil {
		h.metrics.unpublished.Inc()
		if !h.away.Swap(true) {
			h.log.Error("the queue does not acknowledge events; hits are answered 503", "error", err)
		}
		return false
	}
	if h.away.Load() && h.away.Swap(false) {
		h.log.Info("the queue acknowledges events again")
	}
	return true
}

// panicked answers 500: the hit is not counted, and must not look as if it
// were. What was thrown may hold the hit, so that only its type is logged.
func (h *Handler) panicked(w http.ResponseWriter, thrown any) {
	h.metrics.panics.Inc()
	h.log.Error("handling a hit panicked", "type", fmt.Sprintf("%T", thrown), "stack", string(debug.Stack()))
	w.WriteHeader(http.StatusInternalServerError)
}

// bodyQuery is the query string that a beacon carries in its body instead of
// its URL; "" when there is none that can be read. One byte more than MaxQuery
// is read, to be refused as too long.
func bodyQuery(r *http.Request) string {
	if t := r.Header.Get("Content-Type"); t != "" {
		switch media, _, _ := mime.ParseMediaType(t); media {
		case "application/x-www-form-urlencoded", "text/plain":
		default:
			return ""
		}
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, MaxQuery+1))
	if err != nil {
		return ""
	}
	return string(b)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
