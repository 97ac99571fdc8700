package reference

import (
	"context"
	"io"

	"github.com/entaudience/entaudience/schemas"
)

// EnrolmentStore keeps enrolments. The versions of one import are visible
// together.
type EnrolmentStore interface {
	Directories
	ImportEnrolments(ctx context.Context, source string, years map[schemas.SchoolYear][]schemas.Enrolment) error
	// Enrolments are those served for a year.
	Enrolments(ctx context.Context, year schemas.SchoolYear) (*schemas.Enrolments, error)
}

// The columns of the enrolments that are read.
const (
	insUAI column = iota
	insYear
	insCollectivite
	insDate
	insColumnCount
)

var inscriptionsColumns = [insColumnCount]columnNames{
	insUAI:          {true, []string{"uai", "UAI", "Numéro UAI", "Code UAI"}},
	insYear:         {true, []string{"annee_scolaire", "Année scolaire", "Année"}},
	insCollectivite: {true, []string{"collectivite", "Collectivité", "Numéro de la collectivité"}},
	insDate:         {false, []string{"date_inscription", "Date d'inscription"}},
}

// inscriptionsLayout is the list of the convention's article 9: uai;
// annee_scolaire;collectivite;date_inscription.
var inscriptionsLayout = &layout{
	name:    "la liste des inscriptions (uai;annee_scolaire;collectivite;date_inscription)",
	advice:  "Il faut un CSV dont la première ligne est « uai;annee_scolaire;collectivite;date_inscription ».",
	purpose: "les écoles inscrites ne sont pas connues",
	remedy:  "Complétez la liste avant de l'importer.",
	key:     insUAI,
	columns: inscriptionsColumns[:],
}

// Why rows of the enrolments are left out, and what is to be checked.
const (
	NoCollectivite Remark = "sans numéro de collectivité, ou plus long que 40 caractères"
	LostDate       Remark = "date d'inscription illisible, laissée vide"
)

// maxCollectivite bounds the number of a collectivity: it is part of addresses.
const maxCollectivite = 40

func inscriptions(store EnrolmentStore) *figures[schemas.Enrolment] {
	f := &figures[schemas.Enrolment]{
		layout: inscriptionsLayout,
		row: func(rem *Remarks, r *row, u schemas.UAI) (schemas.SchoolYear, schemas.Enrolment, bool) {
			e := schemas.Enrolment{UAI: u, Collectivite: r.get(insCollectivite)}
			year, ok := readYear(r.get(insYear))
			if !ok {
				rem.skip(BadYear, r.line)
				return 0, e, false
			}
			if e.Collectivite == "" || len([]rune(e.Collectivite)) > maxCollectivite {
				rem.skip(NoCollectivite, r.line)
				return 0, e, false
			}
			if e.On, ok = readInstant(r.get(insDate)); !ok {
				rem.note(LostDate, r.line)
			}
			return year, e, true
		},
		key: func(e schemas.Enrolment) string { return string(e.UAI) },
		value: func(e schemas.Enrolment) string {
			if e.On == 0 {
				return "collectivité " + e.Collectivite
			}
			return "collectivité " + e.Collectivite + ", le " + e.On.String()
		},
		uai: func(e schemas.Enrolment) schemas.UAI { return e.UAI },
	}
	if store == nil {
		return f
	}
	f.store = store.ImportEnrolments
	f.served = func(ctx context.Context, year schemas.SchoolYear) ([]schemas.Enrolment, error) {
		served, err := store.Enrolments(ctx, year)
		if err != nil {
			return nil, err
		}
		var list []schemas.Enrolment
		for _, c := range served.Conventions() {
			list = append(list, c.Schools...)
		}
		return list, nil
	}
	return f
}

// ReadInscriptions reads the enrolled schools, as ReadEffectifs reads pupils.
func ReadInscriptions(r io.Reader) (*Figures[schemas.Enrolment], error) {
	return inscriptions(nil).read(r)
}

// ImportInscriptions reads a file and stores each school year of it as a new
// version, all or none; with dryRun it only says what would change.
func ImportInscriptions(ctx context.Context, store EnrolmentStore, source string, r io.Reader, dryRun bool) (*Figures[schemas.Enrolment], error) {
	return inscriptions(store).importInto(ctx, store, source, r, dryRun)
}
