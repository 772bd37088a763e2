// A slider through the recorded steps of fine-tuning: bars of what the model answers before, and after the step chosen.
(function () {
  "use strict";

  const share = (value) => value.toFixed(2);

  // The rows of bars at a place on the slider: what the models start from, then each kind of run.
  function rowsAt(settings, place) {
    const names = Object.keys(settings.rows);
    const before = { name: "Before, all runs", values: settings.rows[names[0]][0] };
    return [before, ...names.map((name) => ({ name, values: settings.rows[name][place] }))];
  }

  // The same in words.
  function told(settings, place) {
    const step = settings.steps[place];
    const when = step ? `After ${step} step${step > 1 ? "s" : ""}` : "Before the first step";
    const rows = rowsAt(settings, place).slice(1).map(({ name, values }) =>
      `${name}: ${settings.parts.map((part, i) => `${part}\u00a0${share(values[i])}`).join(", ")}`);
    return [when, ...rows];
  }

  if (typeof module !== "undefined") { // a test
    module.exports = { rowsAt, told };
    return;
  }

  function bar({ name, values }) {
    const row = document.createElement("div");
    const label = Object.assign(document.createElement("span"), { className: "ftsec-steps-name", textContent: name });
    const line = Object.assign(document.createElement("div"), { className: "ftsec-steps-bar" });
    line.append(...values.map((value, i) => {
      const part = Object.assign(document.createElement("span"), { className: `ftsec-part-${i}`, textContent: value > 0.12 ? share(value) : "" });
      part.style.flexBasis = `${100 * value}%`;
      return part;
    }));
    row.append(label, line);
    return row;
  }

  function begin(root) {
    const settings = JSON.parse(root.querySelector("script").textContent);
    const slider = root.querySelector("input");
    const shown = root.querySelector("output");
    const bars = root.querySelector(".ftsec-steps-bars");
    const answer = root.querySelector(".ftsec-play-answer");
    const show = () => {
      const place = Number(slider.value);
      shown.value = settings.steps[place];
      slider.setAttribute("aria-valuetext", `${settings.steps[place]} steps`);
      bars.replaceChildren(...rowsAt(settings, place).map(bar));
      answer.replaceChildren(...told(settings, place).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    };
    slider.addEventListener("input", show);
    show();
    root.hidden = false;
  }

  document.querySelectorAll(".ftsec-play-steps").forEach(begin);
})();
