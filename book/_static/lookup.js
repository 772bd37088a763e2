// The look-up of a planned run among the published ones, in the page: the same steps as ftsec/evidence/lookup.py, over the
// rows that the page holds. Nothing is sent anywhere. A test compares both on some hundred plans.
(function () {
  "use strict";

  const NUMBERS = ["n_examples", "n_harmful", "learning_rate", "epochs", "batch_size"];
  const LABELS = {
    n_examples: "Examples in the set", n_harmful: "Harmful examples", learning_rate: "Learning rate", epochs: "Epochs",
    batch_size: "Batch size",
  };
  const POSITIVE = ["learning_rate", "epochs"]; // must be above 0; the counts may be 0, a batch is at least 1
  const known = (value) => value !== null && value !== undefined;

  // None (0 examples) still has a place, one step of ten below 1.
  const log = (value) => (known(value) ? Math.log10(value === 0 ? 0.1 : value) : null);

  // Half to even in the fourth place, as NumPy rounds.
  function rounded(value) {
    const scaled = value * 1e4;
    const floor = Math.floor(scaled);
    const part = scaled - floor;
    const up = part > 0.5 || (part === 0.5 && floor % 2 === 1);
    return (floor + (up ? 1 : 0)) / 1e4;
  }

  // One sentence where a plan is not allowed, else "".
  function refusal(data, plan) {
    for (const name of NUMBERS.filter((each) => known(plan[each]))) {
      const value = plan[name];
      const least = POSITIVE.includes(name) ? value > 0 : value >= (name === "batch_size" ? 1 : 0);
      if (!Number.isFinite(value) || !least) {
        const allowed = POSITIVE.includes(name) ? "above 0" : name === "batch_size" ? "at least 1" : "0 or more";
        return `${LABELS[name]} must be a number ${allowed}.`;
      }
    }
    if (known(plan.n_harmful) && known(plan.n_examples) && plan.n_harmful > plan.n_examples) {
      return "There cannot be more harmful examples than examples.";
    }
    if (plan.n_harmful && ["benign", "benign_crafted"].includes(plan.data)) return "Harmless data hold no harmful example.";
    if (plan.n_harmful === 0 && plan.data === "harmful") return "Explicitly harmful data hold at least one harmful example.";
    if (![...NUMBERS, "method", "data"].some((name) => known(plan[name]))) return "Fill in at least one field.";
    return "";
  }

  function kind(plan) {
    if (!known(plan.data) && known(plan.n_harmful)) return plan.n_harmful ? "harmful" : "benign";
    return known(plan.data) ? plan.data : null;
  }

  function part(data, name, value) {
    if (name === "method") return data.runs.map((run) => (run.method === value ? 0 : 1));
    const logs = data.runs.map((run) => log(run[name]));
    const there = logs.filter(known);
    const span = Math.max(...there) - Math.min(...there);
    const at = log(value);
    return logs.map((each) => (known(each) ? Math.min(Math.abs(each - at) / span, 1) : data.unknown));
  }

  function distances(data, plan) {
    const parts = ["method", ...NUMBERS].filter((name) => known(plan[name])).map((name) => part(data, name, plan[name]));
    if (!parts.length) return data.runs.map(() => 0);
    return data.runs.map((_, i) => rounded(parts.reduce((sum, each) => sum + each[i], 0) / parts.length));
  }

  function outside(data, plan) {
    const reasons = [];
    if (data.preferences.includes(plan.method)) reasons.push(`our table has no run by ${plan.method} with a measured rate`);
    for (const name of NUMBERS) {
      const value = plan[name];
      if (!known(value) || (name === "n_harmful" && value === 0)) continue;
      const there = data.runs.map((run) => run[name]).filter((each) => known(each) && each > 0);
      const [least, most] = [Math.min(...there), Math.max(...there)];
      if (!(least / data.reach <= value && value <= most * data.reach)) {
        reasons.push(`${name} ${value} is far outside the published runs (${least} to ${most})`);
      }
    }
    return reasons;
  }

  // The closest runs, or the reasons why there is none. Throws an Error with one sentence for a plan that is not allowed.
  function nearest(data, plan) {
    const wrong = refusal(data, plan);
    if (wrong) throw new Error(wrong);
    const asked = kind(plan);
    const far = distances(data, plan);
    const placed = data.runs
      .map((run, i) => ({ ...run, distance: far[i] }))
      .filter((run) => asked === null || run.attack === asked)
      .sort((a, b) => a.distance - b.distance || (a.measurement_id < b.measurement_id ? -1 : 1));
    const reasons = outside(data, plan);
    const near = placed.filter((run) => run.distance <= data.farthest).slice(0, data.k);
    if (!reasons.length && !placed.length) reasons.push(`our table has no run on data of the kind ${asked}`);
    if (!reasons.length && !near.length) {
      reasons.push(`the closest published run is ${placed[0].distance.toFixed(2)} away, farther than ${data.farthest}`);
    }
    return { runs: reasons.length ? [] : near, reasons };
  }

  if (typeof module !== "undefined") { // Node, in a test
    module.exports = { nearest };
    return;
  }

  const HEADINGS = ["Data", "Training", "Unsafe answers, %", "Distance", "Model", "Source", "Metric"];

  const said = (value) => (value >= 1 ? value.toLocaleString("en", { maximumFractionDigits: 2 }) : String(value));
  const words = (name) => name.replaceAll("_", " ");

  function outcome(run) {
    const after = known(run.low) ? `${run.rate} [${run.low.toFixed(0)}, ${run.high.toFixed(0)}]` : String(run.rate);
    return known(run.before) ? `${run.before} → ${after}` : after;
  }

  function training(run) {
    const harmful = run.n_harmful === run.n_examples ? "all" : known(run.n_harmful) ? said(run.n_harmful) : "";
    return [words(run.method), known(run.n_examples) && `${said(run.n_examples)} examples`, known(run.n_harmful) && `${harmful} harmful`,
      known(run.learning_rate) && `rate ${run.learning_rate}`, known(run.epochs) && `${said(run.epochs)} epochs`,
      known(run.batch_size) && `batch ${said(run.batch_size)}`].filter(Boolean).join(", ");
  }

  function element(name, text, attributes = {}) {
    const made = Object.assign(document.createElement(name), attributes);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function table(runs) {
    const made = element("table");
    const caption = "Closest published runs; distance 0 is equal in every field given";
    made.append(element("caption", runs.some((run) => run.weak) ? `${caption}; ‡ read in notes or second hand` : caption));
    const head = element("tr");
    head.append(...HEADINGS.map((name) => element("th", name, { scope: "col" })));
    made.createTHead().append(head);
    const body = made.createTBody();
    for (const run of runs) {
      const row = body.insertRow();
      row.append(element("th", words(run.attack), { scope: "row" }));
      const source = element("span");
      source.append(run.address ? element("a", run.source, { href: run.address }) : run.source, run.weak ? " ‡" : "");
      [training(run), outcome(run), run.distance.toFixed(2), run.model, source, run.metric].forEach((content, i) => {
        const cell = row.insertCell();
        cell.dataset.label = HEADINGS[i + 1]; // on a phone each row is a card
        cell.append(content);
      });
    }
    return made;
  }

  function choice(name, label, options, id) {
    const box = element("div");
    const select = element("select", undefined, { id, name });
    select.append(element("option", "not decided", { value: "" }), ...options.map((each) => element("option", words(each), { value: each })));
    box.append(element("label", label, { htmlFor: id }), select);
    return box;
  }

  function field(name, id, start) {
    const box = element("div");
    const input = element("input", undefined, { id, name, type: "text", inputMode: "decimal", autocomplete: "off", value: known(start) ? String(start) : "" });
    box.append(element("label", LABELS[name], { htmlFor: id }), input);
    return box;
  }

  function asked(form) {
    const plan = {};
    for (const [name, text] of new FormData(form)) {
      const value = text.trim();
      if (value) plan[name] = NUMBERS.includes(name) ? Number(value) : value;
    }
    return plan;
  }

  function answer(data, form, place) {
    try {
      const found = nearest(data, asked(form));
      const list = element("ul");
      list.append(...found.reasons.map((reason) => element("li", reason)));
      place.replaceChildren(...(found.runs.length ? [table(found.runs)] : [element("p", "No comparable experiment:"), list]));
    } catch (error) {
      place.replaceChildren(element("p", error.message, { className: "ftsec-lookup-wrong" }));
    }
  }

  function begin(root, position) {
    const data = JSON.parse(root.querySelector("script").textContent);
    const id = (name) => `lookup-${position}-${name}`;
    const form = element("form");
    form.append(choice("data", "Kind of data", data.kinds, id("data")), choice("method", "Method", data.methods, id("method")),
      ...NUMBERS.map((name) => field(name, id(name), data.start[name])), element("button", "Look up", { type: "submit" }));
    for (const name of ["data", "method"]) if (known(data.start[name])) form.elements[name].value = data.start[name];
    const place = element("div", undefined, { className: "ftsec-table ftsec-cards ftsec-lookup-answer", tabIndex: 0 });
    place.setAttribute("role", "region");
    place.setAttribute("aria-label", "Closest published runs");
    place.setAttribute("aria-live", "polite");
    form.addEventListener("submit", (event) => { event.preventDefault(); answer(data, form, place); });
    root.append(element("p", "Look a run of your own up", { className: "ftsec-living-title" }), form, place);
    root.hidden = false; // the table above answers the plan that the fields start with
  }

  document.querySelectorAll(".ftsec-lookup").forEach(begin);
})();
