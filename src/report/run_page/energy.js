// The energy as a treemap whose levels the reader chooses. Parts without a price are hatched; they have some size, so that
// they are seen, but it means nothing.
(() => {
  const element = document.getElementById("energy-chart");
  if (!element) return;
  const data = spikemesh.data("energy-data");
  const levels = document.getElementById("energy-levels");
  const path = document.getElementById("energy-path");
  const up = document.getElementById("energy-up");
  // These are around the cores, and not in the energy of a layer or a core.
  const AROUND = data.around;
  const PLACES = { unit: 0, layer: 1, core: 2 };
  const total = data.parts.reduce((sum, part) => sum + part[3], 0);

  // What has no price, as parts of the whole chip.
  const small = total > 0 ? (total * Math.min(0.08, 0.02 * data.unpriced.length)) / data.unpriced.length : 1;
  const unpriced = data.unpriced.map(([unit, term, count]) => ({ unit, term, count }));

  // Colours by what the first level is: a layer has the colour that it has on the board, and units have those of the timeline.
  const UNITS = ["synapse", "axon out", "soma", "network", "converters", "axon in", "dendrite"];
  const colourOf = (kinds, first, name) => {
    const at = first === "unit" ? UNITS.indexOf(name) : data.layers.indexOf(name);
    return kinds[(at < 0 ? 7 : at) % 8];
  };

  const layerOf = new Map(data.parts.map((part) => [part[2], part[1]]));

  const hatch = (now) => ({ symbol: "rect", color: now.soft + "60", dashArrayX: [1, 0], dashArrayY: [3, 5], rotation: -Math.PI / 4 });

  const tree = (now) => {
    const order = levels.value.split(",");
    const root = { name: data.title, children: new Map(), energy: 0 };
    const put = (path, size, part) => {
      let node = root;
      for (const name of path) {
        if (!node.children.has(name)) node.children.set(name, { name, children: new Map(), value: 0, energy: 0, hatched: true });
        node = node.children.get(name);
        node.value += size;
        if (part) node.count = part.count;
        else {
          node.energy += size;
          node.hatched = false;
        }
      }
    };
    for (const part of data.parts) put(order.map((level) => part[PLACES[level]]), part[3], null);
    for (const part of unpriced) {
      const path = order[0] === "unit" ? [part.unit, part.term] : ["without a price", part.unit, part.term];
      put(path.slice(0, order.length), small, part);
    }
    // A unit of which one thing has no price is that thing.
    for (const node of root.children.values()) {
      if (node.hatched && node.children.size === 1) node.children = new Map();
    }
    const list = (node, first, place) =>
      [...node.children.values()].map((child) => {
        // A core has the colour of its layer.
        const top = first ?? (order[0] === "core" ? layerOf.get(child.name) : child.name);
        const children = list(child, top, [...place, child.name]);
        const colour = colourOf(now.kinds, order[0], top);
        return {
          name: child.name,
          value: child.value,
          energy: child.energy,
          hatched: child.hatched,
          count: child.count,
          place: [...place, child.name],
          itemStyle: child.hatched ? { color: now.raised, borderColor: now.soft, decal: hatch(now) } : { color: colour },
          label: child.hatched ? { color: now.ink } : {},
          
          ...(children.length > 0 ? { children } : {}),
        };
      });
    return list(root, null, []);
  };

  // The energy of a part; a lower bound where something of it may have no price.
  const written = ({ place, energy }) => {
    const units = place.filter((name) => data.units.includes(name));
    const open = units.length > 0 ? units.some((unit) => data.open.includes(unit)) : data.open.some((unit) => !AROUND.includes(unit));
    return (open ? "≥ " : "") + spikemesh.energy(energy);
  };
  const text = ({ name, place, energy, hatched }) => (name === "without a price" ? name : hatched ? `${name}\nno price` : `${name}\n${written({ place, energy })}`);
  const say = (node) => {
    const rows = node.hatched
      ? [["price", "none is published"], ["counted", node.count == null ? "not at all: power at rest" : spikemesh.number(node.count)]]
      : [["energy", written(node)], ["share", spikemesh.percent(node.energy / total)]];
    return spikemesh.tip(node.place.join(" › "), rows);
  };

  const { chart, draw } = spikemesh.chart(element, (now) => ({
    tooltip: { ...spikemesh.tooltip(now), formatter: ({ data: node }) => (node && node.place ? say(node) : "") },
    series: [
      {
        type: "treemap",
        name: data.title,
        left: 0,
        right: 0,
        top: 0,
        bottom: 34,
        roam: false,
        nodeClick: false,
        leafDepth: 2,
        drillDownIcon: "",
        visibleMin: 60,
        data: tree(now),
        label: { color: now.ground, fontSize: 12, lineHeight: 16, overflow: "truncate", formatter: ({ data: node }) => (node.place ? text(node) : "") },
        upperLabel: { show: true, height: 22, color: now.ground, fontSize: 12, overflow: "truncate", formatter: ({ data: node }) => (node.place ? text(node).replace("\n", ": ") : "") },
        breadcrumb: {
          left: 0,
          bottom: 4,
          height: 24,
          itemStyle: { color: now.raised, borderColor: now.rule, textStyle: { color: now.ink } },
          emphasis: { itemStyle: { color: now.uses[1], textStyle: { color: now.ink } } },
        },
        levels: [
          { itemStyle: { gapWidth: 3, borderWidth: 0, borderColor: now.ground }, upperLabel: { show: false } },
          { itemStyle: { gapWidth: 1, borderWidth: 2, borderColorSaturation: 0.5 } },
          { itemStyle: { gapWidth: 1, borderWidth: 1, borderColorSaturation: 0.5 } },
          { itemStyle: { gapWidth: 1, borderWidth: 0, borderColorSaturation: 0.5 } },
        ],
      },
    ],
  }));

  // Where the reader is: the root, or a part that was clicked.
  let place = [];
  const told = () => {
    path.textContent = place.length > 0 ? place.join(" › ") : data.title;
    up.disabled = place.length === 0;
  };
  const nodeAt = (names) => {
    const model = chart.getModel().getSeriesByIndex(0);
    let node = model.getData().tree.root;
    for (const name of names) node = node.children.find((child) => child.name === name) || node;
    return node;
  };
  const go = (names) => {
    chart.dispatchAction({ type: "treemapRootToNode", seriesIndex: 0, targetNode: nodeAt(names) });
  };
  // A click opens a part; of what has no parts, it opens what that is in.
  chart.on("click", ({ data: node }) => {
    if (node && node.place) go(node.children ? node.place : node.place.slice(0, -1));
  });
  chart.on("treemapRootToNode", () => {
    const names = [];
    for (let node = chart.getModel().getSeriesByIndex(0).getViewRoot(); node.parentNode; node = node.parentNode) names.unshift(node.name);
    place = names;
    told();
  });
  up.addEventListener("click", () => go(place.slice(0, -1)));
  // Keys open the largest part, or go up.
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      const children = nodeAt(place).children.slice().sort((a, b) => b.getValue() - a.getValue());
      if (children.length > 0) go([...place, children[0].name]);
    } else if (event.key === "Escape" || event.key === "Backspace") go(place.slice(0, -1));
    else return;
    event.preventDefault();
  });
  levels.addEventListener("change", () => {
    place = [];
    told();
    draw();
  });
  told();
})();
