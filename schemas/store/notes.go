package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const insertNotes = "INSERT INTO notes (id, niveau, code, kind, first_day, last_day, text, author, withdrawn, written_at)"

// WriteNote stores a version of a note. Writing it twice changes nothing that
// is read.
func (s *Store) WriteNote(ctx context.Context, n schemas.Note) error {
	return s.insertRows(ctx, insertNotes, 1, func(b driver.Batch, _ int) error {
		return b.Append(n.ID, string(n.At.Niveau), n.At.Code, string(n.Kind), n.Period.From.UTC(), n.Period.To.UTC(),
			n.Text, n.Author, n.Withdrawn, n.Written.UTC())
	})
}

// Notes gives the notes that have a day in the period, as last written, by
// first day; those withdrawn are left out.
func (s *Store) Notes(ctx context.Context, p schemas.Period) ([]schemas.Note, error) {
	var notes []schemas.Note
	err := s.each(ctx, "notes", params{"from": p.From.String(), "to": p.To.String()}, func(r driver.Rows) error {
		var n schemas.Note
		var niveau, kind string
		var first, last time.Time
		err := r.Scan(&n.ID, &niveau, &n.At.Code, &kind, &first, &last, &n.Text, &n.Author, &n.Written)
		n.At.Niveau, n.Kind = schemas.Niveau(niveau), schemas.NoteKind(kind)
		n.Period = schemas.Period{From: schemas.DayFromUTC(first), To: schemas.DayFromUTC(last)}
		notes = append(notes, n)
		return err
	})
	return notes, err
}
