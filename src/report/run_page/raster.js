// Spikes by neuron and time: one band for each layer, of at least a thirtieth of the height, so that small layers are seen.
(() => {
  const element = document.getElementById("raster-chart");
  if (!element) return;
  const data = spikemesh.data("raster-data");
  const ns = (tick) => tick * data.ns;

  // Bands from top to bottom: the band that a neuron is in, and its height in it.
  const total = data.layers.reduce((sum, layer) => sum + layer[2], 0);
  const gap = 0.02;
  let top = 0;
  const bands = data.layers.map(([name, first, count], index) => {
    const height = Math.max(count / total, 1 / 30);
    const band = { name, first, count, top, height, index };
    top += height + gap;
    return band;
  });
  const bottom = top - gap;
  const bandOf = (neuron) => {
    let [low, high] = [0, bands.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (bands[middle].first <= neuron) low = middle;
      else high = middle - 1;
    }
    return bands[low];
  };

  const points = data.layers.map(() => []);
  let tick = 0;
  for (let at = 0; at < data.spikes.length; at += 2) {
    tick += data.spikes[at];
    const neuron = data.spikes[at + 1];
    const band = bandOf(neuron);
    points[band.index].push([ns(tick), band.top + ((neuron - band.first + 0.5) / band.count) * band.height, neuron - band.first]);
  }
  element.className = "chart";
  element.style.height = Math.min(900, Math.max(260, 90 + bands.length * 40, Math.min(700, 90 + total / 2))) + "px";

  const longest = () => (element.clientWidth < 560 ? 9 : 14);
  const { chart } = spikemesh.chart(element, (now) => ({
    // The labels' own places are not known to the layout.
    grid: { left: element.clientWidth < 560 ? 74 : 104, right: 24, top: 8, bottom: 56, containLabel: false, outerBoundsMode: "none" },
    tooltip: {
      ...spikemesh.tooltip(now),
      formatter: ({ seriesIndex, data: [time, , neuron] }) =>
        spikemesh.tip(bands[seriesIndex].name, [["neuron", spikemesh.thousands(neuron)], ["spike at", spikemesh.time(time)], ["time step", stepAt(time)]]),
    },
    xAxis: {
      ...spikemesh.axis(now),
      type: "value",
      min: 0,
      max: ns(data.end),
      axisLine: { onZero: false, lineStyle: { color: now.soft } },
      axisLabel: { color: now.ink, formatter: spikemesh.time, hideOverlap: true },
      splitLine: { show: false },
    },
    yAxis: {
      ...spikemesh.axis(now),
      type: "value",
      min: 0,
      max: bottom,
      inverse: true,
      splitLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        color: now.ink,
        customValues: bands.map((band) => band.top + band.height / 2),
        formatter: (value) => {
          const band = bands.reduce((best, band) => (Math.abs(band.top + band.height / 2 - value) < Math.abs(best.top + best.height / 2 - value) ? band : best));
          return (band.name.length > longest() ? band.name.slice(0, longest() - 1) + "…" : band.name) + "\n" + spikemesh.thousands(band.count);
        },
        lineHeight: 14,
      },
    },
    dataZoom: [spikemesh.inside(), spikemesh.slider(now)],
    series: bands.map((band) => ({
      name: band.name,
      type: "scatter",
      data: points[band.index],
      symbol: "rect",
      symbolSize: [2.5, Math.max(2, Math.min(5, (400 * band.height) / band.count))],
      itemStyle: { color: now.kinds[band.index % 8], opacity: 1 },
      markLine:
        band.index > 0
          ? undefined
          : {
              silent: true,
              symbol: "none",
              label: { show: false },
              lineStyle: { color: now.rule, type: "solid", width: 1 },
              data: data.steps.map((step) => ({ xAxis: ns(step) })),
            },
    })),
  }));

  const stepAt = (time) => {
    let [low, high] = [0, data.steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ns(data.steps[middle]) <= time) low = middle + 1;
      else high = middle;
    }
    return data.steps.length > 0 ? spikemesh.thousands(low) : "–";
  };

  const output = document.getElementById("raster-range");
  const zoomed = spikemesh.zoom(chart, {
    range: (start, end) => {
      const of = (share) => spikemesh.time((ns(data.end) * share) / 100);
      output.textContent = `${of(start)} to ${of(end)}`;
    },
  });
  document.getElementById("raster-zoom").append(zoomed.bar);
})();
