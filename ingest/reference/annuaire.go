package reference

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Annuaire is one reading of the directory.
type Annuaire struct {
	Schools []schemas.School    // in the order of the file
	Above   []schemas.Territory // région, académies, DSDEN, circonscriptions
	Summary Summary
}

// Store keeps directories. A new version of a year is visible whole or not at
// all.
type Store interface {
	ImportDirectory(ctx context.Context, year schemas.SchoolYear, source string, schools []schemas.School, above []schemas.Territory) error
}

// ImportAnnuaire reads a directory and stores it as that of a school year;
// source names the file, for people. Errors of the file are Invalid and carry
// a French sentence; nothing is stored then.
func ImportAnnuaire(ctx context.Context, store Store, year schemas.SchoolYear, source string, r io.Reader) (*Annuaire, error) {
	a, err := ReadAnnuaire(r)
	if err != nil {
		return nil, err
	}
	if err := store.ImportDirectory(ctx, year, source, a.Schools, a.Above); err != nil {
		return nil, fmt.Errorf("store the directory of %s: %w", year, err)
	}
	return a, nil
}

// ReadAnnuaire reads a copy of the national directory, of any year and from
// any tool that resaved it: columns by name, encoding and separator found
// out, numbers repaired where that is certain. What it leaves out is in the
// Summary by reason and line. A file that would make wrong territories or
// denominators is refused as a whole: Invalid, with a French sentence.
//
// Every teaching establishment becomes a School, the administrative rows only
// give their names to territories. A School's Circonscription is empty unless
// public primary schools belong to it: inspections for special or private
// schools alone are no place in which the ENT is steered.
func ReadAnnuaire(r io.Reader) (*Annuaire, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	b := newBuilder()
	if err := readRows(text, b.row); err != nil {
		return nil, err
	}
	return b.build()
}

// maxRecordLines is how many lines one record may span before a quote is held
// to be forgotten rather than an address of several lines.
const maxRecordLines = 20

// readRows gives every row below the header to take. Line numbers are those
// of an editor: the header is line 1.
func readRows(text string, take func(*row)) error {
	skipped := 0
	if first, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(strings.ToLower(first), "sep=") {
		text, skipped = rest, 1 // Excel's own hint
	}
	lines := csv.NewReader(strings.NewReader(text))
	lines.Comma = separator(text)
	lines.LazyQuotes = true // names with a bare quote inside
	lines.FieldsPerRecord = -1
	lines.ReuseRecord = true

	record, err := lines.Read()
	if err != nil {
		return schemas.Refuse("La ligne d'en-têtes de ce fichier est illisible.")
	}
	h := readHeader(record)
	if err := h.check(record); err != nil {
		return err
	}
	intern := map[string]string{}
	rows, start, end, width := 0, 0, 0, h.width
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return schemas.Refuse("Ce fichier est illisible à partir de la ligne %d : téléchargez-le de nouveau.", end+1)
		}
		start, _ = lines.FieldPos(0)
		start += skipped
		end, _ = lines.FieldPos(len(record) - 1)
		end += skipped + strings.Count(record[len(record)-1], "\n")
		if end-start > maxRecordLines {
			return schemas.Refuse("Un guillemet ouvert à la ligne %d n'est jamais refermé : le fichier est abîmé, téléchargez-le de nouveau.", start)
		}
		rows, width = rows+1, len(record)
		take(&row{h: &h, cells: record, line: start, intern: intern})
	}
	if rows == 0 {
		return schemas.Refuse("Ce fichier n'a que sa ligne d'en-têtes : le téléchargement s'est sans doute interrompu.")
	}
	if width < h.width && (end > start || !strings.HasSuffix(text, "\n")) {
		return schemas.Refuse("Ce fichier est tronqué : sa dernière ligne (%d) s'arrête après %d colonnes sur %d. Téléchargez-le de nouveau.", start, width, h.width)
	}
	return nil
}

// separator is the one under which the first line has most columns that the
// directory is known to have.
func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best, most := ';', 0
	for _, sep := range []rune{';', ',', '\t', '|'} {
		line := csv.NewReader(strings.NewReader(first))
		line.Comma, line.LazyQuotes = sep, true
		record, err := line.Read()
		if err != nil {
			continue
		}
		if h := readHeader(record); h.found > most || most == 0 && len(record) > 1 {
			best, most = sep, h.found
		}
	}
	return best
}
