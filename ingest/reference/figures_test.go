package reference

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/entaudience/entaudience/schemas"
)

// figuresText lists what was read, by year.
func figuresText[R any](g *Figures[R]) string {
	var b strings.Builder
	for _, y := range slices.Sorted(maps.Keys(g.Years)) {
		for _, r := range g.Years[y] {
			fmt.Fprintf(&b, "%s %v\n", y, r)
		}
	}
	return b.String()
}

func latin1(t *testing.T, s string) string {
	t.Helper()
	out, err := charmap.ISO8859_1.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReadFiguresShapesAndDamage(t *testing.T) {
	t.Parallel()
	u1, u2 := string(uai1), string(uai2)
	effectifs := func(s string) (string, *Remarks, error) {
		g, err := ReadEffectifs(strings.NewReader(s))
		if err != nil {
			return "", nil, err
		}
		return figuresText(g), &g.Remarks, nil
	}
	comptes := func(s string) (string, *Remarks, error) {
		g, err := ReadComptes(strings.NewReader(s))
		if err != nil {
			return "", nil, err
		}
		return figuresText(g), &g.Remarks, nil
	}
	inscriptions := func(s string) (string, *Remarks, error) {
		g, err := ReadInscriptions(strings.NewReader(s))
		if err != nil {
			return "", nil, err
		}
		return figuresText(g), &g.Remarks, nil
	}
	const effHead = "Rentrée scolaire;Numéro de l'école;Nombre total de classes;Nombre total d'élèves"
	const accHead = "uai;profil;date;comptes_charges;comptes_actives"
	const insHead = "uai;annee_scolaire;collectivite;date_inscription"
	for _, tt := range []struct {
		name, text string
		read       func(string) (string, *Remarks, error)
		want       string
		skipped    map[Remark]int
		noted      map[Remark]int
		sentence   string
	}{
		{name: "pupils, national layout with a BOM", read: effectifs, text: "\ufeff" + lines(effHead, "2026;"+u1+";5;112", "2025;"+u1+";5;110"), want: "2025-2026 {" + u1 + " 110}\n2026-2027 {" + u1 + " 112}\n"},
		{name: "pupils, Latin-1, commas, other spelling", read: effectifs, text: latin1(t, lines("rentree_scolaire,numero_ecole,Nombre d'élèves", "2026-2027,"+strings.ToLower(u1)+",112")), want: "2026-2027 {" + u1 + " 112}\n"},
		{
			name: "pupils, damaged", read: effectifs,
			text: lines(effHead, "2026;"+u1+";5;112", "2026;"+u2+";5;-3", "2026;"+u2+";5;1,2E+02", "2026;"+u2+";5;", "26;"+u2+";5;90", "2026;0310001A;5;90", ";;;", "2026;"+u1+";5;112", "2026;"+u1+";5;113", "2026;"+u2+";5;90;1"),
			want: "2026-2027 {" + u1 + " 112}\n", noted: map[Remark]int{Repeated: 1},
			skipped: map[Remark]int{BadCount: 3, BadYear: 1, BadUAI: 1, EmptyRow: 1, Contradicted: 1, ShiftedRow: 1},
		},
		{name: "pupils of a lost zero", read: effectifs, text: lines(effHead, "2026;"+strings.TrimLeft(u1, "0")+";5;0"), want: "2026-2027 {" + u1 + " 0}\n", noted: map[Remark]int{RepairedUAI: 1}},
		{name: "pupils without their column", read: effectifs, text: lines("Rentrée scolaire;Numéro de l'école", "2026;"+u1), sentence: "Il manque à ce fichier 1 colonne(s) sans lesquelles le nombre d'élèves des écoles n'est pas connu : Nombre total d'élèves."},
		{name: "pupils without schools", read: effectifs, text: lines("Rentrée scolaire;Nombre total d'élèves", "2026;5"), sentence: "Ce fichier n'a pas de colonne UAI"},
		{name: "no usable row", read: effectifs, text: lines(effHead, "2026;"+u1+";5;-1"), sentence: "aucune ligne utilisable : 1 ligne lue (nombre illisible ou négatif : 1)"},
		{name: "cut", read: effectifs, text: effHead + "\n2026;" + u1 + ";5", sentence: "tronqué"},

		{name: "accounts", read: comptes, text: lines(accHead, u1+";ELEVE;2026-10-01;120;90", u1+";Parents;01/10/2026;200;", u1+";enseignant;2026-08-01;6;6"), want: "2026-2027 {" + u1 + " ELEVE 2026-10-01 120 90}\n2026-2027 {" + u1 + " PARENT 2026-10-01 200 -1}\n2026-2027 {" + u1 + " ENSEIGNANT 2026-08-01 6 6}\n"},
		{
			name: "accounts, damaged", read: comptes,
			text:    lines(accHead, u1+";ELEVE;2026-10-01;120;90", u1+";DIRECTEUR;2026-10-01;1;1", u1+";PARENT;hier;1;1", u1+";PARENT;2026-10-01;;1", u1+";PARENT;2026-10-01;10;-1", u1+";PARENT;2026-10-01;10;11", u1+";ELEVE;2026-10-01;121;90"),
			want:    "2026-2027 {" + u1 + " ELEVE 2026-10-01 120 90}\n",
			skipped: map[Remark]int{UnknownProfil: 1, BadDate: 1, BadCount: 2, MoreActivated: 1, Contradicted: 1},
		},

		{name: "enrolments of two years", read: inscriptions, text: lines(insHead, u1+";2026-2027;310555;2026-09-01", u1+";2025-2026;310555;", u2+";2026/2027;Mairie de L'Haÿ;2026-09-02"), want: "2025-2026 {" + u1 + " 310555 1970-01-01}\n2026-2027 {" + u1 + " 310555 2026-09-01}\n2026-2027 {" + u2 + " Mairie de L'Haÿ 2026-09-02}\n"},
		{
			name: "enrolments, damaged", read: inscriptions,
			text:    lines(insHead, u1+";2026-2027;310555;2026-09-01", u1+";2026-2027;310777;2026-09-01", u2+";2026-2028;310555;", u2+";2026-2027;;", u2+";2026-2027;310555;demain"),
			want:    "2026-2027 {" + u1 + " 310555 2026-09-01}\n2026-2027 {" + u2 + " 310555 1970-01-01}\n",
			skipped: map[Remark]int{Contradicted: 1, BadYear: 1, NoCollectivite: 1}, noted: map[Remark]int{LostDate: 1},
		},
		{name: "enrolments without collectivity", read: inscriptions, text: lines("uai;annee_scolaire", u1+";2026-2027"), sentence: "collectivite"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, rem, err := tt.read(tt.text)
			if tt.sentence != "" {
				if schemas.KindOf(err) != schemas.Invalid || !strings.Contains(schemas.SentenceOf(err), tt.sentence) {
					t.Errorf("got %v, want a refusal with %q", err, tt.sentence)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
			if got := counts(rem.Skipped); !maps.Equal(got, tt.skipped) {
				t.Errorf("skipped %v, want %v", got, tt.skipped)
			}
			if got := counts(rem.Noted); !maps.Equal(got, tt.noted) {
				t.Errorf("noted %v, want %v", got, tt.noted)
			}
		})
	}
}

// enrolmentMemory keeps enrolments and knows one school.
type enrolmentMemory struct {
	years map[schemas.SchoolYear][]schemas.Enrolment
	fail  error
}

func (m *enrolmentMemory) Directory(_ context.Context, year schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error) {
	return schemas.NewDirectory(year, 1, time.Time{}, []schemas.School{{UAI: uai1, DSDEN: "031"}}, nil), schemas.DirectoryUse{Year: year, From: year}, nil
}

func (m *enrolmentMemory) ImportEnrolments(_ context.Context, _ string, years map[schemas.SchoolYear][]schemas.Enrolment) error {
	if m.fail == nil {
		maps.Copy(m.years, years)
	}
	return m.fail
}

func (m *enrolmentMemory) Enrolments(_ context.Context, year schemas.SchoolYear) (*schemas.Enrolments, error) {
	return schemas.NewEnrolments(year, 1, time.Time{}, m.years[year]), nil
}

func TestImportFiguresSaysWhatChanges(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := &enrolmentMemory{years: map[schemas.SchoolYear][]schemas.Enrolment{}}
	const head = "uai;annee_scolaire;collectivite;date_inscription"
	far := schemas.MakeUAI(750_001)
	first := lines(head, string(uai1)+";2026-2027;310555;2026-09-01", string(uai2)+";2026-2027;310555;", string(far)+";2026-2027;75;")
	g, err := ImportInscriptions(ctx, store, "test", strings.NewReader(first), true)
	if err != nil || len(store.years) != 0 {
		t.Fatalf("a dry run stored %v: %v", store.years, err)
	}
	want := "3 lignes lues : 3 retenues, 0 ligne écartée.\n" +
		"Hors des départements de l'annuaire, retenues aussi : 1 ligne.\n" +
		"À vérifier, UAI que l'annuaire ne connaît pas (encore) : 1 (ligne 3).\n" +
		"Inconnus de l'annuaire : " + string(uai2) + ".\n" +
		"Inscriptions 2026-2027 : première version, 3 éléments.\n"
	if got := g.Text("Inscriptions"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, err = ImportInscriptions(ctx, store, "test", strings.NewReader(first), false); err != nil {
		t.Fatal(err)
	}
	second := lines(head, string(uai1)+";2026-2027;310777;2026-09-01", string(far)+";2026-2027;75;")
	g, err = ImportInscriptions(ctx, store, "test", strings.NewReader(second), true)
	if err != nil {
		t.Fatal(err)
	}
	want = "Inscriptions 2026-2027, par rapport à la version en service : 0 ajout, 1 retrait, 1 modification, 1 élément inchangé.\n" +
		"Retraits : " + string(uai2) + ".\n" +
		"Modifications : " + string(uai1) + " : collectivité 310555, le 2026-09-01 → collectivité 310777, le 2026-09-01.\n"
	if got := g.Changes[2026].Text("Inscriptions 2026-2027"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	store.fail = errors.New("disk full")
	if _, err := ImportInscriptions(ctx, store, "test", strings.NewReader(second), false); err == nil || len(store.years[2026]) != 3 {
		t.Errorf("a store that fails: %v, %v", err, store.years)
	}
}

func TestPreviewAnnuaire(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dirs := &enrolmentMemory{} // knows the first school without circonscription
	a, changes, err := PreviewAnnuaire(ctx, dirs, 2026, strings.NewReader(lines(small, schoolRow(uai1), schoolRow(uai2))))
	if err != nil || len(a.Schools) != 2 {
		t.Fatal(err)
	}
	if !slices.Equal(changes.Added, []string{string(uai2)}) || len(changes.Removed) != 0 || len(changes.Changed) != 1 ||
		changes.Changed[0] != string(uai1)+" (École des Tilleuls) : ouverte" {
		t.Errorf("%+v", changes)
	}
}

// The real sample of Ille-et-Vilaine: every row is read.
func TestRealEffectifs(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../../shared/data/fr-en-ecoles-effectifs-nb_classes_dept35_sample.csv")
	if err != nil {
		t.Skip("the real effectifs are not on this machine: ", err)
	}
	defer file.Close() //nolint:errcheck // only read
	g, err := ReadEffectifs(file)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[schemas.SchoolYear]int{}
	for y, r := range g.Years {
		rows[y] = len(r)
	}
	if want := map[schemas.SchoolYear]int{2019: 677, 2020: 676, 2021: 676, 2022: 675}; !maps.Equal(rows, want) || len(g.Skipped) != 0 {
		t.Errorf("rows %v, skipped %v", rows, g.Skipped)
	}
	if !slices.Contains(g.Years[2022], schemas.PupilCount{UAI: "0350103X", Pupils: 289}) {
		t.Error("the first school of the sample is not there")
	}
}
