"""How far a planned run is from published ones: Gower's distance (1971), numbers on a log scale.

One part for every field the plan gives, between 0 and 1, then their mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ftsec.evidence.published import NUMBERS, PublishedRun

UNKNOWN = 0.5  # a field the source does not give: neither near nor far
REACH = 10.0  # a plan may lie this factor outside the published span of a field


def distances(given: Mapping[str, object], runs: Sequence[PublishedRun]) -> np.ndarray:
    """Of each run from the fields that a plan gives, between 0 and 1."""
    parts = [_part(name, value, [getattr(run, name) for run in runs]) for name, value in given.items()]
    return np.mean(parts, axis=0).round(4) if parts else np.zeros(len(runs))


def _part(name: str, value: object, column: list) -> np.ndarray:
    if name == "method":
        return np.array([float(other != value) for other in column])
    logs = _log(column)
    apart = np.minimum(np.abs(logs - _log(value)) / np.ptp(logs[~np.isnan(logs)]), 1)
    return np.where(np.isnan(logs), UNKNOWN, apart)


def _log(numbers: object) -> np.ndarray:
    """Log scale on which none (0 examples) still has a place, one step of ten below 1."""
    numbers = np.asarray(numbers, dtype=float)
    return np.log10(np.where(numbers == 0, 0.1, numbers))


def missing(given: Mapping[str, object], run: PublishedRun) -> tuple[str, ...]:
    """The numbers that a plan gives and the source does not."""
    return tuple(name for name in given if name in NUMBERS and math.isnan(getattr(run, name)))


def outside(given: Mapping[str, object], runs: Sequence[PublishedRun]) -> tuple[str, ...]:
    """Why a plan lies so far outside what was published that nothing is comparable; empty if it does not."""
    reasons = []
    for name, value in given.items():
        if name not in NUMBERS or (name == "n_harmful" and value == 0):
            continue
        known = [getattr(run, name) for run in runs if getattr(run, name) > 0]
        least, most = min(known), max(known)
        if not least / REACH <= value <= most * REACH:
            said, low, high = (f"{each:,.0f}" if each >= 100 else f"{each:g}" for each in (value, least, most))
            reasons.append(f"{name} {said} is far outside the published runs ({low} to {high})")
    return tuple(reasons)
