"""A build that has nothing to do says so in a moment, and never when there is something to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ftsec.base.project import Project, find_project
from ftsec.publishing import build as building
from ftsec.publishing import build_fingerprint as unchanged
from ftsec.publishing.build import build_book
from ftsec.publishing.build_fingerprint import nothing_to_do, print_of_read
from tests.small_book import Recorder, edit, write_chapter

HEAVY = ("nbformat", "jsonschema", "grimp", "numpy", "pandas", "yaml", "rich", "papermill", "asyncio")
DEEP = "ftsec/testbed/world.py"  # imported by what the chapter imports, several steps away
DATUM = "ftsec/testbed/data/testbed_results.csv"


@pytest.fixture
def checkout(tmp_path: Path) -> Project:
    """A small book with the package beside it, in a checkout whose modules and data can be changed."""
    root = find_project(Path(__file__)).root
    shutil.copytree(root / "ftsec", tmp_path / "ftsec", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.md").write_text("# A small book\n", encoding="utf-8")
    (tmp_path / "_config.yml").write_text("title: A small book\n", encoding="utf-8")
    toc = "root: book/index\nchapters: [{file: notebooks/01_deep}, {file: notebooks/02_plain}]\n"
    (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
    write_chapter(tmp_path / "notebooks" / "01_deep.ipynb", "n: int = 1  # a number [0, 9]",
                  "from ftsec.testbed.experiments.attacks.dose_response import dose_response")  # fmt: skip
    write_chapter(tmp_path / "notebooks" / "02_plain.ipynb", "n: int = 1  # a number [0, 9]", "print(n)")
    return Project(tmp_path)


@pytest.fixture
def build(checkout: Project, monkeypatch: pytest.MonkeyPatch):
    """Builds the checkout; a stand-in for the renderer writes the first page, since rendering is not the question."""

    def render(project: Project) -> None:
        project.site.mkdir(exist_ok=True)
        (project.site / "index.html").write_text("rendered", encoding="utf-8")

    monkeypatch.setattr("ftsec.publishing.site.run_jupyter_book", render)

    def once(**options) -> list[str]:
        recorder = Recorder()
        build_book(checkout, recorder, workers=1, **options)
        return sorted(recorder.outcomes)

    return once


def test_what_was_built_has_nothing_to_do_until_a_file_changes(checkout: Project, build):
    assert nothing_to_do(checkout) is None
    assert build() == ["01_deep", "02_plain"] and nothing_to_do(checkout) == 2

    os.utime(checkout.root / DEEP)  # touched and equal: looked at, not executed
    assert nothing_to_do(checkout) is None
    assert build() == [] and nothing_to_do(checkout) == 2

    for name in (DEEP, DATUM):
        path = checkout.root / name
        size, times = path.stat().st_size, path.stat().st_mtime_ns
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("there is no world", "there is nO world").replace("agrees", "aGrees"), encoding="utf-8"
        )
        assert path.read_text(encoding="utf-8") != text and path.stat().st_size == size
        os.utime(path, ns=(times, times))  # same size and same time of modification: noticed all the same
        assert nothing_to_do(checkout) is None, name
        assert build() == ["01_deep"] and nothing_to_do(checkout) == 2, name


def test_new_missing_and_moved_files_are_noticed(checkout: Project, build):
    build()
    for change in (
        lambda: (checkout.root / "book" / "more.md").write_text("# More\n", encoding="utf-8"),
        lambda: (checkout.root / "book" / "more.md").rename(checkout.root / "book" / "other.md"),
        lambda: (checkout.root / "requirements.txt").write_text("numpy==1\n", encoding="utf-8"),
        lambda: (checkout.executed / "02_plain.ipynb").unlink(),
        lambda: (checkout.staged / "book" / "index.md").write_text("meddled with", encoding="utf-8"),
        lambda: (checkout.site / "index.html").unlink(),
    ):
        assert nothing_to_do(checkout) == 2
        change()
        assert nothing_to_do(checkout) is None
        build()


def test_an_address_a_failure_or_a_part_is_not_remembered_as_everything(checkout: Project, build, monkeypatch):
    build(only=[checkout.chapter("01")])
    assert nothing_to_do(checkout) is None
    build()
    monkeypatch.setenv("FTSEC_BASE_URL", "https://example.org")
    assert nothing_to_do(checkout) is None
    monkeypatch.delenv("FTSEC_BASE_URL")
    edit(checkout.chapter("02"), "cell-1", "1 / 0")
    build()
    assert nothing_to_do(checkout) is None


def test_an_edit_during_a_build_is_noticed_after_it(checkout: Project, build, monkeypatch):
    page = checkout.root / "book" / "index.md"
    stage = building.stage

    def late(*arguments):
        staged = stage(*arguments)
        page.write_text("# Edited while the build ran\n", encoding="utf-8")
        return staged

    monkeypatch.setattr(building, "stage", late)
    build()
    assert nothing_to_do(checkout) is None


def test_caches_and_hidden_files_do_not_matter(checkout: Project):
    before = print_of_read(checkout)
    (checkout.root / "ftsec" / "__pycache__").mkdir(exist_ok=True)
    (checkout.root / "ftsec" / "__pycache__" / "x.pyc").write_bytes(b"x")
    (checkout.root / "notebooks" / ".ipynb_checkpoints").mkdir()
    assert print_of_read(checkout) == before


def test_a_note_that_cannot_be_read_is_no_note(checkout: Project, build):
    build()
    unchanged._note(checkout).write_text("{", encoding="utf-8")
    assert nothing_to_do(checkout) is None


def test_the_command_imports_nothing_heavy_to_find_out(checkout: Project, build):
    build()
    code = f"import sys; sys.argv = ['ftsec', 'build']; from ftsec.cli import cli; cli(standalone_mode=False); " \
           f"print(sorted(set({HEAVY}) & set(sys.modules)))"  # fmt: skip
    root = find_project(Path(__file__)).root  # the package that runs here, which the note knows
    options = {"cwd": root, "env": os.environ | {"FTSEC_ROOT": str(checkout.root)}}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, **options)
    assert result.stdout.splitlines()[-1] == "[]", result.stdout + result.stderr
