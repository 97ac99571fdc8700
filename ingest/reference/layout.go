package reference

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/entaudience/entaudience/schemas"
)

// layout is one kind of file: what it is called and which of its columns are
// read, whatever their position and their spelling.
type layout struct {
	name    string // French, "l'annuaire de l'éducation (…)"
	advice  string // French, where a good copy comes from
	purpose string // French, what cannot be done without a needed column
	remedy  string // French, what to do then
	key     column // the column without which the file is another one
	columns []columnNames
}

// column is the index of a column in its layout.
type column int

// columnNames gives the spellings of a column, the current official one first.
// Spellings are compared folded, so that case, accents, spaces, underscores
// and apostrophes do not matter: the portal's "labels" ("Code postal") and
// technical names ("code_postal") are one spelling here.
type columnNames struct {
	needed bool
	names  []string
}

// keyLabel names the key column for people: most files are keyed by UAI.
func (l *layout) keyLabel() string {
	if slices.Contains(l.columns[l.key].names, "UAI") {
		return "UAI"
	}
	return l.columns[l.key].names[0]
}

// read gives every row below the header to take. The error is Invalid and
// carries a French sentence.
func (l *layout) read(r io.Reader, take func(*row)) error {
	text, err := readText(r, l)
	if err != nil {
		return err
	}
	return l.rows(text, take)
}

// maxRecordLines is how many lines one record may span before a quote is held
// to be forgotten rather than an address of several lines.
const maxRecordLines = 20

// rows gives every row below the header to take. Line numbers are those
// of an editor: the header is line 1.
func (l *layout) rows(text string, take func(*row)) error {
	skipped := 0
	if first, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(strings.ToLower(first), "sep=") {
		text, skipped = rest, 1 // Excel's own hint
	}
	lines := csv.NewReader(strings.NewReader(text))
	lines.Comma = l.separator(text)
	lines.LazyQuotes = true // names with a bare quote inside
	lines.FieldsPerRecord = -1
	lines.ReuseRecord = true

	record, err := lines.Read()
	if err != nil {
		return schemas.Refuse("La ligne d'en-têtes de ce fichier est illisible.")
	}
	h := l.header(record)
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
// layout has.
func (l *layout) separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best, most := ';', 0
	for _, sep := range []rune{';', ',', '\t', '|'} {
		line := csv.NewReader(strings.NewReader(first))
		line.Comma, line.LazyQuotes = sep, true
		record, err := line.Read()
		if err != nil {
			continue
		}
		if h := l.header(record); h.found > most || most == 0 && len(record) > 1 {
			best, most = sep, h.found
		}
	}
	return best
}

// fold reduces a spelling to its letters and digits, lower case, no accents.
func fold(s string) string {
	plain := s
	if strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
		noAccent := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)))
		if t, _, err := transform.String(noAccent, s); err == nil {
			plain = t
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, plain)
}

// header finds where each column is.
type header struct {
	layout *layout
	at     []int // -1 = the file does not have it
	width  int
	found  int
}

func (l *layout) header(record []string) header {
	h := header{layout: l, at: make([]int, len(l.columns)), width: len(record)}
	where := make(map[string]int, len(record))
	for i, name := range record {
		f := fold(name)
		if _, twice := where[f]; !twice && f != "" {
			where[f] = i
		}
	}
	for c := range l.columns {
		h.at[c] = -1
		for _, name := range l.columns[c].names {
			if i, ok := where[fold(name)]; ok {
				h.at[c] = i
				h.found++
				break
			}
		}
	}
	return h
}

// check refuses a file whose key, or another needed column, is missing.
func (h *header) check(record []string) error {
	l := h.layout
	if h.at[l.key] < 0 {
		shown := record[:min(len(record), 6)]
		return schemas.Refuse("Ce fichier n'a pas de colonne %s (« %s ») : il a %d colonne(s), dont « %.120s ». Est-ce bien %s, avec sa ligne d'en-têtes ?",
			l.keyLabel(), l.columns[l.key].names[0], len(record), strings.Join(shown, " », « "), l.name)
	}
	var missing []string
	for c := range l.columns {
		if l.columns[c].needed && h.at[c] < 0 {
			missing = append(missing, l.columns[c].names[0])
		}
	}
	if len(missing) > 0 {
		return schemas.Refuse("Il manque à ce fichier %d colonne(s) sans lesquelles %s : %s. %s",
			len(missing), l.purpose, strings.Join(missing, ", "), l.remedy)
	}
	return nil
}

// row is one line of the file. A line shorter than the header has empty cells
// at its end: spreadsheets drop trailing empty cells.
type row struct {
	h      *header
	cells  []string
	line   int
	intern map[string]string
}

// get gives a cell on one line, without the spaces around it; "" when the
// file lacks the column.
func (r *row) get(c column) string {
	i := r.h.at[c]
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	s := clean(r.cells[i])
	if shared, ok := r.intern[s]; ok {
		return shared
	}
	s = strings.Clone(s) // else the cell keeps its whole line in memory
	r.intern[s] = s
	return s
}

// clean makes one line of a cell: control characters become spaces, spaces
// around it go, also the unbreakable ones.
func clean(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) >= 0 {
		s = strings.Join(strings.FieldsFunc(s, unicode.IsControl), " ")
	}
	return strings.TrimSpace(s)
}

// blank says whether every cell is empty.
func (r *row) blank() bool {
	return !slices.ContainsFunc(r.cells, func(c string) bool { return clean(c) != "" })
}
