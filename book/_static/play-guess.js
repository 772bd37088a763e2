// Draw your guess: handles, one a dose, that a pointer draws along and arrow keys move; then the measured curve beside them.
(function () {
  "use strict";

  const STEP = 0.01;
  const percent = (share) => `${Math.round(100 * share)}\u00a0%`;
  const within = (share) => Math.min(1, Math.max(0, share));

  // How far the guess lies from what was measured, as ftsec/figures/living/guess.py computes it.
  function difference(settings, guess) {
    const far = guess.map((share, i) => Math.abs(share - settings.value[i]));
    return {
      mean: far.reduce((sum, each) => sum + each, 0) / far.length,
      farthest: far.indexOf(Math.max(...far)),
      inside: guess.filter((share, i) => share >= settings.low[i] && share <= settings.high[i]).length,
    };
  }

  function told(settings, guess) {
    const { mean, farthest, inside } = difference(settings, guess);
    const examples = `${settings.doses[farthest]} example${settings.doses[farthest] === 1 ? "" : "s"}`;
    return `Your curve is ${Math.round(100 * mean)} percentage points away from the measured one on average, farthest at ${examples}, ` +
      `where you drew ${percent(guess[farthest])} and ${percent(settings.value[farthest])} was measured; ` +
      `${inside} of your ${guess.length} points lie inside the 95 % intervals.`;
  }

  if (typeof module !== "undefined") { // a test
    module.exports = { difference, told };
    return;
  }

  function shape(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function handle(settings, i) {
    const dose = settings.doses[i];
    const made = shape("g", {
      class: "ftsec-guess-handle", role: "slider", tabindex: 0, "aria-orientation": "vertical", "aria-valuemin": 0, "aria-valuemax": 100,
      "aria-label": `Your guess after ${dose} example${dose === 1 ? "" : "s"}`,
    });
    made.append(shape("circle", { r: 20, fill: "transparent" }), shape("circle", { r: 8 }));
    return made;
  }

  // The copy of the plain drawing with a curve to draw in it.
  function board(settings, plain) {
    const svg = plain.cloneNode(true);
    svg.removeAttribute("aria-label");
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", "Your curve");
    const curve = shape("polyline", { class: "ftsec-guess-curve", fill: "none" });
    const handles = settings.doses.map((_, i) => handle(settings, i));
    const label = shape("text", { class: "ftsec-guess-label", "text-anchor": "end", "aria-hidden": true });
    label.textContent = "your guess";
    svg.append(curve, label, ...handles);
    return { svg, curve, label, handles, measured: svg.querySelector(".ftsec-guess-measured") };
  }

  const KEYS = { ArrowUp: 5 * STEP, ArrowRight: 5 * STEP, ArrowDown: -5 * STEP, ArrowLeft: -5 * STEP, PageUp: 0.2, PageDown: -0.2, Home: -1, End: 1 };

  function begin(root) {
    const settings = JSON.parse(root.querySelector("script").textContent);
    const figure = root.closest(".ftsec-guess");
    const { svg, curve, label, handles, measured } = board(settings, figure.querySelector("svg"));
    const [show, again] = root.querySelectorAll("button");
    const answer = root.querySelector(".ftsec-play-answer");
    const guess = settings.doses.map(() => settings.before);

    function draw() {
      const y = guess.map((share) => settings.bottom - share * (settings.bottom - settings.top));
      curve.setAttribute("points", y.map((each, i) => `${settings.x[i]},${each}`).join(" "));
      label.setAttribute("x", settings.x.at(-1) + 16);
      label.setAttribute("y", y.at(-2) < y.at(-1) || y.at(-1) < settings.top + 20 ? y.at(-1) + 24 : y.at(-1) - 14); // off the line
      handles.forEach((each, i) => {
        each.setAttribute("transform", `translate(${settings.x[i]} ${y[i]})`);
        each.setAttribute("aria-valuenow", Math.round(100 * guess[i]));
        each.setAttribute("aria-valuetext", percent(guess[i]));
      });
      if (!again.hidden) answer.textContent = told(settings, guess);
    }

    const set = (i, share) => { guess[i] = within(Math.round(share / STEP) * STEP); draw(); };

    function follow(event) {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const far = settings.x.map((x) => Math.abs(x - at.x));
      set(far.indexOf(Math.min(...far)), (settings.bottom - at.y) / (settings.bottom - settings.top));
    }

    svg.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" && !event.target.closest(".ftsec-guess-handle")) return; // a finger there scrolls the page
      svg.setPointerCapture(event.pointerId);
      follow(event);
    });
    svg.addEventListener("pointermove", (event) => { if (svg.hasPointerCapture(event.pointerId)) follow(event); });
    handles.forEach((each, i) => each.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      set(i, guess[i] + KEYS[event.key]);
    }));

    function reveal(shown) {
      measured.style.display = shown ? "" : "none";
      show.hidden = shown;
      again.hidden = !shown;
      answer.textContent = shown ? told(settings, guess) : "";
    }

    show.addEventListener("click", () => { reveal(true); again.focus(); });
    again.addEventListener("click", () => { guess.fill(settings.before); reveal(false); draw(); show.focus(); });
    reveal(false);
    draw();
    root.querySelector(".ftsec-guess-drawing").append(svg);
    figure.dataset.play = "";
    root.hidden = false;
  }

  document.querySelectorAll(".ftsec-play-guess").forEach(begin);
})();
