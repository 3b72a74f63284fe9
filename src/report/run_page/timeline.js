// A row for each core: what it does, and what it waits for. Rows are drawn as a whole, with what is narrower than a pixel put
// together, so that thousands of spans can be moved smoothly; what is under the pointer is looked up.
(() => {
  const element = document.getElementById("timeline-chart");
  if (!element) return;
  const data = spikemesh.data("timeline-data");
  const ROWS = 40;
  const ACTIVITIES = ["synapses", "soma", "sending"];
  const BOUNDS = ["soma", "synapses", "the wait for packets", "the barrier"];
  const time = (ticks) => spikemesh.time(ticks * data.ns);

  // Spans come as ticks from the end of the one before, ticks of length, of work, and a count.
  for (const row of data.rows) {
    row.spans = row.spans.map((flat) => {
      const spans = [];
      let before = 0;
      for (let at = 0; at < flat.length; at += 4) {
        const from = before + flat[at];
        before = from + flat[at + 1];
        spans.push({ from, to: before, busy: flat[at + 2], count: flat[at + 3] });
      }
      return spans;
    });
    row.label = row.layer === null ? row.name : `${row.name} · ${row.parts.slice(0, 4).map((layer) => data.layers[layer]).join(", ")}${row.parts.length > 4 ? ", …" : ""}`;
  }
  const steps = data.steps.map(([from, done, release, last, bound], index) => ({ number: index + 1, from, done, release, last, bound }));

  // The first of a sorted list that ends after a time.
  const after = (list, at, end = "to") => {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle][end] <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const stepAt = (at) => {
    const index = after(steps, at, "release");
    return index < steps.length && steps[index].from <= at ? steps[index] : null;
  };
  // When a row is done in a step: the end of its last work before the barrier; nothing where it does nothing.
  const endIn = (row, step) => {
    let end = null;
    for (const spans of row.spans.slice(0, 2)) {
      const index = after(spans, step.done - 1);
      const last = spans[index] && spans[index].from < step.done ? spans[index] : spans[index - 1];
      if (last && last.to > step.from) end = Math.max(end ?? 0, Math.min(last.to, step.done));
    }
    return end;
  };

  // ---- Rows, by a menu: the busiest, forty by forty, and those of a layer ----

  const select = document.getElementById("timeline-rows");
  const cores = data.rows.filter((row) => row.layer !== null);
  const host = data.rows.filter((row) => row.layer === null && row.spans.some((spans) => spans.length > 0));
  const groups = [];
  for (let first = 0; first < cores.length; first += ROWS) {
    const last = Math.min(first + ROWS, cores.length);
    const name = cores.length <= ROWS ? "all cores" : first === 0 ? `the ${ROWS} busiest cores` : `busiest ${first + 1} to ${last}`;
    groups.push([name, [...host, ...cores.slice(first, last)]]);
  }
  if (cores.length > 1) {
    data.layers.forEach((name, layer) => {
      const rows = cores.filter((row) => row.parts.includes(layer));
      if (rows.length > 0 && rows.length < cores.length) groups.push([`layer ${name}`, rows.slice(0, ROWS)]);
    });
  }
  groups.forEach(([name], index) => select.add(new Option(name, index)));
  const inOrder = (rows) => [...rows].sort((a, b) => (a.layer ?? -1) - (b.layer ?? -1) || a.core - b.core);
  // Rows from top to bottom; nothing stands for the barrier.
  const list = (group) => [...(steps.length > 0 ? [null] : []), ...inOrder(groups[group][1])];
  let shownRows = list(0);

  // ---- Drawing ----

  const draw = (now, params, api) => {
    const row = shownRows[api.value(0)];
    const area = params.coordSys;
    const [left, right] = [area.x, area.x + area.width];
    const height = api.size([0, 1])[1];
    const y = api.coord([0, api.value(0)])[1] - height / 2;
    const zero = api.coord([0, 0])[0];
    const scale = api.coord([1, 0])[0] - zero;
    const [first, last] = [(left - zero) / scale, (right - zero) / scale];
    const children = [];
    const rect = (from, to, top, tall, fill) => {
      const x = Math.max(left, zero + from * scale);
      const width = Math.min(right, zero + to * scale) - x;
      if (width > 0) children.push({ type: "rect", shape: { x, y: y + top * height, width: Math.max(0.75, width), height: tall * height }, style: { fill } });
    };
    // Neighbours that are less than a pixel apart are one.
    const all = (list, top, tall, fill) => {
      let open = null;
      for (let index = after(list, first); index < list.length && list[index].from < last; index += 1) {
        const { from, to } = list[index];
        if (open && (from - open[1]) * scale < 0.5 && (to - open[0]) * scale < 3) open[1] = Math.max(to, open[1]);
        else {
          if (open) rect(open[0], open[1], top, tall, fill);
          open = [from, to];
        }
      }
      if (open) rect(open[0], open[1], top, tall, fill);
    };
    const visible = [];
    for (let index = after(steps, first, "release"); index < steps.length && steps[index].from < last; index += 1) visible.push(steps[index]);
    if (row === null) {
      all(visible.map((step) => ({ from: step.done, to: step.release })), 0.15, 0.7, now.kinds[7]);
      return { type: "group", children };
    }
    // What is waited for is behind the work. Steps of a pixel are all work and all waiting.
    if (row.layer !== null && visible.length > 0 && ((last - first) * scale) / visible.length > 3) {
      for (const step of visible) {
        const end = endIn(row, step) ?? step.from;
        rect(step.from, end, 0.3, 0.4, now.uses[0]);
        rect(end, step.done, 0.44, 0.12, now.uses[1]);
      }
    }
    all(row.spans[1], 0.12, 0.5, now.kinds[2]);
    all(row.spans[0], 0.12, 0.5, now.kinds[0]);
    all(row.spans[2], 0.68, 0.2, now.kinds[1]);
    return { type: "group", children };
  };

  element.className = "chart";
  const size = () => {
    element.style.height = 80 + 20 * shownRows.length + "px";
  };
  size();
  const cut = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);
  const narrow = () => element.clientWidth < 560;
  const short = (label) => (narrow() ? cut(label.replace(/^core /, ""), 12) : cut(label, 28));
  const { chart, draw: again } = spikemesh.chart(element, (now) => {
    return {
      grid: { left: 4, right: 12, top: 4, bottom: 52, containLabel: true },
      xAxis: {
        ...spikemesh.axis(now),
        type: "value",
        min: 0,
        max: data.end,
        splitLine: { show: false },
        axisLabel: { color: now.ink, hideOverlap: true, formatter: time },
      },
      yAxis: {
        ...spikemesh.axis(now),
        type: "category",
        inverse: true,
        axisTick: { show: false },
        axisLabel: { color: now.ink, interval: 0, fontSize: 11, formatter: short },
        data: shownRows.map((row) => (row === null ? "barrier" : row.label)),
      },
      dataZoom: [spikemesh.inside(), spikemesh.slider(now)],
      series: [
        {
          type: "custom",
          silent: true,
          clip: true,
          encode: { x: [1, 2], y: 0 },
          renderItem: (params, api) => draw(now, params, api),
          data: shownRows.map((_, index) => [index, 0, data.end]),
          markLine: {
            silent: true,
            symbol: "none",
            label: { show: false },
            lineStyle: { color: now.rule, type: "solid", width: 1 },
            data: steps.length <= 400 ? steps.map((step) => ({ xAxis: step.from })) : [],
          },
        },
      ],
    };
  });
  select.addEventListener("change", () => {
    shownRows = list(Number(select.value));
    size();
    again();
  });

  // ---- What is under the pointer ----

  const nameOf = (core) => (core === null ? "no core" : data.names[core]);
  const share = (span) => (span.busy < span.to - span.from ? [["of that at work", spikemesh.percent(span.busy / (span.to - span.from))]] : []);
  const aboutStep = (step) => [
    ["time step", `${spikemesh.thousands(step.number)} of ${spikemesh.thousands(steps.length)}, ${time(step.release - step.from)}`],
    ["done last", nameOf(step.last)],
    ["takes longest", BOUNDS[step.bound]],
  ];
  const under = (at, index, low) => {
    const row = shownRows[index];
    const step = stepAt(at);
    const more = step ? aboutStep(step) : [];
    if (row === undefined) return null;
    if (row === null) {
      if (!step) return null;
      if (at < step.done) return spikemesh.tip("cores work", [["for", time(step.done - step.from)], ...more]);
      return spikemesh.tip("barrier", [["takes", time(step.release - step.done)], ...more]);
    }
    const near = (chart.convertFromPixel({ xAxisIndex: 0 }, 2) - chart.convertFromPixel({ xAxisIndex: 0 }, 0)) || 0;
    for (const activity of low ? [2] : [0, 1]) {
      const spans = row.spans[activity];
      const span = spans[after(spans, at - near)];
      if (span && span.from - near <= at) {
        const what = ["works on synapses", "soma", "sends packets"][activity];
        const count = [["packets", spikemesh.thousands(span.count)], ["turns", spikemesh.thousands(span.count)], ["packets", spikemesh.thousands(span.count)]][activity];
        return spikemesh.tip(`${row.label}: ${what}`, [["from", time(span.from)], ["for", time(span.to - span.from)], ...share(span), count, ...more]);
      }
    }
    if (!step || row.layer === null) return null;
    const end = endIn(row, step) ?? step.from;
    const last = nameOf(step.last);
    if (at < end) return spikemesh.tip(`${row.label}: waits for packets`, more);
    if (at < step.done) return spikemesh.tip(`${row.label}: waits for ${last}`, [["done at", time(end)], ["waits for", time(step.done - end)], ...more]);
    return spikemesh.tip(`${row.label}: waits at the barrier`, [["for", time(step.release - step.done)], ...more]);
  };
  spikemesh.pointer(chart, (x, y) => {
    const [at, index] = chart.convertFromPixel({ gridIndex: 0 }, [x, y]);
    const middle = chart.convertToPixel({ gridIndex: 0 }, [0, index])[1];
    const [above] = [chart.convertToPixel({ gridIndex: 0 }, [0, index + 1])];
    return under(at, index, y - middle > 0.16 * Math.abs((above ? above[1] : middle + 20) - middle));
  });

  const output = document.getElementById("timeline-range");
  const zoomed = spikemesh.zoom(chart, {
    range: (start, end) => {
      const of = (share) => time((data.end * share) / 100);
      output.textContent = `${of(start)} to ${of(end)}`;
    },
  });
  document.getElementById("timeline-zoom").append(zoomed.bar);
})();
