"""A figure higher than a page comes in pieces that a reader can read: no line is cut, each piece has the axis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ftsec.printing.tall_figures import HIGHEST, pieces_of

WIDTH, LINE, GAP = 100, 12, 10  # dots: of the figure, of a line of letters, between two lines
GRID, AXIS_FROM = 60, 30  # columns


def _figure(file: Path, lines: int) -> Path:
    """Lines that differ from row to row, a line of a grid from top to bottom, and an axis with a mark at the foot."""
    rows = np.full((lines * (LINE + GAP) + 20, WIDTH, 3), 255, dtype=np.uint8)
    rows[:, GRID] = 200
    for line in range(lines):
        top = line * (LINE + GAP) + GAP
        rows[top : top + LINE, 5:20] = (np.arange(LINE) * 20)[:, None, None]
    rows[-18, AXIS_FROM:] = 60
    rows[-12:-8, 40:44] = 0
    Image.fromarray(rows).save(file)
    return file


def _rows(file: Path) -> np.ndarray:
    return np.asarray(Image.open(file).convert("RGB"))


def test_a_figure_that_fits_a_page_stays_whole(tmp_path: Path):
    file = _figure(tmp_path / "low.png", lines=5)
    assert pieces_of(file) == [file]


def test_a_high_figure_is_cut_between_its_lines_and_every_piece_ends_with_the_axis(tmp_path: Path):
    file = _figure(tmp_path / "high.png", lines=21)
    whole, pieces = _rows(file), [_rows(piece) for piece in pieces_of(file)]
    assert len(pieces) == 3 and all(len(piece) < 1.3 * HIGHEST * WIDTH for piece in pieces)
    axis = whole[-19:]
    assert all((piece[-19:] == axis).all() for piece in pieces)
    together = np.concatenate([*(piece[:-19] for piece in pieces[:-1]), pieces[-1]])
    assert together.shape == whole.shape and (together == whole).all()
    assert all((piece[0, 5:20] == 255).all() for piece in pieces)  # no piece begins within a line of letters
