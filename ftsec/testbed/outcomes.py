"""Predictions against outcomes: the estimate behind every row of ``predictions.csv``, and whether its sign came true.

The predictions were committed before any report seed was looked at. An outcome is *negative* or *positive* if the
whole interval lies on one side of zero, *null* if it lies within the margin, and *unclear* otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.method_comparison import worst_case
from ftsec.testbed.report import published
from ftsec.testbed.statistics import Estimate, crossings, equivalent, paired
from ftsec.testbed.store import DATA
from ftsec.testbed.summaries import habit_ratios, last_step

PREDICTIONS = Path(__file__).with_name("predictions.csv")
REFUSAL = "refusal_probability"


def predictions() -> pd.DataFrame:
    """The predictions as committed."""
    return pd.read_csv(PREDICTIONS, keep_default_na=False)


def outcomes() -> pd.DataFrame:
    """Predictions whose frame is published, with ``estimate``, ``outcome`` and ``hit``."""
    rows = []
    for row in predictions().to_dict("records"):
        if not (DATA / f"{row['experiment']}.parquet").exists():
            continue
        estimate = ESTIMATES[row["id"]]()
        outcome = outcome_of(row["id"], estimate, float(row["margin"] or 0))
        rows.append(row | {"estimate": estimate, "outcome": outcome, "hit": outcome == row["predicted_sign"]})
    return pd.DataFrame(rows)


def outcome_of(name: str, estimate: Estimate, margin: float) -> str:
    """``"negative"``, ``"positive"``, ``"null"`` or ``"unclear"``; for ratios (X02, X03) on the logarithmic scale."""
    if name in RATIOS:
        estimate = Estimate(*np.log([estimate.value, estimate.low, estimate.high]), estimate.n_bases)
        margin = np.log1p(margin)
    if margin and equivalent(estimate, margin):
        return "null"
    if estimate.high < 0:
        return "negative"
    return "positive" if estimate.low > 0 else "unclear"


def _at_end(name: str, by: str, arms: tuple, column: str = REFUSAL, **fixed: object) -> Estimate:
    """Paired difference between two arms at the last step, all other conditions fixed."""
    frame = published(name)
    for key, value in fixed.items():
        frame = frame[frame[key] == value]
    return paired(frame[frame.step == frame.step.max()], column, by, arms)


def _method(arm: str) -> Estimate:
    frame = published("method_comparison")
    return paired(worst_case(frame[frame.rate == "own"]), REFUSAL, "arm", (arm, "full"))


def _mixing() -> Estimate:
    frame = published("safety_mixing")
    frame = frame[(frame.data == "attack") & ((frame.arm == "add") | (frame.share == 0))]
    return paired(last_step(frame, ["arm", "share"]), REFUSAL, "share", (0.1, 0.0))


def _steps_to_refuse_again() -> Estimate:
    """Steps to half refusal; runs that never get there count with the last step, which understates the difference."""
    frame = published("realignment")
    frame = frame[frame.stage == "realign"]
    steps = crossings(frame, ["base", "seed", "arm"], REFUSAL, falling=False)
    steps["steps"] = steps["steps"].clip(upper=frame.step.max())
    return paired(steps, "steps", "arm", ("attacked", "never_aligned"))


def _half_life(habit: str) -> Estimate:
    frame = published("fragility_control")
    frame = frame[(frame.matched_on == "log_odds") & (frame.data == "counter")]
    row = habit_ratios(frame).set_index("habit").loc[habit]
    return Estimate(row["value"], row["low"], row["high"], frame.base.nunique())


ATTACK = {"kind": "attack", "learning_rate": 1e-4}
OWN_RATE = {"learning_rate": 1e-3}
RATIOS = ("X02", "X03")
ESTIMATES: dict[str, Callable[[], Estimate]] = {
    "P01": lambda: _at_end("dose_response", "kind", ("attack", "control"), n_examples=100, learning_rate=1e-4),
    "P02": lambda: _at_end("dose_response", "n_examples", (100, 10), **ATTACK),
    "P03": lambda: _at_end("dose_response", "learning_rate", (3e-4, 3e-5), kind="control", n_examples=100),
    "P04": lambda: _method("lora_8"),
    "P05": lambda: _method("prefix_tuning"),
    "P06": lambda: _at_end("benign_erosion", "arm", ("old_random", "control"), **OWN_RATE),
    "P07": lambda: _at_end("benign_erosion", "arm", ("old_near", "old_far"), **OWN_RATE),
    "P08": lambda: _at_end("identity_shift", "arm", ("shift", "persona"), f"{REFUSAL}_persona", n_examples=100),
    "P09": _mixing,
    "P10": lambda: _at_end("backdoor_persistence", "n_poison", (50, 0), f"{REFUSAL}_trigger"),
    "X01": _steps_to_refuse_again,
    "X02": lambda: _half_life("canned"),
    "X03": lambda: _half_life("marker"),
}
