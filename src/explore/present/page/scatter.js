// Two figures of all rows, chosen by menus. Marks differ by shape and colour; lower bounds are hollow, and never on a front.
(() => {
  const element = document.getElementById("scatter");
  const { rows, figures, varied, parameters, competes, write } = compare;
  const drawn = figures.filter(compare.differs);
  const say = document.getElementById("scatter-note");
  const constant = figures.filter((figure) => !compare.differs(figure) && rows.some((row) => row.figure(figure) !== null));
  const first = (figure) => rows.find((row) => row.figure(figure) !== null).written(figure);
  if (rows.length > 1 && constant.length > 0) {
    document.getElementById("constant").textContent =
      "The same in all rows that have it: " + constant.map((figure) => `${figure.label} ${first(figure)}`).join(", ") + ".";
  }
  if (drawn.length < 2) {
    element.hidden = true;
    say.textContent = rows.length < 2 ? "There is one row: nothing to set it beside." : "Fewer than two figures differ between rows: there is no trade-off to draw.";
    return;
  }

  // Menus: two figures and what marks are told apart by.
  const controls = document.getElementById("axes");
  const entries = drawn.map((figure) => [figure.name, figure.label]);
  const menus = [compare.menu("across", entries), compare.menu("up", entries)];
  const by = compare.menu("marks by", varied.map((parameter) => [parameter.name, parameter.short]));
  [menus[0].select.id, menus[1].select.id, by.select.id] = ["across", "up", "marks"];
  controls.append(menus[0].box, menus[1].box);
  if (varied.length > 0) controls.append(by.box);
  const usual = (names, not) =>
    [...names.map((name) => drawn.find((figure) => figure.name === name)), ...drawn].find((figure) => figure && figure !== not);
  const across = usual(["energy_pj", "latency_ns"]);
  menus[0].select.value = across.name;
  menus[1].select.value = usual(["accuracy", "mse", "latency_ns"], across).name;

  const SYMBOLS = [
    ["circle", "●"],
    ["rect", "■"],
    ["triangle", "▲"],
    ["diamond", "◆"],
    ["path://M0,0L10,0L5,9Z", "▼"],
    ["path://M5,0L6.5,3.5L10,4L7.5,6.5L8,10L5,8L2,10L2.5,6.5L0,4L3.5,3.5Z", "★"],
  ];
  const chosen = () => menus.map(({ select }) => drawn.find((figure) => figure.name === select.value));
  const parameter = () => varied.find(({ name }) => name === by.select.value) || parameters[0];

  // An axis is logarithmic where its largest value is 20 times its smallest.
  const axis = (now, figure) => {
    const values = rows.map((row) => row.figure(figure)).filter((value) => value !== null);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const log = least > 0 && most / least >= 20;
    const own = spikemesh.axis(now);
    return {
      ...own,
      type: log ? "log" : "value",
      name: figure.label + (log ? " (logarithmic)" : ""),
      nameLocation: "middle",
      scale: true,
      splitNumber: 4,
      boundaryGap: ["6%", "6%"],
      // There is nothing beyond 100 %.
      max: figure.share ? ({ max, min }) => (max + 0.06 * (max - min) >= 1 ? 1 : null) : null,
      min: ({ max, min }) => (log ? min / Math.pow(max / min, 0.06) : min - 0.06 * (max - min) <= 0 && min >= 0 ? 0 : null),
      ...(log ? { max: most * Math.pow(most / least, 0.06) } : {}),
      axisLabel: { ...own.axisLabel, formatter: (value) => write(figure, value), showMinLabel: !log, showMaxLabel: !log },
    };
  };

  // The rows that no other one beats in both figures, from left to right.
  const front = ([x, y]) => {
    if (!x.ranked || !y.ranked || (compare.unequal && (x.priced || y.priced))) return [];
    const known = rows.filter((row) => competes(row, x) && competes(row, y) && !row.beyond);
    const cost = (row, figure) => (figure.most ? -row.figure(figure) : row.figure(figure));
    const beats = (a, b) =>
      cost(a, x) <= cost(b, x) && cost(a, y) <= cost(b, y) && (cost(a, x) < cost(b, x) || cost(a, y) < cost(b, y));
    const best = known.filter((row) => !known.some((other) => beats(other, row)));
    return best.sort((a, b) => a.figure(x) - b.figure(x) || a.figure(y) - b.figure(y));
  };

  let places = [];
  const make = (now) => {
    const [x, y] = chosen();
    const line = front([x, y]);
    const values = compare.distinct(parameter());
    places = rows.filter((row) => row.figure(x) !== null && row.figure(y) !== null);
    const series = values.map((value, at) => ({
      type: "scatter",
      name: value,
      cursor: "pointer",
      data: places
        .filter((row) => row.value(parameter()) === value)
        .map((row) => {
          const colour = now.kinds[at % now.kinds.length];
          const known = competes(row, x) && competes(row, y);
          const faint = compare.shown(row) ? 1 : 0.12;
          return {
            value: [row.figure(x), row.figure(y)],
            // By place: the library copies what it is given.
            place: rows.indexOf(row),
            symbol: SYMBOLS[at % SYMBOLS.length][0],
            symbolSize: row.front ? 15 : 11,
            itemStyle: {
              opacity: faint * (row.front ? 1 : row.beyond ? 0.35 : 0.8),
              color: known ? colour : "transparent",
              borderColor: known ? (row.front ? now.ink : colour) : colour,
              borderWidth: known && !row.front ? 0 : 2,
              borderType: known ? "solid" : [2, 2],
            },
          };
        }),
    }));
    // Below the marks.
    series.unshift({
      type: "line",
      silent: true,
      symbol: "none",
      lineStyle: { color: now.soft, width: 1.5, type: "dashed" },
      data: line.map((row) => [row.figure(x), row.figure(y)]),
    });
    const missing = rows.length - places.length;
    const bounds = places.filter((row) => !(competes(row, x) && competes(row, y))).length;
    say.textContent = [
      "Large and ringed: on the Pareto front of the page.",
      compare.unequal && (x.priced || y.priced) ? "No front: the energies cover different classes of cost." : "",
      line.length > 1 ? "Dashed line: the front of these two figures alone." : "",
      rows.some((row) => row.beyond) ? "Pale: not within the limits, or not run on all samples; they are on no front." : "",
      bounds > 0 ? `Hollow: ${bounds} with an energy that is a lower bound (≥); they are on no front.` : "",
      missing > 0 ? `Not drawn: ${missing} of which one of the two is not known (–).` : "",
      "Point at a mark or press the arrow keys for its figures; click or press Enter for its row.",
    ].filter(Boolean).join(" ");
    legend(values, new Set(places.map((row) => row.value(parameter()))));
    return {
      grid: { left: 78, right: 24, top: 20, bottom: 52 },
      xAxis: { ...axis(now, x), nameGap: 30 },
      yAxis: { ...axis(now, y), nameGap: 62 },
      tooltip: { ...spikemesh.tooltip(now), trigger: "item", formatter: ({ data }) => compare.tip(rows[data.place], [x, y], 4) },
      series,
    };
  };

  // Of what is drawn, and nothing else.
  const legend = (values, drawn) => {
    const box = document.getElementById("legend");
    box.replaceChildren(
      ...values.flatMap((value, at) => {
        if (!drawn.has(value)) return [];
        const key = document.createElement("span");
        const mark = document.createElement("b");
        key.className = "key";
        mark.textContent = SYMBOLS[at % SYMBOLS.length][1] + " ";
        mark.style.color = `var(--kind${at % 8})`;
        key.append(mark, value);
        return [key];
      }),
    );
  };

  // Names of the rows on the front, where they find room beside their marks.
  const named = (chart) => {
    const [x, y] = chosen();
    const taken = places.map((row) => {
      const [px, py] = chart.convertToPixel("grid", [row.figure(x), row.figure(y)]);
      return { row, box: [px - 6, py - 6, px + 6, py + 6] };
    });
    const room = [60, 0, chart.getWidth() - 4, chart.getHeight() - 50];
    const free = (own, [l, t, r, b]) =>
      l >= room[0] && t >= room[1] && r <= room[2] && b <= room[3] &&
      taken.every(({ row, box }) => row === own || r < box[0] || l > box[2] || b < box[1] || t > box[3]);
    const labels = new Map();
    places.filter((row) => row.front && compare.shown(row)).forEach((row) => {
      const text = compare.brief(row);
      const width = 6.6 * Math.min(text.length, 28);
      const [px, py] = chart.convertToPixel("grid", [row.figure(x), row.figure(y)]);
      const boxes = {
        right: [px + 11, py - 7, px + 13 + width, py + 7],
        left: [px - 13 - width, py - 7, px - 11, py + 7],
        top: [px - width / 2, py - 25, px + width / 2, py - 10],
        bottom: [px - width / 2, py + 10, px + width / 2, py + 25],
      };
      const at = Object.keys(boxes).find((side) => free(row, boxes[side]));
      if (!at) return;
      taken.push({ row: null, box: boxes[at] });
      labels.set(row, { show: true, position: at, distance: 6, formatter: text.length > 28 ? text.slice(0, 27) + "…" : text });
    });
    return labels;
  };
  const { chart, draw } = spikemesh.chart(element, make);
  const label = () => {
    const labels = named(chart);
    const ink = spikemesh.theme().ink;
    const series = chart.getOption().series.map(({ data, type }) =>
      type === "line" ? {} : {
        data: data.map((point) => {
          const label = labels.get(rows[point.place]);
          return { ...point, label: label ? { ...label, color: ink, fontSize: 12 } : { show: false } };
        }),
      });
    chart.setOption({ series });
  };
  const again = () => {
    draw();
    label();
  };
  [...menus, by].forEach(({ select }) => select.addEventListener("change", again));
  compare.listen(again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  new ResizeObserver(label).observe(element);
  label();

  // Pointer and keys.
  chart.on("click", ({ data }) => compare.go(rows[data.place]));
  element.tabIndex = 0;
  let at = -1;
  element.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const [x] = chosen();
    const order = places.filter((row) => compare.shown(row)).sort((a, b) => a.figure(x) - b.figure(x));
    if (step && order.length > 0) {
      event.preventDefault();
      at = (at + step + order.length) % order.length;
      const option = chart.getOption().series;
      option.forEach(({ data, type }, seriesIndex) => {
        const dataIndex = type === "line" ? -1 : data.findIndex((point) => rows[point.place] === order[at]);
        if (dataIndex >= 0) chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex });
      });
    } else if (event.key === "Enter" && order[at]) compare.go(order[at]);
    else if (event.key === "Escape") chart.dispatchAction({ type: "hideTip" });
  });
})();
