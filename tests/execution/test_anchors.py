"""Rows of a table made by a cell are targets of Markdown links."""

from types import SimpleNamespace

from docutils import nodes
from docutils.utils import new_document

from ftsec.execution.anchors import add_row_ids


def read(html: str, known: dict | None = None) -> dict:
    page = new_document("page")
    page += nodes.raw("", html, format="html")
    metadata = {"page": {"myst_slugs": known} if known else {}}
    app = SimpleNamespace(env=SimpleNamespace(metadata=metadata, docname="page"))
    add_row_ids(app, page)
    return metadata["page"]


def test_row_ids_join_the_headings():
    page = read('<table><tr id="C001"><td>a</td></tr><tr id="C002"></tr></table>', {"intro": (1, "intro", "Intro")})
    assert page["myst_slugs"] == {
        "intro": (1, "intro", "Intro"),
        "C001": (0, "C001", "C001"),
        "C002": (0, "C002", "C002"),
    }


def test_a_page_without_rows_is_left_alone():
    assert read("<p id='C001'></p>") == {}
