"""The committed form of notebooks."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ftsec.base.project import find_project
from ftsec.running.committed_form import normal_form, serialise, with_outputs

NOTEBOOKS = sorted((find_project(Path(__file__)).root / "notebooks").glob("*.ipynb"))


def noisy() -> nbformat.NotebookNode:
    figure = new_output("display_data", data={"image/png": "AAAA", "text/plain": "Figure: a line that rises"})
    bare = new_output("display_data", data={"image/png": "AAAA"})
    value = new_output("execute_result", data={"text/plain": "3"}, execution_count=7, metadata={"machine": 1})
    cell = new_code_cell("f()", id="f", outputs=[figure, bare, value], execution_count=7)
    cell.metadata.update(tags=["x"], papermill={"duration": 1.5})
    notebook = new_notebook(cells=[new_markdown_cell("text", id="t"), cell])
    notebook.metadata.update(papermill={"start_time": "now"}, language_info={"version": "3.11.7", "name": "python"})
    return notebook


def test_images_timings_and_machine_data_go_and_text_stays():
    cell = normal_form(noisy()).cells[1]
    assert [output.data for output in cell.outputs] == [
        {"text/plain": "Figure: a line that rises"},
        {"text/plain": "3"},
    ]
    assert cell.metadata == {"tags": ["x"]}
    text = serialise(normal_form(noisy()))
    assert not any(word in text for word in ("papermill", "3.11.7", "machine", "start_time"))


def test_the_normal_form_is_its_own_normal_form():
    once = normal_form(noisy())
    assert serialise(normal_form(once)) == serialise(once)


def test_outputs_are_taken_over_when_only_prose_changed():
    source = noisy()
    source.cells[0].source = "better text"
    source.cells[1].outputs = []
    merged = with_outputs(source, noisy())
    assert merged.cells[0].source == "better text"
    assert len(merged.cells[1].outputs) == 3


def test_outputs_of_other_code_are_refused():
    source = noisy()
    source.cells[1].source = "g()"
    with pytest.raises(ValueError, match="cell f"):
        with_outputs(source, noisy())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_notebooks_are_in_normal_form(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert path.read_text(encoding="utf-8") == serialise(normal_form(notebook)), "run: make refresh"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_notebooks_have_run_without_error(path: Path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    assert outputs, "run: make refresh"
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
