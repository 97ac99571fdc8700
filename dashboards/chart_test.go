package dashboards

import (
	"encoding/json"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

type chartOption struct {
	XAxis  []struct{ Data []string }
	Series []struct {
		Name string
		Type string
		Data []struct{ Value any }
	}
}

func decode(t *testing.T, c *Chart) chartOption {
	t.Helper()
	var o chartOption
	if err := json.Unmarshal([]byte(c.Options), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// The running week is a series of its own; neither visits nor users fall.
func TestRunningWeekIsApart(t *testing.T) {
	first := schemas.Week(schemas.DateDay(2026, 11, 16))
	c, err := evolutionChart([]weekPoint{{Week: first, Visits: 300, Users: 100}, {Week: first.Next(), Visits: 20, Users: 15, Running: true}}, nil, "alt")
	if err != nil {
		t.Fatal(err)
	}
	o := decode(t, c)
	if got := o.XAxis[0].Data; len(got) != 2 || got[1] != "23\u00a0nov.\u00a02026" {
		t.Errorf("weeks %q", got)
	}
	want := map[string][2]any{
		"Visites":                    {300.0, "-"},
		"Utilisateurs de la semaine": {100.0, "-"},
		"Visites de la semaine en cours (inachevée)": {"-", 20.0},
	}
	if len(o.Series) != len(want) {
		t.Fatalf("%d series, want %d", len(o.Series), len(want))
	}
	for _, s := range o.Series {
		w, ok := want[s.Name]
		if !ok || len(s.Data) != 2 || s.Data[0].Value != w[0] || s.Data[1].Value != w[1] {
			t.Errorf("series %q: %v, want %v", s.Name, s.Data, w)
		}
	}
}

func TestFinishedPeriodHasNoRunningSeries(t *testing.T) {
	c, err := evolutionChart([]weekPoint{{Week: schemas.Week(schemas.DateDay(2026, 11, 16))}}, nil, "alt")
	if err != nil {
		t.Fatal(err)
	}
	if o := decode(t, c); len(o.Series) != 2 || o.Series[0].Data[0].Value != 0.0 {
		t.Errorf("%+v: want two series, and a true zero", o)
	}
}

func TestHeatChartHasEveryHour(t *testing.T) {
	var sums [7][24]uint64
	sums[0][23] = 5 // Sunday, the last row
	c, err := heatChart(sums, "alt")
	if err != nil {
		t.Fatal(err)
	}
	data := decode(t, c).Series[0].Data
	if len(data) != 7*24 {
		t.Fatalf("%d cells", len(data))
	}
	last, ok := data[len(data)-1].Value.([]any)
	if !ok || last[0] != 23.0 || last[1] != 6.0 || last[2] != 5.0 {
		t.Errorf("last cell %v, want hour 23 of row 6: 5", last)
	}
}

// Names of a directory end up in JSON, never in markup or in code.
func TestChartOfHostileNames(t *testing.T) {
	c, err := barsChart([]string{nasty, "a"}, []uint64{1, 2}, nasty, "visites", nasty)
	if err != nil {
		t.Fatal(err)
	}
	var o struct{ YAxis []struct{ Data []string } }
	if err := json.Unmarshal([]byte(c.Options), &o); err != nil || o.YAxis[0].Data[0] != nasty {
		t.Errorf("%v, %q", err, o)
	}
}
