package reference

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Remark says why a row was left out, or what had to be assumed to keep it.
type Remark string

// maxLines bounds the line numbers kept per remark.
const maxLines = 20

// Tally counts the rows of one remark.
type Tally struct {
	Count int
	Lines []int // the first 20; the header is line 1
}

// Remarks says what became of the rows of a file.
type Remarks struct {
	Rows    int              // below the header
	Skipped map[Remark]Tally // rows left out
	Noted   map[Remark]Tally // rows kept, with an assumption
	Unknown []schemas.UAI    // schools of kept rows that the directory does not know
}

func (s *Remarks) skip(r Remark, line int) { s.Skipped = tally(s.Skipped, r, line) }
func (s *Remarks) note(r Remark, line int) { s.Noted = tally(s.Noted, r, line) }

func tally(m map[Remark]Tally, r Remark, line int) map[Remark]Tally {
	if m == nil {
		m = map[Remark]Tally{}
	}
	t := m[r]
	t.Count++
	if line > 0 && len(t.Lines) < maxLines {
		t.Lines = append(t.Lines, line)
	}
	m[r] = t
	return m
}

func (s *Remarks) skippedRows() int {
	n := 0
	for _, t := range s.Skipped {
		n += t.Count
	}
	return n
}

func (s *Remarks) skippedText() string {
	if len(s.Skipped) == 0 {
		return "aucune"
	}
	parts := make([]string, 0, len(s.Skipped))
	for _, r := range slices.Sorted(maps.Keys(s.Skipped)) {
		parts = append(parts, fmt.Sprintf("%s : %s", r, thousands(s.Skipped[r].Count)))
	}
	return strings.Join(parts, " ; ")
}

// write lists the remarks, one a line, with the lines of the file.
func (s *Remarks) write(b *strings.Builder) {
	writeTallies(b, "Écartées", s.Skipped)
	writeTallies(b, "À vérifier", s.Noted)
}

func writeTallies(b *strings.Builder, title string, tallies map[Remark]Tally) {
	for _, r := range slices.Sorted(maps.Keys(tallies)) {
		t := tallies[r]
		fmt.Fprintf(b, "%s, %s : %s", title, r, thousands(t.Count))
		if len(t.Lines) > 0 {
			lines := make([]string, len(t.Lines))
			for i, n := range t.Lines {
				lines[i] = strconv.Itoa(n)
			}
			fmt.Fprintf(b, " (ligne %s", strings.Join(lines, ", "))
			if t.Count > len(t.Lines) {
				b.WriteString(", …")
			}
			b.WriteString(")")
		}
		b.WriteString(".\n")
	}
}
