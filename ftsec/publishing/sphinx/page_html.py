"""A Sphinx extension that finishes the pages: what the theme and docutils write is made lighter and accessible.

Each rule replaces one piece of mark-up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx

from ftsec.base.project import NUMBER
from ftsec.publishing.narrow_pictures import with_narrow_pictures
from ftsec.publishing.sphinx.cards import with_cards
from ftsec.publishing.sphinx.folded_parts import with_folded_parts
from ftsec.publishing.sphinx.line_breaks import with_tied_spaces, with_whole_options, with_whole_titles
from ftsec.publishing.sphinx.table_marks import with_table_marks

Replacement = str | Callable[[re.Match], str]
LISTED = re.compile(rf'(<li class="toctree-l1[^"]*"><a [^>]*href="(?:[^"]*/)?({NUMBER})_[^"/]*\.html">)')
HERE = re.compile(r'(<li class="toctree-l1 current[^"]*"><a class="current[^>]*href="#">)')
TITLE = re.compile(r"<h1>(?=(?:(?!</h1>).)*headerlink)")  # the theme prints a copy without link on paper

ACCESSIBLE: tuple[tuple[re.Pattern[str], str], ...] = (
    # the sidebar's logo and search button stand outside every landmark
    (
        re.compile(r'<div class="bd-sidebar-primary([^"]*)">'),
        r'<div class="bd-sidebar-primary\1" role="complementary" aria-label="The book">',
    ),
    # a wide table of a prose page scrolls in its box, from the keyboard too
    (
        re.compile(r'<div class="pst-scrollable-table-container">'),
        '<div class="pst-scrollable-table-container" role="group" tabindex="0" aria-label="Table">',
    ),
    # what a terminal showed scrolls in its box too
    (
        re.compile(r'(<div class="highlight-(?:console|pycon|text) notranslate"><div class="highlight">)<pre>'),
        r'\1<pre role="group" tabindex="0" aria-label="What a terminal shows">',
    ),
    # a box to tick has no words of its own: they follow it
    (
        re.compile(r'<input class="task-list-item-checkbox" disabled="disabled" type="checkbox">'),
        '<input class="task-list-item-checkbox" disabled="disabled" type="checkbox" aria-label="To do">',
    ),
    # ARIA 1.3 retires the role of a bibliography entry; a list of items says the same
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
    (re.compile(r'role="doc-bibliography"'), 'role="list"'),
    (re.compile(r'<div class="citation-list">|<div role="list" class="citation-list">'), '<div role="list">'),
)

READABLE: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    # the first page is named as the book is: a tab need not say it twice
    (re.compile(r"(?<=<title>)([^<]+) (?:&#8212;|—) \1(?=</title>)"), r"\1"),
    # names of columns, as the headings of tables show them
    (
        re.compile(r'(?<=<th scope="col">)[a-z0-9]+(?:_[a-z0-9]+)+(?=</th>)'),
        lambda name: name[0].replace("_", " "),
    ),
    (re.compile(r"(?<=[\d%)] )-&gt;(?= [\d(])"), "→"),
    # figures of chapters bring their numbers along, which say the chapter
    (re.compile(r'<span class="caption-number">[^<]*</span>(?=<span class="caption-text"><strong>Figure)'), ""),
)

PLAIN = ("n", "nn", "p", "w")  # Pygments' names, namespaces, punctuation and blanks
LIGHT: tuple[tuple[re.Pattern[str], str], ...] = (
    # icons come from a web font; the script that draws them a second time weighs 540 kB compressed
    (re.compile(r'<script src="[^"]*fontawesome[^"]*all\.min\.js[^"]*"></script>'), ""),
    # fonts are fetched when an icon needs them, which on most pages none of these two does
    (re.compile(r'<link rel="preload"[^>]*fa-(?:brands|regular)-400\.woff2"[^>]*>'), ""),
    (re.compile(r'<link rel="preload" as="script" href="[^"]*fontawesome[^"]*"\s*/?>'), ""),
    # they have the colour of plain code, and are two thirds of all its elements
    (re.compile(rf'<span class="(?:{"|".join(PLAIN)})">([^<]*)</span>'), r"\1"),
    (re.compile(r"<pre><span></span>(?!\n)"), "<pre>"),
)
# the theme's script settles the colours when all is loaded: the page would be styled twice, and flash in the dark
EARLY = (
    re.compile(r"(document\.documentElement\.dataset\.theme = )localStorage\.getItem\(\"theme\"\) \|\| \"auto\";"),
    r'\1((mode) => mode !== "auto" ? mode : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")'
    r"(document.documentElement.dataset.mode);",
)
# code is folded before anything is shown, where a script can unfold it again and the reader has not asked for it
HEAD = re.compile(r"<head>")
FOLDED = (
    "<head>\n    <script>try { document.documentElement.dataset.code = "
    'localStorage.getItem("ftsec-code") || "folded"; } '
    'catch { document.documentElement.dataset.code = "folded"; }</script>'
)
# what a page holds -> the scripts and style sheets it needs, in book/_static
PAGE_SCRIPTS = {
    'class="ftsec-living"': (("living.js",), ("vendor/uplot/uPlot.min.css",)),
    "cell_input": (("code.js",), ()),
    'class="ftsec-moved"': (("moved.js",), ()),
    'class="task-list-item-checkbox"': (("protocol.js",), ()),
    'class="ftsec-lookup"': (("lookup.js",), ("lookup.css",)),
    'class="ftsec-play ftsec-play-gate"': (("bounds.js", "play-gate.js"), ("play.css",)),
    'class="ftsec-play ftsec-play-guess"': (("play-guess.js",), ("play.css",)),
    'class="ftsec-play ftsec-play-steps"': (("play-steps.js",), ("play.css",)),
    'class="quiz"': (("quiz.js",), ("quiz.css",)),
}


def setup(app: Sphinx) -> dict:
    """Visit every page when the build is finished."""
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", finish_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def add_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Load a script, deferred, only on the pages that hold what it works on."""
    for mark, (scripts, styles) in PAGE_SCRIPTS.items():
        if mark in context.get("body", ""):
            for script in scripts:
                app.add_js_file(script, defer="defer")
            for style in styles:
                app.add_css_file(style)


def finish_pages(app: Sphinx, error: Exception | None) -> None:
    """Apply the rules to all pages of an HTML build that went well."""
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            text = with_cards(corrected(with_numbers(page.read_text(encoding="utf-8"), page.stem)))
            text = with_whole_titles(with_whole_options(with_tied_spaces(with_table_marks(text))))
            text = with_folded_parts(text)
            if app.builder.name == "html":  # the single page is printed, on white paper, with all its code
                text = HEAD.sub(FOLDED, text, count=1)
                text = with_narrow_pictures(text, page.parent, Path(app.srcdir))
            page.write_text(text, encoding="utf-8")


def corrected(page: str) -> str:
    """The page with every rule applied."""
    for pattern, replacement in (*ACCESSIBLE, *READABLE, *LIGHT, EARLY):
        page = pattern.sub(replacement, page)
    return page


def with_numbers(page: str, name: str) -> str:
    """Chapter numbers above the title and in the list of chapters: the text speaks of chapters by number."""
    page = LISTED.sub(r'\1<span class="ftsec-nav-number">\2</span> ', page)
    number = re.match(rf"{NUMBER}(?=_)", name)
    if not number:
        return page
    page = HERE.sub(rf'\1<span class="ftsec-nav-number">{number[0]}</span> ', page, count=1)
    return TITLE.sub(f'<p class="ftsec-number">Chapter {number[0]}</p>\n<h1>', page, count=1)
