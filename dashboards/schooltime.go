package dashboards

import (
	"context"
	"fmt"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

func (d *territoryData) loadCalendar(ctx context.Context, r Reader) (err error) {
	d.calendar, err = r.Calendar(ctx, d.rules.Zone)
	return err
}

// weekNote says where a week lies in school time, in French; "" when the
// calendar of its year is not known.
func weekNote(c *schemas.Calendar, w schemas.Week) string {
	n, known := c.Number(w)
	switch {
	case !known:
		return ""
	case n > 0:
		return fmt.Sprintf("semaine scolaire %d", n)
	}
	for day := w.Monday(); day <= w.Sunday(); day++ {
		if b, ok := c.BreakOn(day); ok {
			return breakName(b)
		}
	}
	return "semaine sans classe"
}

// breakName is a break in a sentence: "Début des Vacances d'Été" is only how
// the calendar says that the end is not published.
func breakName(b schemas.Break) string {
	return strings.ToLower(strings.TrimPrefix(b.Name, "Début des ")[:1]) + strings.TrimPrefix(b.Name, "Début des ")[1:]
}

// shortBreak is the name in a chart: "Toussaint", "Noël", "Été".
func shortBreak(name string) string {
	for _, prefix := range []string{"vacances de la ", "vacances de ", "vacances d'", "vacances d’", "vacances "} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	return name
}

// unknownYears says which school years of the weeks have no published
// calendar, in French.
func unknownYears(c *schemas.Calendar, weeks []schemas.Week) []string {
	var years []string
	for _, w := range weeks {
		y := w.SchoolYear()
		if !c.Known(y) && (len(years) == 0 || years[len(years)-1] != y.String()) {
			years = append(years, y.String())
		}
	}
	if len(years) == 0 {
		return nil
	}
	return []string{"Calendrier scolaire " + strings.Join(years, ", ") + " inconnu : ni vacances ni numéros de semaine."}
}

// holidaySpan is a run of weeks without any school day, for a chart: indices
// of its points, both included.
type holidaySpan struct {
	Name     string
	From, To int
	Note     bool // what a pilot noted, not a break
}

// holidaySpans finds the runs of weeks of a chart without any school day.
func holidaySpans(c *schemas.Calendar, weeks []schemas.Week) []holidaySpan {
	var spans []holidaySpan
	for i, w := range weeks {
		if n, known := c.Number(w); !known || n > 0 {
			continue
		}
		name := shortBreak(weekNote(c, w))
		if last := len(spans) - 1; last >= 0 && spans[last].To == i-1 && spans[last].Name == name {
			spans[last].To = i
			continue
		}
		spans = append(spans, holidaySpan{Name: name, From: i, To: i})
	}
	return spans
}
