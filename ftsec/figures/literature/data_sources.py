"""Figures on sources of pre-training data: the printed and the corrected priority, and what an attacker can reach."""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.style import BLUE, GREY, RED, canvas, is_narrow

HIGH = "HIGH_PRIORITY"


@two_widths
def priorities(printed: pd.DataFrame, corrected: pd.DataFrame) -> Drawing:
    """Two ordered lists side by side, printed and corrected, a line from each source to its new place.

    Args:
        printed, corrected: columns source, priority, first row first.
    """
    places = {source: row for row, source in enumerate(corrected["source"])}
    with canvas(height=4.2) as (figure, axes):
        for row, (source, priority) in enumerate(printed[["source", "priority"]].to_numpy()):
            new = corrected.iloc[places[source]]["priority"]
            axes.plot([0, 1], [row, places[source]], color=_colour(new), linewidth=1.8)
            _entry(axes, 0, row, source, priority)
            _entry(axes, 1, places[source], source, new)
        axes.set(xlim=(-1.15, 2.15), ylim=(len(printed) - 0.5, -0.9))
        corrected_title = "look-up\ncorrected" if is_narrow() else "look-up corrected"
        for x, side, title in ((0, "right", "as printed"), (1, "left", corrected_title)):
            axes.text(x, -0.62, title, ha=side, fontweight="bold")
        axes.set(xticks=[], yticks=[])
        axes.axis("off")
    return Drawing(figure, _priorities_alt(printed, corrected), "source_priorities", _joined(printed, corrected))


def _entry(axes: Axes, x: float, row: int, source: str, priority: str) -> None:
    side = "right" if x == 0 else "left"
    axes.plot(x, row, "o", color=_colour(priority))
    text = f"{fill(source, 15 if is_narrow() else 24)}\n{'high priority' if priority == HIGH else 'standard'}"
    beside = {"xytext": (-8 if x == 0 else 8, 0), "textcoords": "offset points", "ha": side, "va": "center"}
    axes.annotate(text, (x, row), **beside, color=_colour(priority), fontsize=10)


def _colour(priority: str) -> str:
    return RED if priority == HIGH else GREY


def _joined(printed: pd.DataFrame, corrected: pd.DataFrame) -> pd.DataFrame:
    ranked = [frame.assign(place=range(1, len(frame) + 1)) for frame in (printed, corrected)]
    return ranked[0].merge(ranked[1], on="source", suffixes=("_printed", "_corrected"))


def _priorities_alt(printed: pd.DataFrame, corrected: pd.DataFrame) -> str:
    counts = [(frame["priority"] == HIGH).sum() for frame in (printed, corrected)]
    return (
        f"Two lists of {len(printed)} data sources. As printed, {counts[0]} have high priority; with the look-up "
        f"corrected {counts[1]} have, in the order {', '.join(corrected['source'])}."
    )


@two_widths
def reachable_share(published: pd.DataFrame) -> Drawing:
    """What share of a data set an attacker could change, as published, on a logarithmic axis.

    Args:
        published: columns corpus, share (percent), precision (``at_most`` draws an open end to the left), label.
    """
    rows = published.sort_values("share", ascending=False).reset_index(drop=True)
    with canvas(height=1.0 + 0.75 * len(rows)) as (figure, axes):
        for row, (share, precision, label) in enumerate(rows[["share", "precision", "label"]].to_numpy()):
            axes.plot(share, row, "o", color=BLUE, markersize=8)
            if precision == "at_most":
                axes.annotate("", (share / 3, row), (share, row), arrowprops={"arrowstyle": "->", "color": BLUE})
            axes.annotate(label, (share, row), xytext=(0, 9), textcoords="offset points", ha="center", color=BLUE)
        axes.set(xscale="log", ylim=(len(rows) - 0.5, -0.8), xlabel="share of the data within reach (%)")
        axes.set_yticks(range(len(rows)), [fill(name, 18) for name in rows["corpus"]])
        axes.margins(x=0.25)
    parts = "; ".join(f"{row.corpus}: {row.label}" for row in rows.itertuples())
    return Drawing(figure, f"Published shares of data within an attacker's reach. {parts}.", "reachable_share", rows)
