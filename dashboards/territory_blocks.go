package dashboards

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// block begins a block over the whole period.
func (d *territoryData) block(id, title string, files []Link, codes ...string) Block {
	days := d.days()
	return Block{
		ID: id, Title: title, Indicators: indicatorsOf(codes...), AsOf: d.asOf, Files: files,
		Period: "du " + Jour(days.From) + " au " + Jour(min(days.To, schemas.DayOf(d.now))), Noted: d.noted(days),
	}
}

// points are the weeks of the chart: those before the first figure ever are
// unknown and left out; a week without visits after it is a true zero.
func (d *territoryData) points() []weekPoint {
	var ps []weekPoint
	for _, w := range d.weeks {
		if d.hasExtent && w < d.extent.From.Week() {
			continue
		}
		c := d.week(w)
		p := weekPoint{Week: w, Visits: c.Visits, Users: c.Users, Running: !d.complete(w), Withheld: c.Withheld}
		p.Number, _ = d.calendar.Number(w)
		if same, ok := d.compare.before[w]; ok {
			before := d.compare.cells[same].Visits
			p.Before = &before
		}
		ps = append(ps, p)
	}
	return ps
}

func (d *territoryData) evolution() (Block, error) {
	b := d.block("evolution", "Évolution hebdomadaire", d.axis(schemas.Globales), "visites", "utilisateurs", "duree_moyenne")
	points := d.points()
	if !d.hasExtent || len(points) == 0 {
		b.Empty = "Aucune visite n'a encore été comptée."
		return b, nil
	}
	b.Table = Table{
		Caption: "Visites, utilisateurs et durée moyenne par semaine",
		Head:    []Head{{Label: "Semaine du"}, {Label: "Visites", Num: true}, {Label: "Utilisateurs", Num: true}, {Label: "Durée moyenne", Num: true}},
	}
	if d.sel.Compare {
		b.Table.Head = append(b.Table.Head, Head{Label: "Visites, année précédente", Num: true}, Head{Label: "Évolution", Num: true})
		b.Files = d.files(url.Values{"axe": {axeComparaison}})
	}
	var best weekPoint
	weeks := make([]schemas.Week, len(points))
	for i, p := range points {
		weeks[i] = p.Week
		first := text(Jour(p.Week.Monday()))
		first.Note = weekNote(d.calendar, p.Week)
		if p.Running {
			first.Note = strings.TrimPrefix(first.Note+" ; semaine en cours, inachevée", " ; ")
		}
		if noted := d.notedIn(p.Week); noted != "" {
			first.Note = strings.TrimPrefix(first.Note+" ; "+noted, " ; ")
		}
		row := Row{
			Cells: []Cell{first, num(Entier(p.Visits)), num(Entier(p.Users)), num(DureeMoyenne(d.week(p.Week).Measures))},
			Muted: p.Visits == 0,
		}
		if p.Withheld {
			row = Row{Cells: []Cell{first, masked(), masked(), masked()}}
		}
		if d.sel.Compare {
			row.Cells = append(row.Cells, d.beforeCells(p)...)
		}
		b.Table.Rows = append(b.Table.Rows, row)
		if p.Visits > best.Visits {
			best = p
		}
	}
	alt := "Visites et utilisateurs par semaine, " + Compte(uint64(len(points)), "semaine", "semaines") + "."
	if best.Visits > 0 {
		alt += " La plus forte est la " + Semaine(best.Week) + " : " + Compte(best.Visits, "visite", "visites") + "."
	}
	if d.running() {
		b.Notes = append(b.Notes, "La dernière semaine n'est pas finie : elle est dessinée à part et ne se compare pas aux autres.")
		alt += " La dernière semaine est en cours."
	}
	spans, alt := d.marked(weeks, alt)
	b.Notes = append(b.Notes, unknownYears(d.calendar, weeks)...)
	var err error
	b.Chart, err = evolutionChart(points, spans, alt)
	return b, err
}

// breakdown is the table of an axis whose modalities are known beforehand:
// all of them, in their order, then what came besides.
func breakdown(b *Block, name string, a schemas.Axe, order []string, cells map[string]schemas.Cell, whole schemas.Measures) (labels []string, visits []uint64) {
	b.Table.Caption = b.Title
	b.Table.Head = []Head{
		{Label: name},
		{Label: "Visites", Num: true},
		{Label: "Part des visites", Num: true, Bar: true},
		{Label: "Utilisateurs (cumul hebdomadaire)", Num: true},
		{Label: "Durée moyenne", Num: true},
	}
	for _, m := range order {
		c := cells[m]
		if c.Withheld { // in the table, but no bar of 0
			b.Table.Rows = append(b.Table.Rows, Row{Cells: []Cell{text(a.Label(m)), masked(), masked(), masked(), masked()}})
			continue
		}
		labels, visits = append(labels, a.Label(m)), append(visits, c.Visits)
		shown := num(Entier(c.Visits))
		if c.WithheldPeriods > 0 {
			shown.Note = withheldWeeks(c.WithheldPeriods)
		}
		b.Table.Rows = append(b.Table.Rows, Row{
			Cells: []Cell{text(a.Label(m)), shown, share(c.Visits, whole.Visits), num(Entier(c.Users)), num(DureeMoyenne(c.Measures))},
			Muted: c.Visits == 0,
		})
	}
	return labels, visits
}

func (d *territoryData) profils() (Block, error) {
	b := d.block("profils", "Profils", d.axis(schemas.ParProfil), "visites", "utilisateurs_cumul_hebdomadaire", "duree_moyenne")
	cells, whole := d.on(schemas.ParProfil)
	var order []string
	for _, p := range schemas.Profils() {
		if d.sel.Profil == "" || d.sel.Profil == p.Code {
			order = append(order, string(p.Code))
		}
	}
	if whole.Visits == 0 && len(cells) == 0 {
		b.Empty = noVisits
		return b, nil
	}
	labels, visits := breakdown(&b, "Profil", schemas.ParProfil, order, cells, whole)
	var err error
	b.Chart, err = barsChart(labels, visits, "Visites", "visites", "Visites par profil. "+ranking(labels, visits, whole.Visits))
	return b, err
}

const noVisits = "Aucune visite dans cette période."

// ranking says the first two of a series in words.
func ranking(labels []string, values []uint64, whole uint64) string {
	var said []string
	taken := map[int]bool{}
	for range min(2, len(values)) {
		best := -1
		for i, v := range values {
			if v > 0 && !taken[i] && (best < 0 || v > values[best]) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		taken[best] = true
		said = append(said, labels[best]+" : "+Part(values[best], whole))
	}
	if len(said) == 0 {
		return noVisits
	}
	return "En tête, " + strings.Join(said, " ; ") + "."
}

func (d *territoryData) services() (Block, error) {
	b := d.block("services", "Services", d.axis(schemas.ParService), "visites_service", "utilisateurs_cumul_hebdomadaire", "duree_service")
	cells, whole := d.on(schemas.ParService)
	order := byVisits(cells)
	if len(order) == 0 {
		b.Empty = noVisits
		return b, nil
	}
	b.Notes = append(b.Notes, "Une visite compte une fois pour chaque service vu : les parts dépassent 100 % au total.")
	labels, visits := breakdown(&b, "Service", schemas.ParService, order, cells, whole)
	const shown = 12
	b.Table.Head[4].Label = "Temps moyen"
	n := min(shown, len(labels))
	var err error
	b.Chart, err = barsChart(labels[:n], visits[:n], "Visites", "visites",
		fmt.Sprintf("Visites des %d services les plus vus. %s", n, ranking(labels, visits, whole.Visits)))
	return b, err
}

func (d *territoryData) appareils() (Block, error) {
	b := d.block("appareils", "Appareils", d.axis(schemas.ParProfilAppareil), "visites")
	all, whole := d.on(schemas.ParAppareil)
	crossed, _ := d.on(schemas.ParProfilAppareil)
	if whole.Visits == 0 && len(all) == 0 {
		b.Empty = noVisits
		return b, nil
	}
	b.Table = Table{Caption: "Visites par profil et par appareil", Head: []Head{{Label: "Profil"}}}
	series := make([]string, 0, 4)
	for _, dev := range schemas.Devices() {
		series = append(series, dev.Label())
		b.Table.Head = append(b.Table.Head, Head{Label: dev.Label(), Num: true})
	}
	parts := make([][]float64, len(series))
	var rows []string
	add := func(label string, cell func(schemas.Device) schemas.Cell) {
		sum, hidden := uint64(0), false
		for _, dev := range schemas.Devices() {
			sum += cell(dev).Visits
			hidden = hidden || cell(dev).Withheld
		}
		if sum == 0 && !hidden {
			return
		}
		rows = append(rows, label)
		row := Row{Cells: []Cell{text(label)}}
		for i, dev := range schemas.Devices() {
			v := cell(dev).Visits
			parts[i] = append(parts[i], float64(v*1000/max(sum, 1))/10)
			c := num(Entier(v))
			c.Note = Part(v, sum)
			if cell(dev).Withheld {
				c = masked()
			}
			row.Cells = append(row.Cells, c)
		}
		b.Table.Rows = append(b.Table.Rows, row)
	}
	if d.sel.Profil == "" {
		add("Ensemble", func(dev schemas.Device) schemas.Cell { return all[string(dev)] })
	}
	for _, p := range schemas.Profils() {
		add(p.Label, func(dev schemas.Device) schemas.Cell {
			return crossed[string(p.Code)+schemas.Times+string(dev)]
		})
	}
	labels, visits := make([]string, 0, 4), make([]uint64, 0, 4)
	for _, dev := range schemas.Devices() {
		labels, visits = append(labels, dev.Label()), append(visits, all[string(dev)].Visits)
	}
	var err error
	b.Chart, err = stackedChart(rows, series, parts, "Part des visites par appareil, pour chaque profil. "+ranking(labels, visits, whole.Visits))
	return b, err
}

func (d *territoryData) systems() (Block, error) {
	return d.simple("systemes", "Systèmes", "Système", schemas.ParOS), nil
}

func (d *territoryData) browsers() (Block, error) {
	return d.simple("navigateurs", "Navigateurs", "Navigateur", schemas.ParNavigateur), nil
}

func (d *territoryData) tools() (Block, error) {
	b := d.simple("outils", "Outils tiers", "Outil", schemas.ParOutil)
	if len(b.Table.Rows) == 0 {
		b.Empty = "Aucun outil tiers n'a été ouvert dans cette période."
	}
	return b, nil
}

// tableRows is how many rows a table of free codes shows; its CSV has all.
const tableRows = 20

// simple is a table with bars and no chart, most visited first.
func (d *territoryData) simple(id, title, name string, a schemas.Axe) Block {
	files := d.axis(a)
	unfiltered := false
	if _, ok := a.Filtered(); !ok && d.sel.Profil != "" {
		unfiltered = true
		all := *d // the file cannot be filtered either
		all.sel.Profil = ""
		files = all.axis(a)
	}
	b := d.block(id, title, files, "visites")
	if unfiltered {
		b.Notes = append(b.Notes, "Tous profils : ce détail n'est pas compté par profil, le filtre ne s'y applique pas.")
	}
	cells, whole := d.on(a)
	order := byVisits(cells)
	if len(order) == 0 {
		b.Empty = noVisits
		return b
	}
	if more := len(order) - tableRows; more > 0 {
		b.Notes = append(b.Notes, fmt.Sprintf("Les %d premiers ; les %d autres sont dans le fichier CSV.", tableRows, more))
		order = order[:tableRows]
	}
	breakdown(&b, name, a, order, cells, whole)
	return b
}

func (d *territoryData) momentsBlock() (Block, error) {
	b := d.block("moments", "Heures et jours", d.files(url.Values{"axe": {axeMoments}}), "pic")
	b.Notes = append(b.Notes, "Visites selon l'heure et le jour où elles commencent, heure de Paris.")
	if d.hoursWithheld > 0 {
		b.Notes = append(b.Notes, "Sans les heures de "+Compte(d.hoursWithheld, "semaine, masquées", "semaines, masquées")+" parce qu'elles seraient celles d'une seule école.")
	}
	b.Table = Table{Caption: "Visites par heure et jour de la semaine", Head: []Head{{Label: "Heure"}}}
	for _, day := range weekdays() {
		b.Table.Head = append(b.Table.Head, Head{Label: strings.ToUpper(jours[day][:1]) + jours[day][1:], Num: true})
	}
	sum := uint64(0)
	for h := range 24 {
		row := Row{Cells: []Cell{text(Heure(h))}, Muted: true}
		for _, day := range weekdays() {
			v := d.moments[day][h]
			sum += v
			row.Cells = append(row.Cells, num(Entier(v)))
			row.Muted = row.Muted && v == 0
		}
		b.Table.Rows = append(b.Table.Rows, row)
	}
	if sum == 0 {
		b.Table = Table{}
		b.Empty = noVisits
		if d.hoursWithheld > 0 {
			b.Empty = noHours
		}
		return b, nil
	}
	peak := d.peakFigure()
	var err error
	b.Chart, err = heatChart(d.moments, "Visites par jour de la semaine et heure. Le plus : "+peak.Value+", "+peak.Detail+".")
	return b, err
}
