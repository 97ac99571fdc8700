package dashboards

import (
	"context"
	"net/url"
	"strings"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/national"
	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// axeNotes is not an axis of cells: it asks for the notes of the period. The
// columns of the other files of a territory never change; so what is noted
// beside them is a file of its own, at the same address.
const axeNotes = "notes"

// noteSheet is the notes that concern the territory and the period, as one more
// table of every file.
func (d *territoryData) noteSheet() Sheet {
	s := Sheet{Code: axeNotes, Title: "Notes", Caption: "Notes sur la période", Columns: []Column{
		{Code: "debut", Label: "Du"},
		{Code: "fin", Label: "Au"},
		{Code: "sorte", Label: "Sorte"},
		{Code: "niveau", Label: "Niveau"},
		{Code: "code", Label: "Code"},
		{Code: "territoire", Label: "Territoire"},
		{Code: "texte", Label: "Texte"},
	}}
	for _, n := range d.notes {
		s.Rows = append(s.Rows, Line{Values: []Value{
			word(n.Period.From.String()), word(n.Period.To.String()), word(string(n.Kind)),
			word(string(n.At.Niveau)), word(n.At.Code), word(d.names.label(n.At)), word(n.Text),
		}})
	}
	return s
}

// notedJSON is a note in the JSON of a territory.
type notedJSON struct {
	Debut  string           `json:"debut"`
	Fin    string           `json:"fin"` // included
	Sorte  schemas.NoteKind `json:"sorte"`
	Niveau schemas.Niveau   `json:"niveau"`
	Code   string           `json:"code"`
	Texte  string           `json:"texte"`
}

func (d *territoryData) notedJSON() []notedJSON {
	list := []notedJSON{}
	for _, n := range d.notes {
		list = append(list, notedJSON{n.Period.From.String(), n.Period.To.String(), n.Kind, n.At.Niveau, n.At.Code, n.Text})
	}
	return list
}

// notesCSV writes the notes of a period.
func (s *Server) notesCSV(ctx context.Context, t *tableur.Writer, at place, sel selection) error {
	d := s.newTerritoryData(at, sel)
	if err := d.loadNotes(ctx, s.reader); err != nil {
		return err
	}
	sheet := d.noteSheet()
	sheet.csv(t)
	return nil
}

// noted says beside a chart or a table what is noted on its days.
func (d *territoryData) noted(days schemas.Period) Link {
	var said []string
	for _, n := range d.notes {
		if n.Period.From <= days.To && n.Period.To >= days.From {
			said = append(said, n.Kind.Label()+", "+noteDays(n))
		}
	}
	l := Link{Href: address("/notes", url.Values{"territoire": {d.Scope.String()}})}
	switch {
	case len(said) == 0:
		return Link{}
	case len(said) > 2:
		l.Text = Compte(uint64(len(said)), "note", "notes") + " sur cette période"
	default:
		l.Text = strings.Join(said, " ; ")
	}
	return l
}

// marked is what a chart of weeks is shaded by, holidays and notes, and its text
// alternative that says so.
func (d *territoryData) marked(weeks []schemas.Week, alt string) (spans []holidaySpan, said string) {
	spans = holidaySpans(d.calendar, weeks)
	if len(spans) > 0 {
		alt += " Les semaines sans classe sont grisées."
	}
	if marks := d.noteSpans(weeks); len(marks) > 0 {
		spans = append(spans, marks...)
		alt += " " + Compte(uint64(len(marks)), "note est écrite", "notes sont écrites") + " sur ces semaines."
	}
	return spans, alt
}

// nationalReader reads for the national cell.
type nationalReader struct{ guarded }

var _ national.Reader = nationalReader{}

// Notes are all those of the period: the manifest goes with files that are
// complete, so it wants the same right.
func (r nationalReader) Notes(ctx context.Context, p schemas.Period) ([]schemas.Note, error) {
	if who, _ := access.From(ctx); !who.Has(access.ExportNational) {
		return nil, forbidden("", "notes of everybody without the right of the national export")
	}
	return r.all.Notes(ctx, p)
}
