package reference

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Figures is one reading of a file that says something of schools, by school
// year.
type Figures[R any] struct {
	Years map[schemas.SchoolYear][]R
	Remarks
	Elsewhere int // rows of départements that the directory does not hold
	Changes   map[schemas.SchoolYear]Changes

	lines map[string]int // by year and key
}

// Why rows of these files are left out, and what is to be checked.
const (
	BadYear      Remark = "année scolaire illisible"
	BadCount     Remark = "nombre illisible ou négatif"
	Contradicted Remark = "déjà dit plus haut avec une autre valeur"
	Repeated     Remark = "ligne répétée"
	UnknownUAI   Remark = "UAI que l'annuaire ne connaît pas (encore)"
)

// figures is how one kind of file is read, and where it is kept.
type figures[R comparable] struct {
	layout *layout
	// row reads what follows the UAI; it says in rem why it gives none.
	row func(rem *Remarks, r *row, u schemas.UAI) (schemas.SchoolYear, R, bool)
	// key names what one row is about; a second row about it is left out.
	key func(R) string
	// value is what it says, for people.
	value  func(R) string
	uai    func(R) schemas.UAI
	served func(context.Context, schemas.SchoolYear) ([]R, error)
	store  func(ctx context.Context, source string, years map[schemas.SchoolYear][]R) error
}

// Directories knows the schools of a year.
type Directories interface {
	// Directory gives the directory that serves a school year. The error is
	// NotFound when none was ever imported.
	Directory(ctx context.Context, year schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error)
}

// read reads a file. What it leaves out is in the Remarks by reason and line;
// a file without a single usable row is Invalid.
func (f *figures[R]) read(r io.Reader) (*Figures[R], error) {
	got := &Figures[R]{Years: map[schemas.SchoolYear][]R{}, lines: map[string]int{}}
	said := map[string]R{}
	err := f.layout.read(r, func(r *row) {
		got.Rows++
		if r.blank() {
			got.skip(EmptyRow, r.line)
			return
		}
		if len(r.cells) > r.h.width {
			got.skip(ShiftedRow, r.line)
			return
		}
		u, repaired, ok := readUAI(r.get(f.layout.key))
		if !ok {
			got.skip(BadUAI, r.line)
			return
		}
		year, rec, ok := f.row(&got.Remarks, r, u)
		if !ok {
			return
		}
		key := year.String() + " " + f.key(rec)
		switch old, twice := said[key]; {
		case twice && old == rec:
			got.note(Repeated, r.line)
			return
		case twice:
			got.skip(Contradicted, r.line)
			return
		}
		said[key], got.lines[key] = rec, r.line
		if repaired {
			got.note(RepairedUAI, r.line)
		}
		got.Years[year] = append(got.Years[year], rec)
	})
	if err != nil {
		return nil, err
	}
	if len(said) == 0 {
		return nil, schemas.Refuse("Ce fichier n'a aucune ligne utilisable : %s (%s). Est-ce bien %s ?",
			counted(got.Rows, "ligne lue", "lignes lues"), got.skippedText(), f.layout.name)
	}
	return got, nil
}

// importInto reads a file, says what it changes and, unless dryRun, stores it:
// every school year it holds becomes a new version, all of them or none.
func (f *figures[R]) importInto(ctx context.Context, dirs Directories, source string, r io.Reader, dryRun bool) (*Figures[R], error) {
	got, err := f.read(r)
	if err != nil {
		return nil, err
	}
	got.Changes = map[schemas.SchoolYear]Changes{}
	for year, rows := range got.Years {
		if err := f.check(ctx, dirs, year, rows, got); err != nil {
			return nil, err
		}
		served, err := f.served(ctx, year)
		if err != nil {
			return nil, fmt.Errorf("read what is served for %s: %w", year, err)
		}
		got.Changes[year] = compare(f.byKey(served), f.byKey(rows), func(k string, old, now R) string {
			return k + " : " + f.value(old) + " → " + f.value(now)
		})
	}
	if dryRun {
		return got, nil
	}
	if err := f.store(ctx, source, got.Years); err != nil {
		return nil, fmt.Errorf("store %s: %w", source, err)
	}
	return got, nil
}

func (f *figures[R]) byKey(rows []R) map[string]R {
	m := make(map[string]R, len(rows))
	for _, r := range rows {
		m[f.key(r)] = r
	}
	return m
}

// check counts the schools that the year's directory does not know. Their rows
// are kept: the next directory may know them.
func (f *figures[R]) check(ctx context.Context, dirs Directories, year schemas.SchoolYear, rows []R, got *Figures[R]) error {
	dir, _, err := dirs.Directory(ctx, year)
	switch {
	case err != nil && schemas.KindOf(err) == schemas.NotFound:
		return nil // nothing to check against yet
	case err != nil:
		return fmt.Errorf("read the directory of %s: %w", year, err)
	}
	held := map[string]bool{}
	for i := range dir.Schools {
		held[dir.Schools[i].DSDEN] = true
	}
	unknown := map[schemas.UAI]bool{}
	for _, r := range rows {
		u := f.uai(r)
		_, known := dir.School(u)
		switch {
		case known || unknown[u]:
		case held[u.Departement()]:
			unknown[u] = true
			got.note(UnknownUAI, got.lines[year.String()+" "+f.key(r)])
			got.unknown(u)
		default:
			got.Elsewhere++
		}
	}
	return nil
}

// unknown names the first schools of UnknownUAI.
func (s *Remarks) unknown(u schemas.UAI) {
	if !slices.Contains(s.Unknown, u) {
		s.Unknown = append(s.Unknown, u)
	}
}

// Text is the summary for a terminal, in French, one fact a line; what names
// the file's content, "Effectifs".
func (g *Figures[R]) Text(what string) string {
	var b strings.Builder
	kept := 0
	for _, rows := range g.Years {
		kept += len(rows)
	}
	fmt.Fprintf(&b, "%s : %s, %s.\n", counted(g.Rows, "ligne lue", "lignes lues"), counted(kept, "retenue", "retenues"),
		counted(g.skippedRows(), "ligne écartée", "lignes écartées"))
	if g.Elsewhere > 0 {
		fmt.Fprintf(&b, "Hors des départements de l'annuaire, retenues aussi : %s.\n", counted(g.Elsewhere, "ligne", "lignes"))
	}
	g.write(&b)
	if len(g.Unknown) > 0 {
		fmt.Fprintf(&b, "Inconnus de l'annuaire : %s.\n", listed(g.Unknown))
	}
	for _, y := range slices.Sorted(maps.Keys(g.Changes)) {
		b.WriteString(g.Changes[y].Text(what + " " + y.String()))
	}
	return b.String()
}

// readYear reads a school year: "2026-2027", or the year of its rentrée,
// "2026".
func readYear(s string) (schemas.SchoolYear, bool) {
	s = withoutSpaces(s)
	if y, err := schemas.ParseSchoolYear(strings.ReplaceAll(s, "/", "-")); err == nil {
		return y, true
	}
	n, ok := readCount(s)
	if !ok || n < 2000 || n > 2098 {
		return 0, false
	}
	return schemas.SchoolYear(n), true
}
