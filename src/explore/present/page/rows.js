// The rows of a comparison, read from its table, and which of them the reader wants to see. Pictures listen to changes.
const compare = (() => {
  const table = document.getElementById("rows");
  const heads = [...table.tHead.rows[0].cells];
  const columns = (kind) => heads.map((head, at) => ({ at, ...head.dataset })).filter((column) => column[kind]);
  // What was swept, the chip included, and what came out.
  const parameters = columns("parameter").map(({ at, parameter, short, levels }) => ({ at, name: parameter, short, levels: JSON.parse(levels) }));
  const figures = columns("figure").map(({ at, figure, label, goal, priced }) => ({
    at,
    name: figure,
    label,
    most: goal === "most",
    ranked: goal !== "none",
    priced: priced === "yes",
    share: /accuracy|utilisation/.test(figure),
  }));
  const rows = [...table.tBodies[0].rows].map((element) => ({
    element,
    number: element.dataset.number,
    front: element.classList.contains("front"),
    // Whether its energy is not ranked: a lower bound, or not known at all.
    bound: element.classList.contains("bound"),
    // Whether a search leaves it out of its front: beyond a limit, or not run on all samples.
    beyond: element.classList.contains("beyond"),
    value: (column) => element.cells[column.at].dataset.value,
    figure: (column) => {
      const value = element.cells[column.at].dataset.value;
      return value === undefined ? null : Number(value);
    },
    written: (column) => element.cells[column.at].textContent,
  }));
  // Energies that cover different classes of cost have no common front.
  const unequal = table.dataset.unequal === "yes";
  const competes = (row, column) => row.figure(column) !== null && !(column.priced && row.bound);

  // What the search looks through: the chip and what was swept, not the figures.
  rows.forEach((row) => (row.text = parameters.map((parameter) => `${parameter.name} ${row.value(parameter)}`).join(" ").toLowerCase()));

  // Values that rows have, in the order of their axis; numbers by value.
  const distinct = (column) => {
    const seen = new Set(rows.map((row) => row.value(column)));
    const values = column.levels.filter((value) => seen.has(value));
    const numbers = values.every((value) => value.trim() !== "" && Number.isFinite(Number(value)));
    return numbers ? values.sort((a, b) => a - b) : values;
  };
  const varied = parameters.filter((parameter) => distinct(parameter).length > 1);
  const name = (row) =>
    parameters.map((parameter, at) => (at === 0 ? "" : parameter.short + " ") + row.value(parameter)).join(", ");
  // A name without what all have.
  const brief = (row) => (varied.length > 0 ? varied : parameters).map((parameter) => row.value(parameter)).join(" · ");

  // A text for a value along an axis.
  const units = (value, [first, ...rest]) => {
    if (Math.abs(value) < 1000 || rest.length === 0) return `${Number(value.toPrecision(3))} ${first}`;
    return units(value / 1000, rest);
  };
  const write = ({ name, share }, value) => {
    if (share) return `${Number((100 * value).toFixed(2))} %`;
    if (name === "energy_delay_pj_ns") return units(value, ["pJ·ns", "pJ·µs", "pJ·ms", "pJ·s", "nJ·s", "µJ·s", "mJ·s"]);
    if (name.endsWith("_pj")) return units(value, ["pJ", "nJ", "µJ", "mJ", "J"]);
    if (name.endsWith("_ns")) return units(value, ["ns", "µs", "ms", "s"]);
    return units(value, ["", "k", "M", "G"]).trim();
  };

  // ---- What is shown ----

  const filters = new Map();
  const listeners = [];
  const shown = (row, but) => [...filters].every(([key, wanted]) => key === but || wanted(row));
  // Sets a filter, or takes it away where there is none.
  const filter = (key, wanted) => {
    if (wanted) filters.set(key, wanted);
    else filters.delete(key);
    rows.forEach((row) => (row.element.hidden = !shown(row)));
    const left = rows.filter((row) => !row.element.hidden).length;
    document.getElementById("count").textContent = left === rows.length ? `all ${left} rows` : `${left} of ${rows.length} rows`;
    listeners.forEach((listen) => listen(key));
  };

  // ---- Menus above the table ----

  const menu = (label, entries) => {
    const box = document.createElement("label");
    const select = document.createElement("select");
    select.append(...entries.map(([value, text]) => new Option(text, value)));
    box.append(label, " ", select);
    return { box, select };
  };
  const search = document.getElementById("search");
  const onlyFront = document.getElementById("only-front");
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    filter("search", words.length > 0 && ((row) => words.every((word) => row.text.includes(word))));
  });
  onlyFront.addEventListener("change", () => filter("front", onlyFront.checked && ((row) => row.front)));
  const menus = varied.map((parameter) => {
    const values = distinct(parameter);
    // By place, as a value may be any text.
    const { box, select } = menu(parameter.short, [["all", "all"], ...values.map((value, at) => [String(at), value])]);
    select.dataset.parameter = parameter.name;
    select.addEventListener("change", () => {
      const wanted = select.value === "all" ? undefined : values[Number(select.value)];
      filter(parameter.name, wanted !== undefined && ((row) => row.value(parameter) === wanted));
    });
    document.getElementById("menus").append(box);
    return select;
  });
  const resets = [];
  document.getElementById("reset").addEventListener("click", () => {
    search.value = "";
    onlyFront.checked = false;
    menus.forEach((select) => (select.value = "all"));
    resets.forEach((reset) => reset());
    [...filters.keys()].forEach((key) => filter(key, null));
  });

  // Shows a row of the table.
  const go = (row) => {
    rows.forEach((other) => other.element.classList.toggle("chosen", other === row));
    row.element.scrollIntoView({ block: "center" });
  };
  const tip = (row, first, more) => {
    const others = figures.filter((figure) => !first.includes(figure)).slice(0, more);
    const front = row.front ? " ● on the Pareto front" : "";
    return spikemesh.tip(`${name(row)}${front}`, [...first, ...others].map((figure) => [figure.label, row.written(figure)]));
  };

  document.querySelectorAll(".needs-script").forEach((element) => (element.hidden = false));
  filter("none", null);
  return {
    rows, figures, parameters, varied, unequal, competes, distinct, name, brief, write, shown, filter, menu, go, tip,
    listen: (listener) => listeners.push(listener),
    onReset: (reset) => resets.push(reset),
    // Figures that differ between rows: of the others there is nothing to draw.
    differs: (figure) => new Set(rows.map((row) => row.figure(figure)).filter((value) => value !== null)).size > 1,
  };
})();
