"""A small book in a temporary folder: two chapters, one of which uses the package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ftsec.base.project import Project
from ftsec.running.committed_form import normal_form, serialise
from ftsec.running.store import Run, draft, publish

CONFIG = """\
title: A small book
only_build_toc_files: true
execute: {execute_notebooks: "off"}
sphinx:
  extra_extensions: [ftsec.publishing.sphinx.offline_math]
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


TOY_PARAMETERS = """\
n_harmful: int = 100  # harmful examples [0, 10000]
method: str = "full"  # fine-tuning method {full, lora}
learning_rate: float = 2e-5  # learning rate (0, 1]
seed: int = 0  # seed of the random numbers [0, inf)
wait: float = 0.0  # seconds to wait [0, 60]
examples: str = ""  # your own examples, one a line (a file)
"""
TOY_RESULTS = """\
import time
from ftsec import record
if n_harmful == 13:
    raise ValueError("thirteen is not liked")
time.sleep(wait)
safety = 1 / (1 + n_harmful / 50) + seed / 1000 + (method == "lora") / 10
record("safety", safety, unit="share", interval=(safety - 0.1, safety + 0.1))
record("broken", safety < 0.5)
"""


@pytest.fixture
def toy(tmp_path: Path) -> Project:
    """A project with one chapter, ``05_toy``, made to be run again; its thirteenth dose fails."""
    write_chapter(tmp_path / "notebooks" / "05_toy.ipynb", TOY_PARAMETERS, TOY_RESULTS)
    (tmp_path / "_toc.yml").write_text("root: book/index\nchapters: [{file: notebooks/05_toy}]\n", encoding="utf-8")
    return Project(tmp_path)


def make_run(key: str = "0123456789abcdef", started: str = "2026-01-02T03:04:05.678+00:00", **changed: object) -> Run:
    """A run as a sweep would store it."""
    results = [{"name": "safety", "value": 0.5, "unit": "share", "interval": [0.4, 0.6]}]
    run = Run("05_toy", key, {"n_harmful": 1, "seed": 0}, results, "ok", None, 1.5, started, {}, {}, {})
    return replace(run, **changed)


def store_run(folder: Path, run: Run) -> Path:
    with draft(folder) as partial:
        return publish(partial, run)
