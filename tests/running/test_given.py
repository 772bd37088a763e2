"""What a chapter says under its parameters: nothing, what differs from the text's values, or what is not allowed."""

from __future__ import annotations

from pathlib import Path

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.running.given import check_parameters
from tests.running.test_rules import CELL

ROOT = find_project(Path(__file__)).root


def namespace(**values: object) -> dict:
    """What a notebook's cells see after its parameters were set."""
    return {"In": ["", CELL, "# Parameters\nn_harmful = 20\n"], "n_examples": 100, "n_harmful": 10} | values


def test_the_values_of_the_text_need_no_word():
    assert check_parameters(namespace()) is None
    assert check_parameters({}) is None


def test_other_values_are_listed_beside_those_of_the_text():
    notice = check_parameters(namespace(n_harmful=20))
    assert repr(notice).startswith("This run uses n_harmful = 20 (text: 10). Figures, tables")
    assert "<b>n_harmful = 20 (text: 10)</b>" in notice._repr_html_() and "n_examples" not in repr(notice)


@pytest.mark.parametrize(
    ("values", "told"), [({"n_harmful": 200}, "must hold"), ({"n_harmful": -1}, "takes a whole number in")]
)
def test_values_that_nobody_checked_are_refused_in_a_sentence(values: dict, told: str):
    with pytest.raises(InputError, match=told):
        check_parameters(namespace(**values))


@pytest.mark.parametrize("path", find_project(Path(__file__)).chapters(), ids=lambda path: path.stem)
def test_every_chapter_checks_its_parameters_in_the_cell_below_them(path: Path):
    cells = nbformat.read(path, as_version=4).cells
    place = next(n for n, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", []))
    assert (cells[place + 1].id, cells[place + 1].metadata["tags"]) == ("given", ["remove-input"])
    assert cells[place + 1].source.endswith("check_parameters(globals())") and not cells[place + 1].outputs


def test_plain_papermill_ends_in_the_first_cell_with_the_rule(tmp_path: Path):
    chapter = ROOT / "notebooks" / "15_dose_response.ipynb"
    with pytest.raises(PapermillExecutionError, match="n_harmful <= n_examples must hold; n_harmful is 100") as error:
        values = {"n_examples": 10}
        papermill.execute_notebook(chapter, tmp_path / "out.ipynb", values, kernel_name="python3", progress_bar=False)
    assert error.value.source.endswith("check_parameters(globals())")
