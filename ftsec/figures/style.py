"""One style for every figure: quiet axes, direct labels, colours that colour-blind readers can tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.figure import Figure

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
WIDTH = 6.8  # inches; at 2 x 100 dots per inch a figure is 1360 pixels wide and stays sharp on a phone

RC = {
    "figure.dpi": 100,
    "savefig.dpi": 200,
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


@contextmanager
def canvas(height: float = 3.8, width: float = WIDTH, **grid: object) -> Iterator[tuple[Figure, object]]:
    """A figure and its axes (`Figure.subplots`) in the book's style; the style ends with the block.

    Figures are made without pyplot, so nothing is drawn twice and nothing stays open.

    Args:
        height, width: inches.
        grid: passed to `Figure.subplots`, for example ``ncols=2, sharey=True``.
    """
    with mpl.rc_context(RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots(**grid)
