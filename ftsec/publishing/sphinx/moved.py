"""A Sphinx extension: addresses of cells that stand on another page now lead there.

`_config.yml` lists them under ``moved_cells``: the page they left, the pages they went to, the cells. Their old targets
are put before the old page's first link to the new page, so that a reader without scripts lands beside it; with
scripts ``moved.js`` goes on to the cell itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from ftsec.base.errors import InputError
from ftsec.base.project import number_of

STYLE = "ftsec-moved"


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_config_value("moved_cells", {}, "env")
    app.connect("doctree-read", add_old_targets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def add_old_targets(app: Sphinx, doctree: nodes.document) -> None:
    """Put the old targets of moved cells beside the page's links to where they are.

    Raises:
        InputError: if the page does not link to a page that its cells moved to.
    """
    page = app.env.docname
    for target, cells in app.config.moved_cells.get(page, {}).items():
        link = next(_links(doctree, target), None)
        if link is None:
            raise InputError(f"{page} does not link to {target}, where cells of it moved to")
        old = number_of(Path(page))
        targets = [nodes.inline("", "", ids=[f"cell-{old}-{cell}"], classes=[STYLE]) for cell in cells]
        link.parent[link.parent.index(link) : link.parent.index(link)] = targets


def _links(doctree: nodes.document, target: str) -> Iterator[nodes.Element]:
    """The links to another page of the book, in order."""
    for link in doctree.findall(pending_xref):
        if Path(link.get("reftarget", "").partition("#")[0]).stem == target:
            yield link
