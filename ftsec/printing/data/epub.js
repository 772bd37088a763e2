// Takes the bound single page apart into the files of an ePub; run it after paper.js and print.js.
// Gives, in reading order, for each file: its name, title, part, well-formed content, pictures, and whether it has formulas and drawings.
() => {
  const all = (what, root) => [...root.querySelectorAll(what)];
  const article = document.querySelector("article.bd-article");
  const pages = [...article.children];
  const nameOf = (page) => page.dataset.page ?? "index";
  const fileOf = (page) => `${nameOf(page).split("/").pop()}.xhtml`;
  const tidy = (id) => (/^[A-Za-z_]/.test(id) ? id : `_${id}`).replace(/[^\w.-]/g, "_"); // an XML name
  const idIn = (page, id) => tidy(id.startsWith(`${nameOf(page)}/`) ? id.slice(nameOf(page).length + 1) : id);

  const placeOf = (href) => {
    const target = document.getElementById(decodeURIComponent(href.slice(1)));
    const page = target && pages.find((each) => each.contains(target));
    return page ? [page, target] : null;
  };
  const renamed = (element, name) => {
    const other = document.createElement(name);
    for (const { name: key, value } of element.attributes) other.setAttribute(key, value);
    other.append(...element.childNodes);
    element.replaceWith(other);
  };

  const links = all('a[href^="#"]', article).map((link) => [link, placeOf(link.getAttribute("href"))]);
  for (const [link, place] of links) {
    if (!place) link.removeAttribute("href");
    else if (place[0] === place[1]) link.setAttribute("href", fileOf(place[0])); // a page as a whole
    else link.setAttribute("href", `${fileOf(place[0])}#${idIn(place[0], place[1].id)}`);
  }
  for (const formula of all("div.math", article)) ["role", "aria-label"].forEach((key) => formula.removeAttribute(key));
  const screenOnly = ["tabindex", "download", "loading", "fetchpriority", "decoding", "style"];
  for (const element of all("*", article)) {
    for (const key of screenOnly.filter((each) => element.getAttribute(each) !== null)) element.removeAttribute(key);
  }

  return pages.map((page) => {
    const seen = new Set();
    for (const element of [page, ...all("[id]", page)].filter((each) => each.id)) {
      const id = idIn(page, element.id);
      if (seen.has(id)) element.removeAttribute("id");
      else element.id = id;
      seen.add(id);
    }
    const part = page.querySelector(":scope > .ftsec-paper-part");
    part?.remove();
    if (page.dataset.page) all("h2, h3, h4, h5, h6", page).forEach((each) => renamed(each, `h${each.tagName[1] - 1}`));
    const pictures = all("img", page).map((image) => {
      const address = image.src;
      image.setAttribute("src", `images/${address.split("/").pop()}`);
      return address;
    });
    const title = page.querySelector("h1").textContent.replace(/\s+/g, " ").trim();
    const file = fileOf(page);
    page.removeAttribute("data-page");
    return {
      file, title, part: part?.textContent ?? "", pictures,
      formulas: page.querySelector("math") !== null,
      drawings: page.querySelector("svg") !== null,
      content: new XMLSerializer().serializeToString(page),
    };
  });
};
