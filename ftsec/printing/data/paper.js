// Makes what stands in the chapters ready for paper: nothing folded, nothing to press, tables that hold together.
() => {
  const article = document.querySelector("article.bd-article");
  const all = (what, root = article) => [...root.querySelectorAll(what)];
  const made = (kind, className, ...content) => {
    const element = document.createElement(kind);
    element.className = className;
    element.append(...content);
    return element;
  };

  // Code in a print is neither pressed nor searched by its parts: what has no colour needs no element of its own.
  all(".highlight :is(.n, .nn, .p, .w), code > .pre, .highlight span:empty").forEach((part) => part.replaceWith(...part.childNodes));
  // what speaks of the screen, and what shows but the top of a figure that stands whole further down
  all('.ftsec-on-screen, .ftsec-answer .image-reference:has(img[src*="-top."]), .ftsec-answer > img[src*="-top."]').forEach((each) => each.remove());
  all(".caption-number").forEach((number) => number.remove()); // they count through the whole book, figures of chapters through their chapter

  // a claim's figures by their identifiers: spelt out they would fill a third of the book
  for (const box of all(".ledger details")) {
    const ids = all("li", box).map((item) => item.textContent.match(/^\s*(M\d+)/)?.[1]).filter(Boolean);
    box.replaceWith(made("p", "note", `${box.querySelector("summary").textContent.trim()}: ${ids.join(", ")}`));
  }
  all("button.ledger-sort").forEach((button) => button.replaceWith(button.textContent.trim()));
  all("figure > .ftsec-play").forEach((box) => box.remove()); // the plain figure beside it stays
  // on the site something to play with: its code alone would show nothing
  all(".cell:has(.ftsec-living, .ftsec-play, .ftsec-lookup)").forEach((cell) => cell.remove());
  all('p > a[download][href*="_static/ftsec."]').forEach((link) => link.closest("p")?.remove()); // this book, to download
  all(".headerlink, .copybtn, .ledger-controls, .ftsec-links, button, script, noscript").forEach((each) => each.remove());

  // A quiz shows its options first; what each is worth stands below the last question.
  for (const quiz of new Set(all("details.quiz").map((option) => option.parentElement))) {
    const answers = made("div", "ftsec-answers", made("p", "ftsec-answers-title", "Answers"));
    let last = null;
    for (const option of all(":scope > details.quiz", quiz)) {
      const question = option.previousElementSibling;
      if (question !== last) {
        question.classList.add("ftsec-question");
        answers.append(made("p", "ftsec-answers-number", `Question ${question.textContent.match(/\d+/)?.[0] ?? ""}`));
      }
      const summary = option.querySelector("summary");
      const worth = all(":scope > :not(summary)", option);
      worth[0].prepend(`${summary.textContent.trim().split(".")[0]}. `);
      answers.append(...worth);
      last = made("p", "ftsec-option", ...summary.childNodes);
      option.replaceWith(last);
    }
    last.after(answers);
    all(":scope > p", quiz).filter((each) => each.textContent.startsWith("Open an option"))
      .forEach((each) => each.replaceWith(made("p", "ftsec-leads-on", "Decide before you read the answers below the last question.")));
  }
  // Everything else that folds lies open under its name.
  for (const fold of all("details")) {
    const summary = fold.querySelector("summary");
    const words = (summary.querySelector(".collapsed, .sd-summary-text") ?? summary).textContent.trim();
    const name = made("p", "ftsec-unfolded-title", words.replace(/^Show code cell content$/, "Solution"));
    summary.remove();
    fold.replaceWith(made("div", "ftsec-unfolded", name, ...fold.childNodes));
  }

  all("input[type=checkbox]").forEach((box) => box.replaceWith(made("span", "ftsec-tick")));

  // A caption inside a table may be left behind at the foot of a page; before it, it keeps to the first rows.
  for (const caption of all("table > caption")) {
    const table = caption.parentElement;
    table.setAttribute("aria-label", caption.textContent.trim());
    table.before(made("p", "ftsec-caption", ...caption.childNodes));
    caption.remove();
  }
  // Six columns of sentences are too narrow on a page: each row is an entry, and what it has not needs no word.
  for (const table of all(".ftsec-always table").filter((each) => each.tHead.rows[0].cells.length > 5)) {
    const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    for (const row of table.tBodies[0].rows) {
      const [name, ...told] = [...row.cells];
      const entry = made("div", "ftsec-entry", made("strong", "ftsec-entry-name", ...name.childNodes));
      if (row.id) entry.id = row.id;
      told.forEach((cell, index) => {
        if (cell.textContent.trim() === "\u2013") return;
        entry.append(" ", made("em", "ftsec-entry-label", `${names[index + 1]}:`), " ", ...cell.childNodes, ".");
      });
      table.before(entry);
    }
    table.remove();
  }
  const short = (table) => table.rows.length <= 9 && table.textContent.trim().length <= 1200;
  all("table").filter(short).forEach((table) => table.classList.add("ftsec-whole"));
  // a heading and its one paragraph do not stay behind when the table that they are about goes to the next page
  all(":is(h2, h3, h4, h5) + p").filter((each) => each.nextElementSibling?.matches(":has(table):not(section), table"))
    .forEach((each) => each.classList.add("ftsec-leads-on"));
  all("figure").forEach((figure) => figure.setAttribute("role", "group")); // the picture in it has the words
  // what announces the next thing stays with it
  all("p").filter((each) => each.textContent.trim().endsWith(":")).forEach((each) => each.classList.add("ftsec-leads-on"));
  all("img").forEach((image) => (image.loading = "eager"));
};
