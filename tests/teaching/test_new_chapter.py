"""A new chapter is a notebook and a line in the table of contents: everything else may be missing."""

import shutil
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from ftsec.base.project import Project, find_project
from ftsec.cli import cli
from ftsec.running.chapters import chapter_jobs, execute_chapter
from ftsec.teaching.kit import build_kit
from tests.small_book import write_chapter

NAME = "77_new_chapter"
COPIED = ("_toc.yml", "_config.yml", "LICENSE", "pyproject.toml", "book", "notebooks")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of this project with one chapter more."""
    original = find_project(Path(__file__)).root
    (tmp_path / "ftsec").symlink_to(original / "ftsec")
    for source in [original / name for name in COPIED] + sorted(original.glob("requirements*.txt")):
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / source.name)
    toc = tmp_path / "_toc.yml"
    text = toc.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines(keepends=True) if "14_claims_ledger" in line)
    toc.write_text(text.replace(line, line + line.replace("14_claims_ledger", NAME)), encoding="utf-8")
    write_chapter(tmp_path / "notebooks" / f"{NAME}.ipynb", "n: int = 2  # a number [0, 9]", "print(n + 40)")
    monkeypatch.setenv("FTSEC_ROOT", str(tmp_path))
    return Project(tmp_path)


def test_a_chapter_that_is_nothing_but_a_notebook_is_executed_taught_and_skipped_by_the_slides(copied: Project):
    (job,) = chapter_jobs(copied, None, [copied.chapter(NAME)])
    assert execute_chapter(job).ok  # a whole build would also execute what the pages of text show figures of
    executed = copied.executed / f"{NAME}.ipynb"
    assert nbformat.read(executed, as_version=4).cells[-1].outputs[0].text == "42\n"

    build_kit(copied, None, copied.root / "kit", str)
    for edition in ("student", "instructor"):
        cells = nbformat.read(copied.root / "kit" / edition / "notebooks" / f"{NAME}.ipynb", as_version=4).cells
        assert "print(n + 40)" in [cell.source for cell in cells] and "quiz" not in [cell.id for cell in cells]

    alone = CliRunner().invoke(cli, ["slides", "77"])
    assert f"nothing is chosen for the slides of {NAME}" in str(alone.exception)
    others = CliRunner().invoke(cli, ["slides"])  # goes on to the first chapter, which this copy did not execute
    assert f"no slides of {NAME}" in others.output and "chapter 00 was not executed" in str(others.exception)


def test_the_page_on_running_shows_the_number_that_a_new_chapter_would_get():
    project = find_project(Path(__file__))
    following = max(int(path.stem[:2]) for path in project.chapters()) + 1
    page = (project.root / "book" / "how-to-rerun.md").read_text(encoding="utf-8")
    assert f"notebooks/{following}_watermarks_in_data.ipynb is there" in page
    assert f"ftsec refresh --only {following}; ftsec build --only {following}" in page
