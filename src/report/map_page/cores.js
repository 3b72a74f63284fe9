// Boards of cores: coloured by what a menu says, with the packets of a core that the pointer or a key has chosen.
(() => {
  const { limits, stands } = spikemesh.data("cores");
  const boards = [...document.querySelectorAll("svg.cores")];
  const menu = document.getElementById("colours");
  const scale = document.getElementById("core-scale");
  const said = document.getElementById("core");
  document.querySelectorAll(".needs-script").forEach((element) => (element.hidden = false));
  const STEPS = 6;
  const MOST_LINES = 80;
  const NAMED = 6;
  const thousands = spikemesh.thousands;
  const percent = spikemesh.percent;

  // What a menu's entry is of a core: a share of a limit, or packets.
  const MEASURES = {
    sent: { text: "packets sent", of: (core) => core.sent },
    received: { text: "packets received", of: (core) => core.received },
  };
  limits.forEach(({ text }, at) => (MEASURES[`limit${at}`] = { text: `use of ${text}`, share: true, of: (core) => core.uses[at] }));
  Object.entries(MEASURES).forEach(([value, { text }]) => menu.append(new Option(text, value)));

  const squares = boards.map((board) => [...board.querySelectorAll("rect")]);
  const layerClass = squares.map((all) => all.map((square) => square.getAttribute("class")));
  const colour = () => {
    const measure = MEASURES[menu.value];
    // Shares have one scale, so that half full looks half full; packets that of the busiest core of both boards.
    const most = measure && (measure.share ? 1 : Math.max(...stands.flatMap(({ cores }) => cores.map(measure.of))));
    squares.forEach((all, board) =>
      all.forEach((square, at) => {
        const value = measure && measure.of(stands[board].cores[at]);
        const step = most > 0 ? Math.min(STEPS - 1, Math.floor((value / most) * STEPS)) : 0;
        square.setAttribute("class", measure ? `u${step}` : layerClass[board][at]);
      }),
    );
    document.getElementById("layer-keys").hidden = Boolean(measure);
    scale.hidden = !measure;
    if (measure) {
      scale.querySelector("span:first-child").textContent = `${measure.text}: 0`;
      scale.querySelector("span:last-child").textContent = measure.share ? "100 %" : thousands(most);
    }
    bars.draw();
  };

  // ---- The packets of a core ----

  const neighbours = (board, core) => {
    const { edges } = stands[board];
    const of = (own, other) => edges.filter((edge) => edge[own] === core && edge[other] !== core).map((edge) => [edge[other], edge[2]]);
    return { out: of(0, 1).sort((a, b) => b[1] - a[1]), into: of(1, 0).sort((a, b) => b[1] - a[1]) };
  };
  const middle = (square) => ["x", "y"].map((name, at) => Number(square.getAttribute(name)) + Number(square.getAttribute(at === 0 ? "width" : "height")) / 2);
  const named = (board, list) => {
    const names = list.slice(0, NAMED).map(([core, packets]) => `core ${stands[board].cores[core].site} ${thousands(packets)}`);
    return names.length === 0 ? "" : ` (${names.join(", ")}${list.length > NAMED ? ", …" : ""})`;
  };
  let chosen = null;
  const show = (board, core) => {
    document.querySelectorAll("svg.cores .edges").forEach((old) => old.remove());
    chosen = [board, core];
    const own = stands[board].cores[core];
    const { out, into } = neighbours(board, core);
    const group = document.createElementNS(boards[board].namespaceURI, "g");
    group.setAttribute("class", "edges");
    const most = Math.max(1, ...out.map(([, packets]) => packets), ...into.map(([, packets]) => packets));
    const line = (other, packets, kind) => {
      const made = document.createElementNS(group.namespaceURI, "line");
      const [[x1, y1], [x2, y2]] = [middle(squares[board][core]), middle(squares[board][other])];
      Object.entries({ x1, y1, x2, y2, class: kind }).forEach(([name, value]) => made.setAttribute(name, value));
      made.style.strokeWidth = 0.6 + 2 * Math.sqrt(packets / most);
      group.append(made);
    };
    into.slice(0, MOST_LINES).forEach(([other, packets]) => line(other, packets, "into"));
    out.slice(0, MOST_LINES).forEach(([other, packets]) => line(other, packets, "out"));
    const ring = squares[board][core].cloneNode(false);
    ring.setAttribute("class", "ring");
    group.append(ring);
    boards[board].append(group);
    const uses = limits.map(({ text }, at) => `${text} ${percent(own.uses[at])}`).join(", ");
    said.textContent =
      `${stands[board].name}: core ${own.site} on tile ${own.tile}, ${thousands(own.neurons)} neurons of ${own.layers.map((layer) => stands[board].layers[layer]).join(", ")}. Uses: ${uses}. ` +
      `Sends ${thousands(own.sent)} packets${named(board, out)}; receives ${thousands(own.received)}${named(board, into)}.`;
  };
  boards.forEach((board, number) => {
    board.tabIndex = 0;
    const places = new Map(squares[number].map((square, core) => [square, core]));
    const at = ({ target }) => places.has(target) && show(number, places.get(target));
    board.addEventListener("pointerover", at);
    board.addEventListener("click", at);
    board.addEventListener("keydown", (event) => {
      const all = squares[number].length;
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step || all === 0) return;
      event.preventDefault();
      const from = chosen && chosen[0] === number ? chosen[1] : step > 0 ? -1 : all;
      show(number, (from + step + all) % all);
    });
  });

  // ---- All cores by what the menu says ----

  const bars = spikemesh.chart(document.getElementById("core-bars"), (now) => {
    const measure = MEASURES[menu.value] || MEASURES.limit0;
    const sorted = stands.map(({ cores }) => cores.map((core) => [measure.of(core), core]).sort((a, b) => b[0] - a[0]));
    const longest = Math.max(...sorted.map((all) => all.length));
    const write = (value) => (measure.share ? `${Number((100 * value).toPrecision(3))} %` : thousands(value));
    return {
      grid: { left: 64, right: 16, top: 34, bottom: 46 },
      legend: { top: 0, left: 0, textStyle: { color: now.ink } },
      tooltip: {
        ...spikemesh.tooltip(now),
        trigger: "axis",
        formatter: (points) =>
          spikemesh.tip(
            measure.text,
            points.filter(({ dataIndex, seriesIndex }) => sorted[seriesIndex][dataIndex]).map(({ dataIndex, seriesIndex }) => {
              const [value, core] = sorted[seriesIndex][dataIndex];
              return [`${stands[seriesIndex].name}: core ${core.site}, ${core.layers.map((layer) => stands[seriesIndex].layers[layer]).join(", ")}`, write(value)];
            }),
          ),
      },
      xAxis: { ...spikemesh.axis(now), type: "category", data: Array.from({ length: longest }, (_, at) => at + 1), name: `cores, by ${measure.text}`, nameLocation: "middle", nameGap: 28 },
      yAxis: { ...spikemesh.axis(now), type: "value", min: 0, max: measure.share ? 1 : null, axisLabel: { color: now.ink, formatter: write } },
      series: sorted.map((all, at) => ({ type: "bar", name: stands[at].name, color: now.kinds[at], barGap: 0, data: all.map(([value]) => value) })),
    };
  });
  menu.addEventListener("change", colour);
})();
