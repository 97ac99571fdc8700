package dashboards

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/entaudience/entaudience/schemas"
)

// Chart is a layer over a table: the options of a chart as JSON, which one
// static script draws, and what it shows as a French sentence.
type Chart struct {
	Alt     string
	Options string // JSON of echarts options; colours are names of our style sheet
	Unit    string // of the values, for the tooltip
	Kind    string // "percent": values are percentages; "heat": weekday × hour
	Vector  bool   // drawn as a vector, for paper
	Height  string // class of the style sheet: s, m, l, xl, xxl
}

// The colours are custom properties of style.css, so that the light and the
// dark theme have their own, each at 3:1 at least on its background.
const (
	colorMain    = "--chart-1"
	colorSecond  = "--chart-2"
	colorRunning = "--chart-running"
	colorBefore  = "--chart-3"
	colorHoliday = "--chart-holiday"
	colorNote    = "--chart-note"
	colorText    = "--chart-text"
)

func newChart(alt, unit, kind, height string, c interface{ JSON() map[string]any }) (*Chart, error) {
	options := c.JSON()
	delete(options, "title")   // the page has headings
	delete(options, "toolbox") // and files to download
	b, err := json.Marshal(options)
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return &Chart{Alt: alt, Options: string(b), Unit: unit, Kind: kind, Height: height}, nil
}

// weekPoint is one week of the evolution.
type weekPoint struct {
	Week     schemas.Week
	Visits   uint64
	Users    uint64
	Running  bool    // not over yet: never drawn as a fall
	Withheld bool    // may not be shown: a gap, never a zero
	Number   int     // school-week number; 0 = none, or not known
	Before   *uint64 // visits of the same school week of the year before; nil = no comparison
}

// label names the week on an axis.
func (p weekPoint) label() string {
	if p.Number == 0 {
		return JourCourt(p.Week.Monday())
	}
	return JourCourt(p.Week.Monday()) + "\nS" + strconv.Itoa(p.Number)
}

const absent = "-" // how echarts is told that there is no value

// evolutionChart draws visits as bars and users as a line over the holidays,
// shaded. The running week is a hollow bar of its own series, and the line
// stops before it.
func evolutionChart(points []weekPoint, holidays []holidaySpan, alt string) (*Chart, error) {
	labels := make([]string, len(points))
	visits := make([]opts.BarData, len(points))
	running := make([]opts.BarData, len(points))
	users := make([]opts.LineData, len(points))
	before := make([]opts.LineData, len(points))
	any, compared := false, false
	for i, p := range points {
		labels[i] = p.label()
		before[i].Value = absent
		if p.Before != nil {
			before[i].Value, compared = *p.Before, true
		}
		visits[i].Value, running[i].Value, users[i].Value = p.Visits, absent, p.Users
		if p.Withheld {
			visits[i].Value, running[i].Value, users[i].Value = absent, absent, absent
			any = any || p.Running
			continue
		}
		if p.Running {
			visits[i].Value, running[i].Value, users[i].Value = absent, p.Visits, absent
			any = true
		}
	}
	bar := charts.NewBar()
	bar.SetGlobalOptions(
		charts.WithColorsOpts(opts.Colors{colorMain, colorSecond, colorRunning}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Left: "0", Top: "0"}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithXAxisOpts(opts.XAxis{AxisLabel: &opts.AxisLabel{ShowMinLabel: opts.Bool(true)}}),
		charts.WithGridOpts(grid("8", "12", "56", "8")),
	)
	bar.SetXAxis(labels)
	bar.AddSeries("Visites", visits, charts.WithBarChartOpts(opts.BarChart{Stack: "visites"}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: colorMain}), shade(holidays, labels))
	line := charts.NewLine()
	line.SetXAxis(labels)
	line.AddSeries("Utilisateurs de la semaine", users,
		charts.WithLineChartOpts(opts.LineChart{Symbol: "circle", SymbolSize: 6, ConnectNulls: opts.Bool(false)}),
		charts.WithLineStyleOpts(opts.LineStyle{Width: 2, Color: colorSecond}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: colorSecond}))
	if compared {
		line.AddSeries("Visites, même semaine scolaire de l'année précédente", before,
			charts.WithLineChartOpts(opts.LineChart{Symbol: "diamond", SymbolSize: 6, ConnectNulls: opts.Bool(false)}),
			charts.WithLineStyleOpts(opts.LineStyle{Width: 2, Color: colorBefore, Type: "dashed"}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: colorBefore}))
	}
	bar.Overlap(line)
	if any {
		// Named apart, hollow: nobody takes it for a fall.
		last := charts.NewBar()
		last.AddSeries("Visites de la semaine en cours (inachevée)", running,
			charts.WithBarChartOpts(opts.BarChart{Stack: "visites"}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: colorRunning, BorderColor: colorMain, BorderWidth: 2}))
		bar.Overlap(last)
	}
	bar.Validate()
	return newChart(alt, "", "", "m", bar)
}

// shade draws the holidays behind a series: a grey band from the first to the
// last of their weeks, with their name where it fits.
func shade(holidays []holidaySpan, labels []string) charts.SeriesOpts {
	return func(s *charts.SingleSeries) {
		if len(holidays) == 0 {
			return
		}
		areas := make([]any, len(holidays))
		for i, h := range holidays {
			from := opts.MarkAreaData{Name: h.Name, XAxis: labels[h.From]}
			if h.Note {
				from.MarkAreaStyle = opts.MarkAreaStyle{
					Label:     &opts.Label{Show: opts.Bool(true), Position: "top", FontSize: 10, Color: colorText},
					ItemStyle: &opts.ItemStyle{Color: colorNote, BorderColor: colorText, BorderWidth: 1},
				}
			}
			areas[i] = [2]opts.MarkAreaData{from, {XAxis: labels[h.To]}}
		}
		s.MarkAreas = &opts.MarkAreas{Data: areas, MarkAreaStyle: opts.MarkAreaStyle{
			Label:     &opts.Label{Show: opts.Bool(true), Position: "insideTop", FontSize: 10, Color: colorText},
			ItemStyle: &opts.ItemStyle{Color: colorHoliday},
		}}
	}
}

// barsChart draws one horizontal bar a modality, its value beside it.
func barsChart(labels []string, values []uint64, series, unit, alt string) (*Chart, error) {
	data := make([]opts.BarData, len(values))
	for i, v := range values {
		data[i].Value = v
	}
	bar := charts.NewBar()
	bar.SetGlobalOptions(
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}),
		charts.WithXAxisOpts(opts.XAxis{Type: "value", Show: opts.Bool(false)}),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Data: labels, Inverse: opts.Bool(true), AxisLabel: &opts.AxisLabel{}}),
		charts.WithGridOpts(grid("8", "4", "8", "72")),
	)
	bar.AddSeries(series, data,
		charts.WithBarChartOpts(opts.BarChart{BarWidth: "60%"}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: colorMain}),
		charts.WithLabelOpts(opts.Label{Show: opts.Bool(true), Position: "right"}))
	bar.Validate()
	return newChart(alt, unit, "", heightOf(len(labels)), bar)
}

// stackedChart draws shares that add up to 100 % in each row: values[series][row].
func stackedChart(rows, series []string, values [][]float64, alt string) (*Chart, error) {
	bar := charts.NewBar()
	bar.SetGlobalOptions(
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Left: "0", Top: "0"}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis", AxisPointer: &opts.AxisPointer{Type: "shadow"}}),
		charts.WithXAxisOpts(opts.XAxis{Type: "value", Max: 100, AxisLabel: &opts.AxisLabel{}}),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Data: rows, Inverse: opts.Bool(true), AxisLabel: &opts.AxisLabel{}}),
		charts.WithGridOpts(grid("8", "8", "64", "24")),
		// Patterns: the colours alone do not carry the meaning.
		charts.WithAriaOpts(&opts.Aria{Enabled: opts.Bool(true), Label: &opts.AriaLabel{Enabled: opts.Bool(false)}, Decal: &opts.AriaDecal{Show: opts.Bool(true)}}),
	)
	for i, name := range series {
		data := make([]opts.BarData, len(rows))
		for j := range rows {
			data[j].Value = values[i][j]
		}
		bar.AddSeries(name, data,
			charts.WithBarChartOpts(opts.BarChart{Stack: "parts", BarWidth: "60%"}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: fmt.Sprintf("--chart-%d", i+1)}))
	}
	bar.Validate()
	return newChart(alt, "%", "percent", heightOf(len(rows)+2), bar)
}

// heatChart draws visits by weekday, Monday on top, and hour.
func heatChart(sums [7][24]uint64, alt string) (*Chart, error) {
	hours := make([]string, 24)
	for h := range hours {
		hours[h] = fmt.Sprintf("%d%sh", h, solid)
	}
	var days []string
	var data []opts.HeatMapData
	var top uint64
	for row, d := range weekdays() {
		days = append(days, jours[d])
		for h, v := range sums[d] {
			data = append(data, opts.HeatMapData{Value: [3]uint64{uint64(h), uint64(row), v}})
			top = max(top, v)
		}
	}
	heat := charts.NewHeatMap()
	heat.SetGlobalOptions(
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}),
		charts.WithXAxisOpts(opts.XAxis{Type: "category", Data: hours}),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Data: days, Inverse: opts.Bool(true)}),
		charts.WithVisualMapOpts(opts.VisualMap{
			Type: "continuous", Calculable: opts.Bool(false), Min: 0, Max: float32(max(top, 1)), Orient: "horizontal", Left: "center", Bottom: "0",
			InRange: &opts.VisualMapInRange{Color: []string{"--heat-0", "--heat-1", "--heat-2", "--heat-3"}},
		}),
		charts.WithGridOpts(grid("8", "48", "8", "8")),
	)
	heat.AddSeries("Visites", data, charts.WithItemStyleOpts(opts.ItemStyle{BorderColor: "--heat-gap", BorderWidth: 1}))
	heat.Validate()
	return newChart(alt, "visites", "heat", "m", heat)
}

func grid(left, bottom, top, right string) opts.Grid {
	return opts.Grid{Left: left, Right: right, Top: top, Bottom: bottom, ContainLabel: opts.Bool(true)}
}

// heightOf is the class of a chart of n horizontal bars.
func heightOf(n int) string {
	switch {
	case n <= 4:
		return "s"
	case n <= 8:
		return "m"
	case n <= 14:
		return "l"
	case n <= 24:
		return "xl"
	}
	return "xxl"
}
