package reference

import (
	"context"
	"fmt"
	"io"

	"github.com/entaudience/entaudience/schemas"
)

// AccountStore keeps the accounts of the ENT. The versions of one import are
// visible together.
type AccountStore interface {
	Directories
	ImportAccounts(ctx context.Context, source string, years map[schemas.SchoolYear][]schemas.AccountCount) error
	// Accounts lists what is served for a year.
	Accounts(ctx context.Context, year schemas.SchoolYear) ([]schemas.AccountCount, error)
}

// The columns of the accounts that are read.
const (
	accUAI column = iota
	accProfil
	accDate
	accLoaded
	accActivated
	accColumnCount
)

var comptesColumns = [accColumnCount]columnNames{
	accUAI:       {true, []string{"uai", "UAI", "Numéro UAI", "Code UAI"}},
	accProfil:    {true, []string{"profil", "Profil DNMA"}},
	accDate:      {true, []string{"date", "Date du relevé"}},
	accLoaded:    {true, []string{"comptes_charges", "Comptes chargés", "chargés"}},
	accActivated: {false, []string{"comptes_actives", "Comptes activés", "activés"}},
}

// comptesLayout is the CSV that the ENT gives: uai;profil;date;comptes_charges;
// comptes_actives.
var comptesLayout = &layout{
	name:    "le relevé des comptes de l'ENT (uai;profil;date;comptes_charges;comptes_actives)",
	advice:  "Demandez à l'ENT un CSV dont la première ligne est « uai;profil;date;comptes_charges;comptes_actives ».",
	purpose: "les comptes ne peuvent pas être rattachés à une école et à un profil",
	remedy:  "Demandez à l'ENT le relevé complet.",
	key:     accUAI,
	columns: comptesColumns[:],
}

// Why rows of the accounts are left out.
const (
	UnknownProfil Remark = "profil inconnu"
	MoreActivated Remark = "plus de comptes activés que de comptes chargés"
)

func comptes(store AccountStore) *figures[schemas.AccountCount] {
	f := &figures[schemas.AccountCount]{
		layout: comptesLayout,
		row:    comptesRow,
		key: func(c schemas.AccountCount) string {
			return string(c.UAI) + " " + string(c.Profil) + " " + c.Day.String()
		},
		value: func(c schemas.AccountCount) string {
			if c.Activated < 0 {
				return fmt.Sprintf("%s chargés, activés inconnus", thousands(c.Loaded))
			}
			return fmt.Sprintf("%s chargés, %s activés", thousands(c.Loaded), thousands(c.Activated))
		},
		uai: func(c schemas.AccountCount) schemas.UAI { return c.UAI },
	}
	if store != nil {
		f.store, f.served = store.ImportAccounts, store.Accounts
	}
	return f
}

func comptesRow(rem *Remarks, r *row, u schemas.UAI) (schemas.SchoolYear, schemas.AccountCount, bool) {
	c := schemas.AccountCount{UAI: u}
	var ok bool
	if c.Profil, ok = readProfil(r.get(accProfil)); !ok {
		rem.skip(UnknownProfil, r.line)
		return 0, c, false
	}
	if c.Day, ok = readInstant(r.get(accDate)); !ok || c.Day == 0 {
		rem.skip(BadDate, r.line)
		return 0, c, false
	}
	if c.Loaded, ok = readCount(r.get(accLoaded)); !ok || c.Loaded < 0 {
		rem.skip(BadCount, r.line)
		return 0, c, false
	}
	if c.Activated, ok = readCount(r.get(accActivated)); !ok {
		rem.skip(BadCount, r.line)
		return 0, c, false
	}
	if c.Activated > c.Loaded {
		rem.skip(MoreActivated, r.line)
		return 0, c, false
	}
	return c.Day.SchoolYear(), c, true
}

// readProfil reads a profile by its code or by its label: "ELEVE", "Élèves".
func readProfil(s string) (schemas.Profil, bool) {
	f := fold(s)
	for _, p := range schemas.Profils() {
		if f != "" && (f == fold(string(p.Code)) || f == fold(p.Label) || f+"s" == fold(p.Label)) {
			return p.Code, true
		}
	}
	return "", false
}

// ReadComptes reads the accounts of the ENT, as ReadEffectifs reads pupils. The
// school year is that of the day.
func ReadComptes(r io.Reader) (*Figures[schemas.AccountCount], error) { return comptes(nil).read(r) }

// ImportComptes reads a file and stores each school year of it as a new
// version, all or none; with dryRun it only says what would change. A file
// replaces what was imported of its school years, so it holds every day of them
// that matters; the latest day of a school and profile is the one that counts.
func ImportComptes(ctx context.Context, store AccountStore, source string, r io.Reader, dryRun bool) (*Figures[schemas.AccountCount], error) {
	return comptes(store).importInto(ctx, store, source, r, dryRun)
}
