"""Pieces of a chapter's outputs that fit a slide: some rows and columns of a table, a part of a tall figure."""

from __future__ import annotations

import base64
import io
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
from bs4 import BeautifulSoup
from bs4.element import Tag
from PIL import Image

from ftsec.base.errors import InputError
from ftsec.base.vocabulary import VERDICTS

WHITE = 255
TICKS = 40  # pixels below an axis that its ticks may take
BORDER = 12  # pixels of white that a part keeps above and below
NEAR = 0.02  # of the height
MOSTLY = 0.9  # of a row is white where only upright lines cross it
AXIS_DARKER_THAN, AXIS_WIDER_THAN = 110, 0.4  # of 255 in each colour; of the width
SIZES = {"large": 300, "medium": 520, "small": sys.maxsize}  # of a table's type, by the characters it holds
MANY_ROWS = 11  # from there on the rows move together


def cut_table(
    source: str, title: str, rows: int | None = None, columns: tuple[str, ...] = (), caption: str | None = None
) -> str:
    """The HTML of a book's table with its first `rows` and the named `columns`, without links; says what it left out.

    Args:
        title: heading of the slide; a caption that says the same is left out.
        caption: in place of the table's own; empty for none.

    Raises:
        InputError: if a column is named that the table does not have.
    """
    soup = BeautifulSoup(source, "html.parser")
    table = soup.find("table")
    for link in table.find_all("a"):
        link.unwrap()
    if caption is not None or table.find("caption").get_text().strip(".").casefold() == title.casefold():
        table.find("caption").string = caption or ""
    if columns:
        _keep_columns(table, columns)
    _keep_rows(table, rows)
    if not table.find("caption").get_text():
        table.find("caption").extract()
    size = next(size for size, most in SIZES.items() if len(table.get_text()) <= most)
    size = "dense" if len(table.find_all("tr")) > MANY_ROWS else size
    return f'<div class="table {size}">{table}</div>'


def _keep_columns(table: Tag, columns: tuple[str, ...]) -> None:
    names = [cell.get_text() for cell in table.find("thead").find_all("th")]
    unknown = [name for name in columns if name not in names]
    if unknown:
        raise InputError(f"no column {unknown[0]!r} in the table; there are {', '.join(names)}")
    for row in table.find_all("tr"):
        for name, cell in zip(names, row.find_all(["th", "td"]), strict=True):
            if name not in columns:
                cell.extract()
        row.find(["th", "td"]).name = "th"
        row.find("th")["scope"] = "col" if row.parent.name == "thead" else "row"


def _keep_rows(table: Tag, rows: int | None) -> None:
    body = table.find("tbody").find_all("tr")
    left_out = body[rows:] if rows else []
    for row in left_out:
        row.extract()
    if left_out:
        rows_left = "one more row" if len(left_out) == 1 else f"{len(left_out)} more rows"
        table.find("caption").append(f" In the book: {rows_left}.")


def verdict_counts(sources: list[str]) -> Counter[str]:
    """How many rows of the tables with a column *Verdict* have which verdict."""
    counts: Counter[str] = Counter()
    for source in sources:
        table = BeautifulSoup(source, "html.parser").find("table")
        names = [cell.get_text() for cell in table.find("thead").find_all("th")] if table else []
        if "Verdict" in names:
            for row in table.find("tbody").find_all("tr"):
                said = row.find_all(["th", "td"])[names.index("Verdict")].get_text()
                counts.update(verdict for verdict in VERDICTS if said.startswith(verdict))
    return counts


def cut_picture(encoded: str, top: float = 0, bottom: float = 1, left: float = 0, keep: tuple[str, ...] = ()) -> str:
    """A part of a PNG (base64) between two heights, cut where no mark is crossed: only upright lines may be.

    Args:
        top, bottom: shares of the height, 0 is the upper edge; the cut is made at the widest gap nearby.
        left: share of the width that is left away.
        keep: ``head`` repeats the first line of the picture above the part, ``axis`` the horizontal axis below it.

    Raises:
        InputError: if there is no gap near a cut.
    """
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB"))
    pixels = pixels[:, round(left * pixels.shape[1]) :]
    gaps = list(_gaps(pixels))
    part = _trimmed(pixels[_cut(pixels, gaps, top) : _cut(pixels, gaps, bottom)])
    pieces = [part]
    if "head" in keep:
        pieces.insert(0, _trimmed(pixels[: gaps[1][1]]))
    if "axis" in keep:
        own = _axis(part)
        bare = own is not None and own > len(part) - TICKS  # an axis without numbers: the lowest one takes its place
        pieces = [*pieces[:-1], part[:own] if bare else part, pixels[_axis(pixels) :]]
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(pieces)).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def _gaps(pixels: np.ndarray) -> Iterator[tuple[int, int]]:
    """Bands of nearly white rows that are all alike, upper edge first: nothing begins, ends or leans in them."""
    alike = (pixels[1:] == pixels[:-1]).all(axis=(1, 2))
    white = (pixels[1:] == WHITE).all(axis=2).mean(axis=1) > MOSTLY
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (alike & white).astype(int), [0]))))
    yield from zip(edges[::2], edges[1::2] + 1, strict=True)


def _cut(pixels: np.ndarray, gaps: list[tuple[int, int]], share: float) -> int:
    """The middle of a gap near this share of the height: of the widest white one, else of the widest."""
    height = len(pixels)
    if share in (0, 1):
        return round(share * height)
    near = [gap for gap in gaps if abs(sum(gap) / 2 - share * height) < NEAR * height]
    if not near:
        raise InputError(f"the figure has no gap near {share} of its height; it cannot be cut there")
    best = max(near, key=lambda gap: ((pixels[gap[0]] == WHITE).all(), gap[1] - gap[0]))
    return sum(best) // 2


def _axis(pixels: np.ndarray) -> int | None:
    """The row of the lowest horizontal axis."""
    dark = np.flatnonzero((pixels < AXIS_DARKER_THAN).all(axis=2).mean(axis=1) > AXIS_WIDER_THAN)
    return int(dark[-1]) if len(dark) else None


def _trimmed(pixels: np.ndarray) -> np.ndarray:
    """The rows without white ones at the edges, but for a border."""
    inked = np.flatnonzero((pixels < WHITE).any(axis=(1, 2)))
    return pixels[max(0, inked[0] - BORDER) : inked[-1] + BORDER]
