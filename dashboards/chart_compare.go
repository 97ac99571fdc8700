package dashboards

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// rankChart draws one horizontal bar a row, and a vertical line where the
// reference lies.
func rankChart(labels []string, values []Value, col Column, ref Value, refName, alt string) (*Chart, error) {
	data := make([]opts.BarData, len(values))
	for i, v := range values {
		data[i].Value = absent
		if v.Known {
			data[i].Value = v.float(col.Kind)
		}
	}
	bar := charts.NewBar()
	bar.SetGlobalOptions(
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}),
		charts.WithXAxisOpts(opts.XAxis{Type: "value", Show: opts.Bool(false)}),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Data: labels, Inverse: opts.Bool(true), AxisLabel: &opts.AxisLabel{}}),
		charts.WithGridOpts(grid("8", "4", "32", "72")),
	)
	series := []charts.SeriesOpts{
		charts.WithBarChartOpts(opts.BarChart{BarWidth: "60%"}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: colorMain}),
		charts.WithLabelOpts(opts.Label{Show: opts.Bool(true), Position: "right"}),
	}
	if ref.Known {
		series = append(series,
			charts.WithMarkLineNameXAxisItemOpts(opts.MarkLineNameXAxisItem{Name: refName, XAxis: ref.float(col.Kind)}),
			charts.WithMarkLineStyleOpts(opts.MarkLineStyle{
				Symbol:    []string{"none", "none"},
				Label:     &opts.Label{Show: opts.Bool(true), Position: "start", Formatter: refName + " : " + ref.Format(col.Kind)},
				LineStyle: &opts.LineStyle{Color: colorSecond, Width: 2, Type: "dashed"},
			}))
	}
	bar.AddSeries(col.Label, data, series...)
	bar.Validate()
	unit, kindName := "", ""
	switch col.Kind {
	case kindSeconds:
		unit = "s"
	case kindTenths:
		unit, kindName = "", "tenths"
	case kindChange, kindPercent:
		unit, kindName = "%", "percent"
	}
	return newChart(alt, unit, kindName, heightOf(len(labels)), bar)
}

// spreadChart draws from the first to the third quartile of each row, and a
// point at the median.
func spreadChart(labels []string, spreads [][3]Value, alt string) (*Chart, error) {
	base, box := make([]opts.BarData, len(labels)), make([]opts.BarData, len(labels))
	median := make([]opts.ScatterData, len(labels))
	for i, s := range spreads {
		q1, m := s[0].float(kindTenths), s[1].float(kindTenths)
		base[i].Value, box[i].Value = q1, float64(s[2].N-s[0].N)/10
		base[i].Name, box[i].Name = labels[i], labels[i]
		median[i].Value = []any{m, i}
		median[i].SymbolSize = 12
	}
	bar := charts.NewBar()
	bar.SetGlobalOptions(
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(false)}),
		charts.WithXAxisOpts(opts.XAxis{Type: "value", AxisLabel: &opts.AxisLabel{}}),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Data: labels, Inverse: opts.Bool(true), AxisLabel: &opts.AxisLabel{}}),
		charts.WithGridOpts(grid("8", "8", "8", "24")),
	)
	bar.AddSeries("Sous le 1er quartile", base, charts.WithBarChartOpts(opts.BarChart{Stack: "ecart", BarWidth: "50%"}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: "transparent"}))
	bar.AddSeries("Entre les quartiles", box, charts.WithBarChartOpts(opts.BarChart{Stack: "ecart", BarWidth: "50%"}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: "--chart-soft"}))
	point := charts.NewScatter()
	point.AddSeries("Médiane", median, charts.WithItemStyleOpts(opts.ItemStyle{Color: colorMain}))
	bar.Overlap(point)
	bar.Validate()
	return newChart(alt, "", "tenths", heightOf(len(labels)), bar)
}
