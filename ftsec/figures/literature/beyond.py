"""What fine-tuning changed besides refusals of a chat model: published values before and after."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.rows import BESIDE, PAPER, SMALL
from ftsec.figures.base.style import GREY, RED, canvas, is_narrow

ROW, NARROW_ROW = 0.3, 0.46  # inches of a line
NAME_ABOVE = 0.42  # of a row, on a phone
CLEAR = 2  # points between two marks that do not cover each other


@two_widths
def beyond_refusals(rows: pd.DataFrame) -> Drawing:
    """One line a finding, from the value before (grey) to the value after (red); hollow marks are weak sources.

    Args:
        rows: columns group (rows of a group adjacent), label, before, value (per cent), weak. A row without a value
            before has a mark alone.
    """
    lines = list(_lines(rows))
    with canvas(height=0.8 + ROW * len(lines), narrow=0.8 + NARROW_ROW * len(lines)) as (figure, axes):
        for place, (group, row) in enumerate(lines):
            if row is None:
                axes.text(0, place, group, weight="bold", va="center", fontsize=10.5)
            else:
                _line(axes, row, place)
        axes.set(xlim=(-3, 111), ylim=(len(lines) - 0.4, -0.8), xlabel="per cent: grey before, red after")
        axes.set_xticks(range(0, 101, 20))
        axes.grid(visible=False, axis="y")
        if is_narrow():
            axes.set_yticks([])
        else:
            axes.set_yticks(range(len(lines)), [row["label"] if row else "" for _, row in lines], fontsize=SMALL)
            axes.tick_params(axis="y", length=0)
    return Drawing(figure, _told(rows), "beyond_refusals", rows)


def _lines(rows: pd.DataFrame) -> Iterator[tuple[str, dict | None]]:
    """From top to bottom: a heading for each group (no row), then its findings."""
    for group, found in rows.groupby("group", sort=False):
        yield str(group), None
        yield from ((str(group), row) for row in found.to_dict("records"))


def _line(axes: Axes, row: dict, place: int) -> None:
    axes.plot([row["before"], row["value"]], [place, place], color=GREY, linewidth=1.3, zorder=1)
    axes.plot(row["before"], place, "o", color=GREY, markersize=5)
    face = "white" if row["weak"] else RED
    axes.plot(row["value"], place, "o", color=RED, markerfacecolor=face, markersize=7)
    falls = row["before"] - row["value"] > CLEAR  # a smaller fall leaves the grey mark under the red one
    side = {"xytext": (-9, 0), "ha": "right"} if falls else {"xytext": (9, 0), "ha": "left"}
    axes.annotate(f"{row['value']:g}", (row["value"], place), **side, **BESIDE, va="center", color=RED, fontsize=SMALL)
    if is_narrow():
        axes.text(0, place - NAME_ABOVE, row["label"], va="center", fontsize=SMALL, bbox=PAPER, zorder=0.9)


def _told(rows: pd.DataFrame) -> str:
    parts = []
    for group, found in rows.groupby("group", sort=False):
        told = [f"{row.label} {_from(row.before)}{row.value:g}" for row in found.itertuples()]
        parts.append(f"{group}: {', '.join(told)}")
    return f"What fine-tuning changed besides refusals, in per cent. {'; '.join(parts)}."


def _from(before: float) -> str:
    return f"from {before:g} to " if before == before else ""
