"""Figures on defences: safety examples mixed in, published defences, and benign data that costs safety."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key
from ftsec.figures.base.rows import dumbbells, group_axis, name_rows, row_above
from ftsec.figures.base.style import BLUE, GREEN, ORANGE, RED, canvas, is_narrow

COLOURS = (BLUE, ORANGE, GREEN)
SMALL_SHARE = 10.0  # per cent; an attack whose mixes all stay below it gets a panel of its own scale
BESIDE = {"textcoords": "offset points"}


@two_widths
def mixing(curves: pd.DataFrame) -> Drawing:
    """Unsafe answers over the share of safety examples; large benign sets in a panel with an axis of their own.

    Args:
        curves: columns attack, share (per cent), rate, low, high.
    """
    largest = curves.groupby("attack", sort=False)["share"].transform("max")
    panels = [part for part in (curves[largest > SMALL_SHARE], curves[largest <= SMALL_SHARE]) if len(part)]
    size = {"height": 4.0, "narrow": 2.6 * len(panels) + 0.4}
    with canvas(**size, ncols=len(panels), sharey=True, squeeze=False) as (figure, grid):
        for axes, part in zip(grid.flat, panels, strict=True):
            for colour, (_, rows) in zip(COLOURS, part.groupby("attack", sort=False), strict=False):
                top = rows["rate"].iloc[-1] == part.groupby("attack")["rate"].last().max()
                _curve(axes, rows, colour if axes is grid.flat[0] else GREEN, 24 if top else -22)
            axes.set(ylim=(0, 100), xlim=(-0.05 * part["share"].max(), 1.08 * part["share"].max()))
        figure.supxlabel("safety examples, share of all examples (%)", fontsize=11)
        for axes in grid.flat if is_narrow() else grid.flat[:1]:
            axes.set_ylabel("unsafe answers (%)")
        if is_narrow():
            attacks = [name for part in panels for name in part["attack"].unique()]
            key(figure, [(name, colour, "o") for name, colour in zip(attacks, COLOURS, strict=False)], 2)
    return Drawing(figure, _mixing_alt(curves), "safety_mixing_published", curves)


def _curve(axes: Axes, rows: pd.DataFrame, colour: str, rise: int) -> None:
    errors = [rows["rate"] - rows["low"], rows["high"] - rows["rate"]]
    axes.errorbar(rows["share"], rows["rate"], errors, fmt="-o", color=colour, capsize=3, linewidth=1.6)
    last = rows.iloc[-1]
    end = (last["share"], last["rate"])
    if not is_narrow():
        axes.annotate(last["attack"], end, (13, rise), **BESIDE, ha="right", color=colour, fontsize=9.5)


def _mixing_alt(curves: pd.DataFrame) -> str:
    parts = []
    for name, rows in curves.groupby("attack", sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        parts.append(f"{name}: {first['rate']:g} % without, {last['rate']:g} % at {last['share']:.0f} %")
    return "Unsafe answers over the share of safety examples mixed in. " + "; ".join(parts) + "."


@two_widths
def defences(rows: pd.DataFrame) -> Drawing:
    """Published defences, unsafe answers without them (grey) and with them; hollow marks are weak sources.

    Args:
        rows: columns label, before, value, low, high, weak.
    """
    with canvas(height=0.36 * len(rows) + 0.9, narrow=row_above(rows["label"]) * len(rows) + 0.6) as (figure, axes):
        dumbbells(axes, rows, GREEN)
        name_rows(axes, rows["label"])
        axes.set(xlim=(-13, 102), xlabel="unsafe answers (%): grey without, green with")
    parts = "; ".join(f"{row.label} from {row.before:g} to {row.value:g}" for row in rows.itertuples())
    return Drawing(figure, f"Published defences, unsafe answers in per cent: {parts}.", "defences_published", rows)


@two_widths
def benign_erosion(rows: pd.DataFrame) -> Drawing:
    """Unsafe answers before (grey) and after fine-tuning on data without harm, by model.

    Args:
        rows: columns label (model, rows of a model adjacent), data_set, before, value, low, high, weak.
    """
    shown = rows.assign(words=[f"{row.value:g} {row.data_set}" for row in rows.itertuples()])
    with canvas(height=0.34 * len(rows) + 1.0) as (figure, axes):
        dumbbells(axes, shown, RED)
        group_axis(axes, rows["label"])
        axes.set(xlim=(-1, rows["value"].max() * 1.45), xlabel="unsafe answers (%): grey before, red after")
    runs = rows.itertuples()
    parts = "; ".join(f"{row.label} on {row.data_set} from {row.before:g} to {row.value:g}" for row in runs)
    return Drawing(figure, f"Unsafe answers before and after benign fine-tuning: {parts}.", "benign_published", rows)
