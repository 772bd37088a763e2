"""The figures as the build made them, for a page and for a phone: no text covers another or leaves its picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site.conftest import PROJECT

CHAPTERS = [chapter.stem for chapter in PROJECT.chapters()]


def figures(notebook: Path) -> Iterator[dict]:
    """What the build noted of each figure of an executed chapter."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            if "clashes" in (noted := output.get("metadata", {}).get("ftsec", {})):
                yield noted


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_texts_of_figures_stand_clear_of_each_other(project, chapter: str):
    noted = list(figures(project.executed / f"{chapter}.ipynb"))
    assert [(one["name"], one["clashes"]) for one in noted if any(one["clashes"].values())] == []


def test_the_build_noted_figures_of_nearly_every_chapter(project):
    without = [chapter for chapter in CHAPTERS if not any(figures(project.executed / f"{chapter}.ipynb"))]
    assert len(without) < len(CHAPTERS) / 6
