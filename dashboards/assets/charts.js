// Draws the charts whose options the page carries in data-chart. The table
// under each chart holds the same figures: without this script nothing is lost.
(() => {
  const number = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 1 });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const drawn = new Map();

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // paint replaces the names of custom properties by their colours.
  const paint = (value) => {
    if (typeof value === "string") return value.startsWith("--") ? css(value) : value;
    if (Array.isArray(value)) return value.map(paint);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, paint(v)]));
    }
    return value;
  };

  const list = (v) => (Array.isArray(v) ? v : v ? [v] : []);

  // Names come from a directory: braces must not be read as styles.
  const plain = (s) => String(s).replace(/[{}|]/g, " ");

  const clock = (s) => (s < 60 ? `${s}\u00a0s` : `${Math.floor(s / 60)}\u00a0min\u00a0${String(s % 60).padStart(2, "0")}\u00a0s`);

  const withUnit = (v, unit) => {
    if (typeof v !== "number") return "–";
    return unit === "s" ? clock(v) : number.format(v) + (unit ? "\u00a0" + unit : "");
  };

  const axisStyle = (axis, narrow, horizontal, percent) => {
    const value = axis.type === "value";
    axis.axisLine = { lineStyle: { color: css("--chart-axis") } };
    axis.splitLine = { show: value && axis.show !== false, lineStyle: { color: css("--chart-grid") } };
    // A tick a category, drawn or not: shaded weeks begin and end at ticks, and
    // by default there are as many as labels that fit.
    axis.axisTick = { show: false, interval: 0 };
    axis.axisLabel = { ...axis.axisLabel, color: css("--chart-text"), fontSize: 12 };
    if (value && !percent) axis.minInterval = 1; // half a visit is none
    if (value) axis.axisLabel.formatter = (v) => number.format(v) + (percent ? "\u00a0%" : "");
    else if (horizontal) {
      axis.axisLabel.formatter = plain;
      Object.assign(axis.axisLabel, { width: narrow ? 130 : 220, fontSize: narrow ? 11 : 12, overflow: axis.data.length > (narrow ? 6 : 24) ? "truncate" : "break", lineHeight: 14, interval: 0 });
    } else {
      Object.assign(axis.axisLabel, { hideOverlap: true, lineHeight: 16 }); // the date above the number of the week
    }
  };

  const tooltip = (kind, unit, option) => {
    const days = list(option.yAxis)[0]?.data;
    const hours = list(option.xAxis)[0]?.data;
    return {
      ...option.tooltip,
      renderMode: "richText", // HTML would carry styles that the security policy refuses
      confine: true,
      backgroundColor: css("--chart-tooltip"),
      borderColor: css("--chart-axis"),
      textStyle: { color: css("--chart-text"), fontFamily: "Marianne, arial, sans-serif" },
      formatter: (params) => {
        if (kind === "heat") {
          const [h, d, v] = params.value;
          return `${days[d]}, ${hours[h]} : ${withUnit(v, unit)}`;
        }
        const all = list(params).filter((p) => typeof p.value === "number");
        if (!all.length) return "";
        const head = plain(all[0].name);
        return [head, ...all.map((p) => `${plain(p.seriesName)} : ${withUnit(p.value, unit)}`)].join("\n");
      },
    };
  };

  const options = (el) => {
    const option = paint(JSON.parse(el.dataset.chart));
    const { kind, unit } = el.dataset;
    const narrow = el.clientWidth < 560;
    const horizontal = list(option.yAxis).some((a) => a.type === "category") && kind !== "heat";
    for (const a of [...list(option.xAxis), ...list(option.yAxis)]) {
      if (!a.type) a.type = a.data ? "category" : "value";
      axisStyle(a, narrow, horizontal, kind === "percent");
    }
    if (narrow && list(option.legend).some((l) => l.show)) {
      // The legend takes two or three lines.
      for (const g of list(option.grid)) g.top = Number(g.top) + 28;
    }
    for (const l of list(option.legend)) {
      Object.assign(l, { textStyle: { color: css("--chart-text") }, itemGap: 16, inactiveColor: css("--chart-axis") });
    }
    for (const v of list(option.visualMap)) {
      Object.assign(v, { itemWidth: 12, itemHeight: narrow ? 140 : 220, textStyle: { color: css("--chart-text") },
        text: [number.format(v.max), "0"] });
    }
    for (const s of option.series) {
      if (s.label?.show) {
        s.label.color = css("--chart-text");
        s.label.formatter = (p) => withUnit(p.value, kind === "percent" || unit === "s" ? unit : "");
      }
      if (s.markLine?.label) {
        Object.assign(s.markLine, { silent: true, animation: false });
        Object.assign(s.markLine.label, { color: css("--chart-text"), formatter: plain(s.markLine.label.formatter), position: "start" });
      }
      if (s.itemStyle?.borderWidth && s.type === "bar") s.itemStyle.borderType = "dashed";
    }
    option.textStyle = { fontFamily: "Marianne, arial, sans-serif" };
    option.tooltip = tooltip(kind, unit, option);
    option.animation = !still;
    option.animationDuration = 300;
    return option;
  };

  // The vector renderer writes style attributes, which the security policy
  // refuses; the same text through the style object is allowed.
  const setAttribute = SVGElement.prototype.setAttribute;
  SVGElement.prototype.setAttribute = function (name, value) {
    if (name === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };

  const draw = (el) => {
    const chart = drawn.get(el) ?? echarts.init(el, null, { renderer: el.dataset.renderer ?? "canvas" });
    drawn.set(el, chart);
    chart.setOption(options(el), true);
    el.dataset.drawn = "true";
  };

  const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
  let frame = 0;
  window.addEventListener("resize", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => drawn.forEach((chart, el) => { chart.resize(); chart.setOption(options(el), true); }));
  });
  // Labels are measured once: the font must be there before.
  document.fonts.load("12px Marianne").finally(() => {
    all();
    document.addEventListener("theme", all);
  });
})();
