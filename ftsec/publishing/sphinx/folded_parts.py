"""Parts of the list of chapters that most readers need once are folded, unless the page shown belongs to them."""

from __future__ import annotations

import re

PARTS = ("Teaching with the book", "Using the book")
PART = re.compile(
    r'<p aria-level="2" class="caption" role="heading"><span class="caption-text">(?P<name>[^<]*)</span></p>\s*'
    r'(?P<list><ul class="[^"]*bd-sidenav[^"]*">.*?</ul>)',
    re.DOTALL,
)


def with_folded_parts(page: str) -> str:
    """The page with these parts of its sidebar in an element that opens without a script."""
    return PART.sub(_folded, page)


def _folded(part: re.Match) -> str:
    if part["name"] not in PARTS:
        return part[0]
    here = " open" if 'class="current' in part["list"] or "toctree-l1 current" in part["list"] else ""
    title = f'<summary class="ftsec-part"><span class="caption-text">{part["name"]}</span></summary>'
    return f"<details{here}>{title}\n{part['list']}</details>"
