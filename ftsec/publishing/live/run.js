// "Run this code here": under printed code a reader can change it and run it, by Python in the browser (Pyodide's core).
// Nothing is fetched before the click, and then only this book's own files. `make live` puts this script into the pages.
(function () {
  "use strict";

  const folder = new URL(".", document.currentScript.src).href;
  const PATIENCE = 20; // seconds that a run may take
  const OVER_HTTP = "Python can start only where the book is served over http: publish it, or run `make serve` and open the address it names. " +
    "A page opened from a file may not load it.";

  const element = (name, properties = {}) => Object.assign(document.createElement(name), properties);

  // The listing's text without the notes on what is wrong with a line.
  function printed(details) {
    const copy = details.querySelector("pre").cloneNode(true);
    copy.querySelectorAll(".ftsec-fault").forEach((note) => {
      note.nextSibling?.replaceWith(note.nextSibling.textContent.replace(/^\n/, ""));
      note.remove();
    });
    return copy.textContent.trimEnd();
  }

  let worker = null; // one Python for all listings of the page

  function python() {
    if (!worker) {
      const made = new Worker(`${folder}worker.mjs`, { type: "module" });
      worker = { made, ready: new Promise((resolve, reject) => {
        made.addEventListener("message", ({ data }) => { if (data.ready) resolve(); else if (data.fault) reject(new Error(data.fault)); });
        made.addEventListener("error", (event) => reject(new Error(event.message || "its files could not be loaded")));
      }) };
    }
    return worker;
  }

  function end() {
    worker?.made.terminate();
    worker = null;
  }

  // What Python says; ends it where it takes too long.
  async function answer(task) {
    const { made, ready } = python();
    await ready;
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        end();
        resolve({ ok: false, said: `It took longer than ${PATIENCE} seconds and was ended.` });
      }, 1000 * PATIENCE);
      made.addEventListener("message", ({ data }) => { clearTimeout(late); resolve(data); }, { once: true });
      made.postMessage(task);
    });
  }

  function editor(details, known, position) {
    const code = printed(details);
    const id = (name) => `ftsec-run-${position}-${name}`;
    const box = element("form", { className: "ftsec-run" });
    const area = element("textarea", { id: id("code"), value: code, rows: Math.min(24, code.split("\n").length + 2), spellcheck: false, wrap: "off" });
    const call = element("input", { id: id("call"), type: "text", value: known.call, autocomplete: "off", spellcheck: false });
    const run = element("button", { type: "submit", textContent: "Run" });
    const reset = element("button", { type: "button", textContent: "As printed" });
    const said = element("pre", { className: "ftsec-run-said", tabIndex: 0 });
    said.setAttribute("role", "status");
    said.setAttribute("aria-label", "Result");
    const buttons = element("p");
    buttons.append(run, " ", reset);
    box.append(element("label", { htmlFor: area.id, textContent: "The code, to change" }), area,
      element("label", { htmlFor: call.id, textContent: "What to compute with it" }), call, buttons, said);
    const tell = (text, state) => { said.textContent = text; said.dataset.state = state; };
    reset.addEventListener("click", () => { area.value = code; call.value = known.call; tell("", ""); });
    box.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (run.disabled) return;
      run.disabled = true;
      tell(worker ? "Running …" : "Python is starting: some 6 MB from this book's own files, once …", "waits");
      try {
        const found = await answer({ module: known.module, code: area.value, call: call.value });
        tell(found.said, found.ok ? "done" : "wrong");
      } catch (error) {
        end();
        tell(`Python did not start: ${error.message}`, "wrong");
      }
      run.disabled = false;
    });
    return box;
  }

  async function begin(details, position) {
    const note = element("p", { className: "ftsec-run-note" });
    note.setAttribute("role", "status");
    const button = element("button", { type: "button", className: "ftsec-run-button", textContent: "Run this code here" });
    details.append(button, note);
    button.addEventListener("click", async () => {
      if (location.protocol === "file:") { note.textContent = OVER_HTTP; return; }
      const calls = await (await fetch(`${folder}calls.json`)).json();
      const name = [...printed(details).matchAll(/^def (\w+)\(/gm)].map((found) => found[1]).find((each) => each in calls);
      if (!name) { note.textContent = "This listing cannot run by itself."; return; }
      const box = editor(details, calls[name], position);
      button.replaceWith(box);
      box.querySelector("textarea").focus();
    });
  }

  document.querySelectorAll("details.ftsec-printed").forEach(begin);
})();
