"""The living figures of the book: which curves, which sliders."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ftsec.figures.base.style import ORANGE, RED
from ftsec.figures.literature.dose import FITTED
from ftsec.figures.living.parts import Control, Living
from ftsec.figures.testbed.curves import ALLOWED

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
FORMULA_GRID = {
    "n_examples": (10, 100, 1000, 10_000),
    "method": ("full", "LoRA"),
    "learning_rate": (1e-5, 2e-5, 5e-5, 1e-4, 2e-4),
    "epochs": (1, 3, 5, 10),
}
FORMULA_LABELS = {
    "n_examples": "Examples in the set", "method": "Method", "learning_rate": "Learning rate", "epochs": "Epochs",
}  # fmt: skip
DOSES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
KINDS = {"attack": "restricted questions with answers", "control": "allowed questions, same steps"}
SAFETY, FORMULA = "safety score", "the article's formula"  # names of curves
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
            rows.append({**inputs, "series": SAFETY, "x": stage, "y": float(state.safety_score)})
    controls = [
        Control(name, TRAJECTORY_LABELS[name], _nearest(grid, start[name])) for name, grid in TRAJECTORY_GRID.items()
    ]
    title = "The article's trajectory model"
    return Living(pd.DataFrame(rows), controls, title, "after", "safety score", colours={SAFETY: ORANGE})


def living_dose_response(curves: pd.DataFrame) -> Living:
    """Refusal over the steps of an attack, by number of distinct examples and learning rate.

    Args:
        curves: kind (attack or control), n_examples, learning_rate, step, value, low, high.
    """
    frame = curves.rename(columns={"step": "x", "value": "y"}).assign(series=curves["kind"].map(KINDS))
    controls = (Control("n_examples", "Distinct examples", 10), Control("learning_rate", "Learning rate", 1e-4))
    title = "Refusal in the testbed under an attack, with 95 % intervals"
    colours = {KINDS["control"]: ALLOWED}
    return Living(frame, controls, title, "optimiser steps", "refusal probability", colours=colours)


def living_formula(safety: Callable[[object], float], published: pd.DataFrame, start: dict[str, object]) -> Living:
    """The article's formula over the number of harmful examples, beside published curves, which stay.

    Args:
        safety: what the formula gives, from 0 to 1, for a run with the attributes ``n_harmful`` and those of
            `FORMULA_GRID`; its method is in lower case, as the article writes it.
        published: model, n_examples, rate, low, high (per cent) of the fitted curves.
        start: values of the inputs; the sliders start at the nearest ones they know.
    """
    fixed = pd.concat([_at_doses(name, curve) for name, curve in published.groupby("model")])
    frames = []
    for values in itertools.product(*FORMULA_GRID.values()):
        inputs = dict(zip(FORMULA_GRID, values, strict=True))
        doses = [dose for dose in DOSES if dose <= inputs["n_examples"]]
        run = SimpleNamespace(**inputs | {"method": inputs["method"].lower()})
        unsafe = [100 * (1 - safety(SimpleNamespace(**vars(run), n_harmful=dose))) for dose in doses]
        line = pd.DataFrame({"x": doses, "y": unsafe})
        frames.append(pd.concat([line.assign(series=FORMULA), fixed]).assign(**inputs))
    controls = [
        Control(name, label, _nearest(FORMULA_GRID[name], start[name])) for name, label in FORMULA_LABELS.items()
    ]
    title = "The article's formula beside published attacks"
    labels = ("harmful examples", "unsafe answers, %")
    colours = {FORMULA: RED} | {_published(model): colour for model, colour in FITTED.items()}
    return Living(pd.concat(frames), controls, title, *labels, y_range=(0, 100), log_x=True, colours=colours)


def _published(model: str) -> str:
    return f"{model}, published"


def _at_doses(name: str, curve: pd.DataFrame) -> pd.DataFrame:
    """A published curve, and its band, at the doses that are drawn."""
    curve = curve.sort_values("n_examples")
    values = {
        to: np.interp(DOSES, curve["n_examples"], curve[of])
        for to, of in (("y", "rate"), ("low", "low"), ("high", "high"))
    }
    return pd.DataFrame({"series": _published(name), "x": DOSES, **values})


def _nearest(grid: tuple, value: object) -> object:
    """The grid's value that is closest; a word that the grid does not have becomes its first."""
    if isinstance(value, str):
        return next((known for known in grid if known.lower() == value), grid[0])
    return min(grid, key=lambda known: abs(known - value))
