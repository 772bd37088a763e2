"""Chapters that are built as they are committed have no figures, and the build says so."""

from __future__ import annotations

from pathlib import Path

from ftsec.base.project import find_project
from ftsec.publishing.sphinx.plain_build import lacks_figures


def test_committed_chapters_lack_figures_and_executed_ones_have_some(tmp_path: Path):
    assert lacks_figures(find_project(Path(__file__)).root)
    (tmp_path / "notebooks").mkdir()
    assert not lacks_figures(tmp_path)
    (tmp_path / "notebooks" / "01_one.ipynb").write_text('{"cells": [{"outputs": [{"data": {"image/png": "x"}}]}]}')
    assert not lacks_figures(tmp_path)
