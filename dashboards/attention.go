package dashboards

import (
	"context"
	"fmt"

	"github.com/entaudience/entaudience/dashboards/attention"
	"github.com/entaudience/entaudience/schemas"
)

// attentionWeeks is how many weeks before the one looked at are read at least:
// the usual weeks, and the holidays between them.
const attentionWeeks = 20

// watch is what a circonscription's page begins with: the week looked at, and
// which schools deserve a look in it.
type watch struct {
	Week    schemas.Week
	Schools int
	Items   []attention.Item
	// Together is how the schools did as one, in percent of what is usual for
	// them; Moved says whether it is known.
	Together uint64
	Moved    bool
	Guessed  bool // the calendar is not known: weeks with classes are guessed
}

// loadWatch reads the weeks of each school and looks at the last one with
// classes that is over.
func (d *territoryData) loadWatch(ctx context.Context, r Reader) error {
	last, ok := d.lastComplete()
	if !ok || d.Niveau != schemas.Circonscription {
		return nil
	}
	calendar, err := r.Calendar(ctx, d.rules.Zone)
	if err != nil {
		return err
	}
	first := min(last.SchoolYear().FirstWeek(), last-7*attentionWeeks)
	q := schemas.CellQuery{
		Scope: d.Scope, Period: schemas.Period{From: first.Monday(), To: last.Monday()}, Grain: schemas.ParSemaine,
		Axes: []schemas.Axe{schemas.Globales}, Detail: schemas.ParEcoles,
	}
	cells, err := r.Cells(ctx, q)
	if err != nil {
		return err
	}
	w := &watch{}
	weeks, guessed := withClasses(calendar, q.Period.Weeks(), cells)
	if len(weeks) == 0 {
		d.watch = w
		return nil
	}
	w.Week, w.Guessed = weeks[len(weeks)-1], guessed
	enrolments, err := r.Enrolments(ctx, last.SchoolYear())
	if err != nil {
		return err
	}
	schools := d.watched(weeks, cells, enrolments)
	w.Schools = len(schools)
	rules := attention.Defaults()
	w.Items = rules.List(schools)
	w.Together, w.Moved = rules.Together(schools)
	d.watch = w
	return nil
}

// withClasses keeps the weeks with classes. Where the calendar is not
// published, they are those in which the territory has at least a third of the
// visits of its best week.
func withClasses(c *schemas.Calendar, weeks []schemas.Week, cells []schemas.Cell) (kept []schemas.Week, guessed bool) {
	visits := map[schemas.Week]uint64{}
	var best uint64
	for _, cell := range cells {
		w := schemas.Week(cell.Debut)
		visits[w] += cell.Visits
		best = max(best, visits[w])
	}
	for _, w := range weeks {
		n, known := c.Number(w)
		if !known {
			guessed = true
		}
		if known && n > 0 || !known && best > 0 && visits[w]*3 >= best {
			kept = append(kept, w)
		}
	}
	return kept, guessed
}

// watched is the open public primary schools with their weeks: those enrolled,
// where that is known, and whoever comes. One that nobody enrolled has not to be
// called because it never began. Weeks from before anything was counted are
// unknown, not silent.
func (d *territoryData) watched(weeks []schemas.Week, cells []schemas.Cell, enrolments *schemas.Enrolments) []attention.School {
	for d.hasExtent && len(weeks) > 0 && weeks[0] < d.extent.From.Week() {
		weeks = weeks[1:]
	}
	found := map[childKey]schemas.Cell{}
	key := func(code string, w schemas.Week) childKey {
		return childKey{schemas.Scope{Code: w.String()}, code}
	}
	came := map[string]bool{}
	for _, c := range cells {
		found[key(c.Code, schemas.Week(c.Debut))] = c
		came[c.Code] = true
	}
	var schools []attention.School
	for _, s := range d.dir.SchoolsIn(d.Scope) {
		_, enrolled := enrolments.Of(s.UAI)
		if !s.Primary || enrolments.Known() && !enrolled && !came[string(s.UAI)] {
			continue
		}
		school := attention.School{UAI: s.UAI, Name: s.Name, Pupils: s.Pupils}
		for _, w := range weeks {
			c := found[key(string(s.UAI), w)]
			school.Weeks = append(school.Weeks, attention.Week{Week: w, Visits: c.Visits, Users: c.Users, Withheld: c.Withheld})
		}
		schools = append(schools, school)
	}
	return schools
}

// kindWords are the kinds of the list, as a badge says them.
var kindWords = map[attention.Kind]struct{ Label, Badge string }{
	attention.Stopped:     {"À l'arrêt", "error"},
	attention.Falling:     {"En baisse", "warning"},
	attention.Never:       {"Jamais commencé", "error"},
	attention.Began:       {"Débute", "new"},
	attention.Outstanding: {"Remarquable", "success"},
}

// reason is why a school is on the list, in words and figures.
func reason(it attention.Item) string {
	switch it.Kind {
	case attention.Stopped:
		s := "Aucune visite cette semaine"
		if it.Weeks > 1 {
			s = "Aucune visite depuis " + Entier(uint64(it.Weeks)) + " semaines de classe (" + Semaine(it.Since) + ")"
		}
		if it.Usual > 0 {
			s += ", contre " + Compte(it.Usual, "utilisateur", "utilisateurs") + " d'habitude"
		}
		return s + "."
	case attention.Falling, attention.Outstanding:
		if it.Kind == attention.Outstanding && (it.Usual == 0 || it.Now*100 < it.Usual*attention.Defaults().RisingPercent) {
			return Dixiemes(it.Rate) + " utilisateurs pour 100 élèves, contre une médiane de " + Dixiemes(it.Peers) + " dans la circonscription."
		}
		return Compte(it.Now, "utilisateur", "utilisateurs") + ", contre " + Entier(it.Usual) + " d'habitude (" + change(int64(it.Now), int64(it.Usual)).Format(kindChange) + ")."
	case attention.Never:
		return "Aucune visite depuis la rentrée, soit " + Compte(uint64(it.Weeks), "semaine de classe", "semaines de classe") + "."
	}
	s := "Premières visites de l'année, " + Semaine(it.Since)
	if it.Now > 0 {
		s += " ; " + Compte(it.Now, "utilisateur", "utilisateurs") + " cette semaine"
	}
	return s + "."
}

// watchSheet is the list as a sheet.
func (d *territoryData) watchSheet() Sheet {
	s := Sheet{
		Code: "a_regarder", Title: "À regarder", Caption: "Écoles à regarder",
		Columns: []Column{
			{Code: "semaine", Label: "Semaine", Files: true},
			{Code: colCode, Label: "UAI", Files: true},
			{Code: colName, Label: "École"},
			{Code: colCommune, Label: "Commune", Files: true},
			{Code: "motif", Label: "Motif", Files: true},
			{Code: "raison", Label: "Pourquoi"},
			{Code: "utilisateurs", Label: "Utilisateurs", Kind: kindCount, Files: true},
			{Code: "habitude", Label: "D'habitude", Kind: kindCount, Files: true},
			{Code: colPupils, Label: "Élèves", Kind: kindCount, Files: true},
		},
	}
	if d.watch == nil {
		return s
	}
	s.Caption += ", " + Semaine(d.watch.Week)
	for _, it := range d.watch.Items {
		commune := ""
		if school, ok := d.dir.School(it.UAI); ok {
			commune = school.Commune
		}
		last := it.School.Weeks[len(it.School.Weeks)-1]
		words := kindWords[it.Kind]
		name := link(it.Name, d.link(schemas.Scope{Niveau: schemas.Ecole, Code: string(it.UAI)}))
		name.Note = commune
		why := word(reason(it))
		why.Tag, why.Badge = words.Label, words.Badge
		now := number(it.Now)
		if last.Withheld {
			now = withheld()
		}
		s.Rows = append(s.Rows, Line{Values: []Value{
			word(d.watch.Week.String()), word(string(it.UAI)), name, word(commune), word(words.Label), why,
			now, numberIf(int64(it.Usual), it.Usual > 0), numberIf(int64(it.Pupils), it.Pupils >= 0),
		}})
	}
	return s
}

// watchBlock is the first block of a circonscription.
func (d *territoryData) watchBlock() (Block, error) {
	b := d.block("a-regarder", "À regarder cette semaine", nil, "utilisateurs", "attention")
	w := d.watch
	if w == nil || w.Week == 0 {
		b.Empty = "Aucune semaine de classe de la période n'est finie, ou aucune visite n'a encore été comptée : il n'y a rien à regarder."
		return b, nil
	}
	b.Period, b.Noted = Semaine(w.Week), d.noted(schemas.Period{From: w.Week.Monday(), To: w.Week.Sunday()})
	sheet := d.watchSheet()
	b.Table = sheet.table(nil)
	b.Files = d.document(viewWatch, head{}, sheet).links(sheet.Code)
	calls := 0
	for _, it := range w.Items {
		if it.Kind <= attention.Never {
			calls++
		}
	}
	lead := "Semaine du " + Jour(w.Week.Monday()) + ", " + Compte(uint64(w.Schools), "école", "écoles") + " : "
	switch calls {
	case 0:
		lead += "aucune n'est à appeler."
	case 1:
		lead += "1 à appeler."
	default:
		lead += Entier(uint64(calls)) + " à appeler."
	}
	b.Lead = lead
	if w.Moved && w.Together <= 60 {
		b.Notes = append(b.Notes, fmt.Sprintf("Les écoles baissent ensemble : la médiane est à %d %% de l'habitude. Cherchez d'abord une cause commune (panne, grève, jour férié).", w.Together))
	}
	if w.Guessed {
		b.Notes = append(b.Notes, "Le calendrier scolaire n'est pas connu en entier : les semaines de classe sont celles où l'usage est d'au moins un tiers de la meilleure.")
	}
	if len(w.Items) == 0 {
		b.Empty = "Toutes les écoles dont les chiffres peuvent être montrés sont dans leurs habitudes."
		return b, nil
	}
	if rest := w.Schools - len(w.Items); rest > 0 {
		b.After = Compte(uint64(rest), "autre école est dans ses habitudes, ou trop de ses chiffres sont masqués pour le dire.", "autres écoles sont dans leurs habitudes, ou trop de leurs chiffres sont masqués pour le dire.")
	}
	return b, nil
}
