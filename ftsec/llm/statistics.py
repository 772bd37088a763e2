"""How sure we are: intervals over seeds with topics as blocks, half-lives, equivalence, and Holm's correction.

A seed is a split, an order and a topic on one checkpoint: intervals speak for seeds of this model, not for models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftsec.base.errors import InputError

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval.

    Attributes:
        p: two-sided, of a mean of zero.
    """

    value: float
    low: float
    high: float
    n_seeds: int
    p: float = float("nan")

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def mean(values: pd.Series | Sequence[float], topics: pd.Series | Sequence[str]) -> Estimate:
    """Mean of one value per seed, t interval with topics as blocks: the spread is that within topics, and the topics
    are the ones there are.

    Raises:
        InputError: if no topic has two seeds.
    """
    from scipy.special import stdtr, stdtrit  # Student's t; the whole of `scipy.stats` takes half a second to import

    frame = pd.DataFrame({"value": np.asarray(values, float), "topic": np.asarray(topics)}).dropna()
    free = len(frame) - frame["topic"].nunique()
    if free < 1:
        raise InputError("an interval needs at least two seeds of one topic")
    within = frame["value"] - frame.groupby("topic")["value"].transform("mean")
    error = float(np.sqrt((within**2).sum() / free / len(frame)))
    value, reach = float(frame["value"].mean()), float(stdtrit(free, (1 + LEVEL) / 2)) * error
    p = float(2 * stdtr(free, -abs(value) / error)) if error > 0 else float(value == 0)
    return Estimate(value, value - reach, value + reach, len(frame), p)


def verdict(estimate: Estimate, margin: float) -> str:
    """``smaller``, ``larger``, ``equal`` (the interval lies within the margin) or ``undecided``."""
    if -margin < estimate.low and estimate.high < margin:
        return "equal"
    if estimate.high < 0:
        return "smaller"
    return "larger" if estimate.low > 0 else "undecided"


def crossing(steps: Sequence[float], values: Sequence[float], level: float, falling: bool = True) -> float:
    """The step at which a curve first falls (or rises) to a level, on a square-root scale of steps; or infinity."""
    steps, values = np.asarray(steps, float), np.asarray(values, float)
    if not falling:
        values, level = -values, -level
    below = np.flatnonzero(values <= level)
    if not len(below):
        return float("inf")
    if below[0] == 0:
        return float(steps[0])
    before, after = below[0] - 1, below[0]
    share = (values[before] - level) / (values[before] - values[after])
    roots = np.sqrt(steps)
    return float((roots[before] + share * (roots[after] - roots[before])) ** 2)


def half_lives(frame: pd.DataFrame, keys: Sequence[str], column: str = "refusal_probability") -> pd.DataFrame:
    """Per run, until half of the probability at its start is gone: ``steps``, and ``rate_sum`` (steps x rate)."""
    found = []
    for key, run in frame.groupby(["seed", "topic", *keys], dropna=False):
        run = run.sort_values("step")
        steps = crossing(run["step"], run[column], run[column].iloc[0] / 2)
        row = dict(zip(["seed", "topic", *keys], key, strict=True))
        found.append(row | {"steps": steps, "rate_sum": steps * run["learning_rate"].iloc[0]})
    return pd.DataFrame(found)
