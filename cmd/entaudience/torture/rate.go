package torture

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Rate is what a collector did with a steady rate of hits.
type Rate struct {
	Sent, Answered, Refused int
	PerSecond               float64
	P50, P99, Longest       time.Duration // of an answer, from when its hit was due
	Sent99                  time.Duration // the same, from when it was sent: without what it waited for its connection
	Counted                 int           // events in the cells, once the other stages run again
	// MemoryKB is the most that the process held of its own, PeakKB with what it
	// has mapped of its binary. 0 = this system does not say.
	MemoryKB, PeakKB int
}

// MeasureRate sends so many hits a second for a while, over so many
// connections, to a collector that is a process of its own, beside its broker;
// the other stages rest meanwhile, and count all of it afterwards. A hit that is
// due while its connection still waits counts its wait from when it was due.
func MeasureRate(t testing.TB, o Options, perSecond, connections int, during time.Duration) Rate {
	t.Helper()
	o.DefaultSpool = true
	s := newSite(t, o)
	s.distributed(o.Kafka)
	others := []*stage{s.stage("serve"), s.stage("load"), s.stage("aggregate")}
	for _, other := range others {
		if err := other.stop(patience); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), during+patience)
	defer cancel()
	perConnection := int(during.Seconds()*float64(perSecond)) / connections
	gap := time.Duration(float64(time.Second) * float64(connections) / float64(perSecond))
	waits, answers := make([][]time.Duration, connections), make([][]time.Duration, connections)
	refused := make([]int, connections)
	errs := make([]error, connections)
	var r Rate
	var group, watching sync.WaitGroup
	watched, unwatch := context.WithCancel(ctx)
	watching.Go(func() {
		for watched.Err() == nil {
			r.MemoryKB = max(r.MemoryKB, resident(s.stage("collect"), "RssAnon"))
			pause(watched, 100*time.Millisecond)
		}
	})
	began := time.Now()
	for i := range connections {
		group.Go(func() {
			start := began.Add(gap * time.Duration(i) / time.Duration(connections))
			waits[i], answers[i], refused[i], errs[i] = s.steady(ctx, i, perConnection, start, gap)
		})
	}
	group.Wait()
	took := time.Since(began)
	unwatch()
	watching.Wait()
	var all, sent []time.Duration
	for i := range connections {
		if errs[i] != nil {
			t.Error(errs[i])
		}
		all, sent = append(all, waits[i]...), append(sent, answers[i]...)
		r.Refused += refused[i]
	}
	slices.Sort(all)
	slices.Sort(sent)
	r.Sent, r.Answered, r.PerSecond = perConnection*connections, len(all), float64(len(all))/took.Seconds()
	if len(all) > 0 {
		r.P50, r.P99, r.Longest = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
		r.Sent99 = sent[len(sent)*99/100]
	}
	r.PeakKB = resident(s.stage("collect"), "VmHWM")
	for i := range others {
		others[len(others)-1-i].run()
	}
	s.settle()
	counted, err := s.ask("SELECT sum(events) FROM cells_week WHERE axe = 'globales' FORMAT TSV")
	if err != nil {
		t.Fatal(err)
	}
	r.Counted = int(number(t, strings.TrimSpace(counted)))
	return r
}

// steady sends n hits over one connection, each when it is due.
func (s *site) steady(ctx context.Context, worker, n int, start time.Time, gap time.Duration) (waits, answers []time.Duration, refused int, err error) {
	conn, err := net.Dial("tcp", s.collect)
	if err != nil {
		return nil, nil, 0, err
	}
	defer conn.Close() //nolint:errcheck // only a test's
	in := bufio.NewReader(conn)
	request := make([]byte, 0, 512)
	for i := range n {
		due := start.Add(gap * time.Duration(i))
		if wait := time.Until(due); wait > 0 {
			pause(ctx, wait)
		}
		if err := ctx.Err(); err != nil {
			return waits, answers, refused, err
		}
		sent := time.Now()
		request = fmt.Appendf(request[:0], "GET /hit.xiti?s=365203&ts=%d&at=%d-%d&uai=%s&service=ACTUALITES&profil=ELEVE HTTP/1.1\r\nHost: x\r\n"+
			"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36\r\n\r\n",
			due.UnixMilli(), worker, i/8, s.schools[i%len(s.schools)])
		if _, err := conn.Write(request); err != nil {
			return waits, answers, refused, err
		}
		status, err := answered(in)
		if err != nil {
			return waits, answers, refused, err
		}
		if status != http.StatusOK {
			refused++
			continue
		}
		waits, answers = append(waits, time.Since(due)), append(answers, time.Since(sent))
	}
	return waits, answers, refused, nil
}

// answered reads an answer whose length is said, and gives its status: with less
// work than net/http does, on the same processors as what is measured.
func answered(in *bufio.Reader) (status int, err error) {
	length := 0
	for line := ""; ; {
		text, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if line = string(bytes.TrimSpace(text)); line == "" {
			break
		}
		if status == 0 {
			if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &status); err != nil {
				return 0, fmt.Errorf("%q: %w", line, err)
			}
		} else if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			if length, err = strconv.Atoi(value); err != nil {
				return 0, err
			}
		}
	}
	_, err = in.Discard(length)
	return status, err
}

// resident is a line of what the system says of the memory of a process.
func resident(st *stage, what string) int {
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
		if n, err := fmt.Sscanf(line, what+": %d kB", &kb); n == 1 && err == nil {
			return kb
		}
	}
	return 0
}
