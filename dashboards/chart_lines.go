package dashboards

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// lineColors and lineSymbols tell series apart twice.
var (
	lineColors  = []string{"--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5", "--chart-6"}
	lineSymbols = []string{"circle", "diamond", "triangle", "rect", "emptyCircle", "emptyTriangle"}
)

// yearsChart draws this year's visits and, dashed, those of the year before,
// by school week.
func yearsChart(labels []string, s *Sheet, alt string) (*Chart, error) {
	chart := charts.NewLine()
	chart.SetGlobalOptions(
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Left: "0", Top: "0"}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithXAxisOpts(opts.XAxis{AxisLabel: &opts.AxisLabel{ShowMinLabel: opts.Bool(true)}}),
		charts.WithGridOpts(grid("8", "12", "56", "8")),
	)
	chart.SetXAxis(labels)
	for _, line := range []struct{ column, name, color, symbol, dash string }{
		{"visites", "Cette année", colorMain, "circle", "solid"}, {"visites_annee_precedente", "Année précédente", colorBefore, "diamond", "dashed"},
	} {
		data := make([]opts.LineData, len(s.Rows))
		for i, l := range s.Rows {
			data[i].Value = absent
			if v := s.value(l, line.column); v.Known {
				data[i].Value = v.N
			}
		}
		chart.AddSeries(line.name, data,
			charts.WithLineChartOpts(opts.LineChart{Symbol: line.symbol, SymbolSize: 7, ConnectNulls: opts.Bool(false)}),
			charts.WithLineStyleOpts(opts.LineStyle{Width: 2, Color: line.color, Type: line.dash}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: line.color}))
	}
	chart.Validate()
	return newChart(alt, "visites", "", "m", chart)
}

// linesChart draws a line per column of a week sheet, from its third one on.
func linesChart(labels []string, s *Sheet, lines []Line, holidays []holidaySpan, alt string) (*Chart, error) {
	chart := charts.NewLine()
	chart.SetGlobalOptions(
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Left: "0", Top: "0"}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}),
		charts.WithXAxisOpts(opts.XAxis{AxisLabel: &opts.AxisLabel{ShowMinLabel: opts.Bool(true)}}),
		charts.WithGridOpts(grid("8", "12", "72", "8")),
	)
	chart.SetXAxis(labels)
	percent, drawn := false, 0
	for i, c := range s.Columns {
		if i < 2 || c.Files || (c.Kind != kindCount && c.Kind != kindPercent) {
			continue
		}
		data := make([]opts.LineData, len(lines))
		for j, l := range lines {
			data[j].Value = absent
			if v := l.Values[i]; v.Known {
				data[j].Value = v.float(c.Kind)
			}
		}
		percent = percent || c.Kind == kindPercent
		color := lineColors[drawn%len(lineColors)]
		more := []charts.SeriesOpts{
			charts.WithLineChartOpts(opts.LineChart{Symbol: lineSymbols[drawn%len(lineSymbols)], SymbolSize: 7, ConnectNulls: opts.Bool(false)}),
			charts.WithLineStyleOpts(opts.LineStyle{Width: 2, Color: color}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: color}),
		}
		if drawn == 0 {
			more = append(more, shade(holidays, labels))
		}
		chart.AddSeries(c.Label, data, more...)
		drawn++
	}
	chart.Validate()
	if percent {
		return newChart(alt, "%", "percent", "m", chart)
	}
	return newChart(alt, "", "", "m", chart)
}
