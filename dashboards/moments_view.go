package dashboards

import (
	"context"
	"strings"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// momentsView is when the ENT is used.
func momentsView() detailView {
	return detailView{
		path: viewMoments, title: "Moments",
		load: func(d *territoryData) []func(context.Context, Reader) error {
			return []func(context.Context, Reader) error{d.loadMoments}
		},
		build: (*territoryData).momentsParts,
	}
}

// slots are the moments of the week that pilots tell apart.
var slots = []struct {
	Code, Label string
	holds       func(day time.Weekday, hour int) bool
}{
	{"heures_d_ecole", "Heures d'école : lundi, mardi, jeudi et vendredi, de 8\u00a0h à 17\u00a0h", func(d time.Weekday, h int) bool {
		return weekday(d) && d != time.Wednesday && h >= 8 && h < 17
	}},
	{"mercredi", "Mercredi, de 8\u00a0h à 17\u00a0h", func(d time.Weekday, h int) bool { return d == time.Wednesday && h >= 8 && h < 17 }},
	{"soirs", "Soirs de semaine, de 17\u00a0h à minuit", func(d time.Weekday, h int) bool { return weekday(d) && h >= 17 }},
	{"matins", "Nuits et matins de semaine, avant 8\u00a0h", func(d time.Weekday, h int) bool { return weekday(d) && h < 8 }},
	{"week_end", "Samedi et dimanche", func(d time.Weekday, _ int) bool { return !weekday(d) }},
}

func weekday(d time.Weekday) bool { return d != time.Saturday && d != time.Sunday }

func (d *territoryData) momentsParts() (lead string, parts []part, err error) {
	hours := Sheet{Code: "heures", Title: "Heures et jours", Caption: "Visites par heure et jour de la semaine", Columns: []Column{{Code: "heure", Label: "Heure"}}}
	for _, day := range weekdays() {
		hours.Columns = append(hours.Columns, Column{Code: jours[day], Label: strings.ToUpper(jours[day][:1]) + jours[day][1:], Kind: kindCount})
	}
	var sum uint64
	for h := range 24 {
		l := Line{Values: []Value{word(Heure(h))}, Muted: true}
		for _, day := range weekdays() {
			v := d.moments[day][h]
			sum += v
			l.Muted = l.Muted && v == 0
			l.Values = append(l.Values, number(v))
		}
		hours.Rows = append(hours.Rows, l)
	}
	grid := part{d.block("heures", "Heures et jours", nil, "pic"), hours}
	grid.Notes = append(grid.Notes, "Visites selon l'heure et le jour où elles commencent, heure de Paris.")
	slot := part{d.block("creneaux", "École, soir, week-end", nil, "visites"), d.slotSheet(sum)}
	slot.Notes = append(slot.Notes, "Les semaines de vacances de la période sont comprises.")
	if d.hoursWithheld > 0 {
		note := "Sans les heures de " + Compte(d.hoursWithheld, "semaine, masquées", "semaines, masquées") + " parce qu'elles seraient celles d'une seule école."
		grid.Notes, slot.Notes = append(grid.Notes, note), append(slot.Notes, note)
	}
	if sum == 0 {
		grid.Empty, slot.Empty = noVisits, noVisits
		if d.hoursWithheld > 0 {
			grid.Empty, slot.Empty = noHours, noHours
		}
		if d.hoursWithheld > 0 || d.Niveau == schemas.Ecole {
			grid.Sheet.Rows, slot.Sheet.Rows = nil, nil // nothing is known, not zeros
		}
		return "", []part{slot, grid}, nil
	}
	peak := d.peakFigure()
	if grid.Chart, err = heatChart(d.moments, "Visites par jour de la semaine et heure. Le plus : "+peak.Value+", "+peak.Detail+"."); err != nil {
		return "", nil, err
	}
	if err := d.barsOf(&slot.Block, &slot.Sheet, len(slots), sum); err != nil {
		return "", nil, err
	}
	school := slot.Sheet.value(slot.Sheet.Rows[0], "part")
	return school.Format(kindPercent) + " des visites commencent aux heures d'école. Le pic : " + peak.Value + ".", []part{slot, grid}, nil
}

func (d *territoryData) slotSheet(sum uint64) Sheet {
	s := Sheet{
		Code: "creneaux", Title: "École, soir, week-end", Caption: "Visites selon le moment où elles commencent",
		Columns: []Column{
			{Code: "creneau", Label: "Code", Files: true},
			{Code: "libelle", Label: "Moment"},
			{Code: "visites", Label: "Visites", Kind: kindCount},
			{Code: "part", Label: "Part des visites", Kind: kindPercent, Bar: true},
		},
	}
	for _, each := range slots {
		var v uint64
		for _, day := range weekdays() {
			for h := range 24 {
				if each.holds(day, h) {
					v += d.moments[day][h]
				}
			}
		}
		s.Rows = append(s.Rows, Line{Values: []Value{word(each.Code), word(each.Label), number(v), percentOf(v, sum)}, Muted: v == 0})
	}
	return s
}
