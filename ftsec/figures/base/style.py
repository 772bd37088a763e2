"""One style for every figure: quiet axes, direct labels, colours that colour-blind readers can tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text

from ftsec.base.words import signs
from ftsec.figures.base.narrow import break_lines, stacked

# Okabe & Ito (2008), "Color Universal Design": the order in which the book uses the colours
BLUE, ORANGE, GREEN, RED, SKY, PURPLE, YELLOW, GREY = COLOURS = (
    "#0072B2",
    "#B45F00",  # their orange, darkened until text in it holds 4.5 : 1 on white
    "#00785A",  # their bluish green, darkened likewise
    "#C0392B",
    "#2E86C1",
    "#8E4585",
    "#8A6D00",
    "#5F6368",
)
WIDTH = 6.8  # inches; at 2 x 100 dots per inch a figure is 1360 pixels wide
BETWEEN = 0.085  # inches above and below each of several panels: an axis keeps its distance from the title below
NARROW = 3.8  # inches; a phone shows it nearly in its own size, so type stays as large as the text around it

RC = {
    "figure.dpi": 200,  # texts are measured as they are saved
    "savefig.dpi": "figure",
    "font.family": "DejaVu Sans",  # ships with Matplotlib, so figures look the same everywhere
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#444444",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.8,
    "axes.prop_cycle": mpl.cycler(color=list(COLOURS)),
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 2.0,
    "lines.markersize": 6,
    "figure.facecolor": "white",
}


# on a phone type is a little smaller, as its text is
SMALLER = {
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.labelsize": 10.5,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
}

_phone: ContextVar[bool] = ContextVar("phone", default=False)


@contextmanager
def for_phones() -> Iterator[None]:
    """Inside the block `canvas` makes figures for a phone."""
    token = _phone.set(True)
    try:
        yield
    finally:
        _phone.reset(token)


def is_narrow() -> bool:
    """Whether the figure that is being drawn is for a phone."""
    return _phone.get()


@contextmanager
def canvas(
    height: float = 3.8, width: float = WIDTH, narrow: float | None = None, **grid: object
) -> Iterator[tuple[Figure, object]]:
    """A figure and its axes (`Figure.subplots`) in the book's style; the style ends with the block.

    Figures are made without pyplot, so nothing is drawn twice and nothing stays open. On a phone, panels side by side
    become panels one below the other, and titles and labels that are too long are broken into lines.

    Args:
        height, width: inches.
        narrow: height in inches on a phone; as high as `height` says, for every row of panels, if None.
        grid: passed to `Figure.subplots`, for example ``ncols=2, sharey=True``.
    """
    if is_narrow():
        grid, rows = stacked(grid)
        width, height = NARROW, narrow or height * rows
    with mpl.rc_context(RC | (SMALLER if is_narrow() else {})):
        figure = Figure(figsize=(width, height), layout="constrained")
        if grid.get("nrows", 1) > 1:
            figure.get_layout_engine().set(h_pad=BETWEEN)
        yield figure, figure.subplots(**grid)
        for text in figure.findobj(Text):
            text.set_text(signs(text.get_text()))
        if is_narrow():
            break_lines(figure)
