// Colours links and routers by the frame that the slider is at. Without it the whole sample is shown.
(() => {
  const figure = document.getElementById("traffic");
  if (!figure) return;
  const data = spikemesh.data("frames");
  const kinds = [["flits", [...figure.querySelectorAll("svg line")]], ["spikes", [...figure.querySelectorAll("svg rect")]]];
  const slider = figure.querySelector("input");
  const output = figure.querySelector("output");
  const button = figure.querySelector("button");
  const most = {};
  for (const [name] of kinds) {
    // All frames but the whole have one scale, so that they can be compared.
    const top = (frames) => frames.reduce((top, frame) => frame[name].reduce((top, pair) => Math.max(top, pair[1]), top), 0);
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
      figure.querySelector(".most." + name).textContent = spikemesh.thousands(top) + (at > 0 ? " in a frame" : " in all");
    }
    output.textContent = frame.time;
  };

  let playing = null;
  const stop = () => {
    clearInterval(playing);
    playing = null;
    button.textContent = "▶";
    button.setAttribute("aria-label", "play");
  };
  button.addEventListener("click", () => {
    if (playing !== null) return stop();
    if (Number(slider.value) === data.frames.length - 1) slider.value = 0;
    button.textContent = "❚❚";
    button.setAttribute("aria-label", "pause");
    playing = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show(Number(slider.value));
      if (Number(slider.value) === data.frames.length - 1) stop();
    }, 250);
  });
  slider.addEventListener("input", () => {
    if (playing !== null) stop();
    show(Number(slider.value));
  });
  figure.querySelector(".slider").hidden = false;
  show(Number(slider.value));
})();
