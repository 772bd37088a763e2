"""A Sphinx extension: ids in a chapter's HTML outputs are targets of Markdown links.

The ledger is a table made by a cell. MyST knows headings only and would warn about ``14_claims_ledger.ipynb#C005``.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

ROW_ID = re.compile(r'<tr id="([^"]+)"')


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-read", add_row_ids)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def add_row_ids(app: Sphinx, doctree: nodes.document) -> None:
    """Tell MyST the ids of table rows on this page, in the form it keeps for headings: line, id, text."""
    found = [id_ for raw in doctree.findall(nodes.raw) for id_ in ROW_ID.findall(raw.astext())]
    if found:
        page = app.env.metadata[app.env.docname]
        page["myst_slugs"] = page.get("myst_slugs", {}) | {id_: (0, id_, id_) for id_ in found}
