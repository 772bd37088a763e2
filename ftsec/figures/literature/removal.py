"""Figures on removing safety training: the printed ranges against published runs, and what usefulness is left."""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.narrow import even
from ftsec.figures.base.rows import BESIDE, SMALL
from ftsec.figures.base.style import BLUE, GREY, ORANGE, RED, canvas, is_narrow

MAIN_SOURCE = "Qi et al. (2024)"  # the work that the article quotes for its table
NEAR_THE_TOP = 95  # per cent; the label then stands above its mark
SPREAD = 1.04  # runs with equally many examples stand side by side


@two_widths
def removal_ranges(ranges: pd.DataFrame, points: pd.DataFrame) -> Drawing:
    """One panel a row of the removal table: the printed range of examples as a band, published runs as marks.

    Args:
        ranges: columns method, min_examples, max_examples, safety_removal.
        points: columns row (the method of `ranges`), n_examples, value (unsafe answers, per cent), low, high (NaN
            without an interval), bound (a lower bound), source, weak.
    """
    with canvas(height=6.2, nrows=2, ncols=2, sharex=True, sharey=True) as (figure, grid):
        for axes, record in zip(grid.flat, ranges.to_dict("records"), strict=True):
            axes.axvspan(record["min_examples"], record["max_examples"], color=GREY, alpha=0.22, linewidth=0)
            axes.set_title(_title(record["method"], record["safety_removal"]), fontsize=10)
            _runs(axes, points[points["row"] == record["method"]])
        grid.flat[0].set(xscale="log", ylim=(-4, 106), xlim=(6, 150_000))
        figure.supxlabel("examples (band: the article's range; log scale)", fontsize=11)
        figure.supylabel("unsafe answers afterwards (%)", fontsize=11)
    return Drawing(figure, _ranges_alt(ranges, points), "removal_ranges", points)


def _title(method: str, removal: str) -> str:
    return even(f"{method}: {removal.lower()}", 17) if is_narrow() else f"{method}\n{removal}"


def _runs(axes: Axes, runs: pd.DataFrame) -> None:
    sizes = runs.groupby("n_examples")["value"]
    places = sizes.cumcount() - (sizes.transform("size") - 1) / 2
    for place, record in zip(places, runs.to_dict("records"), strict=True):
        colour = BLUE if record["source"].startswith(MAIN_SOURCE) else ORANGE
        x = record["n_examples"] * SPREAD**place
        if record["high"] == record["high"]:
            axes.plot([x, x], [record["low"], record["high"]], color=colour, linewidth=1.2)
        face = "white" if record["weak"] else colour
        axes.plot(x, record["value"], "^" if record["bound"] else "o", color=colour, markerfacecolor=face, markersize=5)


def _ranges_alt(ranges: pd.DataFrame, points: pd.DataFrame) -> str:
    parts = []
    for record in ranges.to_dict("records"):
        runs = points[points["row"] == record["method"]]
        if runs.empty:
            parts.append(f"{record['method']}: no published run")
            continue
        span = f"{runs['n_examples'].min():,.0f} to {runs['n_examples'].max():,.0f}"
        rates = f"{runs['value'].min():g} to {runs['value'].max():g} %"
        printed = f"{record['min_examples']} to {record['max_examples']}"
        parts.append(f"{record['method']}: article {printed} examples, published runs with {span} reach {rates}")
    return "Published runs against the article's ranges. " + "; ".join(parts) + "."


@two_widths
def utility_and_harm(runs: pd.DataFrame, allowed_loss: float) -> Drawing:
    """Answers judged harmful, or not refused, over the usefulness left; right of the line the loss is within the bound.

    Args:
        runs: columns label, measure, kept (per cent of the value before), harm (per cent), counted, low, high.
        allowed_loss: per cent of usefulness that an attack may cost and still count.
    """
    with canvas(height=4.4) as (figure, axes):
        axes.axvline(100 - allowed_loss, color=GREY, linestyle=":", linewidth=1.5)
        side = {"xytext": (6, 0), "ha": "left"} if is_narrow() else {"xytext": (-6, 0), "ha": "right"}
        axes.annotate(f"{allowed_loss:g} % lost", (100 - allowed_loss, 4), **side, **BESIDE, color=GREY)
        for record in runs.to_dict("records"):
            colour = RED if 100 - record["kept"] <= allowed_loss else GREY
            axes.plot([record["kept"]] * 2, [record["low"], record["high"]], color=colour, linewidth=1.2)
            mark = (
                {"marker": "s", "markerfacecolor": "white"} if record["counted"] == "not refused" else {"marker": "o"}
            )
            axes.plot(record["kept"], record["harm"], **mark, color=colour, markersize=7)
        for label, some in runs.groupby("label", sort=False):
            _name(axes, str(label), some, 100 - allowed_loss)
        margin = 2 if is_narrow() else 4
        low, high = min(runs["kept"].min(), 100 - allowed_loss) - margin, max(runs["kept"].max(), 100) + 3
        axes.set(
            xlim=(low, high),
            ylim=(-5, 119),
            xlabel="usefulness left (% of before)",
            ylabel="harmful, or not refused (hollow), %",
        )
    return Drawing(figure, _utility_alt(runs, allowed_loss), "utility_and_harm", runs)


def _name(axes: Axes, label: str, some: pd.DataFrame, bound: float) -> None:
    """Below the mark, or above it at the top, in lines that do not run through the bound."""
    first, counts = some.iloc[0], some["kept"].min() >= bound
    above = first["harm"] > NEAR_THE_TOP
    words = label if above else fill(label, 12 if is_narrow() else 21)
    axes.annotate(
        f"{words}\n{', '.join(some['measure'])}", (first["kept"], first["harm"]), (0, 11 if above else -18), **BESIDE,
        ha="right" if first["kept"] > 100 else "left", va="bottom" if above else "top",
        color=RED if counts else GREY, fontsize=SMALL,
    )  # fmt: skip


def _utility_alt(runs: pd.DataFrame, allowed_loss: float) -> str:
    parts = "; ".join(
        f"{row.label} {row.harm:g} % {row.counted} with {row.kept:.0f} % of {row.measure}" for row in runs.itertuples()
    )
    within = runs.loc[100 - runs["kept"] <= allowed_loss, "label"].nunique()
    return (
        f"Answers after an attack over the usefulness left: {parts}. "
        f"{within} of {runs['label'].nunique()} attacks lose at most {allowed_loss:g} %."
    )
