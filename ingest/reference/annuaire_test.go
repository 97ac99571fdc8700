package reference

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"github.com/entaudience/entaudience/schemas"
)

// small is the header of the columns that a directory needs, and some more.
const small = "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;Code_postal;Nom_commune;" +
	"Code_departement;Code_academie;Code_region;code_nature;Libelle_departement;Libelle_academie;Libelle_region;" +
	"code_circonscription;nom_circonscription;Nombre_d_eleves;etat;latitude;longitude"

var (
	uai1    = schemas.MakeUAI(310_001)
	uai2    = schemas.MakeUAI(310_002)
	uai3    = schemas.MakeUAI(90_003)
	circo   = schemas.MakeUAI(310_900)
	college = schemas.MakeUAI(310_500)
)

func schoolRow(u schemas.UAI) string {
	return string(u) + ";École des Tilleuls;Ecole;Public;31800;Saint-Gaudens;031;16;76;151;Haute-Garonne;Toulouse;Occitanie;" +
		string(circo) + ";Circonscription de Saint-Gaudens;87;OUVERT;43.1;0.72"
}

func read(t *testing.T, text string) *Annuaire {
	t.Helper()
	a, err := ReadAnnuaire(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func lines(l ...string) string { return strings.Join(l, "\n") + "\n" }

var wantSchool = schemas.School{
	UAI: uai1, Name: "École des Tilleuls", Commune: "Saint-Gaudens", CodePostal: "31800", Nature: "151", Secteur: "PU",
	Region: "76", Academie: "16", DSDEN: "031", Circonscription: string(circo), Pupils: 87, Open: true, Primary: true,
	Latitude: 43.1, Longitude: 0.72,
}

var wantAbove = []schemas.Territory{
	{Scope: schemas.Scope{Niveau: schemas.Region, Code: "76"}, Name: "Occitanie"},
	{Scope: schemas.Scope{Niveau: schemas.Academie, Code: "16"}, Name: "Toulouse", Parent: schemas.Scope{Niveau: schemas.Region, Code: "76"}},
	{Scope: schemas.Scope{Niveau: schemas.DSDEN, Code: "031"}, Name: "Haute-Garonne", Parent: schemas.Scope{Niveau: schemas.Academie, Code: "16"}},
	{
		Scope: schemas.Scope{Niveau: schemas.Circonscription, Code: string(circo)}, Name: "Circonscription de Saint-Gaudens",
		Parent: schemas.Scope{Niveau: schemas.DSDEN, Code: "031"},
	},
}

// The same directory, as it may reach an operator.
func TestReadAnnuaireShapes(t *testing.T) {
	text := lines(small, schoolRow(uai1))
	latin, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	head, body, _ := strings.Cut(text, "\n")
	columns := strings.Split(head, ";")
	cells := strings.Split(strings.TrimSpace(body), ";")
	slices.Reverse(columns)
	slices.Reverse(cells)
	spellings := strings.NewReplacer(
		"Identifiant_de_l_etablissement", "Identifiant de l’établissement", "Nom_etablissement", "Appellation officielle",
		"Code_postal", "Code postal", "Code_departement", "CODE DEPARTEMENT", "Nombre_d_eleves", "Nombre d'élèves",
		"Statut_public_prive", "Statut public-privé",
	)
	tests := map[string]string{
		"plain":            text,
		"BOM":              "\ufeff" + text,
		"CRLF":             strings.ReplaceAll(text, "\n", "\r\n"),
		"no final newline": strings.TrimSuffix(text, "\n"),
		"commas":           strings.ReplaceAll(text, ";", ","),
		"tabs":             strings.ReplaceAll(text, ";", "\t"),
		"Windows-1252":     latin,
		"UTF-16":           string(wide),
		"sep hint":         "sep=;\r\n" + text,
		"reversed columns": lines(strings.Join(columns, ";"), strings.Join(cells, ";")),
		"quoted":           lines(`"`+strings.ReplaceAll(small, ";", `";"`)+`"`, `"`+strings.ReplaceAll(schoolRow(uai1), ";", `";"`)+`"`),
		"API names":        lines(strings.ToLower(small), schoolRow(uai1)),
		"old spellings":    lines(spellings.Replace(small), schoolRow(uai1)),
		"unknown columns":  lines(small+";Fiche_onisep;", schoolRow(uai1)+";https://example.invalid;"),
		"unbreakable":      strings.ReplaceAll(text, ";031;", ";\u00a0031 ;"),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			a := read(t, text)
			if want := []schemas.School{wantSchool}; !reflect.DeepEqual(a.Schools, want) {
				t.Errorf("schools\n got %+v\nwant %+v", a.Schools, want)
			}
			if !reflect.DeepEqual(a.Above, wantAbove) {
				t.Errorf("above\n got %+v\nwant %+v", a.Above, wantAbove)
			}
			if len(a.Summary.Skipped) != 0 || len(a.Summary.Noted) != 0 {
				t.Errorf("remarks %v %v, want none", a.Summary.Skipped, a.Summary.Noted)
			}
		})
	}
}

// What a spreadsheet did to codes, and what is made of it.
func TestReadAnnuaireDamage(t *testing.T) {
	ariege := strings.NewReplacer(string(uai1), string(uai3), ";031;", ";009;", "Haute-Garonne", "Ariège", "31800", "09000").Replace(schoolRow(uai1))
	tests := []struct {
		name, row string
		change    func(*schemas.School) // of wantSchool
		noted     map[Remark]int
	}{
		{"departement", strings.Replace(schoolRow(uai1), ";031;", ";31;", 1), func(*schemas.School) {}, map[Remark]int{RepairedCode: 1}},
		{"decimal academie", strings.Replace(schoolRow(uai1), ";16;", ";16.0;", 1), func(*schemas.School) {}, map[Remark]int{RepairedCode: 1}},
		{"code postal", strings.Replace(schoolRow(uai1), "31800", "9000", 1), func(s *schemas.School) { s.CodePostal = "09000" }, map[Remark]int{RepairedCode: 1}},
		{"code postal E+", strings.Replace(schoolRow(uai1), "31800", "1,23E+05", 1), func(s *schemas.School) { s.CodePostal = "" }, map[Remark]int{LostCodePostal: 1}},
		{"UAI", strings.Replace(schoolRow(uai1), string(uai1), string(uai1[1:]), 1), func(*schemas.School) {}, map[Remark]int{RepairedUAI: 1}},
		{"UAI lower case", strings.Replace(schoolRow(uai1), string(uai1), strings.ToLower(string(uai1)), 1), func(*schemas.School) {}, nil},
		{"pupils E+", strings.Replace(schoolRow(uai1), ";87;", ";1,12E+02;", 1), func(s *schemas.School) { s.Pupils = -1 }, map[Remark]int{LostPupils: 1}},
		{"pupils empty", strings.Replace(schoolRow(uai1), ";87;", ";;", 1), func(s *schemas.School) { s.Pupils = -1 }, nil},
		{"pupils zero is known", strings.Replace(schoolRow(uai1), ";87;", ";0;", 1), func(s *schemas.School) { s.Pupils = 0 }, nil},
		{"pupils spaced", strings.Replace(schoolRow(uai1), ";87;", ";1\u202f087,0;", 1), func(s *schemas.School) { s.Pupils = 1087 }, nil},
		{"decimal commas", strings.Replace(schoolRow(uai1), "43.1;0.72", "43,1;0,72", 1), func(*schemas.School) {}, nil},
		{"impossible place", strings.Replace(schoolRow(uai1), "43.1;0.72", "4310509;0.72", 1), func(s *schemas.School) { s.Latitude, s.Longitude = 0, 0 }, nil},
		{"will close", strings.Replace(schoolRow(uai1), "OUVERT", "A FERMER", 1), func(*schemas.School) {}, nil},
		{"closed", strings.Replace(schoolRow(uai1), "OUVERT", "FERMÉ", 1), func(s *schemas.School) { s.Open, s.Primary = false, false }, nil},
		{"will open", strings.Replace(schoolRow(uai1), "OUVERT", "A OUVRIR", 1), func(s *schemas.School) { s.Open, s.Primary = false, false }, nil},
		{"unknown state", strings.Replace(schoolRow(uai1), "OUVERT", "EN TRAVAUX", 1), func(*schemas.School) {}, map[Remark]int{UnknownEtat: 1}},
		{"bad circonscription", strings.Replace(schoolRow(uai1), string(circo), "0310900Z", 1), func(s *schemas.School) { s.Circonscription = "" }, map[Remark]int{BadCirconscription: 1}},
		{"quotes inside", strings.Replace(schoolRow(uai1), "École des Tilleuls", `Ecole "Les Pins" annexe`, 1), func(s *schemas.School) { s.Name = `Ecole "Les Pins" annexe` }, nil},
		{"newline inside", strings.Replace(schoolRow(uai1), "École des Tilleuls", "\"École\r\ndes \"\"Tilleuls\"\"\"", 1), func(s *schemas.School) { s.Name = `École des "Tilleuls"` }, nil},
		{"hostile name", strings.Replace(schoolRow(uai1), "École des Tilleuls", `"=cmd(); </script> 🎒"`, 1), func(s *schemas.School) { s.Name = "=cmd(); </script> 🎒" }, nil},
		{"académie from its département", strings.Replace(schoolRow(uai1), ";16;76;", ";1,6E1;;", 1), func(*schemas.School) {}, map[Remark]int{LostTerritory: 1}},
		{"trailing cells dropped", strings.TrimSuffix(schoolRow(uai1), ";OUVERT;43.1;0.72"), func(s *schemas.School) { s.Latitude, s.Longitude = 0, 0 }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := read(t, lines(small, tt.row, schoolRow(uai2), ariege))
			want := wantSchool
			tt.change(&want)
			if !reflect.DeepEqual(a.Schools[0], want) {
				t.Errorf("school\n got %+v\nwant %+v", a.Schools[0], want)
			}
			if got := counts(a.Summary.Noted); !maps.Equal(got, tt.noted) {
				t.Errorf("noted %v, want %v", got, tt.noted)
			}
			// The Ariège school names an inspection of Haute-Garonne.
			if a.Summary.OfOtherDepartement != 1 || a.Schools[2].Circonscription != "" {
				t.Errorf("of another département: %d, circonscription %q", a.Summary.OfOtherDepartement, a.Schools[2].Circonscription)
			}
		})
	}
}

func counts(m map[Remark]Tally) map[Remark]int {
	var n map[Remark]int
	for r, t := range m {
		if n == nil {
			n = map[Remark]int{}
		}
		n[r] = t.Count
	}
	return n
}

func TestReadAnnuaireSkips(t *testing.T) {
	a := read(t, lines(small,
		schoolRow(uai1),
		strings.Repeat(";", 18), // 3
		schoolRow("0310001Z"),
		strings.Replace(schoolRow(uai2), ";031;", ";;", 1),
		schoolRow(uai1), // 6
		strings.Replace(schoolRow(uai2), "Tilleuls", "Tilleuls ; annexe", 1),
		strings.Replace(schoolRow(uai2), ";031;16;76;", ";099;;;", 1),
		"n'importe quoi", // 9
		schoolRow("310002A"),
	))
	want := map[Remark]Tally{
		EmptyRow:      {1, []int{3}},
		BadUAI:        {3, []int{4, 9, 10}},
		NoDepartement: {1, []int{5}},
		DuplicateUAI:  {1, []int{6}},
		ShiftedRow:    {1, []int{7}},
		NoAcademie:    {1, nil},
	}
	if !reflect.DeepEqual(a.Summary.Skipped, want) {
		t.Errorf("skipped\n got %v\nwant %v", a.Summary.Skipped, want)
	}
	if a.Summary.Rows != 9 || len(a.Schools) != 1 {
		t.Errorf("%d rows, %d schools; want 9 and 1", a.Summary.Rows, len(a.Schools))
	}
	if got, want := a.Summary.Text(), "ligne 4, 9, 10"; !strings.Contains(got, want) {
		t.Errorf("text lacks %q:\n%s", want, got)
	}
}

// Lines kept per reason are bounded, their number is not.
func TestReadAnnuaireManySkips(t *testing.T) {
	a := read(t, lines(small, schoolRow(uai1))+strings.Repeat("x;y\n", 5000))
	if got := a.Summary.Skipped[BadUAI]; got.Count != 5000 || len(got.Lines) != 20 {
		t.Errorf("%d skipped, %d lines; want 5000 and 20", got.Count, len(got.Lines))
	}
}

func TestReadAnnuaireRefuses(t *testing.T) {
	row := schoolRow(uai1)
	tests := []struct{ name, text, want string }{
		{"empty", "", "vide"},
		{"blank", " \r\n\n", "vide"},
		{"only BOM", "\ufeff", "vide"},
		{"html", "\r\n<!DOCTYPE html><html>", "page HTML"},
		{"xlsx", "PK\x03\x04\x14\x00", "classeur (xlsx"},
		{"xls", "\xd0\xcf\x11\xe0\xa1\xb1", "Excel (xls)"},
		{"gzip", "\x1f\x8b\x08", "gzip"},
		{"pdf", "%PDF-1.7", "PDF"},
		{"json", `[{"identifiant_de_l_etablissement":"0310001A"}]`, "JSON"},
		{"binary", "a;b\x00c\n", "octets nuls"},
		{"no UAI column", lines(strings.Replace(small, "Identifiant_de_l_etablissement", "Id", 1), row), "pas de colonne UAI"},
		{"no header", lines(row, schoolRow(uai2)), "pas de colonne UAI"},
		{"no region", lines(strings.Replace(small, "Code_region", "X", 1), row), "1 colonne(s) sans lesquelles les territoires ne peuvent pas être construits : Code_region."},
		{"no circonscription, no nature", lines(strings.NewReplacer("code_circonscription", "X", "code_nature", "Y").Replace(small), row), ": code_nature, code_circonscription."},
		{"header alone", lines(small), "que sa ligne d'en-têtes"},
		{"cut in the last line", small + "\n" + schoolRow(uai2) + "\n" + row[:60], "tronqué : sa dernière ligne (3) s'arrête après 6 colonnes sur 19"},
		{"cut in a character", small + "\n" + schoolRow(uai2) + "\n" + row[:10], "tronqué"},
		{"quote never closed", lines(small, schoolRow(uai2), strings.Replace(row, "École", `"École`, 1)), "tronqué"},
		{"quote never closed, many lines", lines(small, strings.Replace(row, "École", `"École`, 1)) + strings.Repeat(schoolRow(uai2)+"\n", 40), "guillemet ouvert à la ligne 2"},
		{"no public primary school", lines(small, strings.Replace(row, "Public", "Privé", 1)), "aucune école publique du premier degré ouverte : 1 ligne(s) lue(s), 1 établissement(s)"},
		{"only closed", lines(small, strings.Replace(row, "OUVERT", "FERME", 1)), "aucune école publique"},
		{"only bad keys", lines(small, schoolRow("0310001Z")), "UAI mal formé ou lettre de contrôle fausse : 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadAnnuaire(strings.NewReader(tt.text))
			if schemas.KindOf(err) != schemas.Invalid || !strings.Contains(schemas.SentenceOf(err), tt.want) {
				t.Errorf("got %v (%s), want an invalid file and %q", err, schemas.KindOf(err), tt.want)
			}
		})
	}
}

// A file of UTF-8 with one broken byte stays UTF-8.
func TestReadAnnuaireBrokenByte(t *testing.T) {
	a := read(t, lines(small, strings.Replace(schoolRow(uai1), "Tilleuls", "Til\xffeuls", 1), schoolRow(uai2)))
	if got, want := a.Schools[0].Name, "École des Til\uFFFDeuls"; got != want {
		t.Errorf("name %q, want %q", got, want)
	}
}

// Who is a school, who is an office, and what inspections are territories.
func TestReadAnnuaireRoles(t *testing.T) {
	idle := schemas.MakeUAI(310_901)
	other := func(u schemas.UAI, kind, nature, statut string, circo schemas.UAI) string {
		return fmt.Sprintf("%s;N;%s;%s;31000;C;031;16;76;%s;HG;T;O;%s;Sans ligne;;OUVERT;;", u, kind, statut, nature, circo)
	}
	a := read(t, lines(small,
		schoolRow(uai1),
		other(circo, "Service Administratif", "809", "", ""),
		other(idle, "Service Administratif", "809", "", ""),
		other(schemas.MakeUAI(319_999), "Service Administratif", "805", "", ""),
		other(schemas.MakeUAI(310_800), "Information et orientation", "841", "Public", ""),
		other(college, "Collège", "340", "Public", circo),
		other(schemas.MakeUAI(310_501), "Ecole", "151", "Privé", idle),
		other(schemas.MakeUAI(310_502), "Ecole", "162", "Public", ""),
		other(schemas.MakeUAI(310_503), "", "400", "Privé", ""),
	))
	type short struct {
		primary bool
		circo   string
	}
	want := map[schemas.UAI]short{
		uai1: {true, string(circo)}, college: {false, string(circo)}, schemas.MakeUAI(310_501): {false, ""},
		schemas.MakeUAI(310_502): {true, ""}, schemas.MakeUAI(310_503): {false, ""},
	}
	got := map[schemas.UAI]short{}
	for _, s := range a.Schools {
		got[s.UAI] = short{s.Primary, s.Circonscription}
	}
	if !maps.Equal(got, want) {
		t.Errorf("schools %v, want %v", got, want)
	}
	if last := a.Above[len(a.Above)-1]; last.Code != string(circo) || last.Name != "N" || len(a.Above) != 4 {
		t.Errorf("the inspection's own row must name it: %+v of %d", last, len(a.Above))
	}
	s := a.Summary
	if s.Offices != 4 || s.IdleInspections != 1 || s.OfIdleInspections != 1 || s.Primary != 2 {
		t.Errorf("summary %+v", s)
	}
}

type memory struct {
	year    schemas.SchoolYear
	source  string
	schools int
	above   int
	err     error
}

func (m *memory) ImportDirectory(_ context.Context, year schemas.SchoolYear, source string, schools []schemas.School, above []schemas.Territory) error {
	if m.err != nil {
		return m.err
	}
	m.year, m.source, m.schools, m.above = year, source, len(schools), len(above)
	return nil
}

func TestImportAnnuaire(t *testing.T) {
	text := lines(small, schoolRow(uai1))
	var m memory
	if _, err := ImportAnnuaire(t.Context(), &m, 2026, "annuaire.csv", strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if want := (memory{2026, "annuaire.csv", 1, 4, nil}); m != want {
		t.Errorf("stored %+v, want %+v", m, want)
	}
	m = memory{err: schemas.WithKind(schemas.Unavailable, errors.New("engine away"))}
	_, err := ImportAnnuaire(t.Context(), &m, 2026, "annuaire.csv", strings.NewReader(text))
	if schemas.KindOf(err) != schemas.Unavailable || err.Error() != "store the directory of 2026-2027: engine away" {
		t.Errorf("error %v (%s)", err, schemas.KindOf(err))
	}
	m = memory{}
	if _, err := ImportAnnuaire(t.Context(), &m, 2026, "x", strings.NewReader("x;y\n1;2\n")); schemas.KindOf(err) != schemas.Invalid || m.schools != 0 {
		t.Errorf("a refused file: %v, stored %d", err, m.schools)
	}
}
