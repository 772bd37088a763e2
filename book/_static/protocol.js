// A list to tick off: what was ticked stays ticked in this browser. Without this script the boxes are there to print.
(() => {
  "use strict";
  const KEY = "ftsec-protocol";
  const boxes = [...document.querySelectorAll(".task-list-item-checkbox")];
  const name = (box) => (box.closest("li").querySelector("strong") ?? box.closest("li")).textContent.trim().replace(/[.,:]$/, "");

  function stored() {
    try {
      return new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
    } catch {
      return new Set(); // nothing is kept where the browser does not allow it, or the note is no list
    }
  }

  function keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(boxes.filter((box) => box.checked).map(name)));
    } catch {
      // as above
    }
  }

  const count = document.createElement("output");
  const clear = Object.assign(document.createElement("button"), { type: "button", textContent: "Clear all ticks" });
  const bar = Object.assign(document.createElement("p"), { className: "ftsec-ticks" });
  bar.append(count, " ", clear);

  function show() {
    const ticked = boxes.filter((box) => box.checked).length;
    count.value = `${ticked} of ${boxes.length} ticked; kept in this browser.`;
    clear.hidden = ticked === 0;
  }

  const before = stored();
  for (const box of boxes) {
    box.disabled = false;
    box.checked = before.has(name(box));
    box.setAttribute("aria-label", name(box));
    box.addEventListener("change", () => {
      keep();
      show();
    });
  }
  clear.addEventListener("click", () => {
    for (const box of boxes) box.checked = false;
    keep();
    show();
    boxes[0].focus();
  });
  boxes[0].closest("section").before(bar);
  show();
})();
