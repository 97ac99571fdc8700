package dashboards

import (
	"net/http"
	"strconv"
	"time"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// completenessPage says what the figures hold, and what is missing.
type completenessPage struct {
	Layout
	AsOf      asOf
	Queue     queueJSON
	LastLoad  string // French, "" = never
	Extent    string // French, "" = no figure
	Refused   Table
	Unknown   Table
	Hidden    bool // unknown UAIs are not for this person
	More      int  // unknown UAIs beyond those listed
	Incidents Table
	Checks    checksJSON
	Wrong     Table
	Account   ledgerJSON
	Directory string
	Imported  string
}

// completenessJSON is /completude.json. events_pending and days_pending are
// both 0 when every accepted hit is in every indicator.
type completenessJSON struct {
	asOf
	Queue     queueJSON      `json:"queue"`
	LastLoad  string         `json:"last_load"` // RFC 3339 UTC, "" = never
	Refused   []refusedJSON  `json:"refused"`
	Unknown   []unknownJSON  `json:"unknown_uai"`
	Directory *directoryJSON `json:"directory"` // null: none imported
	Extent    *periodJSON    `json:"extent"`    // null: no figure yet
	Incidents []incidentJSON `json:"incidents"`
	Checks    checksJSON     `json:"checks"`
	Ledger    ledgerJSON     `json:"ledger"`
}

type refusedJSON struct {
	Reason schemas.Reason `json:"reason"`
	Label  string         `json:"label"`
	Count  uint64         `json:"count"`
}

type unknownJSON struct {
	UAI    schemas.UAI `json:"uai"`
	Events uint64      `json:"events"`
	Last   string      `json:"last"`
}

// unknownShown is how many unknown UAIs the page lists; its JSON has all.
const unknownShown = 50

func (s *Server) completeness(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, err := s.reader.Completeness(ctx)
	if err != nil {
		return err
	}
	anomalies, err := s.reader.Anomalies(ctx)
	if err != nil {
		return err
	}
	ledger, err := s.reader.Ledger(ctx)
	if err != nil {
		return err
	}
	extent, hasExtent, err := s.reader.Extent(ctx)
	if err != nil {
		return err
	}
	checks, err := s.reader.Checks(ctx)
	if err != nil {
		return err
	}
	dir, use, err := s.reader.Directory(ctx, schemas.WeekOf(s.clock()).SchoolYear())
	if err != nil && schemas.KindOf(err) != schemas.NotFound {
		return err
	}
	p, _ := access.From(ctx)
	hidden := !p.Spans(schemas.Region) && !p.Has(access.Administration)
	if hidden {
		anomalies.Unknown = nil // in nobody's territory yet: for those who can have them known
	}
	data := completenessData(c, anomalies)
	data.Checks = newChecksJSON(checks)
	data.Ledger = ledgerOf(ledger, c, s.clock())
	if hasExtent {
		data.Extent = &periodJSON{extent.From.String(), extent.To.String()}
	}
	if err == nil {
		data.Directory = &directoryJSON{use.Year.String(), use.From.String(), dir.Version}
	}
	switch formatOf(r) {
	case formatJSON:
		return s.json(w, r, data)
	case formatCSV:
		return csv(w, "completude.csv", true, func(t *tableur.Writer) error {
			data.write(t)
			return nil
		})
	}
	page := completenessPage{
		Layout: s.layout(r, "Complétude", "/completude"), AsOf: data.asOf, Queue: data.Queue,
		Refused: refusedTable(data.Refused), Unknown: unknownTable(data.Unknown), More: max(0, len(data.Unknown)-unknownShown),
		Incidents: incidentTable(anomalies.Incidents), Checks: data.Checks, Wrong: wrongTable(data.Checks), Account: data.Ledger,
	}
	page.Hidden = hidden
	page.Alt = []Link{{"/completude.csv", "CSV"}, {"/completude.json", "JSON"}}
	if !c.LastLoad.IsZero() {
		page.LastLoad = Instant(c.LastLoad)
	}
	if hasExtent {
		page.Extent = "du " + Jour(extent.From) + " au " + Jour(extent.To)
	}
	if err == nil {
		page.Directory, page.Imported = "annuaire "+use.From.String(), Instant(dir.Imported)
		if use.From != use.Year {
			page.Directory += ", faute d'annuaire " + use.Year.String()
		}
	}
	return s.html(w, r, "completude", page)
}

func completenessData(c schemas.Completeness, a schemas.Anomalies) completenessJSON {
	data := completenessJSON{
		asOf: newAsOf(c), Queue: newQueueJSON(c), Refused: []refusedJSON{}, Unknown: []unknownJSON{}, Incidents: incidentsJSON(a.Incidents),
	}
	if !c.LastLoad.IsZero() {
		data.LastLoad = c.LastLoad.UTC().Format(time.RFC3339)
	}
	counts := map[schemas.Reason]uint64{}
	for _, n := range a.Refused {
		counts[n.Reason] += n.Count
	}
	for _, reason := range schemas.Reasons() { // also those at 0
		data.Refused = append(data.Refused, refusedJSON{reason, reason.Label(), counts[reason]})
		delete(counts, reason)
	}
	for _, n := range a.Refused {
		if _, other := counts[n.Reason]; other {
			data.Refused = append(data.Refused, refusedJSON{n.Reason, n.Reason.Label(), n.Count})
		}
	}
	for _, u := range a.Unknown {
		data.Unknown = append(data.Unknown, unknownJSON{u.UAI, u.Events, u.Last.String()})
	}
	return data
}

// write puts everything in one table of three columns.
func (c completenessJSON) write(t *tableur.Writer) {
	t.Header("sujet", "detail", "valeur")
	line := func(subject, detail, value string) {
		t.Text(subject)
		t.Text(detail)
		t.Text(value)
		t.End()
	}
	count := func(n uint64) string { return strconv.FormatUint(n, 10) }
	pending := "" // not known
	if c.EventsPending != nil {
		pending = count(*c.EventsPending)
	}
	line("evenements_en_attente", "", pending)
	if !c.Queue.Answers {
		line("file_muette_depuis", "", c.Queue.Since)
		line("file_derniere_reponse", "", c.Queue.Known)
		line("file_en_attente_alors", "", count(c.Queue.Pending))
	}
	line("jours_en_attente", "", count(c.DaysPending))
	line("dernier_evenement", "", c.LastEvent)
	line("dernier_chargement", "", c.LastLoad)
	for _, r := range c.Refused {
		line("refus", string(r.Reason), count(r.Count))
	}
	for _, u := range c.Unknown {
		line("uai_inconnu", string(u.UAI), count(u.Events))
	}
	line("recomptage_dernier", "", c.Checks.At)
	line("recomptage_differences", "", count(c.Checks.Differences))
	for _, w := range c.Checks.Wrong {
		line("recomptage_different_"+string(w.Grain), w.Debut, count(w.Differences))
	}
	c.Ledger.lines(line)
	for _, i := range c.Incidents {
		line("incident_"+string(i.Kind), i.Week, i.At)
	}
}

func refusedTable(refused []refusedJSON) Table {
	t := Table{
		Caption: "Marqueurs refusés depuis le début, par motif",
		Head:    []Head{{Label: "Motif"}, {Label: "Code"}, {Label: "Marqueurs", Num: true}},
	}
	for _, r := range refused {
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(r.Label), text(string(r.Reason)), num(Entier(r.Count))}, Muted: r.Count == 0})
	}
	return t
}

func unknownTable(unknown []unknownJSON) Table {
	t := Table{
		Caption: "UAI valides qui envoient des événements et que l'annuaire ne connaît pas",
		Head:    []Head{{Label: "UAI"}, {Label: "Événements", Num: true}, {Label: "Dernier jour", Num: true}},
	}
	for _, u := range unknown[:min(len(unknown), unknownShown)] {
		t.Rows = append(t.Rows, Row{Cells: []Cell{text(string(u.UAI)), num(Entier(u.Events)), num(u.Last)}})
	}
	return t
}
