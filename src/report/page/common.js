// What the scripts of all pages share, as `spikemesh`. It comes after the charting library and before a page's own script.
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
      kinds: [0, 1, 2, 3, 4, 5, 6, 7].map((kind) => colour("--kind" + kind)),
      uses: [0, 1, 2, 3, 4, 5].map((step) => colour("--use" + step)),
    };
  };

  const charts = [];

  // A chart in an element. `make(theme)` gives its option; it is asked again when the reader's screen turns dark or light.
  const chart = (element, make) => {
    const shown = echarts.init(element, null, { renderer: "canvas" });
    const base = () => {
      const now = theme();
      return {
        animation: false,
        color: now.kinds,
        backgroundColor: "transparent",
        textStyle: { color: now.ink, fontFamily: "system-ui, sans-serif" },
        aria: { enabled: true },
        ...make(now),
      };
    };
    const draw = () => shown.setOption(base(), true);
    draw();
    new ResizeObserver(() => shown.resize()).observe(element);
    charts.push(draw);
    return { chart: shown, draw };
  };

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((draw) => draw()));

  return { data, theme, chart };
})();
