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
