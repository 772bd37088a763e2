// Search, filters and sorting for the claims ledger. The table is complete without this script.
(() => {
  "use strict";

  const FILTERS = { verdict: "Verdict", chapter: "Chapter", defect: "Defect" };

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function labelled(text, field) {
    return element("label", {}, text + " ", field);
  }

  function choices(rows, name) {
    const values = [...new Set(rows.map((row) => row.dataset[name]))].filter(Boolean).sort();
    const options = ["", ...values].map((value) =>
      element("option", { value, textContent: value ? value.replaceAll("_", " ") : "all" })
    );
    return element("select", {}, ...options);
  }

  function sortable(header, column, body) {
    const button = element("button", { type: "button", className: "ledger-sort" }, header.textContent);
    header.replaceChildren(button);
    header.setAttribute("aria-sort", column === 0 ? "ascending" : "none");
    button.addEventListener("click", () => {
      const rising = header.getAttribute("aria-sort") !== "ascending";
      for (const other of header.parentNode.cells) other.setAttribute("aria-sort", "none");
      header.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const key = (row) => row.cells[column].textContent.trim().toLowerCase();
      const order = (a, b) => key(a).localeCompare(key(b), "en") || a.id.localeCompare(b.id);
      body.append(...[...body.rows].sort((a, b) => (rising ? order(a, b) : order(b, a))));
    });
  }

  // on a phone a claim is a card that shows what is said and the verdict; its evidence opens
  const phone = matchMedia("(max-width: 600px)");
  function fold(rows) {
    for (const row of rows) {
      const cell = row.cells[3];
      const evidence = element("details", { className: "ledger-evidence" }, element("summary", {}, "Evidence and sources"));
      evidence.append(...cell.childNodes);
      cell.append(evidence);
    }
    const set = () => rows.forEach((row) => (row.querySelector(".ledger-evidence").open = !phone.matches));
    phone.addEventListener("change", set);
    addEventListener("beforeprint", () => rows.forEach((row) => (row.querySelector(".ledger-evidence").open = true)));
    set();
  }

  function attach(table) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    const search = element("input", { type: "search", autocomplete: "off" });
    const selects = Object.fromEntries(Object.keys(FILTERS).map((name) => [name, choices(rows, name)]));
    const count = element("output", {});
    const fields = [labelled("Search", search)];
    for (const [name, label] of Object.entries(FILTERS)) fields.push(labelled(label, selects[name]));

    const clearing = element("button", { type: "button", hidden: true }, "Reset");
    const reset = element("button", { type: "button" }, "Show all claims");
    const nothing = element("p", { className: "ledger-nothing", hidden: true }, "No claim fits all of this. ", reset);

    // what is asked for stands in the address, so that a view can be sent to somebody
    const asking = { search, ...selects };
    function remember() {
      const asked = new URLSearchParams(location.search);
      for (const [name, { value }] of Object.entries(asking)) value ? asked.set(name, value) : asked.delete(name);
      const query = asked.toString();
      history.replaceState(history.state, "", `${location.pathname}${query && `?${query}`}${location.hash}`);
    }

    function recall() {
      const asked = new URLSearchParams(location.search);
      for (const [name, field] of Object.entries(asking)) field.value = asked.get(name) ?? "";
      for (const select of Object.values(selects)) if (select.selectedIndex < 0) select.value = "";
    }

    function show() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const found = words.every((word) => texts.get(row).includes(word));
        const kept = Object.entries(selects).every(([name, { value }]) => !value || row.dataset[name] === value);
        row.hidden = !(found && kept);
        shown += row.hidden ? 0 : 1;
      }
      count.value = `${shown} of ${rows.length} claims`;
      nothing.hidden = shown > 0;
      table.closest(".ledger").hidden = shown === 0;
      clearing.hidden = shown === rows.length;
    }

    function change() {
      show();
      remember();
    }

    function clear() {
      search.value = "";
      for (const select of Object.values(selects)) select.value = "";
      change();
    }

    // a link to a hidden row must not lead nowhere
    function reveal() {
      const target = document.getElementById(location.hash.slice(1));
      if (!target || !table.contains(target)) return;
      if (target.hidden) clear();
      target.scrollIntoView({ behavior: "instant" }); // at once: the ledger is thirty screens long
    }

    const form = element("form", { className: "ledger-controls" }, ...fields, count, clearing, nothing);
    form.setAttribute("aria-label", "Find claims");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", change);
    for (const button of [reset, clearing]) {
      button.addEventListener("click", () => {
        clear();
        search.focus(); // the button that was pressed is gone
      });
    }
    form.addEventListener("keydown", (event) => event.key === "Escape" && clear());
    window.addEventListener("hashchange", reveal);
    window.addEventListener("load", reveal); // pictures above the table have moved it
    [...table.tHead.rows[0].cells].forEach((header, column) => sortable(header, column, body));
    // a place of its own: a form put before the table would have the browser style all its rows again
    table.closest(".ledger").previousElementSibling.append(form);
    fold(rows);
    recall();
    show();
    reveal();
  }

  function start() {
    const table = document.getElementById("ledger");
    if (table) attach(table);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
