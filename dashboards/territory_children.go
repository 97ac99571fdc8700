package dashboards

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/entaudience/entaudience/schemas"
)

// byVisits lists the modalities of cells, most visits first, then by code, so
// that those withheld come last in an order that says nothing.
func byVisits(cells map[string]schemas.Cell) []string {
	order := make([]string, 0, len(cells))
	for m, c := range cells {
		if c.Visits > 0 || c.Withheld {
			order = append(order, m)
		}
	}
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(cells[b].Visits, cells[a].Visits), cmp.Compare(a, b))
	})
	return order
}

// children lists the territories directly below, by name, with their figures:
// also those without a visit, which are the ones to call. Establishments that
// are no open public primary school are listed when they have visits.
func (d *territoryData) children() (Block, error) {
	if d.Niveau == schemas.Ecole {
		return Block{}, nil
	}
	b := d.block("territoires", childrenTitle(d.Niveau), d.files(url.Values{"detail": {string(schemas.ParEnfants)}}),
		"visites", "utilisateurs_semaine_moyenne", "duree_moyenne", "ecoles_actives")
	schools := d.Niveau == schemas.Circonscription
	b.Table = Table{Caption: b.Title, Head: []Head{{Label: "Territoire"}}}
	if schools {
		b.Table.Head[0].Label = schemas.Ecole.Label()
		b.Table.Head = append(b.Table.Head, Head{Label: "Commune"}, Head{Label: "Élèves", Num: true})
	}
	active := Head{Label: "Écoles actives", Num: true}
	if schools {
		active = Head{Label: "Active"}
	}
	b.Table.Head = append(b.Table.Head, Head{Label: "Visites", Num: true},
		Head{Label: "Utilisateurs par semaine", Num: true}, Head{Label: "Durée moyenne", Num: true}, active)
	if d.sel.Compare {
		b.Table.Head = append(b.Table.Head, Head{Label: "Visites, évolution", Num: true})
	}
	silent := 0
	for _, c := range d.childList(d.Scope) {
		rows := []Row{d.childRow(d.Scope, c, schools)}
		if d.Niveau == schemas.Region {
			for _, below := range d.childList(c.Scope) {
				row := d.childRow(c.Scope, below, false)
				row.Cells[0].Deep = true
				rows = append(rows, row)
			}
		}
		for _, row := range rows {
			if row.Muted {
				silent++
			}
		}
		b.Table.Rows = append(b.Table.Rows, rows...)
	}
	if len(b.Table.Rows) == 0 {
		b.Empty = "L'annuaire ne connaît aucun territoire ni aucune école ici."
		return b, nil
	}
	if silent > 0 {
		b.Notes = append(b.Notes, Compte(uint64(silent), "ligne sans aucune visite dans la période.", "lignes sans aucune visite dans la période."))
	}
	if last, ok := d.lastComplete(); ok {
		b.Notes = append(b.Notes, "« "+active.Label+" » : au moins une visite d'un élève, d'un parent ou d'un enseignant, "+Semaine(last)+".")
	}
	return b, nil
}

func childrenTitle(n schemas.Niveau) string {
	switch n {
	case schemas.Region:
		return "Académies et DSDEN"
	case schemas.Academie:
		return "DSDEN"
	case schemas.DSDEN:
		return "Circonscriptions"
	}
	return "Écoles"
}

// childList is the directory's children of a territory worth a line, then the
// codes that have visits and that this year's directory no longer has here.
func (d *territoryData) childList(parent schemas.Scope) []schemas.Territory {
	var list []schemas.Territory
	listed := map[string]bool{}
	for _, c := range d.dir.Children(parent) {
		if c.Niveau == schemas.Ecole && len(d.childWeeks[childKey{parent, c.Code}]) == 0 {
			if school, ok := d.dir.School(schemas.UAI(c.Code)); !ok || !school.Primary {
				continue
			}
		}
		list = append(list, c)
		listed[c.Code] = true
	}
	var gone []string
	for key := range d.childWeeks {
		if key.parent == parent && !listed[key.code] {
			gone = append(gone, key.code)
		}
	}
	slices.Sort(gone)
	for _, code := range gone {
		list = append(list, d.names.part(parent.Niveau, schemas.ParEnfants, code))
	}
	return list
}

func (d *territoryData) childRow(parent schemas.Scope, c schemas.Territory, schools bool) Row {
	key := childKey{parent, c.Code}
	cells := d.childWeeks[key]
	m := total(cells)
	first := Cell{Text: nameOf(c)}
	if path := d.linked(c.Scope); path != "" { // this year another may be in charge of it
		first.Href = address(path, d.sel.query())
	}
	if c.Niveau == schemas.Ecole && !schools {
		first.Note = "école sans circonscription"
	}
	hidden := withheldPeriods(cells)
	row := Row{Cells: []Cell{first}, Muted: m.Visits == 0 && hidden == 0}
	if schools {
		commune, pupils := none, none
		if s, ok := d.dir.School(schemas.UAI(c.Code)); ok {
			commune = s.Commune
			if s.Pupils >= 0 {
				pupils = Entier(uint64(s.Pupils))
			}
		}
		row.Cells = append(row.Cells, text(commune), num(pupils))
	}
	users := none
	if mean, n := d.weeklyMean(cells); n > 0 {
		users = Entier(mean)
	}
	visits := num(Entier(m.Visits))
	if hidden > 0 {
		visits.Note = withheldWeeks(hidden)
	}
	if hidden > 0 && m.Visits == 0 {
		row.Cells = append(row.Cells, masked(), masked(), masked())
	} else {
		row.Cells = append(row.Cells, visits, num(users), num(DureeMoyenne(m)))
	}
	active := d.childActive[key]
	switch _, known := d.lastComplete(); {
	case !known:
		row.Cells = append(row.Cells, num(none))
	case schools && active > 0:
		row.Cells = append(row.Cells, text("oui"))
	case schools:
		row.Cells = append(row.Cells, text("non"))
	default:
		cell := num(Entier(active))
		if n := d.dir.PrimaryIn(c.Scope); n > 0 {
			cell.Text += " / " + Entier(uint64(n))
		}
		row.Cells = append(row.Cells, cell)
	}
	if d.sel.Compare {
		row.Cells = append(row.Cells, num(d.childEvolution(key)))
	}
	return row
}
