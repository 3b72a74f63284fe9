// Parallel coordinates: a line for each row through all that was swept and the main figures. A stretch that is dragged along
// an axis filters the table.
(() => {
  const element = document.getElementById("parallel");
  const { rows, figures, varied, competes, write } = compare;
  const WANTED = ["accuracy", "mse", "energy_pj", "latency_ns", "synaptic_operations", "cores_used", "energy_delay_pj_ns"];
  const drawn = figures.filter((figure) => WANTED.includes(figure.name) && compare.differs(figure));
  const axes = [...varied, ...drawn];
  if (rows.length < 2 || axes.length < 2) {
    document.getElementById("parallel-part").hidden = true;
    return;
  }
  const narrow = matchMedia("(max-width: 40rem)");
  const colours = varied.length > 0 ? compare.distinct(varied[0]) : [""];
  // Faint lines where there are many.
  const opacity = Math.max(0.15, Math.min(0.8, 30 / rows.length));

  const axis = (now, column, dim) => {
    const own = spikemesh.axis(now);
    // Readable on lines.
    const text = { color: now.ink, textBorderColor: now.ground, textBorderWidth: 3 };
    const shared = {
      dim,
      name: column.short || column.label,
      nameTextStyle: { color: now.ink, fontSize: 12 },
      nameLocation: narrow.matches ? "start" : "end",
      nameGap: narrow.matches ? 8 : 14,
      axisLine: own.axisLine,
      axisTick: own.axisTick,
      areaSelectStyle: { width: 22, color: now.kinds[0], borderColor: now.kinds[0], opacity: 0.25 },
    };
    if (!column.label) {
      const values = compare.distinct(column);
      // Few values are all named, in the room that each has.
      const width = narrow.matches ? Math.max(20, Math.floor((element.clientWidth - 140) / values.length)) : 90;
      const axisLabel = { ...text, overflow: "truncate", width, interval: values.length <= 8 ? 0 : "auto" };
      return { ...shared, type: "category", data: values, axisLabel };
    }
    // Better is up, or right.
    const values = rows.map((row) => row.figure(column)).filter((value) => value !== null);
    const inverse = column.ranked && !column.most;
    return {
      ...shared,
      type: Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= 20 ? "log" : "value",
      scale: true,
      inverse,
      nameLocation: inverse !== narrow.matches ? "start" : "end",
      minInterval: column.name === "cores_used" ? 1 : 0,
      max: column.share ? ({ max }) => (max > 0.99 ? 1 : null) : null,
      splitNumber: narrow.matches ? 3 : 5,
      axisLabel: { ...text, formatter: (value) => write(column, value) },
    };
  };
  const data = (now) =>
    rows.map((row) => {
      const known = drawn.every((figure) => competes(row, figure));
      const colour = varied.length > 0 ? colours.indexOf(row.value(varied[0])) : 0;
      const seen = compare.shown(row, "brush");
      return {
        place: rows.indexOf(row),
        value: axes.map((column) => (column.label ? (row.figure(column) ?? NaN) : row.value(column))),
        lineStyle: {
          color: now.kinds[colour % now.kinds.length],
          opacity: seen ? (row.front ? 1 : opacity) : 0.04,
          width: row.front ? 2.5 : 1.5,
          type: known ? "solid" : "dashed",
        },
      };
    });
  const make = (now) => ({
    parallel: narrow.matches
      ? { layout: "vertical", left: 104, right: 36, top: 12, bottom: 36 }
      : { left: 70, right: 70, top: 40, bottom: 24 },
    parallelAxis: axes.map((column, dim) => axis(now, column, dim)),
    tooltip: { ...spikemesh.tooltip(now), trigger: "item", formatter: ({ data }) => compare.tip(rows[data.place], drawn, 0) },
    series: [{ type: "parallel", smooth: 0.1, inactiveOpacity: 0.04, activeOpacity: 1, lineStyle: { width: 1.5 }, data: data(now) }],
  });
  const size = () => (element.style.height = narrow.matches ? `${Math.max(20, 5 * axes.length)}rem` : "24rem");
  size();
  const { chart, draw } = spikemesh.chart(element, make);
  narrow.addEventListener("change", () => {
    size();
    chart.resize();
    draw();
  });
  // A page that turns dark is drawn again, without what was brushed.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => compare.filter("brush", null));

  const note = document.getElementById("parallel-note");
  if (varied.length > 0) {
    colours.forEach((value, at) => {
      const key = document.createElement("span");
      const line = document.createElement("i");
      key.className = "key";
      line.style.background = `var(--kind${at % 8})`;
      key.append(line, value);
      document.getElementById("parallel-legend").append(key);
    });
  }
  if (rows.some((row) => row.bound)) note.textContent += " Dashed: the energy is a lower bound or not known.";

  chart.on("axisareaselected", () => {
    const active = chart.getModel().getSeriesByIndex(0).getRawIndicesByActiveState("active");
    const wanted = new Set(active.map((index) => rows[index]));
    compare.filter("brush", wanted.size > 0 && wanted.size < rows.length && ((row) => wanted.has(row)));
  });
  compare.listen((key) => key !== "brush" && chart.setOption({ series: [{ data: data(spikemesh.theme()) }] }));
  compare.onReset(draw);
})();
