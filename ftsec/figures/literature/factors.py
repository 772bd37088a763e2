"""The factors of a formula against the ratios that were published."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.rows import BESIDE, PAPER, SMALL
from ftsec.figures.base.style import BLUE, GREY, ORANGE, canvas, is_narrow

LEFT, RIGHT = 0.13, 14.0  # of the logarithmic axis; a ratio of zero stands at the left edge


@two_widths
def factors(ratios: pd.DataFrame, printed: Mapping[str, float], titles: Mapping[str, str]) -> Drawing:
    """One group a factor: published ratios with intervals as marks, the formula's factor as a line.

    Args:
        ratios: columns factor, label, value, low, high (NaN without an interval), weak; rows of a factor adjacent.
        printed: the formula's own ratio by factor.
        titles: what a factor compares, by factor; in the order in which groups are drawn.
    """
    groups = [(name, ratios[ratios["factor"] == name]) for name in titles if (ratios["factor"] == name).any()]
    n_rows = sum(len(rows) + 1 for _, rows in groups)
    places, labels, top = [], [], 0
    with canvas(height=0.34 * n_rows + 0.9) as (figure, axes):
        axes.axvline(1, color=GREY, linewidth=1)
        for name, rows in groups:
            _group(axes, rows, top, printed[name], titles[name])
            places += [top + 1 + row for row in range(len(rows))]
            labels += list(rows["label"])
            top += len(rows) + 1
        axes.set(xscale="log", xlim=(LEFT, RIGHT), ylim=(top - 0.4, -0.7))
        axes.set_yticks(places, labels, fontsize=SMALL)
        axes.set_xticks([0.2, 0.5, 1, 2, 5, 10], ["0.2", "0.5", "1", "2", "5", "10"])
        axes.minorticks_off()
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("ratio of unsafe answers (log scale)")
    return Drawing(figure, _told(groups, printed, titles), "printed_factors", ratios)


def _group(axes: Axes, rows: pd.DataFrame, top: int, printed: float, title: str) -> None:
    style = {"va": "center", "fontweight": "bold", "fontsize": SMALL}
    if is_narrow():  # beside the factor there is no room: the title begins above the labels of its rows
        edge = {"xycoords": ("figure fraction", "data"), "bbox": PAPER, "annotation_clip": False}
        axes.annotate(title, (0.012, top), **edge, **style).set_in_layout(False)
    else:
        axes.text(LEFT * 1.06, top, title, **style)
    axes.plot([printed, printed], [top + 0.55, top + len(rows) + 0.45], color=ORANGE, linewidth=3, zorder=1)
    words = f"article {printed:.2g}"
    axes.annotate(words, (RIGHT, top), (-4, 0), **BESIDE, color=ORANGE, ha="right", va="center", fontsize=SMALL)
    for row, record in enumerate(rows.to_dict("records"), start=top + 1):
        _mark(axes, record, row)


def _mark(axes: Axes, record: dict, row: int) -> None:
    nothing = record["value"] == 0
    place = LEFT * 1.12 if nothing else record["value"]
    if record["high"] == record["high"]:
        axes.plot([record["low"], record["high"]], [row, row], color=BLUE, linewidth=4, alpha=0.3)
    face = "white" if record["weak"] else BLUE
    axes.plot(place, row, "<" if nothing else "o", color=BLUE, markerfacecolor=face, markersize=7)
    end = record["high"] if record["high"] == record["high"] else place
    axes.annotate(
        f"{record['value']:.2g}", (end, row), (8, 0), **BESIDE, color=BLUE, va="center", fontsize=SMALL, bbox=PAPER
    )


def _told(groups: list[tuple[str, pd.DataFrame]], printed: Mapping[str, float], titles: Mapping[str, str]) -> str:
    parts = [
        f"{titles[name]}: article {printed[name]:.2g}, published {rows['value'].min():.2g} to {rows['value'].max():.2g}"
        for name, rows in groups
    ]
    return "Ratios of unsafe answers against the formula's factors. " + "; ".join(parts) + "."
