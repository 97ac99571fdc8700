package dashboards

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// handoutView follows the address of a collectivity: /collectivite/310069/fiche.
const handoutView = "/fiche"

// What fits on the one page.
const (
	handoutSchools  = 10
	handoutServices = 6
)

// handoutPage is one printed page for a mayor, who has no account: somebody who
// may read the figures prints it, or saves it as a PDF, and hands it over.
type handoutPage struct {
	Layout
	Number  string
	Year    schemas.SchoolYear
	Where   string // the communes of the schools, in French
	Says    string // the year in a sentence
	Figures []handoutFigure
	Schools Table
	Uses    []Table // who comes, and for what
	Notices []string
	Words   []string // what the words mean
	Made    string
	AsOf    asOf
	Back    string
	Files   []Link
}

// handoutFigure is a number and what it is, in plain words.
type handoutFigure struct{ Value, Label, Detail string }

func handoutPath(number string, y schemas.SchoolYear) string {
	return address("/collectivite/"+url.PathEscape(number)+handoutView, yearQuery(y))
}

// handout is what the page says, before it is put into words.
type handout struct {
	*conventions
	number   string
	schools  []statementRow
	profils  map[string]*shownUse
	services map[string]*shownUse
	visits   uint64
	used     int
	hidden   uint64 // figures that may not be shown
	pupils   Value  // of all schools, unknown where one is not
	weekly   Value  // weekly mean of pupils who came, over complete weeks with visits
}

// handout answers the page of a collectivity for its mayor, in any form.
func (s *Server) handout(w http.ResponseWriter, r *http.Request) error {
	number, err := numberIn(r)
	if err != nil {
		return err
	}
	c, err := s.loadConventions(r)
	if err != nil {
		return err
	}
	h, err := s.loadHandout(r.Context(), c, number)
	if err != nil {
		return err
	}
	state, err := s.reader.Completeness(r.Context())
	if err != nil {
		return err
	}
	who, _ := access.From(r.Context())
	s.audit.Note(access.Entry{Who: who.Subject, What: access.WhatHandout, Path: r.URL.Path, Decision: access.Allowed})
	schools, profils, services := h.schoolSheet(), h.useSheet("profils", "Qui vient", schemas.ParProfil, h.profils), h.useSheet("services", "Pour quoi faire", schemas.ParService, h.services)
	doc := &document{
		Name: "fiche-" + strings.ReplaceAll(number, "/", "-") + "_" + c.year.String(), Title: "Collectivité " + number + " – année scolaire " + c.year.String(),
		Path: "/collectivite/" + url.PathEscape(number) + handoutView, Query: yearQuery(c.year), Period: schemas.Period{From: c.year.First(), To: h.until()},
		AsOf: newAsOf(state), Remarks: append([]string{h.sentence()}, h.remarks(s.reader.Threshold())...), Sheets: []Sheet{schools, h.figureSheet(), profils, services},
	}
	if formatOf(r) != formatHTML {
		return s.files(w, r, doc)
	}
	p := handoutPage{
		Layout: s.layout(r, "Fiche de la collectivité "+number, "/collectivites"), Number: number, Year: c.year, Where: h.where(), Says: h.sentence(),
		Figures: h.figures(), Notices: h.remarks(s.reader.Threshold()), Words: handoutWords, Made: Instant(s.clock()), AsOf: doc.AsOf,
		Back: collectivitePath(number, c.year), Files: doc.links(schools.Code),
	}
	p.Layout.Alt = p.Files
	if more := len(schools.Rows) - handoutSchools; more > 1 {
		schools.Rows = append(schools.Rows[:handoutSchools], h.others(schools.Rows[handoutSchools:]))
	}
	p.Schools = schools.table(nil)
	profils.Rows, services.Rows = profils.Rows[:min(len(profils.Rows), handoutServices)], services.Rows[:min(len(services.Rows), handoutServices)]
	for _, sheet := range []Sheet{profils, services} {
		if len(sheet.Rows) > 0 {
			p.Uses = append(p.Uses, sheet.table(nil))
		}
	}
	return s.html(w, r, "fiche", p)
}

// loadHandout reads what the schools of a collectivity did. The error is
// NotFound when it enrolled none that the person sees.
func (s *Server) loadHandout(ctx context.Context, c *conventions, number string) (*handout, error) {
	h := &handout{conventions: c, number: number, profils: map[string]*shownUse{}, services: map[string]*shownUse{}, pupils: Value{Known: true}}
	var err error
	if h.schools, err = s.statementRows(ctx, c, number); err != nil {
		return nil, err
	}
	of, err := c.of(number)
	if err != nil {
		return nil, err
	}
	for _, l := range h.schools {
		h.hidden += l.Masquees
		if l.Visites != nil {
			h.visits += *l.Visites
		}
		if l.Derniere != "" {
			h.used++
		}
		if school, ok := c.dir.School(l.UAI); ok && school.Pupils >= 0 && h.pupils.Known {
			h.pupils.N += int64(school.Pupils)
		} else {
			h.pupils = Value{}
		}
	}
	weeks, err := s.cellsOf(ctx, c, of, schemas.CellQuery{Axes: []schemas.Axe{schemas.Globales, schemas.ParProfil}})
	if err != nil {
		return nil, err
	}
	services, err := s.cellsOf(ctx, c, of, schemas.CellQuery{Axes: []schemas.Axe{schemas.ParService}})
	if err != nil {
		return nil, err
	}
	h.takeUses(slices.Concat(weeks, services))
	byWeek := map[schemas.Day]uint64{}
	for _, cell := range weeks {
		if cell.Axe != schemas.ParProfil || cell.Visits == 0 || schemas.Week(cell.Debut).End().After(s.clock()) {
			continue
		}
		byWeek[cell.Debut] += 0 // a week with visits, of whomever
		if cell.Modalite == string(schemas.Eleve) {
			byWeek[cell.Debut] += cell.Users
		}
	}
	var users uint64
	for _, n := range byWeek {
		users += n
	}
	h.weekly = ratio(users, uint64(len(byWeek)), 1)
	return h, nil
}

// until is the last day counted.
func (h *handout) until() schemas.Day { return min(h.year.Last(), h.weeks.To+6) }

// where names the communes of the schools, or how many there are.
func (h *handout) where() string {
	var names []string
	for _, l := range h.schools {
		if l.Commune != "" && !slices.Contains(names, l.Commune) {
			names = append(names, l.Commune)
		}
	}
	slices.Sort(names)
	if len(names) > 3 {
		return Compte(uint64(len(names)), "commune", "communes")
	}
	return strings.Join(names, ", ")
}

// atLeast says a number of which some parts may not be shown.
func (h *handout) atLeast(n uint64, one, many string) string {
	if h.hidden > 0 {
		return "au moins " + Compte(n, one, many)
	}
	return Compte(n, one, many)
}

// sentence says the year for somebody who has never seen these figures.
func (h *handout) sentence() string {
	n := len(h.schools)
	when := "Pendant l'année scolaire " + h.year.String()
	if h.weeks.To < h.year.LastWeek().Monday() {
		when = "Depuis la rentrée"
	}
	said := when + ", "
	switch {
	case n == 1 && h.used == 1:
		said += "l'école inscrite s'est servie de l'espace numérique de travail (ENT)"
	case n == 1:
		return said + "l'école inscrite ne s'est pas encore servie de l'espace numérique de travail (ENT) : personne ne l'y a ouvert."
	case h.used == 0:
		return said + "aucune des " + Entier(uint64(n)) + " écoles inscrites ne s'est servie de l'espace numérique de travail (ENT)."
	case h.used == n:
		said += "les " + Entier(uint64(n)) + " écoles inscrites se sont servies de l'espace numérique de travail (ENT)"
	default:
		said += Entier(uint64(h.used)) + " des " + Entier(uint64(n)) + " écoles inscrites se sont servies de l'espace numérique de travail (ENT)"
	}
	if h.visits == 0 {
		return said + ", par trop peu de personnes à la fois pour que le nombre de visites soit montré."
	}
	return said + " : il a été ouvert " + h.atLeast(h.visits, "fois", "fois") + "."
}

// figures are the four numbers of the page.
func (h *handout) figures() []handoutFigure {
	amount := h.amount(len(h.schools))
	enrolled := handoutFigure{Entier(uint64(len(h.schools))), "écoles inscrites", "dont " + Entier(uint64(h.used)) + " avec au moins une visite"}
	if len(h.schools) < 2 {
		enrolled.Label = "école inscrite"
	}
	seen := handoutFigure{Entier(h.visits), "visites", "depuis le " + Jour(h.year.First())}
	weekly := handoutFigure{h.weekly.Format(kindCount), "élèves par semaine", "en moyenne, des semaines où quelqu'un est venu"}
	if h.pupils.Known && h.pupils.N > 0 && h.weekly.Known {
		weekly.Detail = "en moyenne, sur " + Compte(uint64(h.pupils.N), "élève", "élèves")
	}
	cost := handoutFigure{euros(amount), "pour l'année", euros(h.price) + " par école"}
	if h.hidden > 0 {
		if seen.Detail = "au moins : certaines semaines sont masquées"; h.visits == 0 {
			seen.Value = withheldText
		}
		weekly.Detail += ", au moins"
	} else if h.visits > 0 {
		cost.Detail += ", soit " + euros(amount/float64(h.visits)) + " par visite"
	}
	return []handoutFigure{enrolled, seen, weekly, cost}
}

// figureSheet is the four numbers for files.
func (h *handout) figureSheet() Sheet {
	s := Sheet{Code: "chiffres", Title: "Chiffres", Columns: []Column{
		{Code: "libelle", Label: "Chiffre"}, {Code: "valeur", Label: "Valeur"}, {Code: "precision", Label: "Précision"},
	}}
	for _, f := range h.figures() {
		s.Rows = append(s.Rows, Line{Values: []Value{word(f.Label), word(f.Value), word(f.Detail)}})
	}
	return s
}

// schoolSheet lists the schools by commune and name.
func (h *handout) schoolSheet() Sheet {
	s := Sheet{Code: "ecoles", Title: "Vos écoles", Caption: "Vos écoles", Columns: []Column{
		{Code: "uai", Label: "UAI", Files: true},
		{Code: "nom", Label: "École"},
		{Code: "commune", Label: "Commune"},
		{Code: "eleves", Label: "Élèves", Kind: kindCount},
		{Code: "visites", Label: "Visites", Kind: kindCount},
		{Code: "derniere_semaine", Label: "Dernière semaine d'usage", Page: true},
		{Code: "derniere_semaine", Label: "Dernière semaine", Files: true},
	}}
	rows := slices.Clone(h.schools)
	slices.SortStableFunc(rows, func(a, b statementRow) int {
		return cmp.Or(cmp.Compare(a.Commune, b.Commune), cmp.Compare(a.Nom, b.Nom))
	})
	for _, l := range rows {
		name, pupils, seen, last := word(l.Nom), Value{}, withheld(), word("jamais")
		if l.Nom == "" {
			name = word(string(l.UAI))
		}
		if school, ok := h.dir.School(l.UAI); ok && school.Pupils >= 0 {
			pupils = number(school.Pupils)
		}
		if l.Visites != nil {
			if seen = number(*l.Visites); l.Masquees > 0 {
				seen.Note = withheldWeeks(l.Masquees)
			}
		}
		if day, err := schemas.ParseDay(l.Derniere); err == nil {
			last = word(Jour(day))
		}
		s.Rows = append(s.Rows, Line{Values: []Value{word(string(l.UAI)), name, word(l.Commune), pupils, seen, last, word(l.Derniere)}, Muted: l.Derniere == ""})
	}
	return s
}

// others sums the lines that do not fit on the page.
func (h *handout) others(lines []Line) Line {
	pupils, seen := number(0), number(0)
	for _, l := range lines {
		if pupils.N += l.Values[3].N; !l.Values[3].Known {
			pupils = Value{N: pupils.N}
		}
		seen.N += l.Values[4].N
		if l.Values[4].Withheld || l.Values[4].Note != "" {
			seen.Note = "au moins"
		}
	}
	return Line{Values: []Value{{}, word("et " + Entier(uint64(len(lines))) + " autres écoles, dans le relevé"), word(""), pupils, seen, word(""), {}}}
}

// useSheet is the visits of an axis, the most first.
func (h *handout) useSheet(code, title string, a schemas.Axe, uses map[string]*shownUse) Sheet {
	s := Sheet{Code: code, Title: title, Caption: title, Columns: []Column{
		{Code: "modalite", Label: "Code", Files: true},
		{Code: "libelle", Label: title},
		{Code: "visites", Label: "Visites", Kind: kindCount},
		{Code: "part", Label: "Part", Kind: kindPercent, Bar: true},
		{Code: "semaines_masquees", Label: "Semaines masquées", Kind: kindCount, Files: true},
	}}
	var order []string
	for m, u := range uses {
		order = append(order, m)
		if u.hidden > 0 {
			s.Columns[3].Label = "Part, semaines montrées"
		}
	}
	slices.SortFunc(order, func(x, y string) int { return cmp.Or(cmp.Compare(uses[y].visits, uses[x].visits), cmp.Compare(x, y)) })
	for _, m := range order {
		u := uses[m]
		visits, share := number(u.visits), percentOf(u.part, u.whole)
		switch {
		case u.hidden > 0 && u.visits == 0:
			visits, share = withheld(), withheld()
		case u.hidden > 0:
			visits.Note = withheldWeeks(u.hidden)
		}
		s.Rows = append(s.Rows, Line{Values: []Value{word(m), word(a.Label(m)), visits, share, number(u.hidden)}})
	}
	return s
}

// remarks are what the reader must know beside the figures.
func (h *handout) remarks(threshold int) []string {
	said := slices.DeleteFunc(h.notices(), func(n string) bool { return strings.HasPrefix(n, "Seules les écoles") })
	if enrolled, ok := h.enrolments.Convention(h.number); ok && len(enrolled.Schools) > len(h.schools) {
		said = append(said, "Cette fiche ne porte que sur "+Compte(uint64(len(h.schools)), "école", "écoles")+" des "+Entier(uint64(len(enrolled.Schools)))+" que la collectivité a inscrites : celles du territoire de qui l'a éditée.")
	}
	if h.hidden > 0 && threshold > 0 {
		said = append(said, "« "+withheldText+" » : moins de "+Entier(uint64(threshold))+" personnes sont venues cette semaine-là, ou le chiffre permettrait d'en retrouver un si petit. On ne le montre pas, pour que personne ne soit reconnu. Les nombres de visites et les parts sont ceux des semaines montrées.")
	}
	return said
}

// handoutWords explain what the page counts.
var handoutWords = []string{
	"Une visite : une personne se connecte à l'ENT et y ouvre une page ou plus. Elle finit après 30 minutes sans rien faire.",
	"Une visite peut servir à plusieurs choses : les lignes de « Pour quoi faire » ne s'additionnent pas.",
	"La mesure est anonyme : elle ne garde ni nom, ni adresse, ni identifiant de personne.",
}
