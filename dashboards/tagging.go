package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

const taggingPath = "/marquage"

// taggingDays is how many days the page holds when none are asked for.
const taggingDays = 30

// taggingRows is how many rows a table of the page has; its files have all.
const taggingRows = 50

// taggingPage says what the tags of the ENT get wrong, and what to do.
type taggingPage struct {
	Layout
	Du, Au  string
	Lead    string // French
	Notices []string
	Blocks  []Block
}

// tagging is what the page is made of: what was refused, and the weeks of the
// widest territories that the person sees.
type tagging struct {
	schemas.Tagging
	period schemas.Period
	weeks  []schemas.Week // those whose Monday lies in the period and that have begun
	whole  schemas.Week   // the last of them that is over, 0 = none
	cells  map[cellKey]weekCell
	ledger schemas.Ledger
	hidden bool // unknown UAIs are not for this person
	asOf   asOf
}

type cellKey struct {
	week schemas.Week
	axe  schemas.Axe
	code string // of the modality
}

// weekCell is a modality in one week, summed over the territories.
type weekCell struct {
	visits, schools uint64
	withheld        bool // in a territory at least: the sum is not the whole
}

// value is the visits, where all of them may be shown.
func (c weekCell) value() Value {
	if c.withheld {
		return withheld()
	}
	return number(c.visits)
}

// tagging answers the page in any form: each block of it is a sheet.
func (s *Server) tagging(w http.ResponseWriter, r *http.Request) error {
	period, err := s.taggingPeriod(r.URL.Query())
	if err != nil {
		return err
	}
	g, err := s.loadTagging(r.Context(), period)
	if err != nil {
		return err
	}
	parts, err := g.parts()
	if err != nil {
		return err
	}
	q := url.Values{"du": {period.From.String()}, "au": {period.To.String()}}
	doc := &document{
		Name: "marquage_" + period.From.String() + "_" + period.To.String(), Title: "Qualité du marquage", Path: taggingPath, Query: q,
		Period: period, AsOf: g.asOf, Remarks: g.notices(),
	}
	for _, p := range parts {
		doc.Sheets = append(doc.Sheets, p.Sheet)
	}
	if formatOf(r) != formatHTML {
		return s.files(w, r, doc)
	}
	page := taggingPage{
		Layout: s.layout(r, doc.Title, taggingPath), Du: period.From.String(), Au: period.To.String(), Lead: g.lead(), Notices: doc.Remarks,
	}
	page.Alt = doc.links(doc.Sheets[0].Code)
	for _, p := range parts {
		p.Block.Files, p.Block.Table = doc.links(p.Sheet.Code), p.Sheet.table(nil)
		if more := len(p.Block.Table.Rows) - taggingRows; more > 0 && p.Chart == nil {
			p.Block.Table.Rows = p.Block.Table.Rows[:taggingRows]
			p.Block.After = Compte(uint64(more), "autre ligne est", "autres lignes sont") + " dans les fichiers."
		}
		page.Blocks = append(page.Blocks, p.Block)
	}
	return s.html(w, r, "marquage", page)
}

// taggingPeriod is the days asked for, or the last ones. The error is Invalid.
func (s *Server) taggingPeriod(q url.Values) (schemas.Period, error) {
	today := schemas.DayOf(s.clock())
	if q.Get("du") == "" && q.Get("au") == "" {
		return schemas.Period{From: today - taggingDays + 1, To: today}, nil
	}
	var sel selection
	if err := sel.readDates(q.Get("du"), q.Get("au")); err != nil {
		return sel.Period, err
	}
	if n := sel.Period.Days(); n > maxDaysByDay {
		return sel.Period, schemas.Refuse("La période fait %d jours : cette page compte par jour, demandez-en %d au plus.", n, maxDaysByDay)
	}
	return sel.Period, nil
}

func (s *Server) loadTagging(ctx context.Context, period schemas.Period) (*tagging, error) {
	g := &tagging{period: period, cells: map[cellKey]weekCell{}}
	p, _ := access.From(ctx)
	g.hidden = !seesUnknown(ctx)
	state, err := s.reader.Completeness(ctx)
	if err != nil {
		return nil, err
	}
	g.asOf = newAsOf(state)
	if g.Tagging, err = s.reader.Tagging(ctx, period); err != nil {
		return nil, err
	}
	if g.ledger, err = s.reader.Ledger(ctx); err != nil {
		return nil, err
	}
	now := s.clock()
	for _, w := range period.Weeks() {
		if w.Start().After(now) {
			break
		}
		if g.weeks = append(g.weeks, w); !w.End().After(now) {
			g.whole = w
		}
	}
	dir, _, err := s.reader.Directory(ctx, s.reader.year())
	switch {
	case schemas.KindOf(err) == schemas.NotFound:
		return g, nil
	case err != nil:
		return nil, err
	}
	for _, scope := range s.widest(ctx, dir) {
		if slices.ContainsFunc(dir.Ancestors(scope), func(t schemas.Territory) bool { return slices.Contains(p.Scopes, t.Scope) }) {
			continue // within another one
		}
		cells, err := s.reader.Cells(ctx, schemas.CellQuery{
			Scope: scope, Period: period, Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales, schemas.ParProfil, schemas.ParService},
		})
		if err != nil {
			return nil, err
		}
		for _, c := range cells {
			k := cellKey{c.Debut.Week(), c.Axe, c.Modalite}
			sum := g.cells[k]
			sum.visits, sum.schools, sum.withheld = sum.visits+c.Visits, sum.schools+c.Schools, sum.withheld || c.Withheld
			g.cells[k] = sum
		}
	}
	return g, nil
}

// lead is the answer before everything else.
func (g *tagging) lead() string {
	var refused uint64
	for _, r := range g.ByReason() {
		refused += r.Count
	}
	codes := len(g.unknownServices())
	said := "Aucun marqueur refusé"
	if refused > 0 {
		said = Compte(refused, "marqueur refusé", "marqueurs refusés")
	}
	switch codes {
	case 0:
		said += ", aucun code de service inconnu"
	default:
		said += ", " + Compte(uint64(codes), "code de service inconnu", "codes de service inconnus")
	}
	if g.hidden {
		return said + "."
	}
	return said + ", " + Compte(uint64(len(g.Unknown)), "établissement inconnu de l'annuaire", "établissements inconnus de l'annuaire") + "."
}

func (g *tagging) notices() []string {
	said := []string{"Un marqueur refusé reçoit la même réponse que les autres : la page de l'ENT n'en souffre pas. Il n'est compté dans aucun chiffre d'usage."}
	if len(g.weeks) > 0 {
		said = append(said, "Services et profils sont comptés par semaine entière, celles dont le lundi est dans la période : du "+
			Jour(g.weeks[0].Monday())+" au "+Jour(g.weeks[len(g.weeks)-1].Sunday())+".")
	}
	return said
}
