package reference

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Why rows are left out.
const (
	EmptyRow      Remark = "ligne vide"
	ShiftedRow    Remark = "plus de cellules que d'en-têtes (séparateur dans un nom ?)"
	BadUAI        Remark = "UAI mal formé ou lettre de contrôle fausse"
	DuplicateUAI  Remark = "UAI déjà lu plus haut"
	NoDepartement Remark = "sans code de département lisible"
	NoAcademie    Remark = "département sans académie ou sans région"
)

// What was assumed of rows that are kept.
const (
	RepairedUAI        Remark = "zéros de tête de l'UAI rétablis (lettre de contrôle vérifiée)"
	RepairedCode       Remark = "zéros de tête d'un code rétablis"
	LostCodePostal     Remark = "code postal illisible, laissé vide"
	LostTerritory      Remark = "académie ou région illisible, reprise du département"
	LostPupils         Remark = "nombre d'élèves illisible, tenu pour inconnu"
	BadCirconscription Remark = "code de circonscription illisible, laissé vide"
	UnknownEtat        Remark = "état inconnu, école tenue pour ouverte"
)

// Summary says what was found in a file.
type Summary struct {
	Remarks
	Offices int // administrative rows: they name territories
	Schools int // establishments kept
	NotOpen int // of which closed, or not open yet

	Primary            int                    // open public primary schools
	Pupils             int                    // their pupils, as far as known
	UnknownPupils      []schemas.UAI          // those whose pupils are unknown
	NoCirconscription  []schemas.UAI          // those without circonscription
	NoPlace            int                    // those without coordinates
	Territories        map[schemas.Niveau]int // région to circonscription
	IdleInspections    int                    // inspections without any public primary school
	OfIdleInspections  int                    // establishments that depend on one: they have no circonscription here
	OfOtherDepartement int                    // public primary schools whose inspection lies in another département
}

// count counts what was kept.
func (s *Summary) count(schools []schemas.School, above []schemas.Territory) {
	s.Schools, s.Territories = len(schools), map[schemas.Niveau]int{}
	for _, t := range above {
		s.Territories[t.Niveau]++
	}
	for i := range schools {
		if !schools[i].Open {
			s.NotOpen++
		}
		if schools[i].Primary {
			s.countPrimary(&schools[i])
		}
	}
}

func (s *Summary) countPrimary(school *schemas.School) {
	s.Primary++
	if school.Pupils < 0 {
		s.UnknownPupils = append(s.UnknownPupils, school.UAI)
	} else {
		s.Pupils += school.Pupils
	}
	if school.Circonscription == "" {
		s.NoCirconscription = append(s.NoCirconscription, school.UAI)
	}
	if school.Latitude == 0 && school.Longitude == 0 {
		s.NoPlace++
	}
}

// Text is the summary for a terminal, in French, one fact a line.
func (s *Summary) Text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s : %s, %s, %s.", counted(s.Rows, "ligne lue", "lignes lues"), counted(s.Schools, "établissement retenu", "établissements retenus"),
		counted(s.Offices, "service administratif", "services administratifs"), counted(s.skippedRows(), "ligne écartée", "lignes écartées"))
	line("Écoles publiques du premier degré ouvertes : %s.", thousands(s.Primary))
	switch unknown := len(s.UnknownPupils); {
	case unknown == s.Primary:
		line("Élèves : inconnus, ce fichier n'en donne pas le nombre.")
	case unknown > 0:
		line("Élèves de ces écoles : %s, sans compter %s au nombre inconnu (%s).",
			thousands(s.Pupils), schoolsText(unknown), listed(s.UnknownPupils))
	default:
		line("Élèves de ces écoles : %s.", thousands(s.Pupils))
	}
	line("Circonscriptions : %s ; DSDEN : %s ; académies : %s ; régions : %s.",
		thousands(s.Territories[schemas.Circonscription]), thousands(s.Territories[schemas.DSDEN]),
		thousands(s.Territories[schemas.Academie]), thousands(s.Territories[schemas.Region]))
	if n := len(s.NoCirconscription); n > 0 {
		line("Sans circonscription : %s (%s).", schoolsText(n), listed(s.NoCirconscription))
	}
	if s.NoPlace > 0 {
		line("Sans coordonnées : %s.", schoolsText(s.NoPlace))
	}
	if s.NotOpen > 0 {
		line("Établissements fermés ou pas encore ouverts : %s.", thousands(s.NotOpen))
	}
	if s.IdleInspections > 0 {
		line("Inspections sans école publique, laissées hors des territoires : %s ; établissements qui en dépendent : %s.",
			thousands(s.IdleInspections), thousands(s.OfIdleInspections))
	}
	if s.OfOtherDepartement > 0 {
		line("Rattachées à une inspection d'un autre département, donc sans circonscription : %s.", schoolsText(s.OfOtherDepartement))
	}
	s.write(&b)
	return b.String()
}

func schoolsText(n int) string { return counted(n, "école", "écoles") }

// counted agrees as French does: zero and one are singular.
func counted(n int, one, many string) string {
	if n < 2 {
		many = one
	}
	return thousands(n) + " " + many
}

// listed names the first ten.
func listed(uais []schemas.UAI) string {
	const shown = 10
	parts := make([]string, 0, shown+1)
	for _, u := range uais[:min(len(uais), shown)] {
		parts = append(parts, string(u))
	}
	if len(uais) > shown {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

// thousands writes a number the French way: "4 104", with a narrow
// unbreakable space.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}
