"""A Sphinx extension that mends what the theme and docutils leave open to readers who use assistive technology.

Each rule replaces a piece of mark-up that axe-core objects to, on the finished pages; a rule whose piece is gone
changes nothing, so the pages may be visited again by the next build.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from ftsec.execution.files import write_if_changed

RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # the sidebar's logo and search button stand outside every landmark
    (
        re.compile(r'<div class="bd-sidebar-primary([^"]*)">'),
        r'<div class="bd-sidebar-primary\1" role="complementary" aria-label="The book">',
    ),
    # ARIA 1.3 retires the role of a bibliography entry; a list of items says the same
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
    (re.compile(r'role="doc-bibliography"'), 'role="list"'),
    (re.compile(r'<div class="citation-list">|<div role="list" class="citation-list">'), '<div role="list">'),
)


def setup(app: Sphinx) -> dict:
    """Visit every page when the build is finished."""
    app.connect("build-finished", mend_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def mend_pages(app: Sphinx, error: Exception | None) -> None:
    """Apply the rules to all pages of an HTML build that went well."""
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            write_if_changed(page, mend(page.read_text(encoding="utf-8")))


def mend(page: str) -> str:
    """The page with every rule applied."""
    for pattern, replacement in RULES:
        page = pattern.sub(replacement, page)
    return page
