package indicatortest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/ingest/queue/kafkatest"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

const head = `# §1 « Visite »
annuaire 2026-2027
  0310001H circonscription=0311900X
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "essai.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A mistake in a script is an error that names its line; it never makes the
// script pass.
func TestReadRefusesMistakes(t *testing.T) {
	const hit = "load\n  2026-09-08 08:00:00 personne=p1\naggregate\n"
	const good = hit + "expect jour 2026-09-08 globales visites=1\n"
	if _, err := Read(write(t, head+good)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"annuaire 2026-2027\n" + good: "must be a comment that names the rule",
		"# sans règle\n" + good:       "must be a comment that names the rule",
		head + hit:                    "needs a load and an expect",
		head + "load\n  2026-09-08 08:00:00 personne=p1\nexpect jour": "before the hits were aggregated",
		head + "charge\n":                                               `:4: unknown command "charge"`,
		head + "aggregate tout\n":                                       ":4: aggregate takes nothing",
		head + "load\n  2026-09-08 08:00:00\n":                          ":5: personne= is missing",
		head + "load\n  2026-09-08 08:00:00 personne=p personne=q\n":    `:5: "personne=" is given twice`,
		head + "load\n  2026-09-08 08:00:00 personne=p profile=ELEVE\n": ":5: unknown profile=",
		head + "load profile=ELEVE\n  2026-09-08 08:00:00 personne=p\n": ":5: unknown profile=",
		head + "load par=pigeon\n":                                      ":4: par=pigeon",
		head + "load\n  2026-09-08 25:00:00 personne=p\n":               ":5: 2026-09-08 25:00:00 is not",
		head + "load\n  2026-03-29 02:30:00 personne=p\n":               ":5: 2026-03-29 02:30:00 does not exist",
		head + "load\n  2026-10-25 02:30:00 personne=p\n":               ":5: 2026-10-25 02:30:00 exists twice",
		head + "load\n  2026-09-08 08:00:00 personne=p methode=PUT\n":   ":5: methode=PUT",
		head + "load\n  2026-09-08 08:00:00 personne=p ua=minitel\n":    ":5: ua=minitel",
		head + "load\n  2026-09-08 08:00:00 personne=p fois=0\n":        ":5: fois=",
		head + "load\n  2026-09-08 08:00:00 personne=\"p\n":             ":5: a quote is not closed",
		head + good + "perimetre 365203\n":                              ":8: perimetre must come before the first load",
		head + good + "shuffle zéro\n":                                  ":8: expected shuffle N",
		"# §1\n  0310001H\n":                                            ":2: an indented line belongs to",
		"# §1\nannuaire 2026-2027\n  0310001A\n":                        ":3: ",
		"# §1\nannuaire 2026\n":                                         ":2: ",
		"# §1\nannuaire 2026-2027\n  0310001H etat=brulee\n":            ":3: etat=brulee",
		"# §1\nannuaire 2026-2027\n  0310001H dsden=075\n":              ":3: dsden=075",
		"# §1\nannuaire 2026-2027\n  0310001H directeur=moi\n":          ":3: unknown directeur=",
		"# §1\ncorrespondances\n  365075 0310001H\n":                    ":3: expected s, s2 and a UAI",
		"# §1\ncorrespondances\n  365075 1 0310001Z\n":                  ":3: ",
	} {
		_, err := Read(write(t, text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A figure that is not the one expected, and an expectation that says nothing,
// fail.
func TestExpectationsCanFail(t *testing.T) {
	engine := chdbtest.Open(t)
	s, err := Read(write(t, head+`
load
  2026-09-08 08:00:00.000 personne=p1 service=NOTES
  2026-09-08 08:00:01.500 personne=p1 service=NOTES
  2026-09-08 09:00:00.000 personne=p2 profil=PARENT
  2026-09-08 09:00:00.000 personne=p2 ua=robot
aggregate
expect jour 2026-09-08 globales visites=2
`))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	c := start(t, Environment{Engine: engine, Brokers: kafkatest.Embedded(t)}, s)
	for _, st := range s.steps {
		switch {
		case st.directory != nil:
			err = st.directory.load(ctx, c.store)
		case st.command == "load":
			err = c.send(ctx, st.hits, false)
		case st.command == "aggregate":
			err = c.aggregate(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for line, want := range map[string]string{
		"expect jour 2026-09-08 globales visites=2 utilisateurs=2 evenements=3 duree_totale=00:00:01.500 duree_moyenne=00:00:02": "",
		"expect jour 2026-09-08 globales visites=3 utilisateurs=1":                                                               "utilisateurs=2, not 1; visites=2, not 3",
		"expect jour 2026-09-08 globales visite=2":                                                                               "unknown visite=",
		"expect jour 2026-09-08 globales":                                                                                        "no figure is expected",
		"expect jour 2026-09-08 globales ecole=0310002J visites=0":                                                               "there are 0 such cells",
		"expect jour 2026-09-08 profil:ENSEIGNANT visites=0":                                                                     "there are 0 such cells",
		"expect jour 2026-09-08 profil visites=2":                                                                                "expected one axis:modality",
		"expect jour 2026-09-08 couleur:bleu visites=2":                                                                          "couleur",
		"expect semaine 2026-09-08 globales visites=2":                                                                           "2026-09-08",
		"expect-none jour 2026-09-08 globales":                                                                                   "there is",
		"expect-none jour 2026-09-09 globales":                                                                                   "",
		"expect-none jour 2026-09-09 globales visites=1":                                                                         "unknown visites=",
		"expect heure 2026-09-08 08:00:00 globales visites=2":                                                                    "visites=1, not 2",
		"expect liste jour 2026-09-08 profil ELEVE PARENT":                                                                       "",
		"expect liste jour 2026-09-08 profil ELEVE":                                                                              "there are ELEVE PARENT, not ELEVE",
		"expect moments 2026-09-07..2026-09-13 mardi-08h=1 mardi-09h=1":                                                          "",
		"expect moments 2026-09-07..2026-09-13 mardi-08h=1":                                                                      "mardi-09h=1, not mardi-08h=1",
		"expect actives 2026-09-07 ecoles=2":                                                                                     "ecoles=1, not ecoles=2",
		"expect refuses robot=2":                                                                                                 "robot=1, not robot=2",
		"expect refuses":                                                                                                         "robot=1, not nothing",
		"expect-none refuses":                                                                                                    "robot=1, not nothing",
		"expect compteurs services_inconnus=1":                                                                                   "nothing, not services_inconnus=1",
		"expect inconnus 0310002J=1":                                                                                             "nothing, not 0310002J=1",
		"expect national 2026-09-07 profils visites_globales=1":                                                                  "visites_globales=2, not 1",
		"expect national 2026-09-07 profils visites_bleues=1":                                                                    "no column visites_bleues",
		"expect national 2026-09-07 profils":                                                                                     "no column is expected",
		"expect national 2026-09-07 profils ecole=0310002J visites_globales=0":                                                   "there are 0 rows",
		"expect-none national 2026-09-07 profils":                                                                                "there is",
		"expect bonheur 2026-09-07":                                                                                              "bonheur: unknown",
		"expect":                                                                                                                 "expected what to look at",
	} {
		all := strings.Fields(line)
		err := s.expectation(step{command: all[0], words: all[1:]}).check(ctx, c)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}
