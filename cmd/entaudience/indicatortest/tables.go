package indicatortest

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/ingest/reference"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
)

// table is a block of reference data: calendrier, effectifs, comptes or
// inscriptions. It is imported as an operator does: as a file.
type table struct {
	kind string
	year string // of effectifs and inscriptions
	rows []string
}

// tableHeads are the first lines of the files.
var tableHeads = map[string]string{
	"calendrier":   "Description;Date de début;Date de fin;Zones",
	"effectifs":    "Rentrée scolaire;Numéro de l'école;Nombre total d'élèves",
	"comptes":      "uai;profil;date;comptes_charges;comptes_actives",
	"inscriptions": "uai;annee_scolaire;collectivite;date_inscription",
}

func newTable(kind string, args []string) (*table, error) {
	t := &table{kind: kind}
	if kind == "effectifs" || kind == "inscriptions" {
		if len(args) != 1 {
			return nil, fmt.Errorf("expected a school year, such as %s 2026-2027", kind)
		}
		_, err := schemas.ParseSchoolYear(args[0])
		t.year = args[0]
		return t, err
	}
	if len(args) > 0 {
		return nil, fmt.Errorf("%s takes nothing", kind)
	}
	return t, nil
}

// add reads one line; a date that nobody knows is written -.
func (t *table) add(plain []string, f fields) error {
	words := make([]string, len(plain))
	for i, w := range plain {
		words[i] = strings.TrimPrefix(w, "-")
	}
	want, row := 0, []string(nil)
	switch t.kind {
	case "calendrier": // name, first day, the morning classes resume
		want, row = 3, append(words, "Zone C")
	case "effectifs": // UAI, pupils
		want, row = 2, append([]string{t.year}, words...)
	case "comptes": // UAI, profile, day, loaded, activated
		want, row = 5, words
	case "inscriptions": // UAI, collectivity, day
		want, row = 3, words
		if len(words) == want {
			row = []string{words[0], t.year, words[1], words[2]}
		}
	}
	if len(plain) != want {
		return fmt.Errorf("a line of %s has %d words", t.kind, want)
	}
	t.rows = append(t.rows, strings.Join(row, ";"))
	return f.done()
}

// load imports the block. Every line must have been kept.
func (t *table) load(ctx context.Context, s *store.Store) error {
	file := strings.NewReader(tableHeads[t.kind] + "\n" + strings.Join(t.rows, "\n") + "\n")
	var left *reference.Remarks
	var err error
	switch t.kind {
	case "calendrier":
		var c *reference.Calendrier
		if c, err = reference.ImportCalendrier(ctx, s, "C", "script", file, false); err == nil {
			left = &c.Remarks
		}
	case "effectifs":
		left, err = remarks(reference.ImportEffectifs(ctx, s, "script", file, false))
	case "comptes":
		left, err = remarks(reference.ImportComptes(ctx, s, "script", file, false))
	case "inscriptions":
		left, err = remarks(reference.ImportInscriptions(ctx, s, "script", file, false))
	}
	if err == nil && len(left.Skipped) > 0 {
		err = fmt.Errorf("lines were left out: %v", left.Skipped)
	}
	return err
}

func remarks[R any](f *reference.Figures[R], err error) (*reference.Remarks, error) {
	if err != nil {
		return nil, err
	}
	return &f.Remarks, nil
}

// schoolWeek checks where a week lies in school time: "2026-11-02 numero=8
// precedente=2025-11-03".
func (e *expectation) schoolWeek(ctx context.Context, c *chain) error {
	text, err := e.next("a Monday")
	if err != nil {
		return err
	}
	w, err := schemas.ParseWeek(text)
	if err != nil {
		return err
	}
	calendar, err := c.store.Calendar(ctx, "C")
	if err != nil {
		return err
	}
	got := map[string]string{"numero": "inconnu"}
	if n, known := calendar.Number(w); known {
		got["numero"] = "aucun"
		if n > 0 {
			got["numero"] = strconv.Itoa(n)
		}
	}
	before, outcome := calendar.YearBefore(w)
	got["precedente"] = map[schemas.Counterpart]string{
		schemas.Matched: before.String(), schemas.CalendarUnknown: "inconnue", schemas.NoClasses: "aucune", schemas.NoSuchNumber: "aucune",
	}[outcome]
	return e.exactly("semaine-scolaire", got)
}

// deployment checks what the use of a week is set beside: "2026-09-07
// inscrites=2 installees=1". Figures that the line does not name are not
// checked.
func (e *expectation) deployment(ctx context.Context, c *chain) error {
	text, err := e.next("a Monday")
	if err != nil {
		return err
	}
	w, err := schemas.ParseWeek(text)
	if err != nil {
		return err
	}
	scope, profil := e.scope(), schemas.Profil(e.fields.take("profil", string(schemas.Eleve)))
	all, err := c.deployed(ctx, scope, w, profil)
	if err != nil {
		return err
	}
	got := map[string]string{}
	for name := range e.fields {
		v, ok := all[name]
		if !ok {
			return fmt.Errorf("unknown %s=", name)
		}
		got[name] = v
	}
	if len(got) == 0 {
		return fmt.Errorf("deploiement: no figure is expected")
	}
	return e.exactly("deploiement", got)
}

// deployed reads what pages read, and counts with the rules of schemas.
func (c *chain) deployed(ctx context.Context, scope schemas.Scope, w schemas.Week, profil schemas.Profil) (map[string]string, error) {
	year := w.SchoolYear()
	dir, _, err := c.store.Directory(ctx, year)
	if err != nil {
		return nil, err
	}
	population, err := c.store.Population(ctx, year)
	if err != nil {
		return nil, err
	}
	enrolments, err := c.store.Enrolments(ctx, year)
	if err != nil {
		return nil, err
	}
	last, err := c.store.LastWeeks(ctx, scope, schemas.Period{From: year.FirstWeek().Monday(), To: w.Monday()})
	if err != nil {
		return nil, err
	}
	q := schemas.CellQuery{
		Scope: scope, Period: schemas.Period{From: w.Monday(), To: w.Monday()}, Grain: schemas.ParSemaine, Axes: []schemas.Axe{schemas.Globales, schemas.ParProfil},
	}
	total, use := &schemas.WeekUse{}, map[schemas.UAI]*schemas.WeekUse{}
	for _, q.Detail = range []schemas.Detail{schemas.Ensemble, schemas.ParEcoles} {
		cells, err := c.store.Cells(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, cell := range cells {
			if q.Detail == schemas.Ensemble {
				total.Take(cell)
				continue
			}
			u := schemas.UAI(cell.Code)
			if use[u] == nil {
				use[u] = &schemas.WeekUse{}
			}
			use[u].Take(cell)
		}
	}
	schools := dir.SchoolsIn(scope)
	var enrolled, silent, established, undetermined uint64
	for _, s := range schools {
		if _, ok := enrolments.Of(s.UAI); ok {
			enrolled++
			if _, came := last[s.UAI]; !came {
				silent++
			}
		}
		if !s.Primary {
			continue
		}
		switch is, known := use[s.UAI].Established(population.Potential(s, schemas.Eleve), 10); {
		case !known:
			undetermined++
		case is:
			established++
		}
	}
	unknown := func(n uint64) string {
		if !enrolments.Known() {
			return "inconnu"
		}
		return number(n)
	}
	rate := schemas.Attendance(profil, schools, population, use, total)
	return map[string]string{
		"inscrites": unknown(enrolled), "sans_visite": unknown(silent), "installees": number(established), "indeterminees": number(undetermined),
		"frequentation": rateWords(rate), "connues": number(rate.Schools), "activation": tenths(schemas.Activation(profil, schools, population)),
	}, nil
}

// rateWords is a rate, its two ends "21,9%-22,0%" where it is not known exactly.
func rateWords(r schemas.Rate) string {
	least, most, ok := r.PerMille()
	switch {
	case r.Withheld():
		return "masqué"
	case ok && least != most:
		return tenths(schemas.Ratio{Part: r.Least, Whole: r.People}) + "-" + tenths(schemas.Ratio{Part: r.Most, Whole: r.People})
	}
	return tenths(schemas.Ratio{Part: r.Least, Whole: r.People})
}

// tenths is a percentage with one decimal.
func tenths(r schemas.Ratio) string {
	n, ok := r.PerMille()
	if !ok {
		return "inconnu"
	}
	return fmt.Sprintf("%d,%d%%", n/10, n%10)
}
