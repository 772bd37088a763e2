"""Marks that several figures share: a line with its band, a dot with its interval, labels that keep their distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D


def band(axes: Axes, frame: pd.DataFrame, x: str, colour: str, style: str = "-") -> None:
    """A line through ``value`` and a band from ``low`` to ``high``, along column `x`."""
    axes.plot(frame[x], frame["value"], color=colour, linestyle=style, marker="o", markersize=3)
    axes.fill_between(frame[x], frame["low"], frame["high"], color=colour, alpha=0.18, linewidth=0)


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
            text, (x, y), xytext=(6, 0), textcoords="offset points", color=colour, va="center", annotation_clip=False
        )


def key(figure: Figure, entries: Sequence[tuple[str, str, str]], ncols: int) -> None:
    """A key above the panels in the colours of its marks, for figures too narrow to name lines at their ends.

    Args:
        entries: (text, colour, marker or line style) of each kind of mark.
        ncols: entries side by side.
    """
    kinds = [{"marker": kind, "linestyle": ""} if kind in Line2D.filled_markers else {"linestyle": kind}
             for _, _, kind in entries]  # fmt: skip
    handles = [Line2D([], [], color=colour, label=text, **kind)
               for (text, colour, _), kind in zip(entries, kinds, strict=True)]  # fmt: skip
    figure.legend(
        handles=handles, loc="outside upper left", ncols=ncols, labelcolor="linecolor", borderpad=0.1,
        handlelength=1.2, handletextpad=0.5, columnspacing=1.2, labelspacing=0.3,
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
