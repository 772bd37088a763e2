"""A sweep's runs seen by two witnesses: what the article's formula says and what was published nearest."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.drawing import Drawing
from ftsec.figures.style import BLUE, GREY, ORANGE, canvas

BORROWED = 10  # a published set this many times smaller or larger is not the set that was asked about
COLOURS = {"full": BLUE, "lora": ORANGE, "prefix_tuning": GREY}


def witnesses_over_grid(runs: pd.DataFrame) -> Drawing:
    """The article's loss of safety (lines) and the nearest published rates (points) over the dose, by set size.

    Args:
        runs: columns ``n_examples``, ``n_harmful``, ``method``, ``article_loss`` (per cent), ``published_rate``,
            ``published_rate_low``, ``published_rate_high`` (per cent; missing where nothing comparable was published)
            and ``published_distance`` (Gower).
    """
    sizes = sorted(runs["n_examples"].unique())
    with canvas(height=4.2, ncols=len(sizes), sharey=True, squeeze=False) as (figure, axes):
        for axis, size in zip(axes[0], sizes, strict=True):
            for number, (method, rows) in enumerate(runs[runs["n_examples"] == size].groupby("method")):
                _draw(axis, rows.sort_values("n_harmful"), COLOURS[method], number)
            axis.set_title(f"{size:,} examples in the set")
            axis.set_xlabel("harmful examples among them")
            axis.set_xscale("symlog", linthresh=10, linscale=0.5)
            ticks = sorted(runs["n_harmful"].unique())
            axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
            axis.minorticks_off()
            axis.set_ylim(-4, 108)
        axes[0][0].set_ylabel("per cent")
        _label(axes[0][-1], runs[runs["n_examples"] == sizes[-1]])
    return Drawing(figure=figure, alt=_alt(runs), name="witnesses_over_grid", data=runs)


def _draw(axis: Axes, rows: pd.DataFrame, colour: str, number: int) -> None:
    axis.plot(rows["n_harmful"], rows["article_loss"], color=colour, linestyle=("-", "--", ":")[number])
    found = rows.dropna(subset="published_rate")
    x = found["n_harmful"] * (1 + 0.12 * number) + 0.6 * number  # side by side instead of on top of each other
    axis.vlines(x, found["published_rate_low"], found["published_rate_high"], color=colour, linewidth=1.4)
    off = found["published_n_examples"] / found["n_examples"]
    for where, fill in ((off.between(1 / BORROWED, BORROWED), colour), (~off.between(1 / BORROWED, BORROWED), "white")):
        axis.plot(x[where], found["published_rate"][where], "os^"[number], color=colour, mfc=fill, markersize=7)


def _label(axis: Axes, rows: pd.DataFrame) -> None:
    """Names of the methods at their points, and of the two witnesses."""
    at = rows["n_harmful"].min()
    for method, group in rows.groupby("method"):
        first = group[group["n_harmful"] == at].dropna(subset="published_rate").head(1)
        for point in first.itertuples():
            axis.annotate(method, (at, point.published_rate), (14, 0), textcoords="offset points", va="center",
                          color=COLOURS[method])
    last = rows[rows["n_harmful"] == rows["n_harmful"].max()]
    axis.annotate("lines: the article's formula", (last["n_harmful"].max(), last["article_loss"].max()), (-4, 10),
                  textcoords="offset points", ha="right", color="#333333")
    axis.annotate("points: nearest published run\n(hollow: a set of quite another size)", (last["n_harmful"].max(), 62),
                  textcoords="data", ha="right", va="center", color="#333333", fontsize=9)


def _alt(runs: pd.DataFrame) -> str:
    parts = []
    for size, rows in runs.groupby("n_examples"):
        article, published = rows["article_loss"], rows["published_rate"]
        off = (rows["published_n_examples"] / size).dropna()
        borrowed = int((~off.between(1 / BORROWED, BORROWED)).sum())
        parts.append(
            f"with {size:,} examples the formula says {article.min():.0f} to {article.max():.0f} per cent of safety "
            f"lost, the nearest published runs {published.min():.0f} to {published.max():.0f} per cent unsafe answers, "
            f"{borrowed} of {len(off)} of them from a set of quite another size"
        )
    return "Formula and literature over the number of harmful examples: " + "; ".join(parts) + "."
