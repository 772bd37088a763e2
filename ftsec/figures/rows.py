"""Figures made of rows: one published number a line, its words beside it; hollow marks stand for weak sources."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.style import BLUE, GREY, RED

BESIDE = {"textcoords": "offset points"}
SMALL = 9.5


def grouped_dots(axes: Axes, frame: pd.DataFrame, number: str, text: str, colour: str = BLUE) -> None:
    """One dot a row, the words right of it, the group's name at the axis, a thin line between groups.

    Args:
        frame: columns ``stage`` (the group, rows of a group adjacent), `number`, `text`, ``weak`` and, if there are
            lower bounds, ``lower_bound``.
        number: name of the column on the horizontal axis.
        text: name of the column with the words beside the dot.
    """
    bounds = frame["lower_bound"] if "lower_bound" in frame else pd.Series(False, index=frame.index)
    for row, (record, bound) in enumerate(zip(frame.to_dict("records"), bounds, strict=True)):
        face = "white" if record["weak"] else colour
        axes.plot(record[number], row, ">" if bound else "o", color=colour, markerfacecolor=face, markersize=7)
        axes.annotate(record[text], (record[number], row), (9, 0), **BESIDE, va="center", fontsize=SMALL)
    group_axis(axes, frame["stage"])


def dumbbells(axes: Axes, frame: pd.DataFrame, end_colour: str = RED) -> None:
    """One line a row from the value before (small, grey) to the value after, with its interval where there is one.

    Args:
        frame: columns label, before (may be NaN), value, low, high (NaN without an interval), weak and, optionally,
            words (beside the mark instead of the value).
    """
    for row, record in enumerate(frame.to_dict("records")):
        axes.plot([record["before"], record["value"]], [row, row], color=GREY, linewidth=1.3, zorder=1)
        axes.plot(record["before"], row, "o", color=GREY, markersize=5)
        if record["high"] == record["high"]:
            axes.plot([record["low"], record["high"]], [row, row], color=end_colour, linewidth=4, alpha=0.35)
        face = "white" if record["weak"] else end_colour
        axes.plot(record["value"], row, "o", color=end_colour, markerfacecolor=face, markersize=7)
        _words(axes, record, row, end_colour)
    axes.set_yticks(range(len(frame)), frame["label"], fontsize=SMALL)
    axes.set_ylim(len(frame) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


def _words(axes: Axes, record: dict, row: int, colour: str) -> None:
    """The value (or the record's own words) on the far side of the mark and its interval."""
    ahead = not record["value"] < record["before"]
    bound = record["high" if ahead else "low"]
    place = bound if bound == bound else record["value"]
    axes.annotate(
        record.get("words", f"{record['value']:g}"), (place, row), (9 if ahead else -9, 0), **BESIDE,
        va="center", ha="left" if ahead else "right", color=colour, fontsize=SMALL,
    )  # fmt: skip


def group_axis(axes: Axes, groups: pd.Series) -> None:
    """Names the groups of adjacent rows at the vertical axis and draws a line between them."""
    spans = list(_spans(groups))
    axes.set_yticks([(first + last) / 2 for _, first, last in spans], [name for name, _, _ in spans], fontsize=SMALL)
    for _, _, last in spans[:-1]:
        axes.axhline(last + 0.5, color="#C8C8C8", linewidth=0.8)
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")


def _spans(groups: pd.Series) -> Iterator[tuple[str, int, int]]:
    names = list(groups)
    for start, name in enumerate(names):
        if start == 0 or names[start - 1] != name:
            end = start
            while end + 1 < len(names) and names[end + 1] == name:
                end += 1
            yield name, start, end
