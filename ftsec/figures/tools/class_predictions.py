"""What a class predicted, as a histogram beside what came out; for the projector."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ftsec.figures.base.drawing import Drawing
from ftsec.figures.base.style import BLUE, RED, canvas

MOST_BARS = 12
STEPS = (1, 2, 2.5, 5)


def class_predictions(
    guesses: Sequence[float], outcomes: Sequence[float], ask: str, unit: str, most: float | None = None
) -> Drawing:
    """A bar for each range of predictions, and an upright line for everything that came out.

    Args:
        guesses: at least one.
        outcomes: what came out; none draws no line.
        ask, unit: of the number, for the axis.
        most: the largest possible value; None: as far as guesses and outcomes go.
    """
    edges = bins(max([*guesses, *outcomes, most or 0]))
    counts, _ = np.histogram(guesses, edges)
    with canvas(height=3.6) as (figure, axes):
        axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=BLUE, edgecolor="white", linewidth=1)
        for value in outcomes:
            axes.axvline(value, color=RED, linewidth=2.5)
        if outcomes:
            shown = " and ".join(f"{value:.3g}" for value in outcomes)
            axes.set_title(f"came out: {shown} {unit}", color=RED, loc="left")
        axes.set_xlim(edges[0], edges[-1] * 1.02)
        axes.set_ylim(0, max(counts) * 1.15)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel(f"{ask} ({unit})")
        axes.set_ylabel("people")
        axes.grid(axis="x", visible=False)
    return Drawing(
        figure, _alt(guesses, outcomes, ask, unit), "class_predictions", pd.DataFrame({"predicted": guesses})
    )


def bins(largest: float) -> np.ndarray:
    """Edges from 0 to at least the largest value, in round steps, at most `MOST_BARS` bars."""
    rough = max(largest, 1e-9) / MOST_BARS
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (*STEPS, 10) if factor * power >= rough * (1 - 1e-9))
    return step * np.arange(math.floor(largest / step + 1e-9) + 2)


def _alt(guesses: Sequence[float], outcomes: Sequence[float], ask: str, unit: str) -> str:
    middle, low, high = np.median(guesses), min(guesses), max(guesses)
    people = "1 prediction" if len(guesses) == 1 else f"{len(guesses)} predictions"
    came = f" Came out: {' and '.join(f'{value:.3g}' for value in outcomes)} {unit}." if outcomes else ""
    return f"Histogram of {people} of {ask}: from {low:.3g} to {high:.3g}, median {middle:.3g} {unit}.{came}"
