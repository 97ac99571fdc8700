package chdbtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/entaudience/entaudience/schemas/store/chdb"
)

// Server is the engine behind real TCP, whose answers a test can take away. It
// is safe for concurrent use.
type Server struct {
	// URL names the server and a database: http://127.0.0.1:port/database.
	URL    string
	engine http.Handler

	mu     sync.Mutex
	faults []*Fault
}

// How says what happens to a statement instead of its answer.
type How uint8

// The faults. After Refuse, CutBefore, CutWithin and HangBefore the statement
// has not taken effect; after CutAfter and HangAfter it has.
const (
	Refuse     How = iota // the engine's own word that it has no room on its disk
	CutBefore             // the connection is cut before the engine saw the statement
	CutWithin             // the connection is cut when half of the data has passed
	CutAfter              // the engine has done it, the connection is cut before it says so
	HangBefore            // no answer until the client gives up; the engine saw nothing
	HangAfter             // no answer until the client gives up; the engine has done it
	Hold                  // nothing happens until the fault is removed; then all goes its way
)

// Fault is a rule of a server.
type Fault struct {
	server    *Server
	statement string
	how       How
	left      int
	spared    int
	hit       chan struct{}
	hits      int
	removed   chan struct{}
	last      bool // after it, everything is cut
}

// Serve starts a server for a database of the engine. It ends with the test.
func Serve(t testing.TB, e *chdb.Engine, database string) *Server {
	t.Helper()
	s := &Server{engine: e.Handler()}
	listening := httptest.NewServer(s)
	s.URL = listening.URL + "/" + database
	t.Cleanup(func() {
		listening.CloseClientConnections()
		listening.Close()
	})
	return s
}

// Fail makes the next statements that hold a text fail, as many as times says;
// -1 is all.
func (s *Server) Fail(statement string, how How, times int) *Fault {
	f := &Fault{server: s, statement: statement, how: how, left: times, hit: make(chan struct{}, 1), removed: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
	return f
}

// FailFrom makes the next statement that holds a text fail, and all that follow
// it as if the client were gone: the engine sees none of them.
func (s *Server) FailFrom(statement string, how How) *Fault {
	f := s.Fail(statement, how, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	f.last = true
	return f
}

// Spare lets the first statements that a fault would meet go their way.
func (f *Fault) Spare(n int) *Fault {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	f.spared = n
	return f
}

// Hits is how many statements failed so far.
func (f *Fault) Hits() int {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	return f.hits
}

// Hit receives after a statement failed, or is held. A hit that nobody waits for
// is kept; of several, one.
func (f *Fault) Hit() <-chan struct{} { return f.hit }

// Remove ends the fault, once.
func (f *Fault) Remove() {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	f.left = 0
	close(f.removed)
}

// match takes the first fault that a statement meets.
func (s *Server) match(statement string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.left != 0 && strings.Contains(statement, f.statement) {
			if f.spared > 0 {
				f.spared--
				continue
			}
			how := f.how
			f.left--
			f.hits++
			if f.last {
				f.last, f.statement, f.how, f.left = false, "", CutBefore, -1
				return &Fault{server: s, how: how, hit: f.hit, removed: f.removed}
			}
			return f
		}
	}
	return nil
}

func (f *Fault) struck() {
	select {
	case f.hit <- struct{}{}:
	default:
	}
}

// ServeHTTP is the engine with the faults asked for. The statement of an INSERT
// with data is in the URL, that of any other in the body.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	statement := r.URL.Query().Get("query")
	if statement == "" {
		statement = string(body)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	f := s.match(statement)
	if f == nil {
		s.engine.ServeHTTP(w, r)
		return
	}
	switch f.how {
	case Hold:
		f.struck()
		select {
		case <-f.removed:
			s.engine.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
		return
	case Refuse:
		const text = "Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)\n"
		w.Header().Set("X-ClickHouse-Exception-Code", "243")
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, text) //nolint:errcheck // the client is gone
		f.struck()
		return
	case CutWithin:
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), broken{}))
		s.engine.ServeHTTP(httptest.NewRecorder(), r)
	case CutAfter, HangAfter:
		s.engine.ServeHTTP(httptest.NewRecorder(), r)
	}
	f.struck()
	if f.how == HangBefore || f.how == HangAfter {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}

var errCut = errors.New("cut")

// broken is a body that ends before its end.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errCut }
