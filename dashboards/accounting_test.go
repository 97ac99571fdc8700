package dashboards_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/schemas"
)

// kept is a reader with a ledger of its own.
type kept struct {
	dashboards.Reader
	ledger schemas.Ledger
}

func (k kept) Ledger(context.Context) (schemas.Ledger, error) { return k.ledger, nil }

// sound is a ledger in which everything adds up.
func sound() schemas.Ledger {
	return schemas.Ledger{
		Tally: schemas.Tally{
			Received: 1050, Refused: map[schemas.Reason]uint64{schemas.Robot: 20, schemas.TropLong: 5}, Objected: 3, Shed: 2, Failed: 10,
			Published: 900, Spooled: 100, Replayed: 100,
		},
		Runs:       2,
		Collectors: []schemas.CollectorState{{Name: "0123456789abcdef", At: now.Add(-time.Minute)}},
		Partitions: []schemas.PartitionState{
			schemas.NewPartitionState(0, 500, 510, []schemas.OffsetRun{{First: 0, Last: 499}}),
			schemas.NewPartitionState(1, 600, 600, []schemas.OffsetRun{{First: 0, Last: 599}}),
		},
		Undecodable: 1, Distinct: 1000,
	}
}

func TestAccount(t *testing.T) {
	s := newStore(t)
	for name, c := range map[string]struct {
		change func(l *schemas.Ledger)
		alarms []string // what each begins with
	}{
		"everything adds up": {func(*schemas.Ledger) {}, nil},
		"messages passed over": {func(l *schemas.Ledger) {
			l.Partitions[1] = schemas.NewPartitionState(1, 600, 600, []schemas.OffsetRun{{First: 0, Last: 99}, {First: 142, Last: 599}})
			l.Distinct = 900
		}, []string{"42 événements ont été retirés de la file sans avoir été enregistrés"}},
		"more answers than hits":   {func(l *schemas.Ledger) { l.Received = 1000 }, []string{"Les collecteurs ont répondu à plus de marqueurs (1 040)"}},
		"an ack without a message": {func(l *schemas.Ledger) { l.Published, l.Received = 1011, 2000 }, []string{"La file a accusé réception de 1 111 événements et n'en contient que 1 110."}},
		"counted twice":            {func(l *schemas.Ledger) { l.Distinct = 1102 }, []string{"Les chiffres contiennent plus d'événements qu'il n'en a été enregistré : 3 de trop."}},
		"a ledger that began later cannot say so": {func(l *schemas.Ledger) {
			l.Partitions[0].Begin, l.Distinct, l.Published, l.Received = 100, 2000, 5000, 9000
		}, nil},
		"a collector is silent": {func(l *schemas.Ledger) { l.Collectors[0].At = now.Add(-6 * time.Minute) }, []string{"Le collecteur 0123456789abcdef ne dit plus rien depuis le"}},
		"a collector that stopped is not": {func(l *schemas.Ledger) {
			l.Collectors[0].At, l.Collectors[0].Ended = now.Add(-24*time.Hour), true
		}, nil},
		"a short stall is nothing": {func(l *schemas.Ledger) {
			l.Collectors[0].SpoolEvents, l.Collectors[0].SpoolSince = 12, now.Add(-time.Minute)
		}, nil},
		"events stay on disk": {func(l *schemas.Ledger) {
			l.Collectors[0].SpoolEvents, l.Collectors[0].SpoolSince = 12, now.Add(-time.Hour)
		}, []string{"Le collecteur 0123456789abcdef garde 12 événements sur son disque depuis le"}},
		"a queue made anew": {func(l *schemas.Ledger) {
			l.Restarted, l.Distinct, l.Published, l.Received = now.Add(-time.Hour), 2000, 5000, 9000
		}, []string{"La file a été refaite"}},
		"a queue made anew long ago": {func(l *schemas.Ledger) {
			l.Restarted, l.Distinct, l.Published, l.Received = now.AddDate(0, 0, -8), 2000, 5000, 9000
		}, nil},
		"an hour without a visit": {
			func(l *schemas.Ledger) { l.EmptyHours = []schemas.EmptyHour{{Day: exactWeek.Monday(), Hour: 10}} },
			[]string{"Aucune visite le"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := sound()
			c.change(&l)
			f := serve(t, kept{s, l}, nil)
			p := f.page(t, "/completude")
			said := p.texts(`[data-code="alarm"]`)
			if len(said) != len(c.alarms) || (len(p.all(`[data-code="no-alarm"]`)) == 1) != (len(said) == 0) {
				t.Fatalf("%q, want %q", said, c.alarms)
			}
			for i, want := range c.alarms {
				if got := strings.ReplaceAll(strings.ReplaceAll(said[i], "\u202f", " "), "\u00a0", " "); !strings.HasPrefix(strings.TrimSpace(got), want) {
					t.Errorf("%q, want %q", got, want)
				}
			}
			var j struct {
				Ledger struct{ Alarms []string }
			}
			f.json(t, "/completude.json", &j)
			if len(j.Ledger.Alarms) != len(c.alarms) {
				t.Errorf("JSON: %q", j.Ledger.Alarms)
			}
		})
	}
}

// A backlog is said with how fast it becomes less and how long that takes.
func TestBacklog(t *testing.T) {
	s := newStore(t)
	for name, c := range map[string]struct {
		loading schemas.Loading
		rate    float64
		left    any
		says    string
	}{
		"fast":     {schemas.Loading{Events: 240, During: 2 * time.Minute}, 2, 5.0, "au rythme des cinq dernières minutes (2 par seconde), encore 5 secondes"},
		"slow":     {schemas.Loading{Events: 12, During: 2 * time.Minute}, 0.1, 100.0, "(0 par seconde), encore 2 minutes"},
		"very":     {schemas.Loading{Events: 1, During: 3 * time.Hour}, 0, 108000.0, "encore 30 heures"},
		"unknown":  {schemas.Loading{}, 0, nil, "on ne sait pas en combien de temps"},
		"one lot":  {schemas.Loading{Events: 0, During: 0}, 0, nil, "on ne sait pas en combien de temps"},
		"standing": {schemas.Loading{Events: 0, During: time.Minute}, 0, nil, "on ne sait pas en combien de temps"},
	} {
		t.Run(name, func(t *testing.T) {
			l := sound() // of which 10 wait
			l.Loading = c.loading
			f := serve(t, kept{s, l}, nil)
			var j struct {
				Ledger struct{ Loading map[string]any }
			}
			f.json(t, "/completude.json", &j)
			if got := j.Ledger.Loading; got["events_per_second"] != c.rate || got["pending"] != 10.0 || got["seconds_left"] != c.left {
				t.Errorf("%v", got)
			}
			text := strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(strings.Join(f.page(t, "/completude").texts(".figure-detail"), "\n"))
			if !strings.Contains(text, c.says) {
				t.Errorf("%q does not say %q", text, c.says)
			}
		})
	}
}

// Each line is the sum of those below it, in the file as on the page; what a
// kill cut off makes a lower bound.
func TestAccountLines(t *testing.T) {
	l := sound()
	l.Cut = 1
	f := serve(t, kept{newStore(t), l}, nil)
	var j struct {
		Ledger map[string]any
	}
	f.json(t, "/completude.json", &j)
	for name, want := range map[string]any{
		"received": 1050.0, "accepted": 1000.0, "refused": 25.0, "objected": 3.0, "unanswered": 12.0, "underway": 10.0,
		"published": 900.0, "spooled": 100.0, "replayed": 100.0, "lower_bound": true, "runs_killed": 1.0,
		"written": 1110.0, "stored": 1100.0, "pending": 10.0, "missing": 0.0, "distinct": 1000.0, "repeated": 99.0, "undecodable": 1.0,
	} {
		if j.Ledger[name] != want {
			t.Errorf("%s is %v, want %v", name, j.Ledger[name], want)
		}
	}
	rows := f.rows(t, "/completude.csv")
	for _, want := range [][]string{{"compte", "recus", "1050"}, {"compte", "ecrits", "1110"}, {"compte", "manquants", "0"}, {"compte", "repetes", "99"}} {
		if !slices.ContainsFunc(rows, func(row map[string]string) bool {
			return row["sujet"] == want[0] && row["detail"] == want[1] && row["valeur"] == want[2]
		}) {
			t.Errorf("completude.csv lacks %v", want)
		}
	}
	p := f.page(t, "/completude")
	all := strings.Join(p.texts("tbody tr"), "\n")
	for _, want := range []string{"Marqueurs reçus1 050au moins", "– en attente10exact", "0510500100", "0123456789abcdef24 novembre 2026 à 9 h 59en marche00–"} {
		if !strings.Contains(strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(all), want) {
			t.Errorf("no row %q in\n%s", want, all)
		}
	}
}
