"""What is left inside the real model of a policy that it no longer follows: every state, every seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ftsec.figures.base.drawing import Drawing, two_widths
from ftsec.figures.base.marks import key
from ftsec.figures.base.style import BLUE, GREY, ORANGE, canvas, is_narrow

MARKS = [
    ("as it is", BLUE, "o"),
    ("with the policy’s direction put in", ORANGE, "D"),
    ("control", GREY, "X"),
]
PANELS = {  # what the axis says -> the readings it shows, in the order of the marks
    "refusal probability": ("refusal_plain", "refusal_added", "refusal_control"),
    "kept of what\nthe policy added": ("kept", None, "shuffled_kept"),
    "told apart by the\nmargin (AUC)": ("margin_auc", None, None),
}


@two_widths
def inside_figure(rows: pd.DataFrame, names: dict[str, str]) -> Drawing:
    """Readings of every state of the model, a small point for each seed and a large one for the mean.

    Args:
        rows: one row for each seed and state (column stage), with the columns of `PANELS`.
        names: state -> what the figure calls it, from top to bottom.
    """
    with canvas(height=4.2, narrow=11, ncols=3, sharey=True) as (figure, panels):
        for axes, (label, columns) in zip(panels, PANELS.items(), strict=True):
            for row, stage in enumerate(names):
                _state(axes, rows[rows["stage"] == stage], columns, row)
            axes.set_xlabel(label)
            axes.set_xlim(-0.08, 1.06)
            axes.set_yticks(range(len(names)), list(names.values()))
            axes.set_ylim(len(names) - 0.4, -0.6)
        key(figure, MARKS, 1 if is_narrow() else 3)
    means = rows.groupby("stage").mean(numeric_only=True)
    said = "; ".join(_said(name, means.loc[stage]) for stage, name in names.items())
    return Drawing(figure, f"Means over seeds. {said}.", "real_model_inside", rows)


def _state(axes: Axes, rows: pd.DataFrame, columns: tuple[str | None, ...], row: int) -> None:
    for place, (column, (_, colour, mark)) in enumerate(zip(columns, MARKS, strict=True)):
        if column:
            at = row + 0.24 * (place - 1)
            axes.plot(rows[column], np.full(len(rows), at), mark, color=colour, alpha=0.35, markersize=3.5)
            axes.plot(rows[column].mean(), at, mark, color=colour, markersize=7)


def _said(name: str, mean: pd.Series) -> str:
    return (
        f"{name}: refusal {mean['refusal_plain']:.2f}, with the direction put in {mean['refusal_added']:.2f} (control "
        f"{mean['refusal_control']:.2f}), kept {mean['kept']:.2f}, told apart by the margin {mean['margin_auc']:.2f}"
    )
