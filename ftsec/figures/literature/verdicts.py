"""The verdict on every claim at a glance."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea, VPacker

from ftsec.base.vocabulary import VERDICTS
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.style import BLUE, GREY, RED, YELLOW, canvas, is_narrow

VERDICT_COLOURS = dict(zip(VERDICTS, (BLUE, YELLOW, RED, GREY), strict=True))


@two_widths
def verdict_overview(counts: pd.DataFrame) -> Drawing:
    """One bar a chapter, split by verdict, the number in every part.

    Args:
        counts: index chapter titles, one column a verdict (``supported``, ``partly``, ``contradicted``, ``not found``).
    """
    table = counts.reindex(columns=list(VERDICT_COLOURS), fill_value=0)
    with canvas(height=0.36 * len(table) + 1.0) as (figure, axes):
        left = pd.Series(0, index=table.index)
        for verdict, colour in VERDICT_COLOURS.items():
            axes.barh(range(len(table)), table[verdict], left=left, color=colour, edgecolor="white")
            _numbers(axes, table[verdict], left)
            left = left + table[verdict]
        axes.set_yticks(range(len(table)), table.index)
        axes.set(ylim=(len(table) - 0.5, -0.6), xlabel="claims")
        axes.grid(visible=False, axis="y")
        _key(axes, table.sum())
    return Drawing(figure, _alt(table), "verdict_overview", table.rename_axis("chapter").reset_index())


def _numbers(axes: Axes, counts: pd.Series, left: pd.Series) -> None:
    for row, (count, start) in enumerate(zip(counts, left, strict=True)):
        if count:
            axes.text(start + count / 2, row, str(count), ha="center", va="center", color="white", fontsize=9.5)


def _key(axes: Axes, totals: pd.Series) -> None:
    """The verdicts in their colours in a row above the bars, on a phone in two, with their totals."""
    words = [
        TextArea(f"{verdict} {totals[verdict]}", textprops={"color": colour, "fontweight": "bold", "fontsize": 10})
        for verdict, colour in VERDICT_COLOURS.items()
    ]
    half = len(words) // 2 if is_narrow() else len(words)
    rows = [HPacker(children=row, pad=0, sep=10) for row in (words[:half], words[half:]) if row]
    key = VPacker(children=rows, pad=0, sep=3, align="right")
    place = {"bbox_to_anchor": (1, 1), "bbox_transform": axes.transAxes, "frameon": False, "pad": 0.2}
    axes.add_artist(AnchoredOffsetbox(loc="lower right", child=key, **place))


def _alt(table: pd.DataFrame) -> str:
    totals = ", ".join(f"{verdict} {count}" for verdict, count in table.sum().items())
    worst = table["contradicted"].idxmax()
    return (
        f"Claims by chapter and verdict, {table.to_numpy().sum()} in all: {totals}. "
        f"{worst} has the most contradicted claims ({table['contradicted'].max()})."
    )
