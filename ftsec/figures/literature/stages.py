"""Figures on the stages of fine-tuning: how much data each uses, how little poison is known to bend it, what stays."""

from __future__ import annotations

import pandas as pd

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.rows import ROW, dumbbells, grouped_dots, name_rows, row_above
from ftsec.figures.base.style import BLUE, ORANGE, canvas, is_narrow


@two_widths
def stage_scales(scales: pd.DataFrame) -> Drawing:
    """Published data sizes by stage on a logarithmic axis.

    Args:
        scales: columns stage, label, value, source, weak; rows of a stage adjacent.
    """
    shown = scales.assign(words=[f"{row.value:,.0f} {row.label}" for row in scales.itertuples()])
    with canvas(height=0.36 * len(shown) + 1.0, narrow=_inches(scales) + 0.6) as (figure, axes):
        axes.set(xscale="log", xlabel="items of data")
        axes.set_xlim(shown["value"].min() / 1.6, shown["value"].max() * (5 if is_narrow() else 90))
        grouped_dots(axes, shown, "value", "words")
    return Drawing(figure, _scales_alt(scales), "stage_scales", scales)


def _inches(rows: pd.DataFrame) -> float:
    """Height of the rows on a phone, where every group has a heading."""
    return ROW * (len(rows) + rows["stage"].nunique())


def _scales_alt(scales: pd.DataFrame) -> str:
    spans = scales.groupby("stage", sort=False)["value"].agg(["min", "max"])
    parts = "; ".join(
        f"{stage} {low:,.0f}" + (f" to {high:,.0f}" if high > low else "") for stage, low, high in spans.itertuples()
    )
    return f"Published data sizes by stage: {parts}."


@two_widths
def poison_needed(counts: pd.DataFrame, shares: pd.DataFrame) -> Drawing:
    """Two panels on logarithmic axes: examples with which attacks worked, and shares of poison at which they did.

    Args:
        counts: columns stage (who adds the examples), label, n_examples, weak.
        shares: columns stage (where the poison enters), label, share (per cent), lower_bound, weak; a lower bound is
            drawn as an arrow head.
    """
    size = {"height": 0.36 * (len(counts) + len(shares)) + 1.9, "narrow": _inches(counts) + _inches(shares) + 1.2}
    heights = [_inches(part) if is_narrow() else len(part) for part in (counts, shares)]
    with canvas(**size, nrows=2, height_ratios=heights) as (figure, (upper, lower)):
        upper.set(xscale="log", xlabel="examples or documents added")
        upper.set_xlim(5, 8_000 if is_narrow() else 60_000)
        grouped_dots(upper, counts, "n_examples", "label", BLUE)
        lower.set(xscale="log", xlabel="share of poisoned data (%); arrow head: at least")
        lower.set_xlim(0.0006, 60 if is_narrow() else 60_000)
        lower.set_xticks([0.001, 0.01, 0.1, 1, 10], ["0.001", "0.01", "0.1", "1", "10"])
        lower.minorticks_off()
        grouped_dots(lower, _with_share(shares), "share", "words", ORANGE)
    return Drawing(figure, _poison_alt(counts, shares), "poison_needed", pd.concat([counts, shares]))


def _with_share(shares: pd.DataFrame) -> pd.DataFrame:
    return shares.assign(words=[f"{row.share:g} % {row.label}" for row in shares.itertuples()])


def _poison_alt(counts: pd.DataFrame, shares: pd.DataFrame) -> str:
    numbers = "; ".join(f"{stage} {rows['n_examples'].min():g}" for stage, rows in counts.groupby("stage", sort=False))
    parts = "; ".join(f"{row.stage} {'at least ' * row.lower_bound}{row.share:g} %" for row in shares.itertuples())
    return f"Fewest examples with which a published attack worked: {numbers}. Share of poison: {parts}."


@two_widths
def persistence(repairs: pd.DataFrame) -> Drawing:
    """Damage before a later repair and after it; a mark without a line has no published value before.

    Args:
        repairs: columns stage (what was damaged), label (the repair), before, value (per cent), low, high, weak.
    """
    shown = repairs.assign(label=[f"{row.stage}\n→ {row.label}" for row in repairs.itertuples()])
    with canvas(height=0.56 * len(shown) + 0.9, narrow=row_above(shown["label"]) * len(shown) + 0.8) as (figure, axes):
        dumbbells(axes, shown)
        name_rows(axes, shown["label"])
        axes.set(xlim=(-17, 111), xlabel="unsafe answers (%): grey before, red after the repair")
    return Drawing(figure, _persistence_alt(repairs), "persistence", repairs)


def _persistence_alt(repairs: pd.DataFrame) -> str:
    known = repairs["before"].notna()
    starts = [f"from {before:g} " if some else "" for before, some in zip(repairs["before"], known, strict=True)]
    rows = zip(repairs["stage"], repairs["label"], starts, repairs["value"], strict=True)
    parts = "; ".join(f"{stage}, {label}: {start}to {value:g} %" for stage, label, start, value in rows)
    return f"Unsafe answers before and after a repair. {parts}."
