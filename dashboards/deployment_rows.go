package dashboards

import (
	"context"
	"net/url"

	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// axeDeploiement is not an axis of cells: it asks for enrolment, established
// use and rates of the children of a territory.
const axeDeploiement = "deploiement"

// deploymentRow is one child of a territory.
type deploymentRow struct {
	Niveau        schemas.Niveau `json:"niveau"`
	Code          string         `json:"code"`
	Nom           string         `json:"nom"`
	Publiques     uint64         `json:"ecoles_publiques"`
	Inscrites     *uint64        `json:"ecoles_inscrites"` // null: unknown
	Installees    uint64         `json:"ecoles_usage_installe"`
	Indeterminees uint64         `json:"ecoles_indeterminees"`
	Silencieuses  *uint64        `json:"ecoles_silencieuses"` // null: unknown
	Population    *uint64        `json:"population"`          // of the schools where it is known
	Connues       uint64         `json:"ecoles_population_connue"`
	Frequentation *float64       `json:"taux_frequentation"`     // per cent; null: unknown, withheld, or one of several
	FrequenceMin  *float64       `json:"taux_frequentation_min"` // what is shown says that it is no less
	FrequenceMax  *float64       `json:"taux_frequentation_max"` // and no more
	Activation    *float64       `json:"taux_activation"`        // per cent; null: unknown
	Masque        string         `json:"masque"`                 // "oui": the rate is withheld; "non"

	territory schemas.Territory
	deployed  deployed
}

func optional(c schemas.Count) *uint64 {
	if n, ok := c.Get(); ok {
		return &n
	}
	return nil
}

func percent(r schemas.Ratio) *float64 {
	if n, ok := r.PerMille(); ok {
		return tenths(n)
	}
	return nil
}

// tenths is a number of tenths.
func tenths(n uint64) *float64 {
	v := float64(n) / 10
	return &v
}

// deploymentRows are the children of the territory, a region's académies and
// their DSDEN, or the territory itself when it is a school.
func (d *territoryData) deploymentRows() []deploymentRow {
	row := func(t schemas.Territory, total *schemas.WeekUse) deploymentRow {
		s := d.deployedIn(t.Scope, total)
		r := deploymentRow{
			Niveau: t.Niveau, Code: t.Code, Nom: t.Name, Publiques: s.primary, Inscrites: optional(s.enrolled),
			Installees: s.established, Indeterminees: s.undetermined, Silencieuses: optional(s.silent),
			Population: optional(s.rate.People), Connues: s.rate.Schools,
			Activation: percent(s.activation), Masque: "non", territory: t, deployed: s,
		}
		if s.rate.Withheld() {
			r.Masque = "oui"
		}
		if least, most, ok := s.rate.PerMille(); ok {
			r.FrequenceMin, r.FrequenceMax = tenths(least), tenths(most)
			if least == most {
				r.Frequentation = r.FrequenceMin
			}
		}
		return r
	}
	if d.Niveau == schemas.Ecole {
		return []deploymentRow{row(d.Territory, d.deployment.totals[childKey{code: d.Code}])}
	}
	var rows []deploymentRow
	for _, c := range d.childList(d.Scope) {
		rows = append(rows, row(c, d.deployment.totals[childKey{d.Scope, c.Code}]))
		if d.Niveau == schemas.Region {
			for _, below := range d.childList(c.Scope) {
				rows = append(rows, row(below, d.deployment.totals[childKey{c.Scope, below.Code}]))
			}
		}
	}
	return rows
}

// deploymentBlock is the table of enrolment and use by child.
func (d *territoryData) deploymentBlock() (Block, error) {
	if d.Niveau == schemas.Ecole {
		return Block{}, nil
	}
	b := d.block("deploiement", "Inscriptions et usage installé", d.files(url.Values{"axe": {axeDeploiement}}),
		"ecoles_inscrites", "ecoles_usage_installe", "ecoles_silencieuses", "taux_frequentation", "taux_activation", "population")
	b.Table = Table{Caption: b.Title, Head: []Head{
		{Label: "Territoire"},
		{Label: "Écoles publiques", Num: true},
		{Label: "Inscrites", Num: true},
		{Label: "Usage installé", Num: true},
		{Label: "Silencieuses", Num: true},
		{Label: "Fréquentation, " + d.rateOf().Label(), Num: true},
		{Label: "Comptes activés", Num: true},
	}}
	schools := d.Niveau == schemas.Circonscription
	if schools {
		b.Table.Head[0].Label = schemas.Ecole.Label()
		b.Table.Head = append(b.Table.Head[:1], b.Table.Head[2:]...)
	}
	for _, r := range d.deploymentRows() {
		name := Cell{Text: nameOf(r.territory)}
		if href := d.linked(r.territory.Scope); href != "" {
			name.Href = address(href, d.sel.query())
		}
		name.Deep = d.Niveau == schemas.Region && r.Niveau == schemas.DSDEN
		row := Row{Cells: []Cell{name}}
		if !schools {
			row.Cells = append(row.Cells, num(Entier(r.Publiques)))
		}
		row.Cells = append(row.Cells, r.enrolled(schools), r.established(schools), r.silent(schools), r.rate(), activationCell(r.deployed.activation))
		b.Table.Rows = append(b.Table.Rows, row)
	}
	if len(b.Table.Rows) == 0 {
		b.Empty = "L'annuaire ne connaît aucun territoire ni aucune école ici."
		return b, nil
	}
	if last, ok := d.lastComplete(); ok {
		b.Notes = append(b.Notes, "Usage et fréquentation de la dernière semaine complète, "+Semaine(last)+".")
	}
	if !d.deployment.enrolments.Known() {
		b.Notes = append(b.Notes, "Aucune liste d'inscriptions n'a été importée pour "+d.year().String()+" : les écoles inscrites ne sont pas connues.")
	}
	return b, nil
}

// yes is a number of schools, or whether the one school is one.
func yes(c schemas.Count, one bool) Cell {
	n, ok := c.Get()
	switch {
	case !ok:
		return num(unknownValue)
	case !one:
		return num(Entier(n))
	case n > 0:
		return num("oui")
	}
	return num("non")
}

func (r deploymentRow) enrolled(one bool) Cell { return yes(r.deployed.enrolled, one) }
func (r deploymentRow) silent(one bool) Cell   { return yes(r.deployed.silent, one) }

func (r deploymentRow) established(one bool) Cell {
	if one && r.Indeterminees > 0 {
		return num("indéterminé")
	}
	c := yes(schemas.Known(r.Installees), one)
	if r.Indeterminees > 0 {
		c.Note = Compte(r.Indeterminees, "indéterminée", "indéterminées")
	}
	return c
}

func (r deploymentRow) rate() Cell {
	if r.deployed.rate.Withheld() {
		return masked()
	}
	c := num(rateWords(r.deployed.rate))
	if n := r.deployed.rate; n.Schools < n.Of && n.Schools > 0 {
		c.Note = "sur " + Entier(n.Schools) + " écoles"
	}
	return c
}

// activationCell is a percentage, or that it is not known.
func activationCell(r schemas.Ratio) Cell {
	n, ok := r.PerMille()
	if !ok {
		return num(unknownValue)
	}
	return num(perMille(n))
}

// deploymentOf reads and lists the rows for a file.
func (s *Server) deploymentOf(ctx context.Context, at place, sel selection) ([]deploymentRow, error) {
	d := s.newTerritoryData(at, sel)
	if err := d.load(ctx, s.reader, d.loadCalendar, d.loadChildWeeks, d.loadDeployment); err != nil {
		return nil, err
	}
	return d.deploymentRows(), nil
}

func (s *Server) deploymentCSV(ctx context.Context, t *tableur.Writer, at place, sel selection) error {
	rows, err := s.deploymentOf(ctx, at, sel)
	if err != nil {
		return err
	}
	t.Header("niveau", "code", "nom", "ecoles_publiques", "ecoles_inscrites", "ecoles_usage_installe", "ecoles_indeterminees",
		"ecoles_silencieuses", "population", "ecoles_population_connue", "taux_frequentation", "taux_frequentation_min", "taux_frequentation_max", "taux_activation", "masque")
	number := func(n *uint64) {
		if n == nil {
			t.Empty()
			return
		}
		t.Uint(*n)
	}
	perCent := func(perMille uint64, known bool) {
		if !known {
			t.Empty()
			return
		}
		t.Thousandths(100 * perMille)
	}
	for _, r := range rows {
		t.Text(string(r.Niveau))
		t.Text(r.Code)
		t.Text(r.Nom)
		t.Uint(r.Publiques)
		number(r.Inscrites)
		t.Uint(r.Installees)
		t.Uint(r.Indeterminees)
		number(r.Silencieuses)
		number(r.Population)
		t.Uint(r.Connues)
		least, most, known := r.deployed.rate.PerMille()
		perCent(least, known && least == most)
		perCent(least, known)
		perCent(most, known)
		perCent(r.deployed.activation.PerMille())
		t.Text(r.Masque)
		t.End()
	}
	return nil
}
