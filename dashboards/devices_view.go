package dashboards

import (
	"context"

	"github.com/entaudience/entaudience/schemas"
)

// devicesView is with what the ENT is used.
func devicesView() detailView {
	return detailView{
		path: viewDevices, title: "Appareils",
		load: func(d *territoryData) []func(context.Context, Reader) error {
			return []func(context.Context, Reader) error{d.loadBreakdowns, d.loadDevices}
		},
		build: (*territoryData).devicesParts,
	}
}

// loadDevices reads devices by week.
func (d *territoryData) loadDevices(ctx context.Context, r Reader) (err error) {
	q := d.query()
	q.Axes = []schemas.Axe{schemas.ParAppareil}
	d.deviceWeeks, err = r.Cells(ctx, q)
	return err
}

// mobile are the devices that are carried.
func mobile(d schemas.Device) bool { return d == schemas.Smartphone || d == schemas.Tablette }

// deviceLine is the visits of each device, then the mobile share: unknown where
// one of them may not be shown.
func deviceLine(cell func(schemas.Device) schemas.Cell) (values []Value, seen bool) {
	var carried, sum uint64
	hidden := false
	for _, dev := range schemas.Devices() {
		c := cell(dev)
		if c.Withheld {
			values, hidden = append(values, withheld()), true
			continue
		}
		values = append(values, number(c.Visits))
		sum += c.Visits
		if mobile(dev) {
			carried += c.Visits
		}
	}
	if hidden {
		return append(values, withheld()), true
	}
	return append(values, percentOf(carried, sum)), sum > 0
}

func deviceColumns() []Column {
	var cols []Column
	for _, dev := range schemas.Devices() {
		cols = append(cols, Column{Code: string(dev), Label: dev.Label(), Kind: kindCount})
	}
	return append(cols, Column{Code: "part_mobile", Label: "Part mobile", Kind: kindPercent})
}

func (d *territoryData) devicesParts() (lead string, parts []part, err error) {
	cells, whole := d.on(schemas.ParAppareil)
	var order []string
	for _, dev := range schemas.Devices() {
		order = append(order, string(dev))
	}
	all := part{d.block("appareils", "Appareils", nil, "visites", "duree_moyenne"), modalities("appareils", "Appareils", "Appareil", schemas.ParAppareil, order, cells, whole)}
	if whole.Visits == 0 && len(cells) == 0 {
		all.Empty = noVisits
	} else if err := d.barsOf(&all.Block, &all.Sheet, len(order), whole.Visits); err != nil {
		return "", nil, err
	}
	if values, seen := deviceLine(func(dev schemas.Device) schemas.Cell { return cells[string(dev)] }); seen && values[len(values)-1].Known {
		lead = values[len(values)-1].Format(kindPercent) + " des visites viennent d'un appareil mobile, smartphone ou tablette."
	}
	crossed, err := d.profilDevicesPart()
	if err != nil {
		return "", nil, err
	}
	weeks, err := d.mobileWeeksPart()
	if err != nil {
		return "", nil, err
	}
	parts = []part{all, crossed, weeks}
	for _, a := range []struct {
		id, title, name string
		axe             schemas.Axe
	}{{"systemes", "Systèmes", "Système", schemas.ParOS}, {"navigateurs", "Navigateurs", "Navigateur", schemas.ParNavigateur}} {
		found, of := d.on(a.axe)
		p := part{d.block(a.id, a.title, nil, "visites"), modalities(a.id, a.title, a.name, a.axe, byVisits(found), found, of)}
		if d.sel.Profil != "" {
			p.Notes = append(p.Notes, "Tous profils : ce détail n'est pas compté par profil, le filtre ne s'y applique pas.")
		}
		if len(p.Sheet.Rows) == 0 {
			p.Empty = noVisits
		}
		parts = append(parts, p)
	}
	return lead, parts, nil
}

// profilDevicesPart says which profile uses what.
func (d *territoryData) profilDevicesPart() (part, error) {
	cells, _ := d.on(schemas.ParProfilAppareil)
	s := Sheet{
		Code: "profils", Title: "Appareils par profil", Caption: "Visites par profil et par appareil",
		Columns: append([]Column{{Code: "profil", Label: "Code", Files: true}, {Code: "libelle", Label: "Profil"}}, deviceColumns()...),
	}
	var rows, series []string
	parts := make([][]float64, len(schemas.Devices()))
	for _, dev := range schemas.Devices() {
		series = append(series, dev.Label())
	}
	for _, p := range schemas.Profils() {
		values, seen := deviceLine(func(dev schemas.Device) schemas.Cell { return cells[string(p.Code)+schemas.Times+string(dev)] })
		if !seen {
			continue
		}
		s.Rows = append(s.Rows, Line{Values: append([]Value{word(string(p.Code)), word(p.Label)}, values...)})
		var sum int64
		for _, v := range values[:len(series)] {
			sum += v.N
		}
		if sum == 0 {
			continue
		}
		rows = append(rows, p.Label)
		for i := range series {
			parts[i] = append(parts[i], float64(values[i].N*1000/sum)/10)
		}
	}
	p := part{d.block("profils", "Appareils par profil", nil, "visites"), s}
	if len(rows) == 0 {
		if len(s.Rows) == 0 {
			p.Empty = noVisits
		}
		return p, nil
	}
	var err error
	p.Chart, err = stackedChart(rows, series, parts, "Part des visites par appareil, pour chaque profil.")
	return p, err
}

// mobileWeeksPart follows the devices over the weeks; the chart draws the
// mobile share.
func (d *territoryData) mobileWeeksPart() (part, error) {
	byWeek := map[string]schemas.Cell{}
	for _, c := range d.deviceWeeks {
		byWeek[c.Debut.String()+c.Modalite] = c
	}
	cols := deviceColumns()
	s := d.weekSheet("evolution", "Appareils par semaine", cols, func(w schemas.Week, code string) Value {
		values, seen := deviceLine(func(dev schemas.Device) schemas.Cell { return byWeek[w.String()+string(dev)] })
		for i, c := range cols {
			if c.Code == code && (seen || c.Kind == kindCount) {
				return values[i]
			}
		}
		return Value{}
	})
	p := part{d.block("mobile", "Part mobile, semaine après semaine", nil, "visites"), s}
	drawn := s
	drawn.Columns = append([]Column{}, s.Columns...)
	for i := 2; i < len(drawn.Columns)-1; i++ {
		drawn.Columns[i].Files = true // the counts are in the table, the share is drawn
	}
	return p, d.linesOf(&p.Block, &drawn, "Part mobile des visites, par semaine.")
}
