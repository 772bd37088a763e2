"""Warm and fresh kernels give every chapter the same outputs: texts, numbers, and pictures byte for byte."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import nbformat
import pytest

from ftsec.base.project import Project
from ftsec.running.notebook import run_notebook

PROJECT = Project(Path(__file__).parents[2])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="warm kernels are for Linux")
@pytest.mark.parametrize("chapter", PROJECT.chapters(), ids=lambda path: path.stem)
def test_warm_and_fresh_kernels_give_the_same_outputs(chapter: Path, tmp_path: Path):
    outputs = {kernel: executed(chapter, tmp_path / f"{kernel}.ipynb", kernel) for kernel in ("warm", "fresh")}
    assert outputs["warm"].keys() == outputs["fresh"].keys()
    different = [cell for cell in outputs["fresh"] if outputs["warm"][cell] != outputs["fresh"][cell]]
    assert not different, f"cells with other outputs: {different}"


def executed(chapter: Path, target: Path, kernel: str) -> dict[str, list]:
    """The outputs of each code cell after a run, by the cell's id."""
    outcome = run_notebook(chapter, target, root=PROJECT.root, kernel=kernel)
    assert outcome.ok, outcome.error
    cells = nbformat.read(target, as_version=4).cells
    return {cell.id: whole(cell.outputs) for cell in cells if cell.cell_type == "code"}


def whole(outputs: list) -> list:
    """The outputs with pieces of one stream joined: where it was cut depends on the time."""
    joined = []
    for name, group in itertools.groupby(outputs, key=lambda output: output.get("name")):
        pieces = list(group)
        joined += pieces if name is None else [(name, "".join(piece.text for piece in pieces))]
    return joined
