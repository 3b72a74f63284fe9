// Two figures of all runs against each other, as menus choose them; colours are chips.
(() => {
  const element = document.getElementById("runs-chart");
  if (!element) return;
  const data = spikemesh.data("index");
  const [across, up, logarithmic] = ["across", "up", "logarithmic"].map((id) => document.getElementById(id));
  const text = (figure) => (value) => spikemesh[data.figures[figure][1]](value);
  const named = (name, other) => {
    const at = data.figures.findIndex(([figure], index) => figure === name && data.runs.some((run) => run.values[index] !== null));
    return at < 0 ? other : at;
  };
  across.value = named("energy", 0);
  up.value = named("accuracy", Math.min(1, data.figures.length - 1));
  // Runs that are far apart are seen on a scale of powers.
  const known = data.runs.map((run) => run.values[Number(across.value)]).filter((value) => value > 0);
  logarithmic.checked = known.length > 1 && Math.max(...known) > 50 * Math.min(...known);
  const chips = [...new Set(data.runs.map((run) => run.chip))];

  const { chart, draw } = spikemesh.chart(element, (now) => {
    const [x, y] = [Number(across.value), Number(up.value)];
    const shown = data.runs.filter((run) => run.values[x] !== null && run.values[y] !== null);
    // A scale of powers has no place for nothing.
    const positive = (figure) => shown.every((run) => run.values[figure] > 0);
    // Accuracies differ too little for it.
    const type = (figure) => (logarithmic.checked && positive(figure) && data.figures[figure][1] !== "percent" ? "log" : "value");
    const axis = (figure, place) => ({
      ...spikemesh.axis(now),
      type: type(figure),
      scale: true,
      // No share is above all of it.
      ...(data.figures[figure][1] === "percent" ? { max: 1, min: ({ min }) => Math.max(0, Math.floor(20 * min - 1) / 20) } : {}),
      name: data.figures[figure][0],
      nameLocation: "middle",
      nameGap: place,
      axisLabel: { color: now.ink, hideOverlap: true, formatter: text(figure) },
    });
    return {
      grid: { left: 84, right: 24, top: chips.length > 1 ? 40 : 16, bottom: 52, containLabel: false, outerBoundsMode: "none" },
      legend: { show: chips.length > 1, type: "scroll", pageTextStyle: { color: now.ink }, pageIconColor: now.ink, top: 0, left: 0, textStyle: { color: now.ink } },
      tooltip: {
        ...spikemesh.tooltip(now),
        formatter: ({ data: { run } }) =>
          spikemesh.tip(run.file, [
            ["network", run.network],
            ["chip", `${run.chip}, ${run.constants}`],
            ...[...new Set([x, y])].map((figure) => [data.figures[figure][0], (run.partial[figure] ? "≥ " : "") + text(figure)(run.values[figure])]),
          ]),
      },
      xAxis: axis(x, 32),
      yAxis: axis(y, 66),
      series: chips.map((chip, index) => ({
        name: chip,
        type: "scatter",
        symbolSize: 11,
        color: now.kinds[index % 8],
        data: shown
          .filter((run) => run.chip === chip)
          .map((run) => {
            const ring = run.partial[x] || run.partial[y];
            return {
              value: [run.values[x], run.values[y]],
              run,
              itemStyle: ring ? { color: now.ground, borderColor: now.kinds[index % 8], borderWidth: 2 } : {},
            };
          }),
      })),
    };
  });
  for (const control of [across, up, logarithmic]) control.addEventListener("change", draw);
  chart.on("click", ({ data: point }) => {
    if (point && point.run && point.run.page) location.href = point.run.page;
  });
})();
