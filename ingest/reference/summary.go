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

// maxLines bounds the line numbers kept per remark.
const maxLines = 20

// Tally counts the rows of one remark.
type Tally struct {
	Count int
	Lines []int // the first 20; the header is line 1
}

// Summary says what was found in a file.
type Summary struct {
	Rows    int // below the header
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

	Skipped map[Remark]Tally // rows left out
	Noted   map[Remark]Tally // rows kept, with an assumption
}

func (s *Summary) skip(r Remark, line int) { s.Skipped = tally(s.Skipped, r, line) }
func (s *Summary) note(r Remark, line int) { s.Noted = tally(s.Noted, r, line) }

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
	writeTallies(&b, "Écartées", s.Skipped)
	writeTallies(&b, "À vérifier", s.Noted)
	return b.String()
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

func (s *Summary) skippedRows() int {
	n := 0
	for _, t := range s.Skipped {
		n += t.Count
	}
	return n
}

func (s *Summary) skippedText() string {
	if len(s.Skipped) == 0 {
		return "aucune"
	}
	parts := make([]string, 0, len(s.Skipped))
	for _, r := range slices.Sorted(maps.Keys(s.Skipped)) {
		parts = append(parts, fmt.Sprintf("%s : %s", r, thousands(s.Skipped[r].Count)))
	}
	return strings.Join(parts, " ; ")
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
