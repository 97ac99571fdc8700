package dashboards

import (
	"context"
	"fmt"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// shownServices is how many services the charts draw; the tables have all.
const shownServices = 12

// servicesView is what the ENT is used for.
func servicesView() detailView {
	return detailView{
		path: viewServices, title: "Services",
		load: func(d *territoryData) []func(context.Context, Reader) error {
			return []func(context.Context, Reader) error{d.loadBreakdowns, d.loadServices}
		},
		build: (*territoryData).servicesParts,
	}
}

// loadServices reads services by week, and by profile over the period.
func (d *territoryData) loadServices(ctx context.Context, r Reader) (err error) {
	q := d.query()
	q.Axes = []schemas.Axe{schemas.ParService}
	if d.serviceWeeks, err = r.Cells(ctx, q); err != nil {
		return err
	}
	q.Total, q.Axes = true, []schemas.Axe{schemas.ParProfilService}
	d.profilServices, err = r.Cells(ctx, q)
	return err
}

func (d *territoryData) servicesParts() (lead string, parts []part, err error) {
	cells, whole := d.on(schemas.ParService)
	order := byVisits(cells)
	all := modalities("services", "Services", "Service", schemas.ParService, order, cells, whole)
	all.Columns[5].Label = "Temps moyen"
	first := part{d.block("services", "Services vus", nil, "visites_service", "utilisateurs_cumul_hebdomadaire", "duree_service"), all}
	first.Notes = append(first.Notes, "Une visite compte une fois pour chaque service vu : les parts dépassent 100 % au total.")
	if err := d.barsOf(&first.Block, &first.Sheet, shownServices, whole.Visits); err != nil {
		return "", nil, err
	}
	if labels, visits := all.shown("libelle", "visites", 1); len(labels) > 0 && whole.Visits > 0 {
		lead = "Le service le plus vu est « " + labels[0] + " » : " + Part(visits[0], whole.Visits) + " des visites."
	}
	weeks, err := d.serviceWeeksPart(order)
	if err != nil {
		return "", nil, err
	}
	crossed, err := d.profilServicesPart(order)
	if err != nil {
		return "", nil, err
	}
	return lead, []part{first, weeks, crossed, d.toolsPart()}, nil
}

// serviceWeeksPart follows the first services over the weeks.
func (d *territoryData) serviceWeeksPart(order []string) (part, error) {
	const followed = 6
	byWeek := map[string]schemas.Cell{}
	for _, c := range d.serviceWeeks {
		byWeek[c.Debut.String()+c.Modalite] = c
	}
	var series []Column
	for _, m := range order[:min(followed, len(order))] {
		series = append(series, Column{Code: m, Label: schemas.Service(m).Label(), Kind: kindCount})
	}
	p := part{d.block("evolution", "Évolution des services", nil, "visites_service"), d.weekSheet("evolution", "Visites des services par semaine", series, func(w schemas.Week, m string) Value {
		c := byWeek[w.String()+m]
		if c.Withheld {
			return withheld()
		}
		return number(c.Visits)
	})}
	if len(series) == 0 {
		p.Empty = noVisits
		return p, nil
	}
	return p, d.linesOf(&p.Block, &p.Sheet, fmt.Sprintf("Visites par semaine des %d services les plus vus, %s en tête.", len(series), series[0].Label))
}

// profilServicesPart says who uses which service.
func (d *territoryData) profilServicesPart(order []string) (part, error) {
	cells := map[string]schemas.Cell{}
	for _, c := range d.profilServices {
		cells[c.Modalite] = c
	}
	s := Sheet{
		Code: "profils", Title: "Services par profil", Caption: "Visites par service et par profil",
		Columns: []Column{{Code: "modalite", Label: "Code", Files: true}, {Code: "libelle", Label: "Service"}},
	}
	var profils []schemas.ProfilInfo
	for _, p := range schemas.Profils() {
		if d.sel.Profil == "" || d.sel.Profil == p.Code {
			profils = append(profils, p)
			s.Columns = append(s.Columns, Column{Code: strings.ToLower(string(p.Code)), Label: p.Label, Kind: kindCount})
		}
	}
	for _, m := range order {
		l := Line{Values: []Value{word(m), word(schemas.Service(m).Label())}, Muted: true}
		for _, p := range profils {
			c := cells[string(p.Code)+schemas.Times+m]
			v := number(c.Visits)
			if c.Withheld {
				v = withheld()
			}
			l.Muted = l.Muted && v.Known && v.N == 0
			l.Values = append(l.Values, v)
		}
		s.Rows = append(s.Rows, l)
	}
	p := part{d.block("profils", "Services par profil", nil, "visites_service"), s}
	switch {
	case len(order) == 0:
		p.Empty = noVisits
		return p, nil
	case d.sel.Profil != "":
		return p, nil
	}
	p.Notes = append(p.Notes, "Le graphique partage les visites de chaque service entre élèves, parents, enseignants et personnels administratifs.")
	var rows, series []string
	parts := make([][]float64, 4)
	for _, info := range profils[:4] {
		series = append(series, info.Label)
	}
	for _, l := range s.Rows[:min(shownServices, len(s.Rows))] {
		sum := int64(0)
		for i := range 4 {
			sum += l.Values[2+i].N
		}
		if sum == 0 {
			continue
		}
		rows = append(rows, l.Values[1].Text)
		for i := range 4 {
			parts[i] = append(parts[i], float64(l.Values[2+i].N*1000/sum)/10)
		}
	}
	if len(rows) == 0 {
		return p, nil
	}
	var err error
	p.Chart, err = stackedChart(rows, series, parts, fmt.Sprintf("Part de chaque profil dans les visites de %d services. %s : %d %% d'élèves.", len(rows), rows[0], int(parts[0][0])))
	return p, err
}

func (d *territoryData) toolsPart() part {
	cells, whole := d.on(schemas.ParOutil)
	p := part{d.block("outils", "Outils tiers", nil, "visites"), modalities("outils", "Outils tiers", "Outil", schemas.ParOutil, byVisits(cells), cells, whole)}
	if d.sel.Profil != "" {
		p.Notes = append(p.Notes, "Tous profils : ce détail n'est pas compté par profil, le filtre ne s'y applique pas.")
	}
	if len(p.Sheet.Rows) == 0 {
		p.Empty = "Aucun outil tiers n'a été ouvert dans cette période."
	}
	return p
}
