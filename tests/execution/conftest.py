"""A small book in a temporary folder: two chapters, one of which uses the package."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ftsec.execution.project import Project
from ftsec.execution.reference import normal_form, serialise

CONFIG = """\
title: A small book
only_build_toc_files: true
execute: {execute_notebooks: "off"}
sphinx:
  extra_extensions: [ftsec.execution.offline]
  config: {project: small, version: "0", html_show_sourcelink: false, html_copy_source: false}
"""
TOC = """\
format: jb-book
root: book/index
chapters:
  - file: notebooks/01_one
  - file: notebooks/02_two
"""


def write_chapter(path: Path, *sources: str) -> Path:
    """A notebook with a title, a parameters cell (the first source) and further code cells."""
    cells = [new_markdown_cell(f"# Chapter {path.stem}", id="title")]
    cells += [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    cells[1].metadata["tags"] = ["parameters"]
    path.parent.mkdir(exist_ok=True)
    path.write_text(serialise(normal_form(new_notebook(cells=cells))), encoding="utf-8")
    return path


def edit(path: Path, cell: str, source: str) -> None:
    """Replace the source of one cell."""
    notebook = nbformat.read(path, as_version=4)
    next(each for each in notebook.cells if each.id == cell).source = source
    path.write_text(serialise(notebook), encoding="utf-8")


@pytest.fixture
def book(tmp_path: Path) -> Project:
    """A project with two chapters and an index page."""
    (tmp_path / "_config.yml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "_toc.yml").write_text(TOC, encoding="utf-8")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.md").write_text("# A small book\n\nIt holds $a^2$.\n", encoding="utf-8")
    write_chapter(tmp_path / "notebooks" / "01_one.ipynb", "n: int = 2  # a number [0, 9]", "print(n + 1)")
    write_chapter(
        tmp_path / "notebooks" / "02_two.ipynb",
        "seed: int = 1  # seed [0, 99]",
        'from ftsec import record\n\nrecord("double", 2 * seed, unit="things")',
    )
    return Project(tmp_path)


class Recorder:
    """A build listener that remembers what it was told."""

    def __init__(self) -> None:
        self.stale: list[str] = []
        self.fresh: list[str] = []
        self.outcomes: dict[str, object] = {}
        self.steps: list[str] = []

    def planned(self, stale: list[str], fresh: list[str]) -> None:
        self.stale, self.fresh = stale, fresh

    def chapter(self, name: str, outcome: object) -> None:
        self.outcomes[name] = outcome

    def step(self, name: str, seconds: float) -> None:
        self.steps.append(name)
