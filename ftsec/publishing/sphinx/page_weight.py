"""A Sphinx extension that makes the pages light: one style sheet with what the book uses, one script, small pictures.

The theme loads a dozen style sheets and as many scripts before it shows a word. When the build is finished they become
two files, ``_static/book.css`` and ``_static/book.js``, and every page loads these instead. What the search page loads
is the measure: it is written anew by each build and holds all that pages have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sphinx.application import Sphinx

from ftsec.base.digests import digest
from ftsec.base.files import write_if_changed
from ftsec.publishing.site import extensions_digest
from ftsec.publishing.sphinx.pictures import describe_pictures, shrink_pictures
from ftsec.publishing.sphinx.styles import one_sheet

SHEET = re.compile(r'<link (?=[^>]*rel="stylesheet")[^>]*href="(?:\.\./)*(?P<file>[^"?:]+)[^"]*"[^>]*>\n?')
SCRIPT = re.compile(r'<script(?P<how>[^>]*) src="(?:\.\./)*(?P<file>[^"?:]+)[^"]*"(?P<more>[^>]*)></script>\n?')
HINT = re.compile(r'<link rel="preload"[^>]*>\n?')  # nothing is left to fetch early
OPTIONS = "_static/documentation_options.js"  # read while a page loads, so it becomes a part of the page
ALONE = ("searchtools.js", "language_data.js", "searchindex.js")  # the search page's own
TABS = "design-tabs.js"  # knows its own element, so it cannot be bundled; pages without tabs do without
# excerpts in search results are read from the pages found, which browsers refuse to pages opened from disk
EXCERPTS = ("SHOW_SEARCH_SUMMARY: true", 'SHOW_SEARCH_SUMMARY: location.protocol !== "file:"')
LARGE = (".pdf", ".epub")  # the landing page changes with them
STYLE, CODE = "_static/book.css", "_static/book.js"


@dataclass(frozen=True)
class Bundle:
    """What every page loads alike.

    Attributes:
        styles, scripts: files that the two bundles stand for, relative to the site.
        options: the script that tells the others about the site.
        stamps: digests of the two bundles, which make browsers fetch a changed one.
    """

    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    options: str
    stamps: dict[str, str]


def setup(app: Sphinx) -> dict:
    """Visit the output when the build is finished, after the other extensions."""
    code = extensions_digest(Path(app.confdir) / "_config.yml").encode()
    # all pages are written anew when one changes; Sphinx copies no asset either as long as no page changed
    app.add_config_value("ftsec_extensions", digest(code, *_assets(Path(app.srcdir) / "book/_static")), "html")
    app.connect("build-finished", lighten, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _assets(folder: Path) -> Iterator[bytes]:
    """Name and content of each style sheet, script and table that is the book's own; downloads of chapters are not."""
    for path in sorted(folder.glob("*")):
        if path.is_file() and path.suffix not in LARGE:
            yield from (path.name.encode(), path.read_bytes())


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Shrink pictures, and bundle what the pages of a site load."""
    if error is not None or app.builder.format != "html":
        return
    output = Path(app.outdir)
    shrink_pictures(output / "_images")
    if app.builder.name == "html":
        bundle(output)


def bundle(site: Path) -> None:
    """Write the two files and let every page load them."""
    pages = {page: page.read_text(encoding="utf-8") for page in _pages(site)}
    model = pages[site / "search.html"]
    if CODE in model:
        return  # no page was written since the last time
    styles = tuple(_names(SHEET, model))
    scripts = tuple(name for name in _names(SCRIPT, model) if name != OPTIONS and not name.endswith((*ALONE, TABS)))
    # the first statement keeps one script's "use strict" from ruling all others
    write_if_changed(site / CODE, "void 0;\n" + "\n;\n".join(_read(site / name) for name in scripts))
    loaded = {name for text in pages.values() for name in _names(SCRIPT, text) if name != "searchindex.js"}
    words = "\n".join([*pages.values(), *(_read(site / name) for name in sorted(loaded))])
    write_if_changed(site / STYLE, one_sheet(site, styles, words))
    stamps = {name: digest((site / name).read_bytes())[:8] for name in (STYLE, CODE)}
    common = Bundle(styles, scripts, _read(site / OPTIONS).replace(*EXCERPTS), stamps)
    for page, text in pages.items():
        prefix = "../" * (len(page.relative_to(site).parts) - 1)
        write_if_changed(page, describe_pictures(load_bundle(text, prefix, common), page.parent))


def load_bundle(page: str, prefix: str, common: Bundle) -> str:
    """The page with the two bundles in place of what they stand for; its own scripts are deferred.

    Args:
        prefix: what leads from the page to the site's root.
    """
    for name, stamp in common.stamps.items():
        page = re.sub(rf"({re.escape(name)})\?v=\w+", rf"\1?v={stamp}", page)
    if STYLE in page or not set(common.styles) & set(_names(SHEET, page)):
        return page
    page = SHEET.sub(lambda link: "" if link["file"] in common.styles else link[0], HINT.sub("", page))
    page = SCRIPT.sub(lambda script: _own(script, page, common), page)
    style, code = (f"{prefix}{name}?v={common.stamps[name]}" for name in (STYLE, CODE))
    head = (
        f'<link rel="stylesheet" href="{style}">\n    <script>{common.options.strip()}</script>\n'
        f'    <script defer src="{code}"></script>\n    '
    )
    return page.replace("<title>", f"{head}<title>", 1)


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
