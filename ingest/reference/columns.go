package reference

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/entaudience/entaudience/schemas"
)

// column is one column of the directory that is read, whatever its position
// and its spelling.
type column int

const (
	colUAI column = iota
	colName
	colType
	colStatut
	colCodePostal
	colCommune
	colDepartement
	colAcademie
	colRegion
	colNature
	colNatureLabel
	colDepartementLabel
	colAcademieLabel
	colRegionLabel
	colCirconscription
	colCirconscriptionLabel
	colPupils
	colPriority
	colLatitude
	colLongitude
	colPosition
	colEtat
	colMinistere
	colRPIConcentre
	colRPIDisperse
	columnCount
)

// columns gives the spellings of each column, the current official one first.
// Spellings are compared folded, so that case, accents, spaces, underscores
// and apostrophes do not matter: the portal's "labels" ("Code postal") and
// technical names ("code_postal") are one spelling here. A needed column is
// one without which territories or denominators cannot be built.
var columns = [columnCount]struct {
	needed bool
	names  []string
}{
	colUAI: {true, []string{
		"Identifiant_de_l_etablissement", "Identifiant établissement", "UAI", "Code UAI", "Numéro UAI",
		"Code établissement", "Numéro de l'établissement", "RNE",
	}},
	colName: {true, []string{
		"Nom_etablissement", "Nom de l'établissement", "Appellation officielle", "Dénomination principale",
	}},
	colType:                 {true, []string{"Type_etablissement", "Type d'établissement"}},
	colStatut:               {true, []string{"Statut_public_prive", "Secteur public/privé", "secteur_public_prive_libe", "Secteur"}},
	colCodePostal:           {false, []string{"Code_postal", "code_postal_uai"}},
	colCommune:              {false, []string{"Nom_commune", "Commune", "Libellé commune", "Nom de la commune"}},
	colDepartement:          {true, []string{"Code_departement", "Code du département"}},
	colAcademie:             {true, []string{"Code_academie", "Code de l'académie"}},
	colRegion:               {true, []string{"Code_region", "Code de la région"}},
	colNature:               {true, []string{"code_nature", "Code nature UAI", "nature_uai"}},
	colNatureLabel:          {false, []string{"libelle_nature", "Libellé de la nature", "nature_uai_libe"}},
	colDepartementLabel:     {false, []string{"Libelle_departement", "Nom du département", "Département"}},
	colAcademieLabel:        {false, []string{"Libelle_academie", "Nom de l'académie", "Académie"}},
	colRegionLabel:          {false, []string{"Libelle_region", "Nom de la région", "Région"}},
	colCirconscription:      {true, []string{"code_circonscription", "Code de la circonscription"}},
	colCirconscriptionLabel: {false, []string{"nom_circonscription", "Nom de la circonscription", "Circonscription"}},
	colPupils:               {false, []string{"Nombre_d_eleves", "Nombre d'élèves", "Nb élèves", "Effectif"}},
	colPriority:             {false, []string{"Appartenance_Education_Prioritaire", "Éducation prioritaire"}},
	colLatitude:             {false, []string{"latitude"}},
	colLongitude:            {false, []string{"longitude"}},
	colPosition:             {false, []string{"position"}},
	colEtat:                 {false, []string{"etat", "état de l'établissement", "etat_etablissement_libe"}},
	colMinistere:            {false, []string{"ministere_tutelle", "Ministère de tutelle"}},
	colRPIConcentre:         {false, []string{"rpi_concentre"}},
	colRPIDisperse:          {false, []string{"rpi_disperse"}},
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
	at    [columnCount]int // -1 = the file does not have it
	width int
	found int
}

func readHeader(record []string) header {
	h := header{width: len(record)}
	where := make(map[string]int, len(record))
	for i, name := range record {
		f := fold(name)
		if _, twice := where[f]; !twice && f != "" {
			where[f] = i
		}
	}
	for c := range columns {
		h.at[c] = -1
		for _, name := range columns[c].names {
			if i, ok := where[fold(name)]; ok {
				h.at[c] = i
				h.found++
				break
			}
		}
	}
	return h
}

// check refuses a file from which territories cannot be built.
func (h *header) check(record []string) error {
	if h.at[colUAI] < 0 {
		shown := record[:min(len(record), 6)]
		return schemas.Refuse("Ce fichier n'a pas de colonne UAI (« %s ») : il a %d colonne(s), dont « %.120s ». Est-ce bien l'annuaire de l'éducation (fr-en-annuaire-education), avec sa ligne d'en-têtes ?",
			columns[colUAI].names[0], len(record), strings.Join(shown, " », « "))
	}
	var missing []string
	for c := range columns {
		if columns[c].needed && h.at[c] < 0 {
			missing = append(missing, columns[c].names[0])
		}
	}
	if len(missing) > 0 {
		return schemas.Refuse("Il manque à ce fichier %d colonne(s) sans lesquelles les territoires ne peuvent pas être construits : %s. Téléchargez l'annuaire complet, sans choisir de colonnes.",
			len(missing), strings.Join(missing, ", "))
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
