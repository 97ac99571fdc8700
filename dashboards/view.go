package dashboards

import (
	"context"
	"net/http"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// part is a block of a page and the sheet that it shows.
type part struct {
	Block
	Sheet Sheet
}

// detailView is a page of a territory that looks at one side of the usage.
type detailView struct {
	path, title string
	load        func(d *territoryData) []func(context.Context, Reader) error
	build       func(d *territoryData) (lead string, parts []part, err error)
}

// view answers a page in any form: each block of it is a sheet.
func (s *Server) view(v detailView) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := s.territoryOf(r)
		if err != nil {
			return err
		}
		if err := d.load(r.Context(), s.reader, append(v.load(d), d.loadState, d.loadCalendar, d.loadWeekly)...); err != nil {
			return err
		}
		lead, parts, err := v.build(d)
		if err != nil {
			return err
		}
		h := d.head(v.path)
		if n := d.withheld(); n > 0 {
			h.Notices = append(h.Notices, withheldNotice(n, d.threshold))
		}
		doc := d.document(v.path, h)
		for _, p := range parts {
			doc.Sheets = append(doc.Sheets, p.Sheet)
		}
		if formatOf(r) != formatHTML {
			return s.files(w, r, doc)
		}
		h.Files = doc.links(doc.Sheets[0].Code)
		page := viewPage{Layout: s.layout(r, v.title+" – "+nameOf(d.Territory), "/"), head: h, Lead: lead}
		page.Layout.Alt = h.Files
		for _, p := range parts {
			p.Block.Files = doc.links(p.Sheet.Code)
			p.Block.Table = p.Sheet.table(nil)
			page.Blocks = append(page.Blocks, p.Block)
		}
		return s.html(w, r, "vue", page)
	}
}

// cellValues are the columns of a modality; all of them withheld when it is.
func cellValues(c schemas.Cell, whole schemas.Measures) []Value {
	if c.Withheld {
		return []Value{withheld(), withheld(), withheld(), withheld()}
	}
	visits := number(c.Visits)
	if c.WithheldPeriods > 0 {
		visits.Note = withheldWeeks(c.WithheldPeriods)
	}
	return []Value{visits, percentOf(c.Visits, whole.Visits), number(c.Users), meanDuration(c.Measures)}
}

// modalities is the sheet of an axis: a line per modality, in order.
func modalities(code, title, name string, a schemas.Axe, order []string, cells map[string]schemas.Cell, whole schemas.Measures) Sheet {
	s := Sheet{
		Code: code, Title: title, Caption: title,
		Columns: []Column{
			{Code: "modalite", Label: "Code", Files: true},
			{Code: "libelle", Label: name},
			{Code: "visites", Label: "Visites", Kind: kindCount},
			{Code: "part", Label: "Part des visites", Kind: kindPercent, Bar: true},
			{Code: "utilisateurs_cumul_hebdomadaire", Label: "Utilisateurs (cumul hebdomadaire)", Kind: kindCount},
			{Code: colMean, Label: "Durée moyenne", Kind: kindSeconds},
		},
	}
	for _, m := range order {
		c := cells[m]
		s.Rows = append(s.Rows, Line{Values: append([]Value{word(m), word(a.Label(m))}, cellValues(c, whole)...), Muted: c.Visits == 0 && !c.Withheld})
	}
	return s
}

// shown are the labels and the numbers of a column that a chart draws.
func (s *Sheet) shown(label, column string, most int) (labels []string, values []uint64) {
	for _, l := range s.Rows[:min(most, len(s.Rows))] {
		if v := s.value(l, column); v.Known {
			labels, values = append(labels, s.value(l, label).Text), append(values, uint64(v.N))
		}
	}
	return labels, values
}

// barsOf draws the visits of the first lines of a sheet.
func (d *territoryData) barsOf(b *Block, s *Sheet, most int, whole uint64) error {
	labels, visits := s.shown("libelle", "visites", most)
	if len(labels) == 0 {
		b.Empty = noVisits
		return nil
	}
	var err error
	b.Chart, err = barsChart(labels, visits, "Visites", "visites", b.Title+". "+ranking(labels, visits, whole))
	return err
}

// weekSheet is a line per week and a column per series; cells by week and
// series. The running week is said to be unfinished.
func (d *territoryData) weekSheet(code, title string, series []Column, value func(schemas.Week, string) Value) Sheet {
	s := Sheet{Code: code, Title: title, Caption: title, Columns: append([]Column{{Code: "semaine", Label: "Lundi", Files: true}, {Code: "libelle", Label: "Semaine du"}}, series...)}
	for _, w := range d.weeks {
		if d.hasExtent && w < d.extent.From.Week() {
			continue
		}
		first := word(Jour(w.Monday()))
		first.Note = weekNote(d.calendar, w)
		if !d.complete(w) {
			first.Note = strings.TrimPrefix(first.Note+" ; semaine en cours, inachevée", " ; ")
		}
		if noted := d.notedIn(w); noted != "" {
			first.Note = strings.TrimPrefix(first.Note+" ; "+noted, " ; ")
		}
		l := Line{Values: []Value{word(w.String()), first}, Muted: true}
		for _, c := range series {
			v := value(w, c.Code)
			l.Muted = l.Muted && v.Known && v.N == 0
			l.Values = append(l.Values, v)
		}
		s.Rows = append(s.Rows, l)
	}
	return s
}

// linesOf draws the columns of a week sheet, complete weeks only.
func (d *territoryData) linesOf(b *Block, s *Sheet, alt string) error {
	if len(s.Rows) == 0 {
		b.Empty = "Aucune visite n'a encore été comptée."
		return nil
	}
	complete := s.Rows
	if d.running() {
		complete = complete[:len(complete)-1]
		b.Notes = append(b.Notes, "La semaine en cours est dans le tableau, pas sur le graphique.")
	}
	if len(complete) < 2 {
		return nil // one point is no evolution
	}
	var weeks []schemas.Week
	var labels []string
	for _, l := range complete {
		w, err := schemas.ParseWeek(l.Values[0].Text)
		if err != nil {
			return err
		}
		weeks, labels = append(weeks, w), append(labels, JourCourt(w.Monday()))
	}
	spans, alt := d.marked(weeks, alt)
	var err error
	b.Chart, err = linesChart(labels, s, complete, spans, alt)
	return err
}
