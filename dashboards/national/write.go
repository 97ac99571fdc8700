package national

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// Reader is what the exports read.
type Reader interface {
	// NationalWeek yields the establishments that have at least one visit in
	// the week, by UAI, with their cells on the axes. An error of yield stops
	// it and is returned.
	NationalWeek(ctx context.Context, w schemas.Week, axes []schemas.Axe, yield func(schemas.SchoolWeek) error) error
	// Directory gives the directory that serves a school year. The error is
	// NotFound when none was ever imported.
	Directory(ctx context.Context, year schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error)
	// Notes gives the notes that have a day in p, by first day.
	Notes(ctx context.Context, p schemas.Period) ([]schemas.Note, error)
	// Completeness says how far the figures are behind the hits.
	Completeness(ctx context.Context) (schemas.Completeness, error)
}

// Summary says what was written, and what was left out.
type Summary struct {
	Rows    int
	Unknown map[schemas.UAI]bool // have visits, but no directory knows them: no row
}

// Write writes the header and one row for each establishment of the directory
// that has at least one visit in each of the weeks, by week then UAI. Memory
// does not grow with the number of rows. Errors are those of the reader and
// of out.
func (l Layout) Write(ctx context.Context, reader Reader, weeks []schemas.Week, out io.Writer) (Summary, error) {
	w := tableur.NewWriter(out)
	w.Header(l.Header()...)
	sum := Summary{Unknown: map[schemas.UAI]bool{}}
	for _, week := range weeks {
		if err := l.writeWeek(ctx, reader, week, w, sum.Unknown); err != nil {
			return sum, fmt.Errorf("national layout %s, week %s: %w", l.Name, week, err)
		}
	}
	sum.Rows = w.Rows()
	return sum, w.Flush()
}

func (l Layout) writeWeek(ctx context.Context, reader Reader, week schemas.Week, w *tableur.Writer, unknown map[schemas.UAI]bool) error {
	dir, _, err := reader.Directory(ctx, week.SchoolYear())
	if err != nil {
		return err
	}
	monday := week.String()
	return reader.NationalWeek(ctx, week, l.Axes, func(sw schemas.SchoolWeek) error {
		if !visited(sw) {
			return nil
		}
		school, ok := dir.School(sw.UAI)
		if !ok {
			unknown[sw.UAI] = true
			return nil
		}
		l.writeRow(w, monday, identify(dir, school), sw)
		return nil
	})
}

func (l Layout) writeRow(w *tableur.Writer, monday string, id [len(identification) - idFirst]string, sw schemas.SchoolWeek) {
	w.Text(monday)
	w.Text(string(sw.UAI))
	if !l.idLast {
		texts(w, id[:])
	}
	for _, c := range l.columns {
		m := sw.Cells[c.modalite]
		mean, _ := m.MeanSeconds() // no visit with a duration: 00:00:00
		w.Uint(m.Visits)
		w.Uint(m.Users)
		w.Clock(mean)
	}
	if l.idLast {
		texts(w, id[:])
	}
	w.End()
}

func texts(w *tableur.Writer, cells []string) {
	for _, c := range cells {
		w.Text(c)
	}
}

func visited(sw schemas.SchoolWeek) bool {
	for _, m := range sw.Cells {
		if m.Visits > 0 {
			return true
		}
	}
	return false
}

// identify gives the directory's labels of a school, in the order of the
// identification columns after debutSemaine and UAI.
func identify(d *schemas.Directory, s *schemas.School) [len(identification) - idFirst]string {
	name := func(n schemas.Niveau, code string) string {
		t, _ := d.Territory(schemas.Scope{Niveau: n, Code: code})
		return t.Name
	}
	return [...]string{
		name(schemas.Academie, s.Academie),
		s.Commune,
		name(schemas.DSDEN, s.DSDEN),
		name(schemas.Region, s.Region),
		s.Ministere,
		name(schemas.Circonscription, s.Circonscription),
		NatureLabel(s),
		s.Secteur,
	}
}

// natureElementaire is the one nature whose national spelling is known, "Ecole
// élémentaire"; the directory says "ECOLE DE NIVEAU ELEMENTAIRE".
const natureElementaire = "151"

// NatureLabel spells a nature the way the national files do: that of an
// elementary school as they have it, the others as the directory has them,
// with one capital letter ("Ecole maternelle").
func NatureLabel(s *schemas.School) string {
	if s.Nature == natureElementaire {
		return "Ecole élémentaire"
	}
	first, size := utf8.DecodeRuneInString(s.NatureLabel)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + strings.ToLower(s.NatureLabel[size:])
}
