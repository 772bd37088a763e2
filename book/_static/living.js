// Figures to play with: sliders choose among curves that were computed when the book was built. No formula lives here.
// uPlot (MIT licence, vendor/uplot/) draws, fetched when a figure comes near; sliders are the browser's own, so keyboard
// and screen reader work.
(function () {
  "use strict";

  const library = new URL("vendor/uplot/uPlot.iife.min.js", document.currentScript.src).href;
  const near = "800px 0px"; // of the visible part of the page

  // drawn as on a light page: the style sheet turns these colours for a dark one, as it does those of static figures
  const INK = "#222832";
  const RULE = "#d0d5da";
  const number = (value) => (typeof value === "number" ? value.toLocaleString("en", { maximumSignificantDigits: 3 }) : value);

  const setting = (value) => (typeof value === "number" && value > 0 && value < 0.01 ? value.toExponential() : number(value)); // 3e-5, as in the figures


  function chosen(settings, sliders) {
    const index = settings.controls.reduce((sum, control, i) => sum * control.values.length + Number(sliders[i].value), 0);
    return settings.curves[index].map((line) => settings.lines[line]);
  }

  // One column of x for all series, as uPlot wants it; gaps are null.
  function aligned(curves) {
    const xs = [...new Set(curves.flatMap((curve) => curve[0]))].sort((a, b) => a - b);
    const columns = curves.flatMap((curve) => {
      const at = new Map(curve[0].map((x, i) => [x, i]));
      const pick = (values) => xs.map((x) => (values && at.has(x) ? values[at.get(x)] : null));
      return [pick(curve[1]), pick(curve[2]), pick(curve[3])];
    });
    return [xs, ...columns];
  }

  const heightFor = (width) => Math.round(Math.min(360, Math.max(240, width * 0.5)));

  let fetched = null; // uPlot, once for all figures of the page
  function fetchLibrary() {
    fetched ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: library, onload: done, onerror: failed });
      document.head.append(script);
    });
    return fetched;
  }

  function options(settings, width) {
    const axis = { stroke: INK, grid: { stroke: RULE, width: 1 }, ticks: { stroke: RULE, width: 1 }, font: "13px sans-serif", labelFont: "13px sans-serif" };
    const series = [{ label: settings.x.label }];
    const bands = [];
    settings.series.forEach((each, i) => {
      const fill = `${each.colour}2e`; // 18 % of it
      const style = { stroke: each.colour, spanGaps: true };
      series.push({ ...style, label: each.name, width: 2.5, points: { show: true, size: 6 } });
      series.push({ ...style, label: "lower bound", width: 0, points: { show: false } });
      series.push({ ...style, label: "upper bound", width: 0, points: { show: false } });
      bands.push({ series: [3 * i + 3, 3 * i + 2], fill });
    });
    const categories = settings.x.categories;
    return {
      width,
      height: heightFor(width),
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, distr: settings.x.log ? 3 : 1 }, y: { range: settings.y.range } },
      axes: [
        { ...axis, label: settings.x.label, ...(categories ? { splits: () => categories.map((_, i) => i), values: (_, at) => at.map((i) => categories[i]) } : {}) },
        { ...axis, label: settings.y.label },
      ],
      series,
      bands,
    };
  }

  // What the picture shows, in words: the last point of every curve.
  function summary(settings, curves) {
    return settings.series.map((each, i) => {
      const [x, y, low, high] = curves[i];
      const last = x.length - 1;
      if (last < 0) return `${each.name}: no data`;
      const where = settings.x.categories ? settings.x.categories[x[last]] : `${settings.x.label} ${number(x[last])}`;
      const spread = low && low[last] !== null ? ` (${number(low[last])} to ${number(high[last])})` : "";
      return `${each.name}, ${where}: ${number(y[last])}${spread}`;
    }).join("; ");
  }

  function slider(control, id) {
    const box = document.createElement("div");
    const label = document.createElement("label");
    const input = document.createElement("input");
    const shown = document.createElement("output");
    label.htmlFor = input.id = id;
    label.textContent = control.label;
    Object.assign(input, { type: "range", min: 0, max: control.values.length - 1, step: 1, value: control.start });
    shown.htmlFor = id;
    const show = () => {
      shown.textContent = setting(control.values[input.value]);
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    input.addEventListener("input", show);
    show();
    box.append(label, input, shown);
    return [box, input];
  }

  function start(root, position) {
    const settings = JSON.parse(root.querySelector("script").textContent);
    const title = document.createElement("p");
    title.className = "ftsec-living-title";
    title.textContent = settings.title;
    const panel = document.createElement("div");
    panel.className = "ftsec-living-controls";
    const made = settings.controls.map((control, i) => slider(control, `living-${position}-${i}`));
    panel.append(...made.map(([box]) => box));
    const sliders = made.map(([, input]) => input);
    const picture = document.createElement("div");
    picture.setAttribute("aria-hidden", "true");
    const words = document.createElement("p");
    words.className = "ftsec-living-words";
    words.setAttribute("aria-live", "polite");
    const key = document.createElement("ul");
    key.className = "ftsec-living-key";
    root.append(title, panel, key, picture, words);
    root.hidden = false;

    key.append(...settings.series.map((each) => {
      const item = document.createElement("li");
      item.textContent = each.name;
      item.style.setProperty("--key", each.colour);
      return item;
    }));
    const tell = () => { words.textContent = summary(settings, chosen(settings, sliders)); };
    tell();

    let plot = null;
    const draw = () => {
      if (plot) plot.destroy();
      picture.style.minHeight = "";
      plot = new uPlot(options(settings, picture.clientWidth), aligned(chosen(settings, sliders)), picture);
    };
    const change = () => {
      if (plot) plot.setData(aligned(chosen(settings, sliders)));
      tell();
    };
    sliders.forEach((input) => input.addEventListener("input", change));
    let width = 0;
    const follow = () => {
      new ResizeObserver(() => {
        if (picture.clientWidth && picture.clientWidth !== width) {
          width = picture.clientWidth;
          draw();
        }
      }).observe(picture);
    };
    picture.style.minHeight = "240px"; // until it is drawn
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      watch.disconnect();
      fetchLibrary().then(follow, () => { picture.textContent = "The figure could not be drawn."; });
    }, { rootMargin: near });
    watch.observe(root);
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".ftsec-living").forEach(start));
})();
