"""Figures higher than a page, in pieces: cut where no letter stands, each piece with the axis that is at the foot."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import Path

import numpy as np
from PIL import Image

HIGHEST = 1.7  # a figure's height over its width that a page of the printed book still shows in full size
QUIET = 6  # rows of dots without a change, between two lines of a figure
AXIS = 0.15  # of the width: the last unbroken line as long as this is the axis
DARK = 140  # of 255


def pieces_of(file: Path) -> list[Path]:
    """The pieces of a figure, written beside it, from top to bottom; the file itself where a page holds it whole."""
    with Image.open(file) as picture:
        rows = np.asarray(picture.convert("RGB"))
    parts = list(_parts(rows))
    if len(parts) == 1:
        return [file]
    paths = [file.with_name(f"{file.stem}-part{number}.png") for number in range(1, len(parts) + 1)]
    for path, part in zip(paths, parts, strict=True):
        Image.fromarray(part).save(path, optimize=True)
    return paths


def _parts(rows: np.ndarray) -> Iterator[np.ndarray]:
    height, width = rows.shape[:2]
    number = ceil(height / width / HIGHEST)
    if number == 1:
        yield rows
        return
    quiet = _quiet(rows)
    cuts = [int(quiet[np.abs(quiet - height * k / number).argmin()]) for k in range(1, number)] if quiet.size else []
    axis = rows[_axis(rows) :]
    for top, end in zip([0, *cuts], [*cuts, height], strict=True):
        yield rows[top:end] if end == height else np.concatenate([rows[top:end], axis])


def _quiet(rows: np.ndarray) -> np.ndarray:
    """Rows in the middle of a stretch in which all rows are alike: nothing but lines that run from top to bottom."""
    alike = np.concatenate([[False], (rows[1:] == rows[:-1]).all(axis=(1, 2))])
    return np.flatnonzero(np.convolve(alike, np.ones(QUIET), "same") >= QUIET)


def _axis(rows: np.ndarray) -> int:
    """The row at which the axis at the foot begins; behind the last row if there is none."""
    lines = [number for number, dark in enumerate(rows.max(axis=2) < DARK) if _longest_run(dark) > AXIS * len(dark)]
    return lines[-1] - 1 if lines else len(rows)


def _longest_run(dark: np.ndarray) -> int:
    """How many dots in a row are dark without a gap: those of letters never are."""
    ends = np.flatnonzero(np.diff(np.concatenate([[0], dark.astype(int), [0]])))
    return int((ends[1::2] - ends[::2]).max(initial=0))
