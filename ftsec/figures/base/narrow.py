"""What changes in a figure that is as wide as a phone: panels stand in one column, long texts take more lines."""

from __future__ import annotations

from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

LABELS = 0.36  # of the figure's width is as much as the labels of rows may take
EDGE = 12  # pixels, 200 to the inch, that no text enters
FEWEST = 6  # characters of a line
BY_COLUMN = ("ncols", "width_ratios", "gridspec_kw")


def stacked(grid: dict) -> tuple[dict, int]:
    """Arguments of `Figure.subplots` for one column where they ask for one row, and how many rows that makes of one."""
    columns = grid.get("ncols", 1)
    if columns == 1 or grid.get("nrows", 1) > 1:
        return grid, 1
    kept = {name: value for name, value in grid.items() if name not in BY_COLUMN}
    return {**kept, "nrows": columns}, columns


def break_lines(figure: Figure) -> None:
    """Break titles, names of axes and labels of rows into lines that the figure is wide enough for."""
    FigureCanvasAgg(figure)  # texts are measured as they will be drawn
    for axes in figure.axes:
        _break_row_labels(axes, LABELS * figure.bbox.width)
    figure.get_layout_engine().execute(figure)  # the labels of rows decide where the axes begin
    for axes in figure.axes:
        _break_around(axes, figure.bbox.width - EDGE)


def _break_row_labels(axes: Axes, limit: float) -> None:
    """Only labels that were given as words; numbers find room by themselves."""
    labels = axes.get_yticklabels()
    if isinstance(axes.yaxis.get_major_locator(), FixedLocator) and labels:
        columns = _columns(max(labels, key=lambda label: label.get_window_extent().width), limit)
        if columns is not None:
            axes.yaxis.set_ticklabels([_filled(label.get_text(), columns) for label in labels])


def _break_around(axes: Axes, right: float) -> None:
    """The title may run to the figure's right edge, the name of an axis as far as the axis or the figure reaches."""
    for title in (axes.title, axes._left_title):
        _break(title, right - axes.bbox.x0)
    label = axes.xaxis.label
    anchor = axes.transAxes.transform((label.get_position()[0], 0))[0]
    _break(label, anchor - EDGE if label.get_ha() == "right" else 2 * min(anchor, right - anchor))
    _break(axes.yaxis.label, axes.bbox.height, upright=True)


def _break(text: Text, limit: float, upright: bool = False) -> None:
    columns = _columns(text, limit, upright)
    if columns is not None:
        text.set_text(_filled(text.get_text(), columns))


def _columns(text: Text, limit: float, upright: bool = False) -> int | None:
    """Characters a line may have, so that it is at most `limit` pixels long; None if the text is short enough."""
    box = text.get_window_extent()
    length = box.height if upright else box.width
    if not text.get_text() or length <= limit:
        return None
    longest = max(map(len, text.get_text().splitlines()))
    return max(int(longest * limit / length), FEWEST)


def _filled(text: str, columns: int) -> str:
    """Short lines stay as they were broken; if one is too long, the whole text is broken anew."""
    if max(map(len, text.splitlines()), default=0) <= columns:
        return text
    flat = " ".join(text.split())
    found = even(flat, columns)
    for mark in ("; ", ": "):  # a line ends best where a thought does
        lines = flat.replace(mark, f"{mark.strip()}\n")
        if max(map(len, lines.splitlines())) <= columns and lines.count("\n") == found.count("\n"):
            return lines
    return found


def even(text: str, columns: int) -> str:
    """The text in as few lines as `columns` characters allow, and those as equally long as its words let them be."""
    sizes = range(FEWEST, columns + 1)
    broken = [wrap(text, size, break_long_words=False, break_on_hyphens=False) for size in sizes]
    fewest = min(map(len, broken))
    return "\n".join(next(lines for lines in broken if len(lines) == fewest))
