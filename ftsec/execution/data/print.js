// Makes the book's single page ready for paper: a cover, nothing that needs a screen, links that work inside one file.
// Takes {title, facts}: what stands on the cover; gives the number of links that lead nowhere on paper.
({ title, facts }) => {
  const all = (what, root = document) => [...root.querySelectorAll(what)];
  const line = (text, kind) => {
    const paragraph = document.createElement("p");
    paragraph.className = kind;
    paragraph.textContent = text;
    return paragraph;
  };
  const contents = document.querySelector("#jb-print-toc nav");
  const article = document.querySelector("article.bd-article");

  // Sphinx marks where each page begins. Their own ids repeat, so each gets the page's name in front.
  const pages = new Map(all('[id^="document-"]').map((mark) => [mark.id.slice("document-".length), mark.nextElementSibling]));
  const pageOf = (element) => [...pages].find(([, page]) => page.contains(element))?.[0] ?? "";
  const named = new Map(); // id as written -> names of the pages that have it
  for (const [name, page] of pages) {
    for (const element of [page, ...all("[id]", page)]) {
      if (element.id) {
        named.set(element.id, [...(named.get(element.id) ?? []), name]);
        element.id = `${name}/${element.id}`;
      }
    }
  }

  const anchor = (id, page) => {
    const homes = named.get(id) ?? [];
    const home = homes.includes(page) ? page : homes[0];
    return home === undefined ? null : `#${home}/${id}`;
  };
  const target = (href, page) => {
    const [path, id] = href.split("#");
    if (path === "" && id?.startsWith("document-")) return `#${pages.get(id.slice("document-".length))?.id}`;
    if (path === "") return anchor(id, page);
    if (path.endsWith("book/index.html") && id) return anchor(id, "book/bibliography"); // as Sphinx writes citations
    const file = path.split("/").pop().replace(/\.html$/, "");
    const name = [...pages.keys()].find((each) => each.split("/").pop() === file);
    if (!name) return null;
    return (id && anchor(id, name)) || `#${pages.get(name).id}`;
  };
  let lost = 0;
  for (const link of [...all("a[href]", article), ...(contents ? all("a[href]", contents) : [])]) {
    const href = link.getAttribute("href");
    if (/^[a-z]+:/.test(href)) continue;
    const found = target(href, pageOf(link));
    if (found) link.setAttribute("href", found);
    else {
      link.removeAttribute("href");
      lost += 1;
    }
  }

  const screenOnly = ".headerlink, .copybtn, .ftsec-living, .ledger-controls, .ftsec-links, button, script, noscript";
  all(screenOnly, article).forEach((element) => element.remove());
  // a claim's figures by their identifiers: spelt out they would fill a third of the book
  for (const box of all(".ledger details", article)) {
    const ids = all("li", box).map((item) => item.textContent.match(/^\s*(M\d+)/)?.[1]).filter(Boolean);
    box.replaceWith(line(`${box.querySelector("summary").textContent.trim()}: ${ids.join(", ")}`, "note"));
  }
  all("details", article).forEach((element) => (element.open = true));
  all("img", article).forEach((element) => (element.loading = "eager"));

  const cover = document.createElement("div");
  cover.className = "ftsec-cover";
  cover.append(line(title, "ftsec-cover-title"), ...facts.map((fact) => line(fact, "ftsec-cover-fact")));
  if (contents) {
    all("[role=heading]", contents).forEach((caption) => caption.removeAttribute("role")); // no entry of the outline
    cover.append(line("Contents", "ftsec-cover-contents"), contents);
  }
  const main = document.createElement("main");
  main.className = "bd-main ftsec-paper";
  main.append(cover, article);
  document.body.replaceChildren(main);
  [...pages.values()].forEach((page) => page.classList.add("ftsec-paper-page"));
  return lost;
}
