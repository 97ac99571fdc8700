package reference

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// Calendrier is one reading of the national school calendar.
type Calendrier struct {
	Breaks []schemas.ZoneBreak // those that hold for the pupils of primary schools, by zone and day
	Remarks
	Others  int // rows for teachers, for secondary schools, for a part of a territory
	Changes Changes
}

// CalendarStore keeps calendars. A new version is visible whole or not at all.
type CalendarStore interface {
	ImportCalendar(ctx context.Context, source string, breaks []schemas.ZoneBreak) error
	// CalendarBreaks lists what is served now, none before the first import.
	CalendarBreaks(ctx context.Context) ([]schemas.ZoneBreak, error)
}

// The columns of the calendar that are read.
const (
	calName column = iota
	calPopulation
	calFirst
	calResume
	calZone
	calAcademie
	calYear
	calendarColumnCount
)

var calendarColumns = [calendarColumnCount]columnNames{
	calName:       {true, []string{"Description"}},
	calPopulation: {false, []string{"Population"}},
	calFirst:      {true, []string{"Date de début", "start_date", "Début", "premier_jour_vaque_local"}},
	calResume:     {true, []string{"Date de fin", "end_date", "Fin", "jour_de_reprise_local_exclu"}},
	calZone:       {false, []string{"Zones", "Zone"}},
	calAcademie:   {false, []string{"Académies", "location", "Académie"}},
	calYear:       {false, []string{"annee_scolaire", "Année scolaire"}},
}

var calendarLayout = &layout{
	name:    "le calendrier scolaire national (fr-en-calendrier-scolaire)",
	advice:  "Téléchargez le jeu « fr-en-calendrier-scolaire » au format CSV sur data.education.gouv.fr.",
	purpose: "les semaines scolaires ne peuvent pas être numérotées",
	remedy:  "Téléchargez le calendrier complet, sans choisir de colonnes.",
	key:     calFirst,
	columns: calendarColumns[:],
}

// Why rows of the calendar are left out, and what was assumed.
const (
	BadDate       Remark = "date illisible"
	EndsEarly     Remark = "fin avant le début"
	NoZone        Remark = "sans zone"
	NoEnd         Remark = "sans date de fin : jusqu'à la fin de l'année scolaire pour un été, un seul jour sinon"
	FewAcademies  Remark = "propre à moins de la moitié des académies de la zone"
	OneDay        Remark = "fin égale au début : un seul jour, ou un été dont la fin n'est pas publiée"
	RepeatedBreak Remark = "ligne répétée"
)

// ImportCalendrier reads a calendar and stores it; zone is that of a file
// without a zone column. With dryRun it only says what would change. Errors of
// the file are Invalid and carry a French sentence; nothing is stored then.
func ImportCalendrier(ctx context.Context, store CalendarStore, zone, source string, r io.Reader, dryRun bool) (*Calendrier, error) {
	c, err := ReadCalendrier(r, zone)
	if err != nil {
		return nil, err
	}
	served, err := store.CalendarBreaks(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the calendar served: %w", err)
	}
	c.Changes = compare(breakDates(served), breakDates(c.Breaks), func(k, old, now string) string { return k + " : " + old + " → " + now })
	if dryRun {
		return c, nil
	}
	if err := store.ImportCalendar(ctx, source, c.Breaks); err != nil {
		return nil, fmt.Errorf("store the calendar: %w", err)
	}
	return c, nil
}

// breakDates gives the dates of each break by its name, for comparing.
func breakDates(breaks []schemas.ZoneBreak) map[string]string {
	dates := map[string]string{}
	for _, b := range breaks {
		end := "fin non publiée"
		if b.Resume != 0 {
			end = b.Resume.String()
		}
		key := fmt.Sprintf("zone %s, %s %s", b.Zone, b.Name, b.First.SchoolYear())
		if b.Population != "" && b.Population != "-" {
			key += " (" + b.Population + ")"
		}
		if dates[key] != "" {
			key += " du " + b.First.String()
		}
		dates[key] = b.First.String() + " – " + end
	}
	return dates
}

// calendarRow is a row with the académie it is given for.
type calendarRow struct {
	schemas.ZoneBreak
	academie string
	line     int
}

// ReadCalendrier reads a copy of the national calendar: instants in UTC of the
// Paris midnight, or local dates. The end is the morning on which classes
// resume. Kept are the breaks that hold for the pupils of primary schools, once
// a zone: a row of the file is one académie's, and one that fewer than half of
// a zone's académies share is left out. zone is that of files without a zone
// column; what is wrong with the file is Invalid, with a French sentence.
func ReadCalendrier(r io.Reader, zone string) (*Calendrier, error) {
	c := &Calendrier{}
	var rows []calendarRow
	err := calendarLayout.read(r, func(r *row) {
		c.Rows++
		if b, ok := c.row(r, zone); ok {
			rows = append(rows, b)
		}
	})
	if err != nil {
		return nil, err
	}
	c.keep(rows)
	if len(c.Breaks) == 0 {
		return nil, schemas.Refuse("Ce fichier n'a aucune période de vacances utilisable : %s (%s). Est-ce bien %s ?",
			counted(c.Rows, "ligne lue", "lignes lues"), c.skippedText(), calendarLayout.name)
	}
	return c, nil
}

func (c *Calendrier) row(r *row, zone string) (calendarRow, bool) {
	b := calendarRow{line: r.line, academie: r.get(calAcademie)}
	b.Name, b.Population = r.get(calName), r.get(calPopulation)
	if r.blank() {
		c.skip(EmptyRow, r.line)
		return b, false
	}
	if !primaryPupils(b.Population) {
		c.Others++
		return b, false
	}
	b.Zone = zone
	if z := r.get(calZone); z != "" {
		b.Zone = zoneName(z)
	}
	if b.Zone == "" {
		c.skip(NoZone, r.line)
		return b, false
	}
	var ok bool
	if b.First, ok = readInstant(r.get(calFirst)); !ok || b.First == 0 {
		c.skip(BadDate, r.line)
		return b, false
	}
	if b.Resume, ok = readInstant(r.get(calResume)); !ok {
		c.skip(BadDate, r.line)
		return b, false
	}
	switch opens := opensSummer(b.Name); {
	case b.Resume != 0 && b.Resume < b.First:
		c.skip(EndsEarly, r.line)
		return b, false
	case b.Resume == 0:
		c.note(NoEnd, r.line)
		if !opens {
			b.Resume = b.First + 1
		}
	case b.Resume == b.First:
		c.note(OneDay, r.line)
		b.Resume = b.First + 1
		if opens {
			b.Resume = 0
		}
	}
	return b, true
}

// keep reduces the rows of académies to the breaks of zones.
func (c *Calendrier) keep(rows []calendarRow) {
	type in struct {
		zone string
		year schemas.SchoolYear
	}
	academies := map[in]map[string]bool{}
	given := map[schemas.ZoneBreak]map[string]bool{}
	for _, r := range rows {
		k := in{r.Zone, r.First.SchoolYear()}
		if academies[k] == nil {
			academies[k] = map[string]bool{}
		}
		academies[k][r.academie] = true
		if given[r.ZoneBreak] == nil {
			given[r.ZoneBreak] = map[string]bool{}
		}
		if given[r.ZoneBreak][r.academie] {
			c.note(RepeatedBreak, r.line)
		}
		given[r.ZoneBreak][r.academie] = true
	}
	for _, r := range rows {
		by := given[r.ZoneBreak]
		switch {
		case by == nil: // kept with an earlier row
		case 2*len(by) < len(academies[in{r.Zone, r.First.SchoolYear()}]):
			c.skip(FewAcademies, r.line)
		default:
			c.Breaks = append(c.Breaks, r.ZoneBreak)
			delete(given, r.ZoneBreak)
		}
	}
	slices.SortFunc(c.Breaks, func(a, b schemas.ZoneBreak) int {
		return cmp.Or(cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.First, b.First), cmp.Compare(a.Resume, b.Resume), cmp.Compare(a.Name, b.Name))
	})
}

// primaryPupils says whether a population holds the pupils of every primary
// school of the zone. Rows for one island alone do not.
func primaryPupils(population string) bool {
	switch fold(population) {
	case "", "eleves", "elevesdupremierdegre", "premierdegre", "premierdegreetcolleges":
		return true
	}
	return false
}

// opensSummer says whether a break without an end is the beginning of the
// summer: its end is then not published, instead of the next day.
func opensSummer(name string) bool {
	f := fold(name)
	return strings.Contains(f, "grandesvacances") || strings.Contains(f, "vacancesdete") && !strings.Contains(f, "austral")
}

// zoneName is "C" for "Zone C"; zones with a name keep it.
func zoneName(s string) string { return strings.TrimSpace(strings.TrimPrefix(s, "Zone ")) }

// readInstant reads the day of an instant, 2026-10-16T22:00:00+00:00, which is
// 17 October in Paris, or a local date. An empty cell gives 0 and ok.
func readInstant(s string) (schemas.Day, bool) {
	if s == "" {
		return 0, true
	}
	if d, err := schemas.ParseDay(s); err == nil {
		return d, true
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 2000 && t.Year() < 2100 {
			return schemas.DayOf(t), true
		}
	}
	if t, err := time.Parse("02/01/2006", s); err == nil && t.Year() >= 2000 && t.Year() < 2100 {
		return schemas.DayFromUTC(t), true
	}
	return 0, false
}

// Text is the summary for a terminal, in French, one fact a line; zone is the
// one whose known school years are named.
func (c *Calendrier) Text(zone string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s : %s retenues, %s pour d'autres publics, %s.\n", counted(c.Rows, "ligne lue", "lignes lues"),
		counted(len(c.Breaks), "période", "périodes"), counted(c.Others, "ligne", "lignes"),
		counted(c.skippedRows(), "ligne écartée", "lignes écartées"))
	var breaks []schemas.Break
	for _, z := range c.Breaks {
		if z.Zone == zone {
			breaks = append(breaks, z.Break)
		}
	}
	calendar := schemas.NewCalendar(zone, 0, time.Time{}, breaks)
	var known []string
	for y := schemas.SchoolYear(2000); y < 2100; y++ {
		if calendar.Known(y) {
			known = append(known, y.String())
		}
	}
	if len(known) == 0 {
		fmt.Fprintf(&b, "Aucune année scolaire complète pour la zone %s.\n", zone)
	} else {
		fmt.Fprintf(&b, "Années scolaires connues, zone %s : %s.\n", zone, strings.Join(known, ", "))
	}
	c.write(&b)
	return b.String() + c.Changes.Text("Calendrier")
}
