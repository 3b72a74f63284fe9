// What the scripts of all pages share, as `spikemesh`. It comes after the charting library and before a page's own script.
//
//   data(id)              the data that the page carries under an id
//   theme()               colours of the style sheet as they are now
//   chart(element, make)  a chart, drawn again when the screen turns dark; { chart, draw }
//   of(id)                the chart in the element of an id
//   zoom(shown, options)  wheel, drag and keys for a chart with a dataZoom along its first axis
//   pointer(shown, under) a tooltip by place, for charts whose items are drawn as a whole
//   tip(title, rows)      the text of a tooltip, escaped: names may hold anything
//   escape, number, thousands, energy, time, percent   texts of values, as the tables have them
//   sortable(table)       makes headings of a table sort it; done by itself for tables of the class `sortable`
const spikemesh = (() => {
  const data = (id) => JSON.parse(document.getElementById(id).textContent);

  // Colours of the style sheet as they are now, for charts: those are drawn on a canvas, which knows no style sheet.
  const theme = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    return {
      ink: colour("--ink"),
      soft: colour("--soft"),
      rule: colour("--rule"),
      ground: colour("--ground"),
      raised: colour("--raised"),
      kinds: [0, 1, 2, 3, 4, 5, 6, 7].map((kind) => colour("--kind" + kind)),
      uses: [0, 1, 2, 3, 4, 5].map((step) => colour("--use" + step)),
    };
  };

  // ---- Texts of values ----

  const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  const escape = (text) => String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
  const thousands = (value) => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  // Three or four significant digits, as in the tables.
  const number = (value) => {
    const size = Math.abs(value);
    if (!Number.isFinite(value)) return "–";
    if (size === 0) return "0";
    if (size >= 1000) return thousands(value);
    return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
  };
  const scaled = (value, units) => {
    let at = 0;
    while (at + 1 < units.length && Math.abs(value) >= 1000) {
      value /= 1000;
      at += 1;
    }
    return number(value) + " " + units[at];
  };
  const energy = (pj) => scaled(pj, ["pJ", "nJ", "µJ", "mJ", "J"]);
  const time = (ns) => scaled(ns, ["ns", "µs", "ms", "s"]);
  const percent = (share) => (100 * share).toFixed(1) + " %";

  // The text of a tooltip: a title and rows of a name and a value.
  const tip = (title, rows = []) => {
    const lines = rows.map(([name, value]) => `<tr><td>${escape(name)}</td><td>${escape(value)}</td></tr>`);
    return `<b>${escape(title)}</b>` + (lines.length > 0 ? `<table class="tip">${lines.join("")}</table>` : "");
  };

  // ---- Charts ----

  const charts = [];
  const elements = new Map();
  // The chart in the element of an id.
  const of = (id) => elements.get(document.getElementById(id));

  // Options of tooltips, axes and legends that fit the page, for `make`.
  const base = (now) => ({
    animation: false,
    color: now.kinds,
    backgroundColor: "transparent",
    textStyle: { color: now.ink, fontFamily: "system-ui, sans-serif" },
    aria: { enabled: true },
  });
  const tooltip = (now) => ({
    confine: true,
    backgroundColor: now.raised,
    borderColor: now.rule,
    textStyle: { color: now.ink, fontSize: 13 },
    extraCssText: "max-width: 24rem; white-space: normal; box-shadow: 0 2px 8px rgb(0 0 0 / .2);",
  });
  const axis = (now) => ({
    axisLine: { lineStyle: { color: now.soft } },
    axisTick: { lineStyle: { color: now.soft } },
    axisLabel: { color: now.ink, hideOverlap: true },
    nameTextStyle: { color: now.soft },
    splitLine: { lineStyle: { color: now.rule } },
  });
  // A slider below a chart. Its numbers are left out: the axis has them.
  const slider = (now) => ({
    type: "slider",
    height: 18,
    bottom: 8,
    showDetail: false,
    brushSelect: false,
    borderColor: now.rule,
    backgroundColor: "transparent",
    fillerColor: now.uses[1] + "80",
    dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } },
    selectedDataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } },
    handleStyle: { color: now.ground, borderColor: now.soft },
    moveHandleStyle: { color: now.soft, opacity: 0.6 },
  });

  // A chart in an element. `make(theme)` gives its option; it is asked again when the reader's screen turns dark or light.
  const chart = (element, make) => {
    const shown = echarts.init(element, null, { renderer: "canvas" });
    const draw = () => {
      const now = theme();
      // Where the reader had zoomed to is kept.
      const zoomed = (shown.getOption() || {}).dataZoom || [];
      shown.setOption({ ...base(now), ...make(now) }, true);
      zoomed.forEach(({ start, end }, index) => shown.dispatchAction({ type: "dataZoom", dataZoomIndex: index, start, end }));
    };
    draw();
    new ResizeObserver(() => {
      // What the pointer was at is elsewhere now.
      shown.dispatchAction({ type: "hideTip" });
      shown.resize();
    }).observe(element);
    charts.push(draw);
    elements.set(element, shown);
    // Where others find it who have only the element.
    element.chart = shown;
    return { chart: shown, draw };
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((draw) => draw()));

  // Lets a chart be zoomed along its first axis: by the wheel when it has the focus or with Ctrl, so that a page can still
  // be scrolled past it; by dragging; and by keys. `range` is told of every change: (start, end) in per cent.
  const inside = (index = 0) => ({
    type: "inside",
    xAxisIndex: index,
    filterMode: "none",
    zoomOnMouseWheel: "ctrl",
    moveOnMouseWheel: false,
    // Fingers scroll the page up and down, and move the picture sideways.
    preventDefaultMouseMove: false,
    minSpan: 0.001,
  });
  const zoom = (shown, { range } = {}) => {
    const element = shown.getDom();
    const ends = () => {
      const [first] = shown.getOption().dataZoom;
      return [first.start, first.end];
    };
    const set = (start, end) => {
      const width = Math.min(100, Math.max(0.001, end - start));
      const from = Math.min(100 - width, Math.max(0, start));
      shown.dispatchAction({ type: "dataZoom", dataZoomIndex: 0, start: from, end: from + width });
    };
    const by = (factor) => {
      const [start, end] = ends();
      const [middle, half] = [(start + end) / 2, ((end - start) / 2) * factor];
      set(middle - half, middle + half);
    };
    const move = (share) => {
      const [start, end] = ends();
      const far = (end - start) * share;
      set(start + far, end + far);
    };
    const keys = {
      "+": () => by(0.5),
      "=": () => by(0.5),
      "-": () => by(2),
      ArrowLeft: () => move(-0.2),
      ArrowRight: () => move(0.2),
      Home: () => set(0, ends()[1] - ends()[0]),
      End: () => set(100 - (ends()[1] - ends()[0]), 100),
      0: () => set(0, 100),
    };
    element.tabIndex = 0;
    element.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      act();
    });
    const wheel = (how) => shown.setOption({ dataZoom: shown.getOption().dataZoom.map(({ type }) => (type === "inside" ? { zoomOnMouseWheel: how } : {})) });
    element.addEventListener("focus", () => wheel(true));
    element.addEventListener("blur", () => wheel("ctrl"));
    element.addEventListener("pointerdown", () => element.focus({ preventScroll: true }));
    if (range) {
      shown.on("datazoom", () => range(...ends()));
      range(...ends());
    }
    // Buttons do the same, for fingers.
    const bar = document.createElement("span");
    bar.className = "zoom";
    const button = (text, label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.setAttribute("aria-label", label);
      made.title = label;
      made.addEventListener("click", act);
      bar.append(made);
    };
    button("+", "zoom in", () => by(0.5));
    button("−", "zoom out", () => by(2));
    button("←", "earlier", () => move(-0.5));
    button("→", "later", () => move(0.5));
    button("all", "show all", () => set(0, 100));
    return { set, ends, by, move, bar };
  };

  // A tooltip for what is drawn as a whole: `under(x, y)` gives its text, or null, for a point within the chart's grid.
  const pointer = (shown, under) => {
    const element = shown.getDom();
    const box = document.createElement("div");
    box.className = "tipbox";
    box.hidden = true;
    element.append(box);
    const hide = () => {
      box.hidden = true;
    };
    const look = ({ offsetX: x, offsetY: y }) => {
      const text = shown.containPixel({ gridIndex: 0 }, [x, y]) ? under(x, y) : null;
      if (text === null || text === undefined) return hide();
      box.innerHTML = text;
      box.hidden = false;
      const [width, height] = [box.offsetWidth, box.offsetHeight];
      const left = x + 14 + width > element.clientWidth ? x - 14 - width : x + 14;
      box.style.left = Math.max(0, Math.min(left, element.clientWidth - width)) + "px";
      box.style.top = Math.max(0, Math.min(y + 14, element.clientHeight - height)) + "px";
    };
    shown.getZr().on("mousemove", look);
    shown.getZr().on("click", look);
    shown.getZr().on("globalout", hide);
    shown.on("datazoom", hide);
  };

  // ---- Tables ----

  // What a cell is sorted by: its exact value where it has one, else its text.
  const worth = (cell) => {
    const text = (cell.dataset.value ?? (cell.title || cell.textContent)).trim();
    const value = Number(text.replace(/,/g, "").replace(/^(≥|≤|±)\s*/, "").replace(/\s*%$/, ""));
    if (text === "" || text === "–") return { empty: true, text };
    return { text, value: Number.isNaN(value) ? null : value };
  };
  const order = (a, b) => {
    if (a.value !== null && b.value !== null) return a.value - b.value;
    return a.text.localeCompare(b.text, undefined, { numeric: true });
  };
  const sort = (table, column, down) => {
    const [head, ...rest] = [...table.rows];
    const rows = rest.filter((row) => row.cells.length > column).map((row, at) => ({ row, at, of: worth(row.cells[column]) }));
    // What is not known comes last either way, and equals stay in their order.
    rows.sort((a, b) => {
      if (a.of.empty || b.of.empty) return Number(Boolean(a.of.empty)) - Number(Boolean(b.of.empty)) || a.at - b.at;
      return (down ? -1 : 1) * order(a.of, b.of) || a.at - b.at;
    });
    rows.forEach(({ row }) => row.parentNode.append(row));
    [...head.cells].forEach((cell, index) => {
      if (index === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
  };
  // Makes the headings of a table buttons that sort it: words from A, numbers from the largest, but from the smallest where
  // `data-goal` says that less is better.
  const sortable = (table) => {
    const head = table.rows[0];
    [...(head ? head.cells : [])].forEach((cell, column) => {
      if (cell.textContent.trim() === "") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...cell.childNodes);
      cell.append(button);
      button.addEventListener("click", () => {
        const first = [...table.rows].slice(1).map((row) => row.cells[column]).find((other) => other && !worth(other).empty);
        const before = cell.getAttribute("aria-sort");
        const down = first && worth(first).value !== null && cell.dataset.goal !== "least";
        sort(table, column, before ? before === "ascending" : down);
      });
    });
  };

  // Says that a wide table scrolls, where it does.
  const hints = () => {
    const boxes = [...document.querySelectorAll(".scroll")];
    const look = (box) => {
      const wide = box.scrollWidth > box.clientWidth + 1;
      box.classList.toggle("wide", wide);
      box.classList.toggle("end", box.scrollLeft + box.clientWidth >= box.scrollWidth - 2);
      if (wide) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    };
    const seen = new ResizeObserver((entries) => entries.forEach((entry) => look(entry.target)));
    boxes.forEach((box) => {
      seen.observe(box);
      box.addEventListener("scroll", () => look(box), { passive: true });
    });
  };

  document.querySelectorAll("table.sortable").forEach(sortable);
  hints();

  return { data, theme, chart, of, zoom, pointer, inside, slider, tooltip, axis, tip, escape, number, thousands, energy, time, percent, sortable };
})();
