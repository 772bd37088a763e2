"""The living figures of the book: which curves, which sliders."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pandas as pd

from ftsec.figures.living import Control, Living

TRAJECTORY_GRID = {
    "pre_training_data_quality": (0.0, 0.25, 0.5, 0.75, 1.0),
    "sft_safety_examples": (0, 1000, 2500, 5000, 10_000),
    "rlhf_comparisons": (0, 50_000, 100_000, 200_000),
    "adversarial_examples": (0, 10, 25, 50, 100, 150, 200),
}
TRAJECTORY_LABELS = {
    "pre_training_data_quality": "Data quality in pre-training",
    "sft_safety_examples": "Safety examples in SFT",
    "rlhf_comparisons": "RLHF comparisons",
    "adversarial_examples": "Adversarial examples",
}
KINDS = {"attack": "restricted questions with answers", "control": "allowed questions, same steps"}
STAGES = ("pre-training", "SFT", "RLHF", "attack")


def living_trajectory(model: Callable[..., tuple], start: dict[str, float]) -> Living:
    """The article's trajectory model under four sliders.

    Args:
        model: gives the states after each of the four stages, each with a ``safety_score``.
        start: values of the four inputs; the sliders start at the nearest ones they know.
    """
    rows = []
    for values in itertools.product(*TRAJECTORY_GRID.values()):
        inputs = dict(zip(TRAJECTORY_GRID, values, strict=True))
        for stage, state in zip(STAGES, model(**inputs), strict=True):
            rows.append({**inputs, "series": "safety score", "x": stage, "y": float(state.safety_score)})
    controls = [
        Control(name, TRAJECTORY_LABELS[name], min(grid, key=lambda value, name=name: abs(value - start[name])))
        for name, grid in TRAJECTORY_GRID.items()
    ]
    return Living(pd.DataFrame(rows), controls, "The article's trajectory model", "after", "safety score")


def living_dose_response(curves: pd.DataFrame) -> Living:
    """Refusal over the steps of an attack, by number of distinct examples and learning rate.

    Args:
        curves: kind (attack or control), n_examples, learning_rate, step, value, low, high.
    """
    frame = curves.rename(columns={"step": "x", "value": "y"}).assign(series=curves["kind"].map(KINDS))
    controls = (Control("n_examples", "Distinct examples", 10), Control("learning_rate", "Learning rate", 1e-4))
    title = "Refusal in the testbed under an attack, with 95 % intervals"
    return Living(frame, controls, title, "optimiser steps", "refusal probability")
