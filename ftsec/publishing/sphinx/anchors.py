"""A Sphinx extension: code cells of a chapter, and ids in their HTML outputs, are targets of Markdown links.

The ledger is a table made by a cell. MyST knows headings only and would warn about ``14_claims_ledger.ipynb#C005``.
The figure of the cell ``dose-figure`` of chapter 15 is ``15_dose_response.ipynb#cell-15-dose-figure``; with the
chapter's number in it the id is unique in the printed book too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

ROW_ID = re.compile(r'<tr id="([^"]+)"')


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-read", add_row_ids)
    app.connect("doctree-read", add_cell_ids)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}


def add_row_ids(app: Sphinx, doctree: nodes.document) -> None:
    """Tell MyST the ids of table rows on this page."""
    _make_targets(app, [id_ for raw in doctree.findall(nodes.raw) for id_ in ROW_ID.findall(raw.astext())])


def add_cell_ids(app: Sphinx, doctree: nodes.document) -> None:
    """Give every code cell of a chapter an id, and tell MyST."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    number, added = path.stem.split("_")[0], []
    for container in doctree.findall(nodes.container):
        if container.get("nb_element") == "cell_code" and "id" in cells[container["cell_index"]]:
            added.append(f"cell-{number}-{cells[container['cell_index']]['id']}")
            container["ids"].append(added[-1])
    _make_targets(app, added)


def _make_targets(app: Sphinx, ids: Iterable[str]) -> None:
    """Targets in the form in which MyST keeps headings: line, id, text."""
    if found := {id_: (0, id_, id_) for id_ in ids}:
        page = app.env.metadata[app.env.docname]
        page["myst_slugs"] = page.get("myst_slugs", {}) | found
