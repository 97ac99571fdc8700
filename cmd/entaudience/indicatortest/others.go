package indicatortest

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/entaudience/entaudience/dashboards/national"
	"github.com/entaudience/entaudience/schemas"
)

var weekdays = map[time.Weekday]string{
	time.Monday: "lundi", time.Tuesday: "mardi", time.Wednesday: "mercredi", time.Thursday: "jeudi",
	time.Friday: "vendredi", time.Saturday: "samedi", time.Sunday: "dimanche",
}

// moments checks every moment of a period: "2026-09-07..2026-09-13 mardi-08h=2".
func (e *expectation) moments(ctx context.Context, c *chain) error {
	text, err := e.next("a period")
	if err != nil {
		return err
	}
	period, err := span(text)
	if err != nil {
		return err
	}
	moments, _, err := c.store.Moments(ctx, e.scope(), period, schemas.Profil(e.fields.take("filtre", "")))
	if err != nil {
		return err
	}
	got := map[string]string{}
	for _, m := range moments {
		got[fmt.Sprintf("%s-%02dh", weekdays[m.Weekday], m.Hour)] = number(m.Visits)
	}
	return e.exactly("moments", got)
}

// active checks how many establishments are active in a week.
func (e *expectation) active(ctx context.Context, c *chain) error {
	text, err := e.next("a Monday")
	if err != nil {
		return err
	}
	monday, err := schemas.ParseWeek(text)
	if err != nil {
		return err
	}
	weeks, err := c.store.Activity(ctx, e.scope(), schemas.Period{From: monday.Monday(), To: monday.Monday()}, schemas.Ensemble)
	if err != nil {
		return err
	}
	got := map[string]string{"ecoles": "0"}
	for _, w := range weeks {
		got["ecoles"] = number(w.Active)
	}
	return e.exactly("actives", got)
}

// everyDay is as many days as there are.
var everyDay = schemas.Period{From: schemas.DateDay(2000, time.January, 1), To: schemas.DateDay(2099, time.December, 31)}

// refusals checks the stored refusals by reason, all of them.
func (e *expectation) refusals(ctx context.Context, c *chain) error {
	if err := c.settle(ctx); err != nil {
		return err
	}
	state, err := c.store.Tagging(ctx, everyDay)
	if err != nil {
		return err
	}
	got := map[string]string{}
	for _, r := range state.ByReason() {
		got[string(r.Reason)] = number(r.Count)
	}
	return e.exactly("refuses", got)
}

// unknown checks the events of establishments that no directory knows.
func (e *expectation) unknown(ctx context.Context, c *chain) error {
	state, err := c.store.Tagging(ctx, everyDay)
	if err != nil {
		return err
	}
	got := map[string]string{}
	for _, u := range state.Unknown {
		got[string(u.UAI)] = number(u.Events)
	}
	return e.exactly("inconnus", got)
}

// objections is the collector's counter of dropped hits.
const objections = "entaudience_collect_objections_total"

// counters checks the collector's counters of what it put right or dropped.
// Those that the line does not name are 0.
func (e *expectation) counters(c *chain) error {
	got := map[string]string{}
	for counter, name := range map[string]string{
		"entaudience_collect_clock_corrections_total": "horloges_corrigees",
		"entaudience_collect_unknown_profiles_total":  "profils_inconnus",
		"entaudience_collect_unknown_services_total":  "services_inconnus",
		objections: "oppositions",
	} {
		v, err := c.counter(counter)
		if err != nil {
			return err
		}
		if v != 0 {
			got[name] = number(v)
		}
	}
	return e.exactly("compteurs", got)
}

// counter is the value of a counter of the collector.
func (c *chain) counter(name string) (uint64, error) { return counter(c.registry, name) }

func counter(registry *prometheus.Registry, name string) (uint64, error) {
	families, err := registry.Gather()
	if err != nil {
		return 0, err
	}
	for _, f := range families {
		if f.GetName() == name {
			return uint64(f.GetMetric()[0].GetCounter().GetValue()), nil
		}
	}
	return 0, fmt.Errorf("there is no counter %s", name)
}

// exactly compares all that was found with all that the line names.
func (e *expectation) exactly(what string, got map[string]string) error {
	if len(e.plain) > 0 {
		return fmt.Errorf("%s: %v is too much", what, e.plain)
	}
	want := maps.Clone(e.fields)
	if e.none {
		want = fields{}
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("%s: there is %s, not %s", what, written(got), written(want))
	}
	return nil
}

func written(values map[string]string) string {
	if len(values) == 0 {
		return "nothing"
	}
	var all []string
	for _, k := range slices.Sorted(maps.Keys(values)) {
		all = append(all, k+"="+values[k])
	}
	return strings.Join(all, " ")
}

// national checks columns of the row of a school in a national file, or that
// there is none: "2026-09-07 profils visites_globales=3".
func (e *expectation) national(ctx context.Context, c *chain) error {
	if len(e.plain) != 2 {
		return fmt.Errorf("expected a Monday and the name of a file, such as profils")
	}
	monday, err := schemas.ParseWeek(e.plain[0])
	if err != nil {
		return err
	}
	layout, err := national.LayoutNamed(e.plain[1])
	if err != nil {
		return err
	}
	uai := e.fields.take("ecole", e.school)
	var file bytes.Buffer
	if _, err := layout.Write(ctx, c.store, []schemas.Week{monday}, &file); err != nil {
		return err
	}
	reader := csv.NewReader(&file)
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil {
		return err
	}
	header := rows[0]
	rows = slices.DeleteFunc(rows, func(r []string) bool { return r[slices.Index(header, "UAI")] != uai })
	if e.none {
		if len(rows) > 0 {
			return fmt.Errorf("national: there is %v", rows)
		}
		return e.fields.done()
	}
	if len(rows) != 1 {
		return fmt.Errorf("national: there are %d rows of %s", len(rows), uai)
	}
	if len(e.fields) == 0 {
		return fmt.Errorf("national: no column is expected")
	}
	var wrong []string
	for _, name := range e.fields.keys() {
		i := slices.Index(header, name)
		if i < 0 {
			return fmt.Errorf("national: no column %s", name)
		}
		if want := e.fields.take(name, ""); rows[0][i] != want {
			wrong = append(wrong, fmt.Sprintf("%s=%s, not %s", name, rows[0][i], want))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("national: there is %s", strings.Join(wrong, "; "))
	}
	return nil
}
