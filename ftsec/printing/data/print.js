// Binds the book's single page for paper: title page, contents, parts, running heads, links that work inside one file.
// Takes {title, subtitle, facts}: what stands on the title page. What is inside a chapter is paper.js's matter.
({ title, subtitle, facts }) => {
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
  all('[id^="document-"]').forEach((mark) => mark.remove());
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
  for (const link of [...all("a[href]", article), ...(contents ? all("a[href]", contents) : [])]) {
    const href = link.getAttribute("href");
    if (/^[a-z]+:/.test(href)) continue;
    const found = target(href, pageOf(link));
    if (found) link.setAttribute("href", found);
    else link.removeAttribute("href");
  }

  // Chapters are spoken of by number: the heading has it, and with it outline, contents and running head.
  const numbered = (name, element) => {
    const number = name.match(/(?:^|\/)(\d\d[a-z]?)_[^/]*$/)?.[1];
    if (number) element.prepend(Object.assign(document.createElement("span"), { className: "ftsec-paper-number", textContent: number }), " ");
  };
  // a word with a hyphen in it stays whole in a heading
  const unbroken = (element) => {
    for (const text of [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)) {
      text.replaceWith(...text.data.split(/(\S+-\S+)/).map((part, index) =>
        index % 2 ? Object.assign(document.createElement("span"), { className: "ftsec-unbroken", textContent: part }) : part));
    }
  };
  const rules = [];
  for (const [name, page] of pages) {
    const heading = page.querySelector("h1, h2");
    all(".headerlink", heading).forEach((mark) => mark.remove());
    unbroken(heading);
    numbered(name, heading);
    page.classList.add("ftsec-paper-page");
    page.dataset.page = name;
    page.style.page = `p${rules.length}`;
    const words = JSON.stringify(heading.textContent.replace(/\s+/g, " ").trim());
    article.append(page); // out of the landing page's section: changing from its pages to this one's would leave one empty
    rules.push(`@page p${rules.length}:right { @top-right { content: ${words}; } }`);
  }

  all(".toctree-wrapper", article).forEach((empty) => empty.remove()); // its pages are beside it now

  // The contents: parts and chapters with their pages, which a second printing fills in.
  const front = (kind, ...content) => {
    const element = document.createElement("div");
    element.className = kind;
    element.append(...content);
    return element;
  };
  const sheets = [
    front("ftsec-cover", line(title, "ftsec-cover-title"), line(subtitle, "ftsec-cover-subtitle"),
      front("ftsec-cover-facts", ...facts.map((fact) => line(fact, "ftsec-cover-fact")))),
  ];
  unbroken(sheets[0].firstElementChild);
  if (contents) {
    for (const caption of all("[role=heading]", contents)) {
      const part = document.createElement("h1");
      part.className = "ftsec-paper-part";
      part.textContent = caption.textContent.trim();
      const first = caption.nextElementSibling?.querySelector("a[href]")?.getAttribute("href");
      document.getElementById(first?.slice(1))?.prepend(part);
      caption.replaceWith(line(part.textContent, "ftsec-contents-part"));
    }
    for (const link of all("a[href]", contents)) {
      numbered(link.getAttribute("href").split("/").slice(0, 2).join("/"), link);
      link.append(Object.assign(document.createElement("span"), { className: "ftsec-contents-page", textContent: "000" }));
    }
    const heading = document.createElement("h1");
    heading.textContent = "Contents";
    sheets.push(front("ftsec-contents", heading, contents));
  }
  const main = document.createElement("main");
  main.className = "bd-main ftsec-paper";
  main.append(...sheets, article);
  document.body.replaceChildren(main);
  const running = document.createElement("style");
  rules.unshift(`@page :left { @top-left { content: ${JSON.stringify(title)}; } }`, "@page front:left { @top-left { content: none; } }");
  running.textContent = rules.join("\n");
  document.head.append(running);
};
