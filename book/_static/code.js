// One switch, remembered, that shows or folds the code of all chapters. Without this script all code is shown.
(() => {
  "use strict";

  const root = document.documentElement;
  const shown = () => root.dataset.code === "shown";

  function remember(value) {
    try {
      localStorage.setItem("ftsec-code", value);
    } catch {
      // a browser that keeps nothing still shows or folds the code of this page
    }
  }

  // what the reader looks at stays where it is, whatever appears or goes above it
  function anchor() {
    const blocks = document.querySelectorAll(".bd-article :is(h1, h2, h3, p, img, table, li)");
    return [...blocks].find((block) => block.getClientRects().length && block.getBoundingClientRect().top >= 60);
  }

  function start() {
    const article = document.querySelector(".bd-article");
    const bar = document.querySelector(".header-article-items__end, .article-header-buttons");
    if (!article || !bar || !article.querySelector(".cell_input")) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "ftsec-code-switch" });

    function tell() {
      button.textContent = shown() ? "Hide code" : "Show code";
    }

    button.addEventListener("click", () => {
      const seen = anchor();
      const before = seen ? seen.getBoundingClientRect().top : 0;
      root.dataset.code = shown() ? "folded" : "shown";
      remember(root.dataset.code);
      tell();
      if (seen) scrollBy({ top: seen.getBoundingClientRect().top - before, behavior: "instant" });
    });
    window.addEventListener("storage", (event) => {
      if (event.key !== "ftsec-code") return;
      root.dataset.code = event.newValue || "folded";
      tell();
    });
    tell();
    bar.prepend(button);
  }

  start();
})();
