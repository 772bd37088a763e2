"""Links of a report: within the page, to the published book, or no link where it would lead nowhere."""

from __future__ import annotations

import re
from posixpath import join, normpath

from ftsec.publishing.report.words import ELSEWHERE

ANCHOR = re.compile(r'<a\b(?P<before>[^>]*?)\shref="(?P<to>[^"]*)"(?P<after>[^>]*)>(?P<text>.*?)</a>', re.DOTALL)
ID = re.compile(r'\b(?:id|name)="([^"]+)"')
OUTSIDE = ("http://", "https://", "mailto:")
PAGE = re.compile(r"\.(?:ipynb|md)$")


def with_working_links(body: str, chapter: str, address: str) -> str:
    """The page's body with links that work wherever it is opened.

    Args:
        chapter: its name, as in ``"02_safety_asymmetry"``.
        address: of the published book, with a slash at its end; empty if there is none.
    """
    known = set(ID.findall(body))

    def link(match: re.Match) -> str:
        to = _target(match["to"], chapter, address)
        if to is None or (to.startswith("#") and to[1:] not in known):
            return f'<span class="nowhere">{match["text"]}</span>'
        return f'<a{match["before"]} href="{to}"{match["after"]}>{match["text"]}</a>'

    return ANCHOR.sub(link, body)


def _target(to: str, chapter: str, address: str) -> str | None:
    """Where a link leads; None if only the book's own pages know."""
    if to in ("run.json", "notebook.ipynb") or to.startswith("#") or (to.startswith(OUTSIDE) and ELSEWHERE not in to):
        return to
    page, _, place = to.removeprefix(ELSEWHERE).partition("#")
    if page.startswith("../_static"):
        return None
    page = PAGE.sub(".html", normpath(join("notebooks", page)))
    mark = f"#{place}" if place else ""
    if page == f"notebooks/{chapter}.html":
        return mark or "#top"
    return f"{address}{page}{mark}" if address else None
