// Colours links and routers by the frame that the slider stands at. Without it the whole sample is shown.
(() => {
  const figure = document.getElementById("traffic");
  const data = JSON.parse(document.getElementById("frames").textContent);
  const kinds = [["flits", [...figure.querySelectorAll("line")]], ["spikes", [...figure.querySelectorAll("rect")]]];
  const slider = figure.querySelector("input");
  const output = figure.querySelector("output");
  const most = {};
  for (const [name] of kinds) {
    // All frames but the whole have one scale, so that they can be compared.
    const top = (frames) => Math.max(0, ...frames.flatMap((frame) => frame[name].map((pair) => pair[1])));
    most[name] = [top(data.frames.slice(0, 1)), top(data.frames.slice(1))];
  }
  const show = (at) => {
    const frame = data.frames[at];
    for (const [name, elements] of kinds) {
      const values = new Map(frame[name]);
      const top = most[name][at > 0 ? 1 : 0];
      elements.forEach((element, index) => {
        const value = values.get(index) || 0;
        const step = value > 0 ? Math.min(data.shades - 1, 1 + Math.floor((value / top) * (data.shades - 1))) : 0;
        element.setAttribute("class", "u" + step);
        const title = element.querySelector("title");
        title.textContent = title.textContent.replace(/\d+ (flits|spikes)$/, value + " $1");
      });
    }
    output.textContent = frame.time;
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  figure.querySelector(".slider").hidden = false;
  show(Number(slider.value));
})();
