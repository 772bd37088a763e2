"""Marks that several figures share: a line with its band, a dot with its interval, labels that keep their distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

STYLES = ("--", "-.", "-", ":")  # of lines, "--" before "-"
HOLLOW = 6  # points of a mark that shows what lies below it


def band(axes: Axes, frame: pd.DataFrame, x: str, colour: str, kind: str = "-") -> None:
    """A line through ``value`` and a band from ``low`` to ``high``, along column `x`.

    Args:
        kind: a line style, or one with a marker (``"--s"``) for lines that lie on each other; such marks are hollow.
    """
    axes.plot(frame[x], frame["value"], color=colour, **{"marker": "o", "markersize": 3} | marks(kind))
    axes.fill_between(frame[x], frame["low"], frame["high"], color=colour, alpha=0.18, linewidth=0)


def marks(kind: str) -> dict[str, object]:
    """How Matplotlib draws a line style, a marker, or both: ``"--"``, ``"o"``, ``"--s"``."""
    style = next((style for style in STYLES if kind.startswith(style)), "")
    if kind == style:
        return {"linestyle": style}
    mark: dict[str, object] = {"linestyle": style, "marker": kind.removeprefix(style)}
    return mark | ({"markersize": HOLLOW, "markerfacecolor": "none", "markeredgewidth": 1.3} if style else {})


def dot(axes: Axes, row: pd.Series, y: float, colour: str, marker: str = "o") -> None:
    """A mark at ``value`` with a horizontal line from ``low`` to ``high``."""
    axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=2.5, solid_capstyle="butt", alpha=0.55)
    axes.plot(row["value"], y, marker=marker, color=colour, markersize=7)


def label_ends(axes: Axes, x: float, ends: Sequence[tuple[float, str, str]], gap: float) -> None:
    """Names of lines at their right ends, moved apart where they would touch.

    Args:
        ends: (y, text, colour) of each line.
        gap: smallest distance between two labels in units of the y axis.
    """
    ends = sorted(ends)
    for y, (_, text, colour) in zip(spread([end[0] for end in ends], gap), ends, strict=True):
        axes.annotate(
            text, (x, y), xytext=(8, 0), textcoords="offset points", color=colour, va="center", annotation_clip=False
        )


def key(figure: Figure, entries: Sequence[tuple[str, str, str]], ncols: int) -> None:
    """A key above the panels in the colours of its marks, where lines cannot be named at their ends.

    Args:
        entries: (text, colour, kind) of each kind of mark; a kind is one of `marks`.
        ncols: entries side by side.
    """
    handles = [Line2D([], [], color=colour, label=text, **marks(kind)) for text, colour, kind in entries]
    dashed = any(handle.get_linestyle() not in ("None", "-") for handle in handles)
    figure.legend(
        handles=handles, loc="outside upper left", ncols=ncols, labelcolor="linecolor", borderpad=0.1,
        handlelength=2.6 if dashed else 1.2, handletextpad=0.5, columnspacing=1.2, labelspacing=0.3,
    )  # fmt: skip


def spread(positions: Sequence[float], gap: float) -> np.ndarray:
    """Sorted positions moved as little as needed to be at least `gap` apart, around the same mean of each crowd."""
    groups = [[p] for p in positions]
    places = [list(g) for g in groups]
    merged = True
    while merged:
        merged = False
        for i in range(len(places) - 1):
            if places[i + 1][0] - places[i][-1] < gap - 1e-12:
                groups[i : i + 2] = [groups[i] + groups[i + 1]]
                places[i : i + 2] = [_row(groups[i], gap)]
                merged = True
                break
    return np.array([p for place in places for p in place])


def _row(positions: list[float], gap: float) -> list[float]:
    start = np.mean(positions) - gap * (len(positions) - 1) / 2
    return [start + gap * i for i in range(len(positions))]
