package store_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// The last version of a note is the one read, by its days; one withdrawn is
// not read; every version is kept.
func TestNotes(t *testing.T) {
	each(t, func(t *testing.T, e *engine) {
		first := schemas.Note{
			ID: "A", At: schemas.Scope{Niveau: schemas.DSDEN, Code: "031"}, Kind: schemas.NoteIncident,
			Period: schemas.Period{From: schemas.DateDay(2026, 11, 17), To: schemas.DateDay(2026, 11, 18)},
			Text:   `Panne ; "du" 'portail' 🦉`, Author: "jeanne", Written: time.Date(2026, 11, 20, 9, 0, 0, 1000, time.UTC),
		}
		second, other, gone := first, first, first
		second.Text, second.Written = "Panne d'un jour", first.Written.Add(time.Microsecond)
		second.Period.To = second.Period.From
		other.ID, other.Period = "B", schemas.Period{From: schemas.DateDay(2026, 11, 1), To: schemas.DateDay(2026, 11, 30)}
		gone.Withdrawn, gone.Written = true, second.Written.Add(time.Microsecond)
		read := func(from, to schemas.Day) []schemas.Note {
			t.Helper()
			notes, err := e.again(t).Notes(within(t), schemas.Period{From: from, To: to})
			if err != nil {
				t.Fatal(err)
			}
			return notes
		}
		month := func() []schemas.Note { return read(schemas.DateDay(2026, 11, 1), schemas.DateDay(2026, 11, 30)) }
		for i, step := range []struct {
			write schemas.Note
			want  []schemas.Note
		}{
			{first, []schemas.Note{first}},
			{first, []schemas.Note{first}}, // the same once more: an answer that was lost
			{other, []schemas.Note{other, first}},
			{second, []schemas.Note{other, second}},
			{gone, []schemas.Note{other}},
		} {
			if err := e.WriteNote(within(t), step.write); err != nil {
				t.Fatal(err)
			}
			if got := month(); !reflect.DeepEqual(got, step.want) {
				t.Errorf("step %d: %+v\nwant %+v", i, got, step.want)
			}
		}
		if got := read(schemas.DateDay(2026, 12, 1), schemas.DateDay(2026, 12, 31)); got != nil {
			t.Errorf("another month has %+v", got)
		}
		if got := read(schemas.DateDay(2026, 11, 30), schemas.DateDay(2026, 11, 30)); len(got) != 1 {
			t.Errorf("the last day has %+v", got)
		}
		wanted(t, "versions kept", e.ask(t, "SELECT toString(countDistinct(written_at)) FROM notes WHERE id = 'A'"), "3")
	})
}
