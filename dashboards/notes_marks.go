package dashboards

import (
	"context"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// loadNotes takes the notes that concern the territory: those on it and on
// what holds it. A note on a school is not shown for the region; one on the
// region is shown for each school.
func (d *territoryData) loadNotes(ctx context.Context, r Reader) error {
	period := d.sel.Period
	if len(d.weeks) > 0 {
		period = d.days()
	}
	all, err := r.Notes(ctx, period)
	d.notes = nil
	for _, n := range all {
		if n.At != d.Scope && !slices.ContainsFunc(d.dir.Ancestors(d.Scope), func(t schemas.Territory) bool { return t.Scope == n.At }) {
			continue
		}
		d.notes = append(d.notes, n)
	}
	return err
}

// noteLines are the notes as remarks, in French.
func (d *territoryData) noteLines() []string {
	var lines []string
	for _, n := range d.notes {
		line := n.Kind.Label() + ", " + noteDays(n)
		if n.At != d.Scope {
			line += " (" + d.names.label(n.At) + ")"
		}
		lines = append(lines, line+solid+": "+n.Text)
	}
	return lines
}

func noteDays(n schemas.Note) string {
	if n.Period.From == n.Period.To {
		return "le " + Jour(n.Period.From)
	}
	return "du " + Jour(n.Period.From) + " au " + Jour(n.Period.To)
}

// label names a territory with its level: "Région Occitanie".
func (t *territories) label(s schemas.Scope) string {
	if found, _, err := t.find(s); err == nil {
		return titled(found)
	}
	return titled(schemas.Territory{Scope: s})
}

func inWeek(n schemas.Note, w schemas.Week) bool {
	return n.Period.From <= w.Sunday() && n.Period.To >= w.Monday()
}

// notedIn is what is noted on a week, for its row of the table.
func (d *territoryData) notedIn(w schemas.Week) string {
	var noted []string
	for _, n := range d.notes {
		if inWeek(n, w) {
			noted = append(noted, n.Kind.Label()+" : "+n.Text)
		}
	}
	return strings.Join(noted, " ; ")
}

// noteSpans are the weeks of the notes, for a chart.
func (d *territoryData) noteSpans(weeks []schemas.Week) []holidaySpan {
	var spans []holidaySpan
	for _, n := range d.notes {
		from := slices.IndexFunc(weeks, func(w schemas.Week) bool { return inWeek(n, w) })
		if from < 0 {
			continue
		}
		to := from
		for to+1 < len(weeks) && inWeek(n, weeks[to+1]) {
			to++
		}
		spans = append(spans, holidaySpan{Name: n.Kind.Label(), From: from, To: to, Note: true})
	}
	return spans
}
