"""A Sphinx extension: what the site's search finds. Prose and the ledger's claims, and no code.

Sphinx glues the words of neighbouring table cells together and reads source code as prose. Here the index gets a copy of
each page without code, with blanks between cells. Every row of the ledger becomes an object of the search, so that
``C045`` leads to the claim itself; excerpts are cut from a page's text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains import Domain, ObjType

from ftsec.base.errors import InputError

CODE = re.compile(r"<pre\b.*?</pre>|<details class=\"ftsec-printed.*?</details>", re.DOTALL)
INLINE = r"(?:a|abbr|b|cite|code|em|i|kbd|mark|q|small|span|strong|sub|sup|wbr)"
BETWEEN = re.compile(rf"(?=<(?!/?{INLINE}\b))|(?=<span class=\"where\")")  # where one cell, line or item ends
ROW = re.compile(r'<tr id="(?P<id>[^"]+)"[^>]*>.*?<td>(?P<text>.*?)(?:<span|</td>)', re.DOTALL)
MARKS = re.compile(r"<[^>]+>")
# of the theme's pages and ours: what is no text to be quoted from
READ = 'for (const removalQuery of [".headerlink", "script", "style"]) {'
NOT_QUOTED = (".headerlink", "script", "style", "pre", ".cell_input", ".ftsec-printed", ".ftsec-links", "nav", "aside",
              ".bd-header-article", ".ftsec-provenance", ".ftsec-number")  # fmt: skip
WHOLE = "htmlElement.querySelector('[role=\"main\"]');"
ARTICLE = "htmlElement.querySelector('article') ?? htmlElement.querySelector('[role=\"main\"]');"
APART = 'htmlElement.querySelectorAll("td, th, li, p, h1, h2, h3, h4, dt, dd").forEach((el) => el.append(" "));'


class Claims(Domain):
    """The ledger's claims as objects of the search, with their words as names."""

    name = "ledger"
    label = "Ledger"
    object_types = {"claim": ObjType("claim")}
    initial_data: dict = {"rows": {}}

    def clear_doc(self, docname: str) -> None:
        self.data["rows"].pop(docname, None)

    def merge_domaindata(self, docnames: list[str], otherdata: dict) -> None:
        self.data["rows"] |= {name: rows for name, rows in otherdata["rows"].items() if name in docnames}

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        for page, rows in self.data["rows"].items():
            for id_, text in rows:
                name = f"{id_} {text}"
                yield name, name, "claim", page, id_, 1


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_domain(Claims)
    app.connect("doctree-read", note_claims)
    app.connect("builder-inited", index_prose)
    app.connect("build-finished", quote_prose)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def note_claims(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the rows of the ledger's table on this page."""
    rows = [row for raw in doctree.findall(nodes.raw) for row in claims_in(raw.astext())]
    if rows:
        app.env.get_domain("ledger").data["rows"][app.env.docname] = rows


def claims_in(html: str) -> list[tuple[str, str]]:
    """Ids and words of a table's rows that have an id."""
    return [(row["id"], " ".join(unescape(MARKS.sub(" ", row["text"])).split())) for row in ROW.finditer(html)]


def index_prose(app: Sphinx) -> None:
    """Let the builder index each page without its code."""
    original = getattr(app.builder, "index_page", None)
    if original is not None:
        app.builder.index_page = lambda page, doctree, title: original(page, without_code(doctree), title)


def without_code(doctree: nodes.document) -> nodes.document:
    """A copy of the page for the index: no listing, and blanks between the cells of its tables."""
    page = doctree.deepcopy()
    for listing in list(page.findall(nodes.literal_block)):
        if listing.get("language", "").removeprefix("i") in ("python", "python3"):
            listing.parent.remove(listing)
    for raw in page.findall(nodes.raw):
        if raw.children:
            raw[0] = nodes.Text(apart(raw.astext()))
    return page


def apart(html: str) -> str:
    """HTML in which removing the tags leaves words apart, and whole where a line may break."""
    return unescape(BETWEEN.sub(" ", CODE.sub(" ", html)).replace("&shy;", "")).replace("\N{SOFT HYPHEN}", "")


def quote_prose(app: Sphinx, error: Exception | None) -> None:
    """Cut the excerpts of search results from the text of the pages found.

    Raises:
        InputError: if Sphinx's script is another than the one that is changed here.
    """
    script = Path(app.outdir) / "_static" / "searchtools.js"
    if error is None and app.builder.format == "html" and script.exists():
        script.write_text(prose_only(script.read_text(encoding="utf-8")), encoding="utf-8")


def prose_only(script: str) -> str:
    """Sphinx's script, reading of a page what stands in its article and is no code."""
    for old in (READ, WHOLE):
        if script.count(old) != 1:
            raise InputError(f"Sphinx's searchtools.js no longer holds {old!r}, where excerpts are cut")
    removed = ", ".join(f'"{each}"' for each in NOT_QUOTED)
    script = script.replace(READ, f"{APART}\n    for (const removalQuery of [{removed}]) {{")
    return script.replace(WHOLE, ARTICLE)
