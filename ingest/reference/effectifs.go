package reference

import (
	"context"
	"io"

	"github.com/entaudience/entaudience/schemas"
)

// PupilStore keeps effectifs. The versions of one import are visible together.
type PupilStore interface {
	Directories
	ImportPupils(ctx context.Context, source string, years map[schemas.SchoolYear][]schemas.PupilCount) error
	// Pupils lists what is served for a year, and of which rentrée it is.
	Pupils(ctx context.Context, year schemas.SchoolYear) ([]schemas.PupilCount, schemas.SchoolYear, error)
}

// The columns of the effectifs that are read.
const (
	effUAI column = iota
	effYear
	effPupils
	effColumnCount
)

var effectifsColumns = [effColumnCount]columnNames{
	effUAI:    {true, []string{"Numéro de l'école", "numero_ecole", "UAI", "Numéro UAI", "Identifiant_de_l_etablissement"}},
	effYear:   {true, []string{"Rentrée scolaire", "rentree_scolaire", "Rentrée", "Année scolaire"}},
	effPupils: {true, []string{"Nombre total d'élèves", "nombre_total_eleves", "Nombre d'élèves", "Effectif"}},
}

// effectifsLayout is the national file of pupils and classes by school.
var effectifsLayout = &layout{
	name:    "le fichier des effectifs par école (fr-en-ecoles-effectifs-nb_classes)",
	advice:  "Téléchargez le jeu « fr-en-ecoles-effectifs-nb_classes » au format CSV sur data.education.gouv.fr.",
	purpose: "le nombre d'élèves des écoles n'est pas connu",
	remedy:  "Téléchargez le fichier complet, sans choisir de colonnes.",
	key:     effUAI,
	columns: effectifsColumns[:],
}

func effectifs(store PupilStore) *figures[schemas.PupilCount] {
	f := &figures[schemas.PupilCount]{
		layout: effectifsLayout,
		row: func(rem *Remarks, r *row, u schemas.UAI) (schemas.SchoolYear, schemas.PupilCount, bool) {
			c := schemas.PupilCount{UAI: u}
			year, ok := readYear(r.get(effYear))
			if !ok {
				rem.skip(BadYear, r.line)
				return 0, c, false
			}
			if c.Pupils, ok = readCount(r.get(effPupils)); !ok || c.Pupils < 0 {
				rem.skip(BadCount, r.line) // an empty cell too: it says nothing of the school
				return 0, c, false
			}
			return year, c, true
		},
		key:   func(c schemas.PupilCount) string { return string(c.UAI) },
		value: func(c schemas.PupilCount) string { return counted(c.Pupils, "élève", "élèves") },
		uai:   func(c schemas.PupilCount) schemas.UAI { return c.UAI },
	}
	if store == nil {
		return f
	}
	f.store = store.ImportPupils
	f.served = func(ctx context.Context, year schemas.SchoolYear) ([]schemas.PupilCount, error) {
		pupils, rentree, err := store.Pupils(ctx, year)
		if rentree != year {
			return nil, err // an earlier rentrée stands in for this one
		}
		return pupils, err
	}
	return f
}

// ReadEffectifs reads the pupils of schools by rentrée: columns by name,
// encoding and separator found out. What is wrong with the whole file is
// Invalid, with a French sentence; what is wrong with a row leaves it out.
func ReadEffectifs(r io.Reader) (*Figures[schemas.PupilCount], error) { return effectifs(nil).read(r) }

// ImportEffectifs reads a file and stores each rentrée of it as a new version,
// all or none; with dryRun it only says what would change.
func ImportEffectifs(ctx context.Context, store PupilStore, source string, r io.Reader, dryRun bool) (*Figures[schemas.PupilCount], error) {
	return effectifs(store).importInto(ctx, store, source, r, dryRun)
}
