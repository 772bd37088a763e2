"""A Sphinx extension that makes the pages light: one style sheet with what the book uses, one script, small pictures.

The theme loads a dozen style sheets and as many scripts before it shows a word. When the build is finished they become
two files, ``_static/book.css`` and ``_static/book.js``, and every page loads these instead. What the search page loads
is the measure: it is written anew by each build and holds all that pages have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sphinx.application import Sphinx

from ftsec.base.digests import digest
from ftsec.publishing.sphinx.pictures import describe_pictures
from ftsec.publishing.sphinx.styles import WORD, one_sheet
from ftsec.publishing.sphinx.unused_variables import without_unused_variables

SHEET = re.compile(r'<link (?=[^>]*rel="stylesheet")[^>]*href="(?:\.\./)*(?P<file>[^"?:]+)[^"]*"[^>]*>\n?')
SCRIPT = re.compile(r'<script(?P<how>[^>]*) src="(?:\.\./)*(?P<file>[^"?:]+)[^"]*"(?P<more>[^>]*)></script>\n?')
HINT = re.compile(r'<link rel="preload"[^>]*>\n?')  # nothing is left to fetch early
OPTIONS = "_static/documentation_options.js"  # read while a page loads, so it becomes a part of the page
ALONE = ("searchtools.js", "language_data.js", "searchindex.js")  # the search page's own
TABS = "design-tabs.js"  # knows its own element, so it cannot be bundled; pages without tabs do without
# excerpts in search results are read from the pages found, which browsers refuse to pages opened from disk
EXCERPTS = ("SHOW_SEARCH_SUMMARY: true", 'SHOW_SEARCH_SUMMARY: location.protocol !== "file:"')
# a browser refuses to ask early where the book is opened from a disk, and says so; on a phone the text comes first
PRELOAD = (
    '<script>if (location.protocol !== "file:" && innerWidth > 600) for (const href of {})\n'
    '      document.head.append(Object.assign(document.createElement("link"),\n'
    '        {{rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href}}));'
    "</script>\n    "
)
STYLE, CODE = "_static/book.css", "_static/book.js"
# names many components that no page has: of its words only those of the components in use tell which rules are needed
COMPONENTS = "_static/scripts/bootstrap.js"
IN_USE = re.compile(r'data-bs-(?:toggle|spy)="(\w+)"')
STATES = ("active", "disabled", "fade", "show")  # classes that the same script gives and takes
INLINE = 6000  # characters: a sheet of one page that is smaller costs less inside the page than another request
# the faces that every page shows at once: asked for first, they are there when the text is drawn on a wide screen
FACES = ("_static/fonts/source-serif-4-400-normal.woff2", "_static/fonts/source-serif-4-600-normal.woff2")


@dataclass(frozen=True)
class Bundle:
    """What every page loads alike.

    Attributes:
        styles, scripts: files that the two bundles stand for, relative to the site.
        options: the script that tells the others about the site.
        style, code: addresses of the two bundles, seen from the site's root.
        faces: files of the letters that pages ask for first.
    """

    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    options: str
    style: str
    code: str
    faces: tuple[str, ...] = ()


def setup(app: Sphinx) -> dict:
    """Visit the output when the build is finished, after the other extensions."""
    app.connect("build-finished", reduce_weight, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def reduce_weight(app: Sphinx, error: Exception | None) -> None:
    """Bundle what the pages of a site load."""
    if error is None and app.builder.name == "html":
        bundle(Path(app.outdir))


def bundle(site: Path) -> None:
    """Write the two files and let every page load them."""
    pages = {page: page.read_text(encoding="utf-8") for page in _pages(site)}
    model = pages[site / "search.html"]
    styles = tuple(_names(SHEET, model))
    scripts = tuple(name for name in _names(SCRIPT, model) if name != OPTIONS and not name.endswith((*ALONE, TABS)))
    loaded = {name for text in pages.values() for name in _names(SCRIPT, text) if name != "searchindex.js"}
    texts = [*pages.values(), *(_read(site / name) for name in sorted(loaded) if name != COMPONENTS)]
    words = "\n".join([*texts, *_words_of_components(_read(site / COMPONENTS), pages.values())])
    # the first statement keeps one script's "use strict" from ruling all others
    code = "void 0;\n" + "\n;\n".join(_read(site / name) for name in scripts)
    others = {name for text in pages.values() for name in _names(SHEET, text)} - set(styles)
    beside = "\n".join([*texts, *(_read(site / name) for name in sorted(others))])
    sheet = without_unused_variables(one_sheet(site, styles, words), beside)
    written = (_write(site, STYLE, sheet), _write(site, CODE, code))
    faces = tuple(face for face in FACES if (site / face).exists())
    common = Bundle(styles, scripts, _read(site / OPTIONS).replace(*EXCERPTS), *written, faces)
    for page, text in pages.items():
        prefix = "../" * (len(page.relative_to(site).parts) - 1)
        text = with_small_sheets(load_bundle(text, prefix, common), site)
        page.write_text(describe_pictures(text, page.parent), encoding="utf-8")


def load_bundle(page: str, prefix: str, common: Bundle) -> str:
    """The page with the two bundles in place of what they stand for; its own scripts are deferred.

    Args:
        prefix: what leads from the page to the site's root.
    """
    if not set(common.styles) & set(_names(SHEET, page)):
        return page
    page = SHEET.sub(lambda link: "" if link["file"] in common.styles else link[0], HINT.sub("", page))
    page = SCRIPT.sub(lambda script: _own(script, page, common), page)
    first = PRELOAD.format([f"{prefix}{face}" for face in common.faces]) if common.faces else ""
    head = (
        f'{first}<link rel="stylesheet" href="{prefix}{common.style}">\n    <script>{common.options.strip()}</script>\n'
        f'    <script defer src="{prefix}{common.code}"></script>\n    '
    )
    return page.replace("<title>", f"{head}<title>", 1)


def with_small_sheets(page: str, site: Path) -> str:
    """The page with its own small style sheets inside, since it shows nothing before they are there."""

    def inside(link: re.Match) -> str:
        sheet = "" if link["file"] == STYLE else _read(site / link["file"])
        return f"<style>{sheet}</style>\n" if 0 < len(sheet) <= INLINE and "url(" not in sheet else link[0]

    return SHEET.sub(inside, page)


def _words_of_components(script: str, pages: Iterable[str]) -> Iterable[str]:
    """What the components' script may write into pages that have these components."""
    used = {name for page in pages for name in IN_USE.findall(page)}
    return [*STATES, *sorted(word for word in set(WORD.findall(script)) if any(name in word for name in used))]


def _write(site: Path, name: str, text: str) -> str:
    """Write a bundle; returns its address, which differs for other content, so that browsers fetch what changed."""
    (site / name).write_text(text, encoding="utf-8")
    return f"{name}?v={digest(text.encode())[:8]}"


def _own(script: re.Match, page: str, common: Bundle) -> str:
    """A script that stays on its page, deferred as the bundle is: the order of scripts does not change."""
    name = script["file"]
    if name in (*common.scripts, OPTIONS) or (name.endswith(TABS) and "sd-tab-set" not in page):
        return ""
    waits = any(word in script["how"] + script["more"] for word in ("defer", "async", "module"))
    return script[0] if waits else script[0].replace("<script", "<script defer", 1)


def _pages(site: Path) -> Iterable[Path]:
    return (page for page in site.rglob("*.html") if "_static" not in page.relative_to(site).parts)


def _names(pattern: re.Pattern, page: str) -> list[str]:
    return list(dict.fromkeys(match["file"] for match in pattern.finditer(page)))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
