"""Code cells and rows of a table made by a cell are targets of Markdown links."""

from pathlib import Path
from types import SimpleNamespace

from docutils import nodes
from docutils.utils import new_document

from ftsec.publishing.sphinx.anchors import add_cell_ids, add_row_ids
from tests.small_book import write_chapter


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


def cell_page(path: Path, *indices: int) -> tuple[dict, list[nodes.container]]:
    """What is known of a page with code cells at these places of its notebook, and their containers."""
    page = new_document("page")
    cells = [nodes.container(nb_element="cell_code", cell_index=index) for index in indices]
    page += [nodes.container(), *cells]
    metadata = {"page": {}}
    env = SimpleNamespace(metadata=metadata, docname="page", doc2path=lambda _: str(path))
    add_cell_ids(SimpleNamespace(env=env), page)
    return metadata["page"], cells


def test_code_cells_have_ids_with_their_chapters_number(tmp_path: Path):
    notebook = write_chapter(tmp_path / "notebooks" / "03_sources.ipynb", "n = 1", "n")
    known, cells = cell_page(notebook, 1, 2)
    assert [cell["ids"] for cell in cells] == [["cell-03-cell-0"], ["cell-03-cell-1"]]
    assert known["myst_slugs"]["cell-03-cell-1"] == (0, "cell-03-cell-1", "cell-03-cell-1")


def test_prose_has_no_cells(tmp_path: Path):
    assert cell_page(tmp_path / "page.md") == ({}, [])
