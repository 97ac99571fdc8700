package dashboards

import (
	"net/http"
	"strconv"

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
	Directory *directoryJSON `json:"directory"` // null: none imported
	Extent    *periodJSON    `json:"extent"`    // null: no figure yet
	Incidents []incidentJSON `json:"incidents"`
	Checks    checksJSON     `json:"checks"`
	Ledger    ledgerJSON     `json:"ledger"`
}

func (s *Server) completeness(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, err := s.reader.Completeness(ctx)
	if err != nil {
		return err
	}
	incidents, err := s.reader.Incidents(ctx)
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
	data := completenessJSON{asOf: newAsOf(c), Queue: newQueueJSON(c), LastLoad: rfc(c.LastLoad), Incidents: incidentsJSON(incidents)}
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
		return csv(w, r, "completude.csv", true, func(t *tableur.Writer) error {
			data.write(t)
			return nil
		})
	}
	page := completenessPage{
		Layout: s.layout(r, "Complétude", "/completude"), AsOf: data.asOf, Queue: data.Queue,
		Incidents: incidentTable(incidents), Checks: data.Checks, Wrong: wrongTable(data.Checks), Account: data.Ledger,
	}
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
