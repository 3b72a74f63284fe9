// Curves of a training: by epoch, by number of time steps, by layer; and which classes are taken for which.
(() => {
  const data = spikemesh.data("training");
  const score = data.classes ? spikemesh.percent : (value) => spikemesh.number(value);

  // Lines over the same places. `zoomable` ones have a slider.
  const lines = (id, { places, name, series, text, zoomable, type = "line" }) => {
    const element = document.getElementById(id);
    const some = series.filter((one) => one.values.some((value) => value !== null && value !== undefined));
    if (!element || places.length === 0 || some.length === 0) return;
    const shown = spikemesh.chart(element, (now) => ({
      grid: { left: 8, right: 20, top: some.length > 1 ? 34 : 14, bottom: zoomable ? 52 : 8, containLabel: true },
      legend: { show: some.length > 1, top: 0, left: 0, textStyle: { color: now.ink }, icon: "roundRect", itemHeight: 8 },
      tooltip: {
        ...spikemesh.tooltip(now),
        trigger: "axis",
        formatter: (items) =>
          spikemesh.tip(`${name} ${places[items[0].dataIndex]}`, items.filter((item) => item.value !== null && item.value !== undefined).map((item) => [item.seriesName, text(item.value)])),
      },
      xAxis: { ...spikemesh.axis(now), type: "category", boundaryGap: type === "bar", data: places, axisLabel: { color: now.ink, hideOverlap: true, interval: places.length > 12 ? "auto" : 0, width: 90, overflow: "truncate" } },
      yAxis: { ...spikemesh.axis(now), type: "value", scale: type === "line", axisLabel: { color: now.ink, formatter: text } },
      dataZoom: zoomable ? [spikemesh.inside(), spikemesh.slider(now)] : [],
      series: some.map((one) => ({
        name: one.name,
        type,
        data: one.values,
        symbol: places.length > 40 ? "none" : "circle",
        symbolSize: 6,
        barMaxWidth: 48,
        lineStyle: { width: 2, type: one.dashed ? "dashed" : "solid" },
        color: now.kinds[one.kind],
      })),
    }));
    if (zoomable) spikemesh.zoom(shown.chart);
  };

  const epochs = data.epochs.map((_, index) => index + 1);
  const of = (column) => data.epochs.map((epoch) => epoch[column]);
  lines("curve-loss", { places: epochs, name: "epoch", text: spikemesh.number, zoomable: true, series: [{ name: "loss", kind: 0, values: of(0) }] });
  lines("curve-score", {
    places: epochs,
    name: "epoch",
    text: data.classes ? spikemesh.percent : spikemesh.number,
    zoomable: true,
    series: [
      { name: "validation, integer network", kind: 0, values: of(2) },
      { name: "validation, network in training", kind: 2, values: of(3) },
      { name: "training", kind: 1, dashed: true, values: of(1) },
    ],
  });
  lines("curve-spikes", { places: epochs, name: "epoch", text: spikemesh.number, zoomable: true, series: [{ name: "spikes per neuron and inference", kind: 3, values: of(4) }] });

  const places = data.points.map((point) => point.steps);
  const along = (name) => data.points.map((point) => point[name]);
  lines("steps-score", {
    places,
    name: "T =",
    text: score,
    series: [
      { name: "spiking network", kind: 0, values: along("spiking") },
      { name: "twin", kind: 1, values: along("twin") },
      { name: "biases kept", kind: 7, dashed: true, values: along("kept") },
    ],
  });
  lines("steps-spikes", { places, name: "T =", text: spikemesh.number, series: [{ name: "spikes per neuron", kind: 3, values: along("spikes") }] });
  lines("steps-operations", { places, name: "T =", text: spikemesh.number, series: [{ name: "ratio", kind: 0, values: along("operations") }] });

  const own = data.points.find((point) => point.steps === data.own);
  if (own) {
    const spiking = data.layers.map((_, index) => index).filter((index) => own.rates[index] !== null);
    lines("layers-rate", {
      places: spiking.map((index) => data.layers[index]),
      name: "",
      text: spikemesh.number,
      type: "bar",
      series: [{ name: `spikes per neuron and step at T = ${data.own}`, kind: 2, values: spiking.map((index) => own.rates[index]) }],
    });
  }

  // Right answers are many; so that wrong ones are seen, they have a scale of their own.
  const element = document.getElementById("confusion");
  if (element) {
    const classes = data.confusion.map((_, index) => String(index));
    const cells = data.confusion.flatMap((row, label) => row.map((count, taken) => [taken, label, count]));
    const [right, wrong] = [cells.filter(([taken, label]) => taken === label), cells.filter(([taken, label]) => taken !== label)];
    const most = (list) => list.reduce((most, cell) => Math.max(most, cell[2]), 1);
    const few = classes.length <= 20;
    spikemesh.chart(element, (now) => ({
      grid: { left: 44, right: 8, top: 8, bottom: 44, containLabel: false, outerBoundsMode: "none" },
      tooltip: {
        ...spikemesh.tooltip(now),
        formatter: ({ data: [taken, label, count] }) => {
          const all = data.confusion[label].reduce((sum, value) => sum + value, 0);
          const what = taken === label ? `class ${label} is found` : `class ${label} is taken for ${taken}`;
          return spikemesh.tip(what, [["samples", spikemesh.thousands(count)], ["of its class", spikemesh.percent(count / Math.max(1, all))]]);
        },
      },
      xAxis: { ...spikemesh.axis(now), type: "category", data: classes, name: "taken for", nameLocation: "middle", nameGap: 24, splitLine: { show: false } },
      yAxis: { ...spikemesh.axis(now), type: "category", data: classes, inverse: true, name: "class", nameLocation: "middle", nameGap: 28, splitLine: { show: false } },
      visualMap: [
        { show: false, seriesIndex: 0, dimension: 2, min: 0, max: most(right), inRange: { color: [now.ground, now.kinds[2]] } },
        { show: false, seriesIndex: 1, dimension: 2, min: 0, max: most(wrong), inRange: { color: [now.ground, now.kinds[4]] } },
      ],
      series: [
        { type: "heatmap", progressive: 0, name: "right", data: right, label: { show: few, color: now.ground, formatter: ({ data: cell }) => (cell[2] > 0 ? spikemesh.thousands(cell[2]) : "") }, itemStyle: { borderColor: now.rule, borderWidth: 1 } },
        { type: "heatmap", progressive: 0, name: "wrong", data: wrong, label: { show: few, color: now.ink, formatter: ({ data: cell }) => (cell[2] > 0 ? spikemesh.thousands(cell[2]) : "") }, itemStyle: { borderColor: now.rule, borderWidth: 1 } },
      ],
    }));
  }
})();
