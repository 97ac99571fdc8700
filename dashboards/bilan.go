package dashboards

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/schemas"
)

// bilanPage is the document of a school year, for a committee that reads it
// on paper.
type bilanPage struct {
	Layout
	head
	Year    schemas.SchoolYear
	Running bool   // the year is not over
	Made    string // French: when the document was made
	Cover   string // the cover sentence
	Parts   []part
	Events  []string // notes on the year, in French
	Method  []string
	Limits  []string
}

// bilanOwn leads to the document of the person's own territory, or region.
func (s *Server) bilanOwn(w http.ResponseWriter, r *http.Request) error {
	raw := chi.URLParam(r, "annee")
	form := string(formatOf(r))
	if form == string(formatHTML) {
		form = ""
	}
	year, err := schemas.ParseSchoolYear(strings.TrimSuffix(raw, form))
	if err != nil {
		return err
	}
	dir, _, err := s.reader.Directory(r.Context(), year)
	if err != nil {
		return err
	}
	p, _ := access.From(r.Context())
	territories := s.own(r.Context(), p)
	if p.Everywhere {
		territories = dir.Regions()
	}
	if len(territories) == 0 {
		return schemas.Missing("Aucun territoire n'est le vôtre : il n'y a pas de bilan à montrer.")
	}
	http.Redirect(w, r, bilanPath(year, territories[0].Scope)+form, http.StatusFound)
	return nil
}

// bilanPath is the address of a document: it names the year for ever.
func bilanPath(y schemas.SchoolYear, t schemas.Scope) string {
	return "/bilan/" + y.String() + t.Path()
}

// bilan answers the document of a school year and a territory.
func (s *Server) bilan(w http.ResponseWriter, r *http.Request) error {
	year, err := schemas.ParseSchoolYear(chi.URLParam(r, "annee"))
	if err != nil {
		return err
	}
	sel := selection{Compare: true, Asked: true}
	sel.takeYear(year, s.clock())
	if sel.Period.Days() == 0 {
		return schemas.Refuse("L'année scolaire %s n'a pas encore commencé.", year)
	}
	d, err := s.territoryAt(r, sel)
	if err != nil {
		return err
	}
	if err := d.loadTerritory(r.Context(), s.reader); err != nil {
		return err
	}
	p := bilanPage{
		Layout: s.layout(r, "Bilan "+year.String()+" – "+nameOf(d.Territory), ""), head: d.head(viewOverview), Year: year,
		Running: d.running(), Made: Instant(s.clock()), Method: bilanMethod, Limits: d.bilanLimits(),
	}
	p.Events = d.noteLines()
	p.Notices = slices.DeleteFunc(append(p.Notices, d.compareNotices()...), func(n string) bool { return slices.Contains(p.Events, n) })
	if n := d.withheld(); n > 0 {
		p.Notices = append(p.Notices, withheldNotice(n, d.threshold))
	}
	if p.Parts, err = d.bilanParts(); err != nil {
		return err
	}
	p.Cover = coverSentence(d.coverFacts(year))
	doc := d.document("", p.head)
	doc.Name = "bilan-" + year.String() + "_" + string(d.Niveau) + "-" + d.Code
	doc.Title, doc.Path, doc.Query = "Bilan "+year.String()+" – "+nameOf(d.Territory), bilanPath(year, d.Scope), nil
	doc.Remarks = slices.Concat([]string{p.Cover}, p.Notices, p.Events)
	for _, part := range p.Parts {
		doc.Sheets = append(doc.Sheets, part.Sheet)
	}
	if formatOf(r) != formatHTML {
		return s.files(w, r, doc)
	}
	p.Files = doc.links(doc.Sheets[0].Code)
	p.Layout.Alt = p.Files
	for i := range p.Parts {
		p.Parts[i].Block.Files = doc.links(p.Parts[i].Sheet.Code)
		p.Parts[i].Block.Table = p.Parts[i].Sheet.table(nil)
		p.Parts[i].Open = true // paper cannot unfold
		if p.Parts[i].Chart != nil {
			p.Parts[i].Chart.Vector = true
		}
	}
	return s.html(w, r, "bilan", p)
}

// bilanParts are the tables of the document, in its order.
func (d *territoryData) bilanParts() ([]part, error) {
	parts := []part{d.figuresPart()}
	for _, make := range []func() (part, error){d.weeksPart, d.schoolWeeksPart, d.sidePart, d.profilsPart, d.bilanServicesPart, d.bilanDevicesPart} {
		p, err := make()
		if err != nil {
			return nil, err
		}
		if p.ID != "" {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// figuresPart is the key figures with the year before.
func (d *territoryData) figuresPart() part {
	s := Sheet{
		Code: "chiffres", Title: "Chiffres clés", Caption: "Chiffres clés, et les mêmes semaines scolaires de l'année précédente",
		Columns: []Column{
			{Code: "indicateur", Label: "Code", Files: true},
			{Code: "libelle", Label: "Indicateur"},
			{Code: "valeur", Label: "Valeur"},
			{Code: "nombre", Label: "Nombre", Kind: kindCount, Files: true},
			{Code: "unite", Label: "Unité", Files: true},
			{Code: "detail", Label: "Précision"},
			{Code: "annee_precedente", Label: "Année précédente", Kind: kindCount, Files: true},
			{Code: "comparaison", Label: "Par rapport à l'année précédente"},
		},
	}
	figures := append(d.figures(), d.deploymentFigures()...)
	if !slices.ContainsFunc(figures, func(f Figure) bool { return f.Before != nil }) {
		s.Caption = s.Title
		s.Columns[len(s.Columns)-1].Files = true // a remark says why there is none
	}
	for _, f := range figures {
		l := Line{Values: []Value{word(f.Code), word(f.Label), word(f.Value), {}, word(f.Unit), word(f.Detail), {}, word(f.Compare)}}
		if f.Number != nil {
			l.Values[3] = number(*f.Number)
		}
		if f.Before != nil {
			l.Values[6] = number(*f.Before)
		}
		s.Rows = append(s.Rows, l)
	}
	b := d.block("chiffres", "Chiffres clés", nil, "visites", "utilisateurs_semaine_moyenne", "duree_moyenne", "ecoles_actives")
	return part{b, s}
}

// weeksPart is the year week by week, beside the same school weeks of the year
// before.
func (d *territoryData) weeksPart() (part, error) {
	series := []Column{
		{Code: "visites", Label: "Visites", Kind: kindCount},
		{Code: "utilisateurs", Label: "Utilisateurs", Kind: kindCount},
		{Code: colMean, Label: "Durée moyenne", Kind: kindSeconds},
		{Code: "ecoles_actives", Label: "Écoles actives", Kind: kindCount},
		{Code: "visites_annee_precedente", Label: "Visites, même semaine scolaire de l'année précédente", Kind: kindCount},
	}
	s := d.weekSheet("semaines", "Semaine après semaine", series, func(w schemas.Week, code string) Value {
		c := d.week(w)
		switch {
		case code == "visites_annee_precedente":
			same, ok := d.compare.before[w]
			if !ok {
				return Value{}
			}
			return number(d.compare.cells[same].Visits)
		case code == "ecoles_actives":
			return number(d.active[w])
		case c.Withheld:
			return withheld()
		case code == "visites":
			return number(c.Visits)
		case code == "utilisateurs":
			return number(c.Users)
		}
		return meanDuration(c.Measures)
	})
	b, err := d.evolution()
	b.Title, b.ID, b.Notes = "Semaine après semaine", "semaines", nil
	return part{b, s}, err
}

// schoolWeeksPart sets the weeks with classes beside those of the same number
// of the year before: on this axis the holidays of two years do not shift.
func (d *territoryData) schoolWeeksPart() (part, error) {
	s := Sheet{Code: "semaines-scolaires", Title: "Par semaine scolaire", Caption: "Visites par semaine scolaire, et celles de l'année précédente", Columns: []Column{
		{Code: "numero", Label: "Numéro", Kind: kindCount, Files: true},
		{Code: "libelle", Label: "Semaine scolaire"},
		{Code: "semaine", Label: "Lundi", Files: true},
		{Code: "visites", Label: "Visites", Kind: kindCount},
		{Code: "semaine_precedente", Label: "Lundi de l'année précédente", Files: true},
		{Code: "visites_annee_precedente", Label: "Année précédente", Kind: kindCount},
		{Code: "evolution", Label: "Évolution", Kind: kindChange},
	}}
	b := d.block("semaines-scolaires", "Les deux années, par semaine scolaire", nil, "visites")
	var labels []string
	for _, p := range d.points() {
		same, compared := d.compare.before[p.Week]
		if p.Number == 0 || p.Running {
			continue
		}
		name := word("Semaine " + Entier(uint64(p.Number)))
		name.Note = Jour(p.Week.Monday())
		l := Line{Values: []Value{number(p.Number), name, word(p.Week.String()), withheld(), {}, {}, {}}}
		if !p.Withheld {
			l.Values[3] = number(p.Visits)
		}
		if compared {
			before := d.compare.cells[same].Visits
			l.Values[4], l.Values[5], l.Values[6] = word(same.String()), number(before), change(int64(p.Visits), int64(before))
		}
		s.Rows = append(s.Rows, l)
		labels = append(labels, "S"+Entier(uint64(p.Number)))
	}
	if len(d.compare.before) == 0 {
		b.Empty = "Aucune semaine scolaire de cette année n'a son pendant l'année précédente : les deux années ne se comparent pas."
		return part{b, s}, nil
	}
	now, before := d.compare.of(d.weekly, d.weeks)
	alt := "Visites par semaine scolaire, cette année et la précédente. Sur les " + Compte(uint64(len(now)), "semaine", "semaines") + " qui se comparent : " +
		Entier(total(now).Visits) + " contre " + Entier(total(before).Visits) + "."
	var err error
	b.Chart, err = yearsChart(labels, &s, alt)
	return part{b, s}, err
}

// sidePart is the territories side by side.
func (d *territoryData) sidePart() (part, error) {
	if d.side == nil {
		return part{}, nil
	}
	c := d.side
	whole, above := c.whole(), c.over()
	s := c.sheet(c.groups(c.query.Level), whole, above, func(schemas.Territory) string { return "" })
	s.Code, s.Title = "territoires", "Territoires"
	for i := range s.Columns {
		switch s.Columns[i].Code {
		case colQ1, colQ3:
			s.Columns[i].Files = false // paper has no other page for them
		case colChange, colMean, colActive:
			s.Columns[i].Files = true
		}
	}
	b := d.block("territoires", "Territoires et équité", nil, "utilisateurs_pour_100_eleves", "quartiles")
	b.Notes = append(b.Notes, "Utilisateurs par semaine pour 100 élèves ; la moitié des écoles est entre les deux quartiles.")
	if len(s.Rows) == 0 {
		b.Empty = "L'annuaire ne connaît aucun territoire ici."
		return part{b, s}, nil
	}
	err := c.chart(&b, s, whole, above)
	return part{b, s}, err
}

func (d *territoryData) profilsPart() (part, error) {
	cells, whole := d.on(schemas.ParProfil)
	var order []string
	for _, p := range schemas.Profils() {
		order = append(order, string(p.Code))
	}
	p := part{
		d.block("profils", "Profils", nil, "visites", "utilisateurs_cumul_hebdomadaire"),
		modalities("profils", "Visites par profil", "Profil", schemas.ParProfil, order, cells, whole),
	}
	if len(cells) == 0 {
		p.Empty = noVisits
		return p, nil
	}
	return p, d.barsOf(&p.Block, &p.Sheet, len(order), whole.Visits)
}

func (d *territoryData) bilanServicesPart() (part, error) {
	cells, whole := d.on(schemas.ParService)
	p := part{
		d.block("services", "Services", nil, "visites_service", "duree_service"),
		modalities("services", "Visites par service", "Service", schemas.ParService, byVisits(cells), cells, whole),
	}
	p.Sheet.Columns[5].Label = "Temps moyen"
	if len(p.Sheet.Rows) == 0 {
		p.Empty = noVisits
		return p, nil
	}
	return p, d.barsOf(&p.Block, &p.Sheet, shownServices, whole.Visits)
}

func (d *territoryData) bilanDevicesPart() (part, error) {
	p, err := d.profilDevicesPart()
	p.ID, p.Title, p.Sheet.Code = "appareils", "Appareils par profil", "appareils"
	return p, err
}

// bilanMethod says how the figures are made.
var bilanMethod = []string{
	"Les pages de l'ENT envoient des marqueurs anonymes selon le plan de marquage national (DNMA). Aucun identifiant de personne n'est conservé : un pseudonyme, propre à une école, change chaque semaine.",
	"Une visite est une suite d'événements d'une personne dans une école ; elle se termine après 30 minutes sans événement, ou à minuit, heure de Paris.",
	"Un utilisateur est une personne distincte dans la semaine et dans une école. Sur une période plus longue, il n'existe pas d'utilisateurs distincts : ce bilan donne la moyenne des semaines complètes.",
	"La durée moyenne porte sur les visites d'au moins deux événements.",
	"Deux années se comparent par semaines scolaires de même rang, complètes dans les deux.",
}

// bilanLimits says what the figures do not say.
func (d *territoryData) bilanLimits() []string {
	limits := []string{
		"Les pages publiques et l'application mobile hors connexion ne sont pas mesurées.",
		"Une personne présente dans deux écoles compte deux fois.",
		"Une page sans marqueur, ou un navigateur qui le bloque, ne se voit pas : les chiffres sont des minima.",
	}
	if d.threshold > 0 {
		limits = append(limits, "Les chiffres d'une école de moins de "+Entier(uint64(d.threshold))+" utilisateurs dans la semaine ne sont pas montrés, ni ceux qui permettraient de les retrouver.")
	}
	if d.hasExtent && d.extent.From > d.weeks[0].Monday() {
		limits = append(limits, "La mesure a commencé le "+Jour(d.extent.From)+".")
	}
	return limits
}
