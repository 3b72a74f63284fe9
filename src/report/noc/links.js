// What links carry and how long packets take at the rate that the slider is at.
(() => {
  const { film } = spikemesh.data("noc-data");
  const element = (id) => document.getElementById(id);
  const [picture, slider, shared] = ["heat", "rate", "shared"].map(element);
  if (film.frames.length === 0) return;
  let at = film.shown;
  const frame = () => film.frames[at];

  // ---- Links ----

  const paths = picture ? [...picture.querySelectorAll("path:not(.routers)")] : [];
  const places = new Map(paths.map((path, link) => [path, link]));
  // Names are the texts of links up to their figures.
  const names = paths.map((path) => path.textContent.replace(/: [0-9.]+$/, ""));
  const use = (link, of = frame()) => of.flits[link] / Math.max(1, of.cycles);
  const highest = (of) => of.flits.reduce((most, flits) => Math.max(most, flits), 0) / Math.max(1, of.cycles);
  const STEPS = 6;
  const colour = () => {
    if (!picture) return;
    const most = !shared || shared.value === "all" ? Math.max(...film.frames.map(highest)) : highest(frame());
    paths.forEach((path, link) => {
      path.setAttribute("class", "u" + (most > 0 ? Math.min(STEPS - 1, Math.floor((use(link) / most) * STEPS)) : 0));
    });
    element("most").textContent = most.toFixed(3);
  };
  const say = (text) => (element("link").textContent = text);
  const describe = (link) => `${names[link] || "link"}: ${use(link).toFixed(3)} flits per cycle, ${spikemesh.thousands(frame().flits[link])} flits`;
  // The router that keys have chosen.
  let router = null;
  const square = () => {
    const cursor = picture.querySelector(".cursor") || picture.appendChild(document.createElementNS(picture.namespaceURI, "rect"));
    const [x, y] = [router % film.columns, Math.floor(router / film.columns)];
    const side = { x: 40 * x + 8, y: 40 * y + 8, width: 24, height: 24, class: "cursor", rx: 3 };
    Object.entries(side).forEach(([name, value]) => cursor.setAttribute(name, value));
    const out = film.from.flatMap((from, link) => (from === router ? [describe(link)] : []));
    say(`Router (${x}, ${y}): ${spikemesh.thousands(frame().arrived[router])} flits to its own tile. ${out.join("; ")}.`);
  };
  if (picture) {
    picture.tabIndex = 0;
    picture.addEventListener("pointerover", ({ target }) => {
      const path = target.closest("path");
      if (!places.has(path)) return;
      const title = path.querySelector("title");
      if (title) title.textContent = `${names[places.get(path)]}: ${use(places.get(path)).toFixed(3)}`;
      router = null;
      say(describe(places.get(path)) + ".");
    });
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -film.columns, ArrowDown: film.columns }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = router === null ? 0 : router + step;
      const sideways = Math.abs(step) === 1 && router !== null;
      const leaves = next < 0 || next >= frame().arrived.length;
      if (!leaves && !(sideways && Math.floor(next / film.columns) !== Math.floor(router / film.columns))) router = next;
      square();
    });
  }

  // ---- Packets ----

  const histogram = spikemesh.chart(element("histogram"), (now) => {
    const { packets, width } = frame();
    const last = packets.length - 1;
    const from = (step) => Number((step * width).toFixed(1));
    const name = (step) => (step === last ? `${from(step)} cycles or more` : `${from(step)} to ${from(step + 1)} cycles`);
    const all = packets.reduce((sum, count) => sum + count, 0);
    return {
      grid: { left: 64, right: 20, top: 16, bottom: 52 },
      tooltip: {
        ...spikemesh.tooltip(now),
        trigger: "axis",
        formatter: ([{ dataIndex }]) =>
          spikemesh.tip(name(dataIndex), [["packets", spikemesh.thousands(packets[dataIndex])], ["share", spikemesh.percent(packets[dataIndex] / Math.max(1, all))]]),
      },
      xAxis: { ...spikemesh.axis(now), type: "category", data: packets.map((_, step) => from(step)), name: "latency (cycles)", nameLocation: "middle", nameGap: 30 },
      yAxis: { ...spikemesh.axis(now), type: "value", name: "packets", nameLocation: "middle", nameGap: 48, min: 0, minInterval: 1 },
      series: [{ type: "bar", barCategoryGap: "8%", data: packets, color: now.kinds[0] }],
    };
  });

  // ---- The slider ----

  const busiest = () => {
    const { busiest, level } = frame();
    element("level").textContent = level;
    element("busiest").hidden = element("busiest-heading").hidden = busiest.length === 0;
    element("busiest").tBodies[0].replaceChildren(
      ...busiest.map(([name, share, flits]) => {
        const row = document.createElement("tr");
        [name, share, spikemesh.thousands(flits)].forEach((text) => (row.insertCell().textContent = text));
        row.cells[0].className = "word";
        return row;
      }),
    );
  };
  const show = () => {
    element("at").textContent = frame().at;
    element("figures").textContent = frame().figures + ".";
    if (slider) slider.setAttribute("aria-valuetext", frame().at);
    colour();
    busiest();
    histogram.draw();
    if (picture && router !== null) square();
  };
  if (slider) {
    slider.addEventListener("input", () => {
      at = Number(slider.value);
      show();
    });
    shared.addEventListener("change", show);
  }
  show();
})();
