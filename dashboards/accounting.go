package dashboards

import (
	"fmt"
	"strconv"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// silent is how long a collector may say nothing before it is an alarm: five
	// times what it leaves between two tallies when nothing happens.
	silent = 5 * time.Minute
	// held is how long events may wait on a collector's disk.
	held = 5 * time.Minute
	// anew is how long a queue that was made anew is an alarm; then it is a note.
	anew = 7 * 24 * time.Hour
)

// ledgerJSON is the ledger in /completude.json: each line is the sum of those
// below it, and alarms say in French what does not add up.
type ledgerJSON struct {
	Received   uint64          `json:"received"`
	Accepted   uint64          `json:"accepted"`
	Refused    uint64          `json:"refused"`
	Objected   uint64          `json:"objected"`
	Unanswered uint64          `json:"unanswered"` // 503, and 500
	Underway   uint64          `json:"underway"`
	Published  uint64          `json:"published"` // at once
	Spooled    uint64          `json:"spooled"`   // on a collector's disk first
	Replayed   uint64          `json:"replayed"`
	LowerBound bool            `json:"lower_bound"` // the lines above: a collector was killed
	Cut        uint64          `json:"runs_killed"`
	Written    uint64          `json:"written"`
	Stored     uint64          `json:"stored"`
	Pending    uint64          `json:"pending"`
	Missing    uint64          `json:"missing"`
	Distinct   uint64          `json:"distinct"`
	Repeated   int64           `json:"repeated"`
	Unreadable uint64          `json:"undecodable"`
	Partitions []partitionJSON `json:"partitions"`
	Collectors []collectorJSON `json:"collectors"`
	Loading    loadingJSON     `json:"loading"`
	Alarms     []string        `json:"alarms"`
	Restarted  string          `json:"queue_restarted"` // RFC 3339 UTC; "" = it is the one that the ledger began with
	Exact      bool            `json:"queue_exact"`     // written, pending and missing: as the queue says now, not as it said last
}

type partitionJSON struct {
	Partition int    `json:"partition"`
	Begin     int64  `json:"begin"`
	Written   uint64 `json:"written"`
	Stored    uint64 `json:"stored"`
	Pending   uint64 `json:"pending"`
	Missing   uint64 `json:"missing"`
}

type collectorJSON struct {
	Name        string `json:"name"`
	At          string `json:"at"`
	Ended       bool   `json:"ended"`
	SpoolEvents uint64 `json:"spool_events"`
	SpoolBytes  uint64 `json:"spool_bytes"`
	SpoolSince  string `json:"spool_since"` // "" = nothing waits
}

func ledgerOf(l schemas.Ledger, c schemas.Completeness, now time.Time) ledgerJSON {
	a := ledgerJSON{
		Received: l.Received, Accepted: l.Accepted(), Refused: l.TotalRefused(), Objected: l.Objected, Unanswered: l.Shed + l.Failed,
		Published: l.Published, Spooled: l.Spooled, Replayed: l.Replayed, LowerBound: l.Cut > 0, Cut: l.Cut,
		Written: l.Written(), Stored: l.Stored(), Pending: l.Pending(), Missing: l.Missing(),
		Distinct: l.Distinct, Repeated: l.Repeated(), Unreadable: l.Undecodable,
		Partitions: []partitionJSON{}, Collectors: []collectorJSON{}, Alarms: alarms(l, c, now),
		Exact: !l.Queue.Away(), Restarted: rfc(l.Restarted), Loading: newLoadingJSON(l),
	}
	if outcomes := a.outcomes(); a.Received > outcomes {
		a.Underway = a.Received - outcomes
	}
	for _, p := range l.Partitions {
		a.Partitions = append(a.Partitions, partitionJSON{p.Partition, p.Begin, p.Written(), p.Stored, p.Pending(), p.Missing})
	}
	for _, c := range l.Collectors {
		a.Collectors = append(a.Collectors, collectorJSON{c.Name, c.At.UTC().Format(time.RFC3339), c.Ended, c.SpoolEvents, c.SpoolBytes, rfc(c.SpoolSince)})
	}
	return a
}

func (a ledgerJSON) outcomes() uint64 { return a.Accepted + a.Refused + a.Objected + a.Unanswered }

func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// alarms say in French what does not add up, and where nothing came.
func alarms(l schemas.Ledger, c schemas.Completeness, now time.Time) []string {
	all := []string{}
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	away := c.Queue.Away() || l.Queue.Away()
	if away {
		since := c.Queue.Since
		if since.IsZero() {
			since = l.Queue.Since
		}
		say("La file (Kafka) ne répond pas depuis le %s : les collecteurs gardent les marqueurs sur leur disque, et rien n'est enregistré tant qu'elle ne répond pas.", Instant(since))
	}
	if !l.Restarted.IsZero() && now.Sub(l.Restarted) < anew {
		say("La file a été refaite : le %s, ses numéros étaient repassés sous ceux qui étaient déjà enregistrés. Un événement manquant de la nouvelle file peut ne pas se voir ici.", Instant(l.Restarted))
	}
	if n := l.Missing(); n > 0 {
		say("%s de la file sans avoir été enregistrés : ils manquent dans tous les chiffres.", Compte(n, "événement a été retiré", "événements ont été retirés"))
	}
	if outcomes := l.Accepted() + l.TotalRefused() + l.Objected + l.Shed + l.Failed; outcomes > l.Received {
		say("Les collecteurs ont répondu à plus de marqueurs (%s) qu'ils n'en ont reçu (%s).", Entier(outcomes), Entier(l.Received))
	}
	if acked := l.Published + l.Replayed; !away && l.Whole() && acked > l.Written() {
		say("La file a accusé réception de %s événements et n'en contient que %s.", Entier(acked), Entier(l.Written()))
	}
	if n := l.Repeated(); n < 0 && l.Whole() && c.DaysPending == 0 {
		say("Les chiffres contiennent plus d'événements qu'il n'en a été enregistré : %s de trop.", Entier(uint64(-n)))
	}
	for _, c := range l.Collectors {
		if !away && !c.Ended && now.Sub(c.At) > silent { // what it says comes through the queue
			say("Le collecteur %s ne dit plus rien depuis le %s.", c.Name, Instant(c.At))
		}
		if c.SpoolEvents > 0 && now.Sub(c.SpoolSince) > held {
			say("Le collecteur %s garde %s sur son disque depuis le %s : la file ne les prend pas.", c.Name,
				Compte(c.SpoolEvents, "événement", "événements"), Instant(c.SpoolSince))
		}
	}
	for _, h := range l.EmptyHours {
		say("Aucune visite le %s entre %d h et %d h, un jour de classe.", Jour(h.Day), h.Hour, h.Hour+1)
	}
	return all
}

// Table is the ledger as a table: what, how many, and how sure.
func (a ledgerJSON) Table() Table {
	sure := "exact"
	if a.LowerBound {
		sure = "au moins"
	}
	t := Table{
		Caption: "Du marqueur au chiffre : chaque ligne est la somme de celles qui la suivent en retrait",
		Head:    []Head{{Label: "Étape"}, {Label: "Nombre", Num: true}, {Label: "Portée"}},
	}
	queue := "exact"
	if !a.Exact {
		queue = "à sa dernière réponse"
	}
	line := func(label string, n uint64, how string) {
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(label), num(Entier(n)), text(how)}})
	}
	line("Marqueurs reçus", a.Received, sure)
	line("– acceptés", a.Accepted, sure)
	line("– refusés", a.Refused, sure)
	line("– de personnes qui s'opposent à la mesure", a.Objected, sure)
	line("– renvoyés (503) : ni la file ni le disque ne pouvaient les prendre", a.Unanswered, sure)
	line("– en cours, ou coupés par un arrêt brutal", a.Underway, sure)
	line("Marqueurs acceptés", a.Accepted, sure)
	line("– mis dans la file aussitôt", a.Published, sure)
	line("– gardés d'abord sur le disque d'un collecteur", a.Spooled, sure)
	line("Événements écrits dans la file, répétitions et imports compris", a.Written, queue)
	line("– enregistrés", a.Stored, "exact")
	line("– en attente", a.Pending, queue)
	line("– manquants", a.Missing, queue)
	line("Événements enregistrés", a.Stored, "exact")
	line("– distincts, comptés dans les chiffres", a.Distinct, "exact une fois les jours calculés")
	if a.Repeated >= 0 {
		line("– répétés : renvoyés, rejoués, ou arrivés après la clôture de leur jour", uint64(a.Repeated), "exact une fois les jours calculés")
	}
	line("– illisibles", a.Unreadable, "exact")
	return t
}

// Anew says when the queue was seen to be another one, in French; "" when never.
func (a ledgerJSON) Anew() string {
	if a.Restarted == "" {
		return ""
	}
	return instantOf(a.Restarted)
}

// lines are those of the CSV.
func (a ledgerJSON) lines(line func(subject, detail, value string)) {
	for _, l := range []struct {
		name  string
		value uint64
	}{
		{"recus", a.Received},
		{"acceptes", a.Accepted},
		{"refuses", a.Refused},
		{"oppositions", a.Objected},
		{"renvoyes", a.Unanswered},
		{"publies", a.Published},
		{"sur_disque", a.Spooled},
		{"ecrits", a.Written},
		{"enregistres", a.Stored},
		{"manquants", a.Missing},
		{"distincts", a.Distinct},
		{"illisibles", a.Unreadable},
	} {
		line("compte", l.name, strconv.FormatUint(l.value, 10))
	}
	line("compte", "charges_par_seconde", strconv.FormatFloat(a.Loading.PerSecond, 'f', 1, 64))
	line("compte", "repetes", strconv.FormatInt(a.Repeated, 10))
	for _, alarm := range a.Alarms {
		line("alerte", "", alarm)
	}
}

// Places is the queue, partition by partition.
func (a ledgerJSON) Places() Table {
	t := Table{
		Caption: "La file, partition par partition : écrits = enregistrés + en attente + manquants",
		Head: []Head{
			{Label: "Partition", Num: true},
			{Label: "Écrits", Num: true},
			{Label: "Enregistrés", Num: true},
			{Label: "En attente", Num: true},
			{Label: "Manquants", Num: true},
		},
	}
	for _, p := range a.Partitions {
		t.Rows = append(t.Rows, Row{Cells: []Cell{
			num(Entier(uint64(p.Partition))), num(Entier(p.Written)), num(Entier(p.Stored)), num(Entier(p.Pending)), num(Entier(p.Missing)),
		}})
	}
	return t
}

// Disks are the collectors and what waits on their disks.
func (a ledgerJSON) Disks() Table {
	t := Table{
		Caption: "Les collecteurs, et les événements qui attendent sur leur disque que la file les prenne",
		Head: []Head{
			{Label: "Collecteur"},
			{Label: "Vu le"},
			{Label: "État"},
			{Label: "Événements sur disque", Num: true},
			{Label: "Octets", Num: true},
			{Label: "Depuis"},
		},
	}
	for _, c := range a.Collectors {
		state := "en marche"
		if c.Ended {
			state = "arrêté"
		}
		t.Rows = append(t.Rows, Row{Cells: []Cell{
			text(c.Name), text(instantOf(c.At)), text(state), num(Entier(c.SpoolEvents)), num(Entier(c.SpoolBytes)), text(instantOf(c.SpoolSince)),
		}})
	}
	return t
}

// instantOf is an instant of the JSON in French; "–" when there is none.
func instantOf(rfc string) string {
	t, err := time.Parse(time.RFC3339, rfc)
	if err != nil {
		return "–"
	}
	return Instant(t)
}
