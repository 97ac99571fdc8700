package reference

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

const calendarHeader = "\ufeffDescription;Population;Date de début;Date de fin;Académies;Zones;annee_scolaire"

func breaksText(breaks []schemas.ZoneBreak) string {
	var b strings.Builder
	for _, z := range breaks {
		fmt.Fprintf(&b, "%s %s %s %s\n", z.Zone, z.Name, z.First, z.Resume)
	}
	return b.String()
}

func TestReadCalendrier(t *testing.T) {
	t.Parallel()
	const toussaint = "C Vacances de la Toussaint 2026-10-17 2026-11-02\n"
	for _, tt := range []struct {
		name, text, want string
		noted, skipped   map[Remark]int
		others           int
	}{
		{
			name: "instants of Paris midnight, in summer and in winter time",
			text: lines(calendarHeader, "Vacances de la Toussaint;-;2026-10-16T22:00:00+00:00;2026-11-01T23:00:00+00:00;Toulouse;Zone C;2026-2027"),
			want: toussaint,
		},
		{
			name: "one break for the académies of a zone, another for its only other",
			text: lines(
				calendarHeader,
				"Vacances de la Toussaint;-;2026-10-16T22:00:00+00:00;2026-11-01T23:00:00+00:00;Toulouse;Zone C;2026-2027",
				"Vacances de la Toussaint;-;2026-10-16T22:00:00+00:00;2026-11-01T23:00:00+00:00;Montpellier;Zone C;2026-2027",
				"Vacances de la Toussaint;-;2026-10-16T22:00:00+00:00;2026-11-01T23:00:00+00:00;Toulouse;Zone C;2026-2027",
				"Pont local;-;2026-11-12T23:00:00+00:00;2026-11-13T23:00:00+00:00;Paris;Zone C;2026-2027",
			),
			want: toussaint, noted: map[Remark]int{RepeatedBreak: 1}, skipped: map[Remark]int{FewAcademies: 1},
		},
		{
			name: "pupils of primary schools only",
			text: lines(
				calendarHeader,
				"Vacances d'Été;Enseignants;2026-07-03T22:00:00+00:00;2026-08-30T22:00:00+00:00;Toulouse;Zone C;2025-2026",
				"Vacances d'Été;Élèves;2026-07-03T22:00:00+00:00;2026-08-31T22:00:00+00:00;Toulouse;Zone C;2025-2026",
				"Vacances d'Été;Élèves du second degré;2026-06-20T22:00:00+00:00;2026-08-31T22:00:00+00:00;Toulouse;Zone C;2025-2026",
			),
			want: "C Vacances d'Été 2026-07-04 2026-09-01\n", others: 2,
		},
		{
			name: "an end equal to the start, and none",
			text: lines(
				calendarHeader,
				"Pont de l'Ascension;-;2027-05-06T22:00:00+00:00;2027-05-06T22:00:00+00:00;Toulouse;Zone C;2026-2027",
				"Journée vaquée;-;2027-05-27T22:00:00+00:00;;Toulouse;Zone C;2026-2027",
				"Début des Vacances d'Été;-;2027-07-02T22:00:00+00:00;2027-07-02T22:00:00+00:00;Toulouse;Zone C;2026-2027",
			),
			want:  "C Pont de l'Ascension 2027-05-07 2027-05-08\nC Journée vaquée 2027-05-28 2027-05-29\nC Début des Vacances d'Été 2027-07-03 1970-01-01\n",
			noted: map[Remark]int{OneDay: 2, NoEnd: 1},
		},
		{
			name: "local dates, commas, no zone column, Latin-1",
			text: "annee_scolaire,description,population,premier_jour_vaque_local,jour_de_reprise_local_exclu\r\n" +
				"2026-2027,Vacances de la Toussaint,\xc9l\xe8ves,2026-10-17,2026-11-02\r\n",
			want: toussaint,
		},
		{
			name: "dates of a spreadsheet",
			text: lines("Description;Date de début;Date de fin;Zones", "Vacances de la Toussaint;17/10/2026;02/11/2026;Zone C"),
			want: toussaint,
		},
		{
			name: "damage",
			text: lines(
				calendarHeader,
				"Vacances de la Toussaint;-;2026-10-16T22:00:00+00:00;2026-11-01T23:00:00+00:00;Toulouse;Zone C;2026-2027",
				"Vacances de Noël;-;46375,9;2027-01-03T23:00:00+00:00;Toulouse;Zone C;2026-2027",
				"Vacances d'Hiver;-;2027-02-21T23:00:00+00:00;2027-02-05T23:00:00+00:00;Toulouse;Zone C;2026-2027",
				"Vacances de Printemps;-;;2027-02-05T23:00:00+00:00;Toulouse;Zone C;2026-2027",
				";;;;;;",
			),
			want: toussaint, skipped: map[Remark]int{BadDate: 2, EndsEarly: 1, EmptyRow: 1},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := ReadCalendrier(strings.NewReader(tt.text), "C")
			if err != nil {
				t.Fatal(err)
			}
			if got := breaksText(c.Breaks); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
			if got := counts(c.Noted); fmt.Sprint(got) != fmt.Sprint(tt.noted) {
				t.Errorf("noted %v, want %v", got, tt.noted)
			}
			if got := counts(c.Skipped); fmt.Sprint(got) != fmt.Sprint(tt.skipped) {
				t.Errorf("skipped %v, want %v", got, tt.skipped)
			}
			if c.Others != tt.others {
				t.Errorf("%d rows for others, want %d", c.Others, tt.others)
			}
		})
	}
}

func TestReadCalendrierRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, sentence string }{
		{"another file", "UAI;Nom\n0310001H;École\n", "n'a pas de colonne Date de début"},
		{"without ends", "Description;Date de début\nNoël;2026-12-19\n", "Il manque à ce fichier 1 colonne(s) sans lesquelles les semaines scolaires"},
		{"nothing usable", lines(calendarHeader, "Noël;Enseignants;2026-12-19;2027-01-04;Toulouse;Zone C;2026-2027"), "aucune période de vacances utilisable"},
		{"empty", "", "fr-en-calendrier-scolaire"},
		{"a page", "<html></html>", "page HTML"},
	} {
		_, err := ReadCalendrier(strings.NewReader(tt.text), "C")
		if schemas.KindOf(err) != schemas.Invalid || !strings.Contains(schemas.SentenceOf(err), tt.sentence) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// calendarMemory keeps the last version.
type calendarMemory struct {
	breaks []schemas.ZoneBreak
	stored int
	fail   error
}

func (m *calendarMemory) ImportCalendar(_ context.Context, _ string, breaks []schemas.ZoneBreak) error {
	if m.fail == nil {
		m.breaks, m.stored = slices.Clone(breaks), m.stored+1
	}
	return m.fail
}

func (m *calendarMemory) CalendarBreaks(context.Context) ([]schemas.ZoneBreak, error) {
	return m.breaks, nil
}

func TestImportCalendrierSaysWhatChanges(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := &calendarMemory{}
	row := func(name, first, resume string) string { return name + ";" + first + ";" + resume + ";Zone C" }
	const head = "Description;Date de début;Date de fin;Zones"
	before := lines(head, row("Vacances de la Toussaint", "2026-10-17", "2026-11-02"), row("Vacances de Noël", "2026-12-19", "2027-01-04"))
	after := lines(head, row("Vacances de la Toussaint", "2026-10-17", "2026-11-02"), row("Vacances de Noël", "2026-12-18", "2027-01-04"),
		row("Vacances d'Hiver", "2027-02-06", "2027-02-22"))

	c, err := ImportCalendrier(ctx, store, "C", "test", strings.NewReader(before), true)
	if err != nil || store.stored != 0 || !c.Changes.First {
		t.Fatalf("a dry run stored %d version(s): %v", store.stored, err)
	}
	if _, err = ImportCalendrier(ctx, store, "C", "test", strings.NewReader(before), false); err != nil || store.stored != 1 {
		t.Fatal(store.stored, err)
	}
	c, err = ImportCalendrier(ctx, store, "C", "test", strings.NewReader(after), true)
	if err != nil || store.stored != 1 {
		t.Fatal(store.stored, err)
	}
	want := "Calendrier, par rapport à la version en service : 1 ajout, 0 retrait, 1 modification, 1 élément inchangé.\n" +
		"Ajouts : zone C, Vacances d'Hiver 2026-2027.\n" +
		"Modifications : zone C, Vacances de Noël 2026-2027 : 2026-12-19 – 2027-01-04 → 2026-12-18 – 2027-01-04.\n"
	if got := c.Changes.Text("Calendrier"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	store.fail = errors.New("disk full")
	if _, err = ImportCalendrier(ctx, store, "C", "test", strings.NewReader(after), false); err == nil || len(store.breaks) != 2 {
		t.Errorf("a store that fails: %v, %d breaks served", err, len(store.breaks))
	}
}

// The real calendar: the same numbers from the national file and from the copy
// in local dates, as counted by hand from the dates of zone C.
func TestRealCalendarOfZoneC(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"fr-en-calendrier-scolaire_20260129.csv", "calendrier_zone_c_local.csv"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			f, err := os.Open("../../../shared/data/" + file)
			if err != nil {
				t.Skip("the real calendar is not here: " + err.Error())
			}
			defer f.Close() //nolint:errcheck // only read
			c, err := ReadCalendrier(f, "C")
			if err != nil {
				t.Fatal(err)
			}
			if n := c.skippedRows(); n > 20 {
				t.Errorf("%d rows left out: %v", n, c.Skipped)
			}
			checkZoneC(t, zoneCalendar(c, "C"))
		})
	}
}

func zoneCalendar(c *Calendrier, zone string) *schemas.Calendar {
	var breaks []schemas.Break
	for _, z := range c.Breaks {
		if z.Zone == zone {
			breaks = append(breaks, z.Break)
		}
	}
	return schemas.NewCalendar(zone, 1, time.Time{}, breaks)
}

// checkZoneC compares runs of consecutive school weeks: first and last Monday,
// first and last number. Every other week of the year has none.
func checkZoneC(t *testing.T, c *schemas.Calendar) {
	for year, runs := range map[schemas.SchoolYear][][4]any{
		2022: {{"2022-08-29", 1, "2022-10-17", 8}, {"2022-11-07", 9, "2022-12-12", 14}, {"2023-01-02", 15, "2023-02-13", 21}, {"2023-03-06", 22, "2023-04-17", 28}, {"2023-05-08", 29, "2023-07-03", 37}},
		2023: {{"2023-09-04", 1, "2023-10-16", 7}, {"2023-11-06", 8, "2023-12-18", 14}, {"2024-01-08", 15, "2024-02-05", 19}, {"2024-02-26", 20, "2024-04-01", 25}, {"2024-04-22", 26, "2024-07-01", 36}},
		2024: {{"2024-09-02", 1, "2024-10-14", 7}, {"2024-11-04", 8, "2024-12-16", 14}, {"2025-01-06", 15, "2025-02-10", 20}, {"2025-03-03", 21, "2025-04-07", 26}, {"2025-04-28", 27, "2025-06-30", 36}},
		2025: {{"2025-09-01", 1, "2025-10-13", 7}, {"2025-11-03", 8, "2025-12-15", 14}, {"2026-01-05", 15, "2026-02-16", 21}, {"2026-03-09", 22, "2026-04-13", 27}, {"2026-05-04", 28, "2026-06-29", 36}},
		2026: {{"2026-08-31", 1, "2026-10-12", 7}, {"2026-11-02", 8, "2026-12-14", 14}, {"2027-01-04", 15, "2027-02-01", 19}, {"2027-02-22", 20, "2027-03-29", 25}, {"2027-04-19", 26, "2027-06-28", 36}},
	} {
		want := map[schemas.Week]int{}
		for _, r := range runs {
			w, err := schemas.ParseWeek(r[0].(string))
			if err != nil {
				t.Fatal(err)
			}
			n := r[1].(int)
			for ; n <= r[3].(int); n++ {
				want[w] = n
				w = w.Next()
			}
			if w.Previous().String() != r[2] {
				t.Fatalf("the table of %s is wrong at %s", year, w)
			}
		}
		for w := year.FirstWeek(); w <= year.LastWeek(); w = w.Next() {
			if n, known := c.Number(w); !known || n != want[w] {
				t.Errorf("%s, %s: number %d (known %v), want %d", year, w, n, known, want[w])
			}
		}
	}
	if c.Known(2027) || c.Known(2016) {
		t.Error("a year that is not in the file is known")
	}
	if _, known := c.Number(schemas.Week(schemas.DateDay(2027, time.September, 6))); known {
		t.Error("the calendar of 2027-2028 is not published, but has numbers")
	}
}
