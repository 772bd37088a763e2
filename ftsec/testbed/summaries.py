"""From published frames to the small tables that chapters show and draw: means with clustered intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ftsec.testbed.experiments.fragility_control import half_lives
from ftsec.testbed.statistics import Estimate, clustered, crossings, geometric_ratio

CURVE_DRAWS = 500  # bootstrap draws for each point of a curve; headline numbers use more


def curves(frame: pd.DataFrame, by: list[str], column: str = "refusal_probability") -> pd.DataFrame:
    """Mean of a column with its interval for every condition and step: columns `by`, step, value, low, high."""
    return points(frame, [*by, "step"], column)


def points(frame: pd.DataFrame, by: list[str], column: str = "refusal_probability") -> pd.DataFrame:
    """Mean of a column with its interval for every combination of `by`."""
    rows = []
    for key, cell in frame.groupby(by, sort=True, observed=True):
        rows.append(dict(zip(by, key, strict=True)) | _columns(clustered(cell, column, n_draws=CURVE_DRAWS)))
    return pd.DataFrame(rows)


def last_step(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The last row of every run; `keys` name the condition beside base and seed."""
    ends = frame.groupby(["base", "seed", *keys], observed=True)["step"].transform("max")
    return frame[frame["step"] == ends]


def habit_ratios(frame: pd.DataFrame, reference: str = "refusal") -> pd.DataFrame:
    """Half-life of each habit over that of the reference, paired by base and fine-tuning seed.

    Pairs in which either habit did not lose half its log-odds, or was never there, are left out and counted.

    Returns:
        columns matched_on, data, habit, value, low, high (ratios), n_pairs, n_left_out.
    """
    lives = half_lives(frame)
    wide = lives.pivot_table(
        index=["matched_on", "data", "base", "seed"], columns="habit", values="steps", dropna=False
    )
    wide = wide.where((wide > 0) & np.isfinite(wide))
    rows = []
    for habit in (h for h in wide.columns if h != reference):
        logs = np.log(wide[habit] / wide[reference]).rename("log_ratio").reset_index()
        for (matched_on, data), cell in logs.groupby(["matched_on", "data"], sort=True):
            finite = cell[np.isfinite(cell["log_ratio"])]
            if finite["base"].nunique() < 2:
                continue
            key = {"matched_on": matched_on, "data": data, "habit": habit}
            counts = {"n_pairs": len(finite), "n_left_out": len(cell) - len(finite)}
            rows.append(key | _columns(geometric_ratio(finite)) | counts)
    return pd.DataFrame(rows)


def steps_to_goals(frame: pd.DataFrame, goals: Mapping[str, tuple[str, float, bool]]) -> pd.DataFrame:
    """How many steps each arm of the re-alignment needs to a refusal probability.

    Args:
        frame: the published frame ``realignment``.
        goals: what is reached, in words -> stage, refusal probability, and whether it falls to it.

    Returns:
        columns goal, arm, median (steps in words: half of the runs may never get there) and never (their share).
    """
    rows = []
    for goal, (stage, level, falling) in goals.items():
        runs = frame[frame["stage"] == stage]
        steps = crossings(runs, ["arm", "base", "seed"], "refusal_probability", level, falling)
        for arm, cell in steps.groupby("arm", observed=True):
            median = cell["steps"].median()
            rows.append((goal, arm, f"{median:.0f}" if np.isfinite(median) else "not reached", cell["censored"].mean()))
    return pd.DataFrame(rows, columns=["goal", "arm", "median", "never"])


def _columns(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
