// Load-latency curves of the measurement and of those it is set beside.
(() => {
  document.querySelectorAll(".needs-script").forEach((element) => (element.hidden = false));
  const latencies = document.getElementById("latency");
  if (!latencies) return;
  const { curves } = spikemesh.data("noc-data");
  const accepted = document.getElementById("accepted");
  const [across, scale] = ["across", "scale"].map((id) => document.getElementById(id));
  const AXES = { rate: "offered (flits per node and cycle)", accepted: "accepted (flits per node and cycle)" };
  const KINDS = [
    ["mean", "mean latency", "solid"],
    ["p99", "99 % of packets", "dashed"],
    ["median", "median", "dotted"],
  ];
  const many = curves.length > 1;
  // Full circles where the network keeps up.
  const mark = (point, colour, now) => ({
    symbol: point.saturated ? "diamond" : point.short ? "triangle" : "circle",
    symbolSize: point.saturated ? 11 : 8,
    itemStyle: point.saturated || point.short ? { color: now.ground, borderColor: colour, borderWidth: 2 } : { color: colour },
  });
  const tip = (curve, point) =>
    spikemesh.tip(`${many ? curve.name + ", " : ""}rate ${point.rate}${point.saturated ? ": saturated" : point.short ? ": too short to say" : ""}`, [
      ["accepted", point.accepted.toFixed(4)],
      ...KINDS.map(([kind, name]) => [name, point[kind] === null ? "–" : `${point[kind].toFixed(1)} cycles`]),
    ]);
  const options = (now) => ({
    grid: { left: 64, right: 20, top: many ? 26 + 22 * curves.length : 44, bottom: 78 },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 14, itemHeight: 4, textStyle: { color: now.ink }, ...(many ? { orient: "vertical" } : {}) },
    tooltip: { ...spikemesh.tooltip(now), trigger: "item", formatter: ({ data }) => (data.of ? tip(curves[data.of[0]], curves[data.of[0]].points[data.of[1]]) : "") },
    dataZoom: [spikemesh.slider(now), spikemesh.inside()],
  });
  const axis = (now, name, gap) => ({ ...spikemesh.axis(now), type: "value", name, nameLocation: "middle", nameGap: gap, min: 0 });
  const colour = (now, at) => now.kinds[at % now.kinds.length];

  const latency = (now) => {
    const series = curves.flatMap((curve, at) =>
      KINDS.map(([kind, name, type]) => ({
        type: "line",
        // With many curves a name hides or shows all of one.
        name: many ? curve.name : name,
        color: many ? colour(now, at) : colour(now, KINDS.findIndex(([own]) => own === kind)),
        lineStyle: { width: kind === "mean" ? 2.5 : 1.5, type },
        data: curve.points.map((point, place) => ({
          value: [point[across.value], point[kind]],
          of: [at, place],
          ...mark(point, many ? colour(now, at) : colour(now, KINDS.findIndex(([own]) => own === kind)), now),
        })),
        markLine:
          kind === "mean"
            ? {
                silent: true,
                symbol: "none",
                lineStyle: { color: many ? colour(now, at) : now.soft, type: "dotted" },
                label: { color: now.soft, position: "insideEndTop" },
                data: [
                  ...(curve.zero_load === null || many ? [] : [{ yAxis: curve.zero_load, label: { formatter: "without other traffic" } }]),
                  ...(curve.saturation === null ? [] : [{ xAxis: curve.saturation, label: { formatter: many ? "" : "saturates" } }]),
                ],
              }
            : undefined,
      })),
    );
    const log = scale.value === "log";
    return {
      ...options(now),
      xAxis: axis(now, AXES[across.value], 28),
      yAxis: { ...axis(now, "cycles", 46), type: scale.value,
        // Powers of ten have labels, so the ends are such.
        min: log ? ({ min }) => 10 ** Math.floor(Math.log10(Math.max(1, min))) : 0, max: log ? ({ max }) => 10 ** Math.ceil(Math.log10(max)) : null,
        axisLabel: { color: now.ink, formatter: (value) => spikemesh.thousands(value) } },
      series,
    };
  };
  const rates = (now) => {
    const most = Math.max(...curves.flatMap((curve) => curve.points.map((point) => point.rate)));
    const top = Math.max(...curves.flatMap((curve) => curve.points.map((point) => point.accepted)));
    return {
      ...options(now),
      xAxis: axis(now, AXES.rate, 28),
      yAxis: { ...axis(now, "accepted", 46), max: Number((1.1 * top).toPrecision(2)) },
      series: [
        ...curves.map((curve, at) => ({
          type: "line",
          name: many ? curve.name : "accepted",
          color: colour(now, at),
          data: curve.points.map((point, place) => ({ value: [point.rate, point.accepted], of: [at, place], ...mark(point, colour(now, at), now) })),
        })),
        { type: "line", name: "all that is offered", symbol: "none", silent: true, color: now.soft, lineStyle: { type: "dotted" }, data: [[0, 0], [most, most]] },
      ],
    };
  };
  const upper = spikemesh.chart(latencies, latency);
  const lower = spikemesh.chart(accepted, rates);
  document.getElementById("curve-controls").append(spikemesh.zoom(upper.chart).bar);
  spikemesh.zoom(lower.chart);
  [across, scale].forEach((menu) => menu.addEventListener("change", upper.draw));
})();
