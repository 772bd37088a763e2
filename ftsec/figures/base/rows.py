"""Figures made of rows: one published number a line, its words beside it; hollow marks stand for weak sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.narrow import even
from ftsec.figures.base.style import BLUE, GREY, RED, is_narrow

BESIDE = {"textcoords": "offset points"}
SMALL = 9.5
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # a label stays readable where it meets a line
ROW = 0.31  # inches of a row on a phone, its words beside the mark
CHARACTERS = 51  # small ones that fit side by side on a phone


def grouped_dots(axes: Axes, frame: pd.DataFrame, number: str, text: str, colour: str = BLUE) -> None:
    """One dot a row, the words right of it, the group's name at the axis, a thin line between groups.

    Args:
        frame: columns ``stage`` (the group, rows of a group adjacent), `number`, `text`, ``weak`` and, if there are
            lower bounds, ``lower_bound``.
        number: name of the column on the horizontal axis.
        text: name of the column with the words beside the dot.
    """
    bounds = frame["lower_bound"] if "lower_bound" in frame else pd.Series(False, index=frame.index)
    places = places_below_headings(frame["stage"]) if is_narrow() else range(len(frame))
    for row, record, bound in zip(places, frame.to_dict("records"), bounds, strict=True):
        face = "white" if record["weak"] else colour
        axes.plot(record[number], row, ">" if bound else "o", color=colour, markerfacecolor=face, markersize=7)
        _beside(axes, record[text], record[number], row)
    if is_narrow():
        headings(axes, frame["stage"])
    else:
        group_axis(axes, frame["stage"])


def _beside(axes: Axes, text: str, x: float, row: float) -> None:
    """Right of the mark; on a phone on the side with more room, in as many lines as that takes."""
    right, words = True, text
    if is_narrow():
        reached = axes.transAxes.inverted().transform(axes.transData.transform((x, row)))[0]
        right = reached <= 0.5
        words = even(text, int(CHARACTERS * max(reached, 1 - reached)) - 2)
    axes.annotate(words, (x, row), (9 if right else -9, 0), **BESIDE, ha="left" if right else "right", va="center",
                  fontsize=SMALL)  # fmt: skip


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
    axes.grid(visible=False, axis="y")


def name_rows(axes: Axes, labels: Sequence[str]) -> None:
    """Labels of rows at the vertical axis; on a phone above their marks."""
    if is_narrow():
        labels_above(axes, range(len(labels)), labels)
    else:
        axes.set_yticks(range(len(labels)), labels, fontsize=SMALL)
        axes.set_ylim(len(labels) - 0.4, -0.6)


def row_above(labels: Sequence[str]) -> float:
    """Inches of a row whose label stands above its mark."""
    return 0.24 + 0.19 * max(len(_filled(label).splitlines()) for label in labels)


def labels_above(axes: Axes, places: Sequence[float], labels: Sequence[str]) -> None:
    """Labels that need the whole width of a phone, each above the mark at its place."""
    for place, label in zip(places, labels, strict=True):
        axes.annotate(_filled(label), (0, place), (0, 7), **BESIDE, xycoords=axes.get_yaxis_transform(), va="bottom",
                      fontsize=SMALL, bbox=PAPER, zorder=0.9)  # fmt: skip
    axes.set_ylim(places[-1] + 0.16 / row_above(labels), places[0] - 1 + 0.08 / row_above(labels))
    _without_axis(axes)


def _filled(label: str) -> str:
    return "\n".join(even(line, CHARACTERS) for line in label.splitlines())


def headings(axes: Axes, groups: Sequence[str], colours: Sequence[str] | None = None) -> None:
    """A line with the name above each group of rows that stand at `places_below_headings`."""
    spans = list(_spans(groups))
    for i, (name, first, _) in enumerate(spans):
        axes.text(0, first + i, name, transform=axes.get_yaxis_transform(), va="center", weight="bold", bbox=PAPER,
                  color=colours[i] if colours else "black", fontsize=SMALL)  # fmt: skip
    axes.set_ylim(len(groups) + len(spans) - 0.4, -0.6)
    _without_axis(axes)


def places_below_headings(groups: Sequence[str]) -> list[float]:
    """Where rows stand, in rows, if a heading takes the place of one above every group."""
    return [row + i + 1 for i, (_, first, last) in enumerate(_spans(groups)) for row in range(first, last + 1)]


def _without_axis(axes: Axes) -> None:
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


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


def _spans(groups: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    names = list(groups)
    for start, name in enumerate(names):
        if start == 0 or names[start - 1] != name:
            end = start
            while end + 1 < len(names) and names[end + 1] == name:
                end += 1
            yield name, start, end
