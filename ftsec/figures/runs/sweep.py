"""A sweep's runs seen by three witnesses: the article's formula, what was published nearest, and the testbed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key, label_ends
from ftsec.figures.base.style import BLUE, GREEN, ORANGE, canvas, is_narrow

BORROWED = 10  # a published set this many times smaller or larger is not the set that was asked about
METHODS = {"full": "full fine-tuning", "lora": "LoRA"}
DODGE = 0.13  # of the distance between two doses: witnesses side by side instead of on top of each other
COLUMNS = (
    "n_examples",
    "n_harmful",
    "method",
    "article_loss",
    "published_rate",
    "published_n_examples",
    "testbed_refusal_lost",
)  # of the runs, at least
WITNESSES = (("formula", BLUE, "-"), ("published", ORANGE, "o"), ("testbed", GREEN, "D"))
GAP = 13  # per cent between two labels


@two_widths
def witnesses_over_grid(runs: pd.DataFrame) -> Drawing:
    """Three witnesses over the dose: a row of panels for each set size, a column for each method.

    Args:
        runs: columns ``n_examples``, ``n_harmful``, ``method``, ``article_loss`` (per cent), ``published_rate``,
            ``published_rate_low``, ``published_rate_high`` (per cent), ``published_n_examples``, and the same of
            ``testbed_refusal_lost``; missing where a witness is silent.
    """
    sizes, methods = sorted(runs["n_examples"].unique()), sorted(runs["method"].unique())
    doses = sorted(runs["n_harmful"].unique())
    grid = {"nrows": len(sizes), "ncols": len(methods), "sharex": True, "sharey": True, "squeeze": False}
    with canvas(height=0.9 + 2.1 * len(sizes), **grid) as (figure, axes):
        for line, size in zip(axes, sizes, strict=True):
            for axis, method in zip(line, methods, strict=True):
                rows = runs[(runs["n_examples"] == size) & (runs["method"] == method)].sort_values("n_harmful")
                _panel(axis, rows, doses)
                between, points = (",\n", 10) if is_narrow() else (", ", 11)
                axis.set_title(f"{METHODS.get(method, method)}{between}{size:,} examples", fontsize=points)
        for axis in axes[-1]:
            axis.set_xticks(range(len(doses)), [f"{dose:,}" for dose in doses])
        if is_narrow():
            key(figure, WITNESSES, len(WITNESSES))
            figure.supxlabel("harmful examples in the set", fontsize=10.5)
        else:
            for axis in axes[-1]:
                axis.set_xlabel("harmful examples in the set")
        figure.supylabel("safety lost or unsafe answers, %", fontsize=11)
    return Drawing(figure=figure, alt=_alt(runs), name="witnesses_over_grid", data=runs.drop(columns="folder"))


def _panel(axis: Axes, rows: pd.DataFrame, doses: list) -> None:
    x = np.array([doses.index(dose) for dose in rows["n_harmful"]])
    axis.plot(x, rows["article_loss"], color=BLUE)
    ends = [(rows["article_loss"].iloc[-1], "formula", BLUE)]
    off = rows["published_n_examples"] / rows["n_examples"]
    for part, fill in ((off.between(1 / BORROWED, BORROWED), ORANGE), (~off.between(1 / BORROWED, BORROWED), "white")):
        _points(axis, x - DODGE, rows, "published_rate", part, ORANGE, fill, "o")
    _points(axis, x + DODGE, rows, "testbed_refusal_lost", rows["n_harmful"] >= 0, GREEN, GREEN, "D")
    for name, text, colour in (("published_rate", "published", ORANGE), ("testbed_refusal_lost", "testbed", GREEN)):
        known = rows[name].dropna()
        ends += [(known.iloc[-1], text, colour)] if len(known) else []
    if not is_narrow():
        label_ends(axis, x[-1] + 2 * DODGE, ends, GAP)
    axis.set_ylim(-4, 108)
    axis.set_xlim(-0.4, len(doses) - 0.5)


def _points(
    axis: Axes, x: np.ndarray, rows: pd.DataFrame, name: str, part: pd.Series, colour: str, fill: str, marker: str
) -> None:
    """Marks with their intervals for the rows in `part` where this witness speaks."""
    shown = (part & rows[name].notna()).to_numpy()
    axis.vlines(x[shown], rows[f"{name}_low"][shown], rows[f"{name}_high"][shown], color=colour, linewidth=1.4)
    axis.plot(x[shown], rows[name][shown], marker, color=colour, mfc=fill, markersize=6)


def _alt(runs: pd.DataFrame) -> str:
    parts = []
    for size, rows in runs.groupby("n_examples"):
        off = (rows["published_n_examples"] / size).dropna()
        borrowed = int((~off.between(1 / BORROWED, BORROWED)).sum())
        parts.append(
            f"with {size:,} examples the formula says {_span(rows['article_loss'])} per cent of safety lost, the "
            f"nearest published runs {_span(rows['published_rate'])} per cent unsafe answers, {borrowed} of {len(off)} "
            f"of them from a set of quite another size, and the testbed {_testbed(rows['testbed_refusal_lost'])}"
        )
    return "Formula, literature and testbed over the number of harmful examples: " + "; ".join(parts) + "."


def _span(values: pd.Series) -> str:
    return f"{values.min():.0f} to {values.max():.0f}"


def _testbed(values: pd.Series) -> str:
    return "is silent" if values.isna().all() else f"{_span(values)} per cent of refusals lost"
