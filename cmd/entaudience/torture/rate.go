package torture

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Rate is what a collector did with a steady rate of hits.
type Rate struct {
	Sent, Answered, Refused int
	PerSecond               float64
	P50, P99, Longest       time.Duration
	MemoryKB                int // most that the process ever held; 0 = this system does not say
}

// MeasureRate sends so many hits a second for a while, over so many
// connections, to a collector that is a process of its own. A hit that is due
// while its connection still waits counts its wait from when it was due.
func MeasureRate(t testing.TB, o Options, perSecond, connections int, during time.Duration) Rate {
	t.Helper()
	o.DefaultSpool = true
	s := newSite(t, o)
	s.distributed(o.Kafka)
	ctx, cancel := context.WithTimeout(context.Background(), during+patience)
	defer cancel()
	perConnection := int(during.Seconds()*float64(perSecond)) / connections
	gap := time.Duration(float64(time.Second) * float64(connections) / float64(perSecond))
	waits := make([][]time.Duration, connections)
	refused := make([]int, connections)
	errs := make([]error, connections)
	var group sync.WaitGroup
	began := time.Now()
	for i := range connections {
		group.Go(func() {
			start := began.Add(gap * time.Duration(i) / time.Duration(connections))
			waits[i], refused[i], errs[i] = s.steady(ctx, i, perConnection, start, gap)
		})
	}
	group.Wait()
	took := time.Since(began)
	var r Rate
	var all []time.Duration
	for i := range connections {
		if errs[i] != nil {
			t.Error(errs[i])
		}
		all = append(all, waits[i]...)
		r.Refused += refused[i]
	}
	slices.Sort(all)
	r.Sent, r.Answered, r.PerSecond = perConnection*connections, len(all), float64(len(all))/took.Seconds()
	if len(all) > 0 {
		r.P50, r.P99, r.Longest = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	}
	r.MemoryKB = peak(s.stage("collect"))
	s.settle()
	return r
}

// steady sends n hits over one connection, each when it is due.
func (s *site) steady(ctx context.Context, worker, n int, start time.Time, gap time.Duration) (waits []time.Duration, refused int, err error) {
	conn, err := net.Dial("tcp", s.collect)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close() //nolint:errcheck // only a test's
	in := bufio.NewReader(conn)
	for i := range n {
		due := start.Add(gap * time.Duration(i))
		if wait := time.Until(due); wait > 0 {
			pause(ctx, wait)
		}
		if err := ctx.Err(); err != nil {
			return waits, refused, err
		}
		_, err := fmt.Fprintf(conn, "GET /hit.xiti?s=365203&ts=%d&at=%d-%d&uai=%s&service=ACTUALITES&profil=ELEVE HTTP/1.1\r\nHost: x\r\n"+
			"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36\r\n\r\n",
			due.UnixMilli(), worker, i/8, s.schools[i%len(s.schools)])
		if err != nil {
			return waits, refused, err
		}
		response, err := http.ReadResponse(in, nil)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
		}
		if err != nil {
			return waits, refused, err
		}
		if response.StatusCode != http.StatusOK {
			refused++
			continue
		}
		waits = append(waits, time.Since(due))
	}
	return waits, refused, nil
}

// peak is the largest resident size of a process so far.
func peak(st *stage) int {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.process == nil {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", st.process.Pid))
	if err != nil {
		return 0
	}
	var kb int
	for line := range strings.Lines(string(text)) {
		if n, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 && err == nil {
			return kb
		}
	}
	return 0
}
