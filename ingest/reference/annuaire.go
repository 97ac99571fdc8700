package reference

import (
	"context"
	"fmt"
	"io"

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

// PreviewAnnuaire reads a directory and says what it would change in the one
// served for the school year, without storing anything. Errors are those of
// ImportAnnuaire.
func PreviewAnnuaire(ctx context.Context, dirs Directories, year schemas.SchoolYear, r io.Reader) (*Annuaire, Changes, error) {
	a, err := ReadAnnuaire(r)
	if err != nil {
		return nil, Changes{}, err
	}
	served, use, err := dirs.Directory(ctx, year)
	switch {
	case err != nil && schemas.KindOf(err) != schemas.NotFound:
		return nil, Changes{}, fmt.Errorf("read the directory served for %s: %w", year, err)
	case err != nil || use.From != year: // another year's stands in
		served = &schemas.Directory{}
	}
	return a, compare(schoolsByName(served.Schools), schoolsByName(a.Schools), schoolChange), nil
}

func schoolsByName(schools []schemas.School) map[string]schemas.School {
	m := make(map[string]schemas.School, len(schools))
	for _, s := range schools {
		m[string(s.UAI)] = s
	}
	return m
}

// schoolChange says what matters most of a school's changes.
func schoolChange(_ string, old, now schemas.School) string {
	place := func(s schemas.School) string {
		if s.Circonscription == "" {
			return "sans circonscription"
		}
		return "circonscription " + s.Circonscription
	}
	head := fmt.Sprintf("%s (%s) : ", now.UAI, now.Name)
	switch {
	case old.Open && !now.Open:
		return head + "fermée"
	case !old.Open && now.Open:
		return head + "ouverte"
	case old.Circonscription != now.Circonscription:
		return head + place(old) + " → " + place(now)
	case old.Pupils != now.Pupils:
		return head + pupilsText(old.Pupils) + " → " + pupilsText(now.Pupils)
	case old.Name != now.Name:
		return head + "s'appelait " + old.Name
	}
	return head + "autres renseignements"
}

func pupilsText(n int) string {
	if n < 0 {
		return "nombre d'élèves inconnu"
	}
	return counted(n, "élève", "élèves")
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
	b := newBuilder()
	if err := annuaireLayout.read(r, b.row); err != nil {
		return nil, err
	}
	return b.build()
}
