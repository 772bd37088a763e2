"""A formula's predictions against what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.base.words import tidy
from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.style import BLUE, GREEN, GREY, ORANGE, canvas, is_narrow

ATTACKS = {  # colour, label and where it stands
    "harmful": (ORANGE, "harmful data", (70, 12)),
    "identity_shifting": (BLUE, "identity shifting", (14, 97)),
    "benign": (GREEN, "benign data", (68, 97)),
}
ON_A_PHONE = {"identity_shifting": (34, 94), "benign": (73, 94)}  # where a label stands there instead


@two_widths
def predicted_against_measured(
    runs: pd.DataFrame, rank_correlation: tuple, mean_error: tuple, mean_absolute_error: tuple
) -> Drawing:
    """Predicted over measured safety, one mark a published run, with the line of perfect prediction.

    Args:
        runs: ``ftsec.evidence.Comparison.runs``.
        rank_correlation, mean_error, mean_absolute_error: estimate, low and high, as in ``Comparison``.
    """
    summary = _summary(rank_correlation, mean_error, mean_absolute_error, "\n" if is_narrow() else " ")
    with canvas(height=5.6, narrow=5.0) as (figure, axes):
        axes.plot([0, 100], [0, 100], color=GREY, lw=1)
        along = {"rotation": 45, "rotation_mode": "anchor", "transform_rotates_text": True}
        axes.text(12, 14, "predicted = measured", color=GREY, **along)
        axes.text(1, 84, summary, va="top")  # above the line and below what is predicted of harmless data: no mark
        for attack, (colour, label, place) in ATTACKS.items():
            _marks(axes, runs[runs["attack"] == attack], colour)
            if (runs["attack"] == attack).any():
                x, y = ON_A_PHONE.get(attack, place) if is_narrow() else place
                axes.text(x, y, label, color=colour, ha="center")
        axes.set(xlim=(-4, 104), ylim=(-4, 104), xlabel="measured: answers not rated unsafe, %")
        axes.set_ylabel("predicted: safety score, %")
        axes.set_title("The formula knows only two answers" if _levels(runs) == 2 else "Predicted and measured safety")
    return Drawing(figure, _told(runs, rank_correlation, mean_absolute_error), "predicted_against_measured", runs)


def _marks(axes: Axes, runs: pd.DataFrame, colour: str) -> None:
    for weak, one in runs.groupby("weak"):
        error = np.abs(one[["measured_low", "measured_high"]].to_numpy().T - one["measured"].to_numpy())
        fill = "none" if weak else colour
        axes.errorbar(
            one["measured"], one["predicted"], xerr=error, fmt="o", color=colour, mfc=fill, capsize=2, lw=1, alpha=0.8
        )


def _levels(runs: pd.DataFrame) -> int:
    return runs["predicted"].round(6).nunique()


def _summary(rank: tuple, mean: tuple, absolute: tuple, gap: str) -> str:
    return (
        f"rank correlation{gap}{_with_interval(rank, 2)}\n"
        f"mean error{gap}{_with_interval(mean, 0)} points\n"
        f"mean absolute error{gap}{_with_interval(absolute, 0)} points"
    )


def _with_interval(estimate: tuple, digits: int) -> str:
    return tidy("{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(*estimate, d=digits))


def _told(runs: pd.DataFrame, rank: tuple, absolute: tuple) -> str:
    values = sorted(runs["predicted"].round(6).unique())
    levels = " and ".join(f"{value:g} %" for value in values) if len(values) < 4 else f"{len(values)} values"
    span = f"{runs['measured'].min():g} to {runs['measured'].max():g} %"
    return (
        f"Predicted over measured safety of {len(runs)} published runs. "
        f"Predictions take {levels}, measurements {span}. "
        f"Rank correlation {rank[0]:.2f}, mean absolute error {absolute[0]:.0f} percentage points."
    )
