"""Old addresses of cells that stand on another page now lead there."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from sphinx.addnodes import pending_xref

from ftsec.base.errors import InputError
from ftsec.base.project import find_project, number_of
from ftsec.publishing.sphinx.moved import add_old_targets

PROJECT = find_project(Path(__file__))
MOVED = yaml.safe_load(PROJECT.config.read_text(encoding="utf-8"))["sphinx"]["config"]["moved_cells"]
LISTED = [(page, target, cells) for page, targets in MOVED.items() for target, cells in targets.items()]


def page_with_link(target: str) -> nodes.document:
    page = new_document("page")
    page += nodes.paragraph("", "", pending_xref("", nodes.Text("there"), reftarget=target))
    return page


def app(moved: dict) -> SimpleNamespace:
    return SimpleNamespace(env=SimpleNamespace(docname="notebooks/16_x"), config=SimpleNamespace(moved_cells=moved))


def test_old_targets_stand_before_the_link_to_the_new_page():
    page = page_with_link("16b_y.ipynb")
    add_old_targets(app({"notebooks/16_x": {"16b_y": ["dose", "tax"]}}), page)
    children = page[0].children
    assert [child.get("ids") for child in children] == [["cell-16-dose"], ["cell-16-tax"], []]


def test_a_page_that_does_not_link_to_where_its_cells_went_is_refused():
    with pytest.raises(InputError, match="notebooks/16_x does not link to 16b_y"):
        add_old_targets(app({"notebooks/16_x": {"16b_y": ["dose"]}}), page_with_link("16c_z.ipynb"))


@pytest.mark.parametrize(("page", "target", "cells"), LISTED)
def test_every_moved_cell_stands_where_it_is_said_to_be(page: str, target: str, cells: list[str]):
    there = json.loads(PROJECT.chapter(target).read_text(encoding="utf-8"))["cells"]
    assert set(cells) <= {cell["id"] for cell in there if cell["cell_type"] == "code"}
    here = json.loads((PROJECT.root / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    assert not set(cells) & {cell["id"] for cell in here}, "a cell of the old page keeps its own address"


def test_a_further_page_of_a_chapter_has_a_number_of_its_own():
    assert number_of(Path("16b_memory_and_poison.ipynb")) == "16b"
    assert [PROJECT.chapter(number).stem[:4] for number in ("16", "16b", "16d")] == ["16_t", "16b_", "16d_"]
