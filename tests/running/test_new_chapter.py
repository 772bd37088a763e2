"""A chapter to begin with runs, builds, and has the form that committed notebooks have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from ftsec.base.errors import InputError
from ftsec.base.project import Project
from ftsec.running.committed_form import normal_form, serialise
from ftsec.running.new_chapter import new_chapter
from ftsec.running.notebook import run_notebook
from ftsec.running.parameters_cell import read_parameters
from ftsec.running.recorded import read_results


def test_it_takes_the_next_number_and_its_place_in_the_contents(book: Project):
    assert new_chapter(book, "Watermarks, in data").name == "03_watermarks_in_data.ipynb"
    assert new_chapter(book, "07_something_else").name == "07_something_else.ipynb"
    assert [path.stem[:2] for path in book.chapters()] == ["01", "02", "03", "07"]
    assert "# Watermarks, in data" in (book.root / "notebooks/03_watermarks_in_data.ipynb").read_text()


def test_it_has_the_committed_form_and_declares_parameters_and_a_rule(book: Project):
    path = new_chapter(book, "Watermarks")
    notebook = nbformat.read(path, as_version=4)
    assert serialise(normal_form(notebook)) == path.read_text() and read_parameters(path).rules


@pytest.mark.parametrize("name", ["", "!?", "01_other", "2_other"])
def test_a_name_that_cannot_be_taken_is_refused_and_nothing_is_written(book: Project, name: str):
    before = {path: path.read_bytes() for path in book.root.rglob("*") if path.is_file()}
    with pytest.raises(InputError):
        new_chapter(book, name)
    assert {path: path.read_bytes() for path in book.root.rglob("*") if path.is_file()} == before


def test_it_runs_with_its_defaults_and_with_others(book: Project, tmp_path: Path):
    path = new_chapter(book, "Watermarks")
    for values, share in [({}, 10.0), ({"n_harmful": 50}, 50.0)]:
        root = Path(__file__).parents[2]
        assert run_notebook(path, tmp_path / "out.ipynb", values, root=root).ok
        assert read_results(tmp_path / "out.ipynb")[0]["value"] == share
        assert ("This run uses n_harmful = 50 (text: 10)" in (tmp_path / "out.ipynb").read_text()) == bool(values)


@pytest.mark.slow
def test_the_book_with_it_is_built_without_a_warning(book: Project):
    new_chapter(book, "Watermarks")
    config = book.config.read_text()
    book.config.write_text(config.replace("offline_math]", "offline_math, ftsec.publishing.sphinx.plain_build]"))
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", str(book.root)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "without their figures" in done.stdout, done.stdout + done.stderr
    assert (book.root / "_build" / "html" / "notebooks" / "03_watermarks.html").exists()


def test_accents_are_left_out_of_a_file_name_and_kept_in_the_heading(book: Project):
    path = new_chapter(book, 'Größe "Ünï"')
    assert path.name == "03_grosse_uni.ipynb" and '# Größe "Ünï"' in nbformat.read(path, as_version=4).cells[0].source


@pytest.mark.parametrize(
    ("name", "told"),
    [("a" * 300, "at most 60"), ("水印 Ünï", "水印 cannot stand"), ("2024", "letters from a to z"), ("100_x", "99")],
)
def test_a_name_that_no_file_can_have_is_told_in_a_sentence(book: Project, name: str, told: str):
    with pytest.raises(InputError, match=told):
        new_chapter(book, name)


def test_the_same_title_twice_is_refused(book: Project):
    new_chapter(book, "Watermarks")
    with pytest.raises(InputError, match="there is one already: 03_watermarks"):
        new_chapter(book, "watermarks!")
