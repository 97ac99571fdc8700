package torture

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// ClockOutcome is what a run counted whose clock was set forward and back.
type ClockOutcome struct {
	Answered, Again int // hits, and attempts that had to be made again
	Counted         int // events in the cells of both weeks
	Weeks           int // that have visits
	Persons         int
	Users           int // of both weeks; who was seen on both sides of a step counts twice
	Corrected       int // hits whose own time the collector did not believe
	Past            int // tokens of a week whose key was gone
	KeyErrors       int // failures to step the week key
	Incidents       map[schemas.IncidentKind]int
	Pending         int
	Alarms          []string // once everything is counted
	Wrong           []string
}

// ClockSteps sets the clock of all stages, half an hour before a Monday, forward
// by an hour and back, again and again under load; with beyond, at last forward
// by three hours, at which the collector is killed and started again, and back.
// The program must be built with the tag torture_clock.
func ClockSteps(t testing.TB, o Options, beyond bool) ClockOutcome {
	t.Helper()
	o.DefaultSpool = true
	s := newSite(t, o)
	file := filepath.Join(s.folder, "clock")
	monday := schemas.WeekOf(time.Now()).Next().Monday().Start()
	base := time.Until(monday.Add(-30 * time.Minute)).Round(time.Second)
	set := func(off time.Duration) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte((base + off).String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	set(0)
	s.environ = append(s.environ, "TORTURE_CLOCK="+file)
	s.distributed(nil)
	c := newClient(s.collect, s.schools, workers)
	c.ahead = base
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sent := make(chan error, 1)
	go func() { sent <- c.run(ctx, workers, every, o.Seed, patience) }()
	answers := func(n int) {
		t.Helper()
		before := c.sum().Hits
		s.until("hits are answered", func() bool { return c.sum().Hits >= before+n })
	}

	const steps = 6
	for i := range steps {
		set(time.Duration(i%2) * time.Hour)
		answers(400)
	}
	set(0)
	answers(200)
	if beyond {
		set(3 * time.Hour)
		answers(200)
		s.stage("collect").kill()
		answers(200)
		set(0)
		answers(400)
	}
	cancel()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.until("no collector is taken for silent", func() bool { return len(s.said(t).Ledger.Alarms) == 0 })
	outcome := s.clockOutcome(c)
	s.stop()
	return outcome
}

// said is what /completude.json says of the clock's victims.
func (s *site) said(t testing.TB) (said struct {
	EventsPending *int `json:"events_pending"`
	Incidents     []struct{ Kind schemas.IncidentKind }
	Ledger        struct {
		Written, Stored, Pending, Missing, Distinct, Repeated int
		Alarms                                                []string
	}
},
) {
	t.Helper()
	text, err := s.get(s.serve, "/completude.json", nil)
	if err == nil {
		err = json.Unmarshal([]byte(text), &said)
	}
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func (s *site) clockOutcome(c *client) ClockOutcome {
	s.t.Helper()
	o := ClockOutcome{Answered: c.answered, Again: c.repeats, Incidents: map[schemas.IncidentKind]int{}}
	text, err := s.ask("SELECT count(DISTINCT period), sum(users), sum(events) FROM cells_week WHERE axe = 'globales' FORMAT TSV")
	if err != nil {
		s.t.Fatal(err)
	}
	f := strings.Fields(text)
	o.Weeks, o.Users, o.Counted = int(number(s.t, f[0])), int(number(s.t, f[1])), int(number(s.t, f[2]))
	persons := map[string]bool{}
	for key := range c.visits {
		persons[key.person] = true
	}
	o.Persons = len(persons)
	for name, to := range map[string]*int{
		"clock_corrections": &o.Corrected, "week_key_past": &o.Past, "week_key_errors": &o.KeyErrors,
	} {
		*to = s.counter(s.collect, "entaudience_collect_"+name+"_total")
	}
	said := s.said(s.t)
	for _, i := range said.Incidents {
		o.Incidents[i.Kind]++
	}
	o.Alarms = said.Ledger.Alarms
	l := said.Ledger
	for what, right := range map[string]bool{
		"written = stored":             l.Written == l.Stored && l.Pending == 0 && l.Missing == 0,
		"stored = distinct + repeated": l.Stored == l.Distinct+l.Repeated && l.Repeated >= 0 && l.Distinct == o.Counted,
	} {
		if !right {
			o.Wrong = append(o.Wrong, "not so that "+what)
		}
	}
	return o
}
