"""A Sphinx extension for plain checkouts: ``{record}`05:name``` shows the number of the committed notebook.

`ftsec build` fills these numbers in when it stages the prose (see `ftsec.publishing.prose`), from executed chapters;
then no such role is left. Built without it, the page shows what was committed.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from ftsec.base.project import Project
from ftsec.publishing.prose import with_numbers


class RecordRole(SphinxRole):
    """The recorded number as plain text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        project = Project(Path(self.env.srcdir))
        return [nodes.Text(with_numbers(project, f"{{record}}`{self.text}`", self.env.docname))], []


def setup(app: Sphinx) -> dict:
    """Register the role."""
    app.add_role("record", RecordRole())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
