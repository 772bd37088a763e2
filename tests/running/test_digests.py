"""A chapter's digests change with what it depends on, and with nothing else."""

import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import nbformat
import pytest

from ftsec.base.code import graph, imported_by
from ftsec.base.project import Project, find_project
from ftsec.running.digests import DigestMaker
from tests.small_book import edit, write_chapter


def changed(before, after) -> set[str]:
    return {name for name, value in asdict(after).items() if value != asdict(before)[name]}


def test_code_matters_and_prose_does_not(book: Project):
    path = book.chapter("01")
    before = DigestMaker(book.root).digests(path)
    edit(path, "title", "# Another title")
    assert changed(before, DigestMaker(book.root).digests(path)) == set()
    edit(path, "cell-1", "print(n + 2)")
    assert changed(before, DigestMaker(book.root).digests(path)) == {"cells"}


def test_outputs_do_not_matter(book: Project):
    path = book.chapter("01")
    before = DigestMaker(book.root).digests(path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="noise")]
    nbformat.write(notebook, path)
    assert changed(before, DigestMaker(book.root).digests(path)) == set()


def test_parameters_and_lock_matter(book: Project):
    path = book.chapter("01")
    before = DigestMaker(book.root).digests(path)
    assert changed(before, DigestMaker(book.root).digests(path, {"n": 3})) == {"parameters"}
    (book.root / "requirements.txt").write_text("numpy==1\n", encoding="utf-8")
    assert changed(before, DigestMaker(book.root).digests(path)) == {"lock"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package in a folder of its own, with one chapter that imports the figures."""
    root = find_project(Path(__file__)).root
    shutil.copytree(root / "ftsec", tmp_path / "ftsec", ignore=shutil.ignore_patterns("__pycache__"))
    write_chapter(tmp_path / "notebooks" / "01_one.ipynb", "x: int = 1  # x [0, 1]", "from ftsec.figures import Table")
    return tmp_path


PRINT_DIGESTS = """
import sys; from pathlib import Path; from ftsec.running.digests import DigestMaker
root = Path(sys.argv[1]); d = DigestMaker(root).digests(root / "notebooks/01_one.ipynb"); print(d.code, d.data)
"""


def code_and_data(checkout: Path) -> list[str]:
    """Computed in a process of its own, whose package is the copy."""
    command = [sys.executable, "-c", PRINT_DIGESTS, str(checkout)]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout.split()


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_only_modules_that_are_imported_matter_also_through_others(checkout: Path):
    before = code_and_data(checkout)
    append(checkout / "ftsec" / "cli" / "build.py", "# a comment\n")
    assert code_and_data(checkout) == before
    style = checkout / "ftsec" / "figures" / "base" / "style.py"  # imported by drawing, which figures imports
    append(style, "# a comment changes no number\n")
    assert code_and_data(checkout) == before
    append(style, "MORE = 1\n")
    assert code_and_data(checkout)[0] != before[0]


def test_data_beside_an_imported_module_matters(checkout: Path):
    before = code_and_data(checkout)
    (checkout / "ftsec" / "figures" / "data").mkdir()
    (checkout / "ftsec" / "figures" / "data" / "points.csv").write_text("x\n1\n", encoding="utf-8")
    after = code_and_data(checkout)
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)


def test_a_cell_that_python_cannot_parse_depends_on_the_whole_package():
    assert imported_by("%matplotlib inline") == set(graph().modules)
