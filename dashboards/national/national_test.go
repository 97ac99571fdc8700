package national_test

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/dashboards/national"
	"github.com/entaudience/entaudience/schemas"
)

// The header of each layout, written out from the national open data: the
// program builds them from its tables, this file does not.
const identification = "debutSemaine;UAI;académie;commune;département;région;ministère;circonscription;nature_uai;secteur"

func triplets(suffixes string) string {
	var b strings.Builder
	for s := range strings.FieldsSeq(suffixes) {
		b.WriteString(";visites_" + s + ";utilisateurs_" + s + ";duree_" + s)
	}
	return b.String()
}

var headers = map[string]string{
	"profils": identification + triplets("globales eleve parent enseignant admin_vie_scol_tech"),
	"services": "debutSemaine;UAI" + triplets(`accueil actualites courrier_electronique messagerie_instantanee cahier_liaison
		visioconference cahier_textes parcours_pedagogique production_collaborative stockage_partage documentation_cdi
		services_vie_scolaire notes absences gestion_competences gestion_temps reservation_salles_materiels
		service_collectivite manuel_numerique ressource_multimedia ressource_orientation ressource_production
		ressource_accompagnement_entrainement ressource_reference_dictionnaire ressource_documentaire`) +
		";académie;commune;département;région;ministère;circonscription;nature_uai;secteur",
	"appareils": identification + triplets(`ordinateur smartphone tablette autreappareil
		android windows ios macos chromeos linux autreOS
		chromeMobile safari chrome firefox edge samsungBrowser opera huaweiBrowser miuiBrowser autreNavigateur`),
	"profils-appareils": identification + triplets(`eleve_ordinateur eleve_smartphone eleve_tablette eleve_autreappareil
		parent_ordinateur parent_smartphone parent_tablette parent_autreappareil
		enseignant_ordinateur enseignant_smartphone enseignant_tablette enseignant_autreappareil
		admin_vie_scol_tech_ordinateur admin_vie_scol_tech_smartphone admin_vie_scol_tech_tablette admin_vie_scol_tech_autreappareil`),
}

func TestHeaders(t *testing.T) {
	for _, l := range national.Layouts() {
		if got := strings.Join(l.Header(), ";"); got != headers[l.Name] {
			t.Errorf("%s:\n got %s\nwant %s", l.Name, got, headers[l.Name])
		}
	}
	if n := len(national.Layouts()); n != len(headers) {
		t.Errorf("%d layouts, want %d", n, len(headers))
	}
}

func TestLayoutNamed(t *testing.T) {
	if l, err := national.LayoutNamed("services"); err != nil || l.File() != "services.csv" {
		t.Errorf("%v, %v", l.File(), err)
	}
	if _, err := national.LayoutNamed("notes"); schemas.KindOf(err) != schemas.NotFound {
		t.Errorf("got %v, want not found", err)
	}
}

var (
	school  = schemas.MakeUAI(310001)
	lonely  = schemas.MakeUAI(310003)
	unknown = schemas.MakeUAI(750001)
	monday  = schemas.Week(schemas.DateDay(2026, 11, 16))
	now     = time.Date(2026, 11, 24, 10, 0, 0, 0, schemas.Paris)
)

// reader answers from memory and fails when told to: what only a broken
// engine does. The same exports over a real engine are tested with the pages.
type reader struct {
	weeks     map[schemas.Week][]schemas.SchoolWeek
	failAfter int // weeks answered before an error; 0 = never fails
	asked     int
}

func (r *reader) NationalWeek(_ context.Context, w schemas.Week, _ []schemas.Axe, yield func(schemas.SchoolWeek) error) error {
	if r.asked++; r.failAfter > 0 && r.asked > r.failAfter {
		return schemas.WithKind(schemas.Unavailable, errors.New("connection reset"))
	}
	for _, s := range r.weeks[w] {
		if err := yield(s); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) Directory(_ context.Context, y schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error) {
	scope := func(n schemas.Niveau, code string) schemas.Scope { return schemas.Scope{Niveau: n, Code: code} }
	base := schemas.School{
		UAI: school, Name: "Jean-Jaurès", Commune: `=Blagnac;"`, Nature: "151", NatureLabel: "ECOLE DE NIVEAU ELEMENTAIRE", Secteur: "PU",
		Ministere: "MINISTERE DE L'EDUCATION NATIONALE", Region: "76", Academie: "16", DSDEN: "031", Circonscription: "0311900X",
	}
	alone := base
	alone.UAI, alone.Circonscription, alone.Nature, alone.NatureLabel, alone.Secteur = lonely, "", "101", "ECOLE MATERNELLE", "PR"
	d := schemas.NewDirectory(2026, 3, now, []schemas.School{base, alone}, []schemas.Territory{
		{Scope: scope(schemas.Region, "76"), Name: "Occitanie"},
		{Scope: scope(schemas.Academie, "16"), Name: "Toulouse"},
		{Scope: scope(schemas.DSDEN, "031"), Name: "Haute-Garonne"},
		{Scope: scope(schemas.Circonscription, "0311900X"), Name: "Toulouse Centre"},
	})
	return d, schemas.DirectoryUse{Year: y, From: 2026}, nil
}

func (r *reader) Completeness(context.Context) (schemas.Completeness, error) {
	return schemas.Completeness{DaysPending: 2, EventsPending: 9, LastEvent: now.Add(-time.Hour)}, nil
}

func (r *reader) Notes(_ context.Context, p schemas.Period) ([]schemas.Note, error) {
	n, err := schemas.NewNote(schemas.Scope{Niveau: schemas.DSDEN, Code: "031"}, "incident", p.From.String(), "", "Panne")
	n.Author = "someone"
	return []schemas.Note{n}, err
}

func seeded() *reader {
	eleve := schemas.Measures{Visits: 2, Users: 1, DurationMS: 270_500, VisitsWithDuration: 1}
	all := schemas.Measures{Visits: 5, Users: 3, DurationMS: 2 * 3_725_000, VisitsWithDuration: 2}
	return &reader{weeks: map[schemas.Week][]schemas.SchoolWeek{
		monday: {
			{UAI: school, Cells: map[string]schemas.Measures{"globales": all, "ELEVE": eleve, "AUTRE": {Visits: 3, Users: 2}}},
			{UAI: lonely, Cells: map[string]schemas.Measures{"globales": {Visits: 1, Users: 1}, "PARENT": {Visits: 1, Users: 1}}},
			{UAI: unknown, Cells: map[string]schemas.Measures{"globales": {Visits: 1, Users: 1}}},
		},
		monday.Next(): {{UAI: school, Cells: map[string]schemas.Measures{"globales": {Visits: 1, Users: 1}}}},
	}}
}

func TestRows(t *testing.T) {
	l, err := national.LayoutNamed("profils")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	sum, err := l.Write(t.Context(), seeded(), []schemas.Week{monday, monday.Next()}, &b)
	if err != nil {
		t.Fatal(err)
	}
	want := headers["profils"] + "\n" +
		`2026-11-16;0310001H;Toulouse;"'=Blagnac;""";Haute-Garonne;Occitanie;MINISTERE DE L'EDUCATION NATIONALE;Toulouse Centre;Ecole élémentaire;PU` +
		`;5;3;01:02:05;2;1;00:04:31;0;0;00:00:00;0;0;00:00:00;0;0;00:00:00` + "\n" +
		`2026-11-16;0310003K;Toulouse;"'=Blagnac;""";Haute-Garonne;Occitanie;MINISTERE DE L'EDUCATION NATIONALE;;Ecole maternelle;PR` +
		`;1;1;00:00:00;0;0;00:00:00;1;1;00:00:00;0;0;00:00:00;0;0;00:00:00` + "\n" +
		`2026-11-23;0310001H;Toulouse;"'=Blagnac;""";Haute-Garonne;Occitanie;MINISTERE DE L'EDUCATION NATIONALE;Toulouse Centre;Ecole élémentaire;PU` +
		`;1;1;00:00:00;0;0;00:00:00;0;0;00:00:00;0;0;00:00:00;0;0;00:00:00` + "\n"
	if b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
	}
	if sum.Rows != 3 || len(sum.Unknown) != 1 || !sum.Unknown[unknown] {
		t.Errorf("summary %+v, want 3 rows and one unknown UAI", sum)
	}
}

func TestServicesPutIdentificationLast(t *testing.T) {
	l, err := national.LayoutNamed("services")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{weeks: map[schemas.Week][]schemas.SchoolWeek{monday: {
		{UAI: school, Cells: map[string]schemas.Measures{"PAGE_ENT": {Visits: 1, Users: 1}, "NOTES": {Visits: 4, Users: 2, DurationMS: 59_499, VisitsWithDuration: 1}}},
	}}}
	var b strings.Builder
	if _, err := l.Write(t.Context(), r, []schemas.Week{monday}, &b); err != nil {
		t.Fatal(err)
	}
	c := csv.NewReader(strings.NewReader(b.String()))
	c.Comma = ';'
	rows, err := c.ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[1][i]
	}
	for name, want := range map[string]string{
		"visites_notes": "4", "utilisateurs_notes": "2", "duree_notes": "00:00:59",
		"visites_absences": "0", "duree_absences": "00:00:00", "secteur": "PU", "académie": "Toulouse",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}

func readManifest(t *testing.T, dir string) national.Manifest {
	t.Helper()
	var m national.Manifest
	b, err := os.ReadFile(filepath.Join(dir, national.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	p := schemas.Period{From: monday.Monday() - 3, To: monday.Next().Sunday() + 30}
	if _, err := national.Export(t.Context(), seeded(), dir, p, now); err != nil {
		t.Fatal(err)
	}
	m := readManifest(t, dir)
	if want := (national.Note{From: monday.String(), To: monday.String(), Kind: schemas.NoteIncident, Niveau: schemas.DSDEN, Code: "031", Text: "Panne"}); len(m.Notes) != 1 || m.Notes[0] != want {
		t.Errorf("notes %+v", m.Notes)
	}
	if !slices.Equal(m.Weeks, []string{"2026-11-16", "2026-11-23"}) {
		t.Errorf("weeks %v: want the two that have begun", m.Weeks)
	}
	if m.UnfinishedWeek != "2026-11-23" || m.DaysPending != 2 || *m.EventsPending != 9 || m.LastEvent != "2026-11-24T08:00:00Z" {
		t.Errorf("manifest %+v", m)
	}
	if !slices.Equal(m.UnknownUAI, []schemas.UAI{unknown}) || !strings.Contains(m.Duration, "moyenne") {
		t.Errorf("unknown %v, duration %q", m.UnknownUAI, m.Duration)
	}
	for i, want := range []string{"profils.csv", "services.csv", "appareils.csv", "profils-appareils.csv"} {
		f := m.Files[i]
		body, err := os.ReadFile(filepath.Join(dir, want))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body)
		lines := strings.Count(string(body), "\n") - 1
		if f.File != want || f.SHA256 != hex.EncodeToString(sum[:]) || f.Rows != lines || f.Rows != 3 {
			t.Errorf("%+v: %d lines in %s", f, lines, want)
		}
	}
}

// A failed export leaves the one before it as it was, and nothing half-written.
func TestExportIsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	p := schemas.Period{From: monday.Monday(), To: monday.Sunday()}
	if _, err := national.Export(t.Context(), seeded(), dir, p, now); err != nil {
		t.Fatal(err)
	}
	before := readManifest(t, dir)
	for after := 1; after <= 3; after++ {
		broken := seeded()
		broken.failAfter = after
		broken.weeks[monday] = broken.weeks[monday][:1]
		if _, err := national.Export(t.Context(), broken, dir, p, now); schemas.KindOf(err) != schemas.Unavailable {
			t.Fatalf("got %v, want unavailable", err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 5 {
			t.Errorf("%v after a failure, %v", entries, err)
		}
		for _, f := range before.Files {
			body, err := os.ReadFile(filepath.Join(dir, f.File))
			sum := sha256.Sum256(body)
			if err != nil || hex.EncodeToString(sum[:]) != f.SHA256 {
				t.Errorf("%s changed: %v", f.File, err)
			}
		}
	}
}

func TestExportWithoutWeeks(t *testing.T) {
	for name, p := range map[string]schemas.Period{
		"no Monday": {From: monday.Monday() + 1, To: monday.Sunday()},
		"future":    {From: monday.Monday() + 14, To: monday.Monday() + 20},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		if _, err := national.Export(t.Context(), seeded(), dir, p, now); schemas.KindOf(err) != schemas.Invalid || schemas.SentenceOf(err) == "" {
			t.Errorf("%s: got %v, want a refusal in French", name, err)
		}
	}
}

// brokenWriter fails like a full disk.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteTellsOfAFullDisk(t *testing.T) {
	_, err := national.NewManifest(t.Context(), seeded(), schemas.Period{From: monday.Monday(), To: monday.Sunday()}, now,
		func(string) (io.Writer, error) { return brokenWriter{}, nil })
	if err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}
