"""The miniature and the real model read alike, so that one figure can set them side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ftsec.llm import report, world
from ftsec.llm.experiments import method_comparison
from ftsec.llm.predict import units, while_useful
from ftsec.llm.statistics import crossing, mean

# the testbed as it is today; predictions were written from older frames, which `predict` keeps
MINIATURE = world.DATA.parents[1] / "testbed" / "data"
DOSES = (1, 3, 10, 30)
KINDS = {"miniature": "attack", "real": "harmful"}
REFERENCE_RATES = {"miniature": 1e-4, "real": 5e-6}


def doses(real: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Share of a run's refusals that is left, over steps times rate in half-lives of 30 examples.

    Args:
        real: the real model's frame ``dose_response``.

    Returns:
        for ``miniature`` and ``real``: columns n_examples, learning_rate, exposure, value, low, high.
    """
    return {name: _doses(frame, name) for name, frame in _both("dose_response", real).items()}


def _doses(frame: pd.DataFrame, model: str) -> pd.DataFrame:
    runs = frame[(frame.kind == KINDS[model]) & frame.n_examples.isin(DOSES)].sort_values("step")
    keys = [*units(runs), "n_examples", "learning_rate"]
    left = runs["refusal_probability"] / runs.groupby(keys)["refusal_probability"].transform("first")
    runs = runs.assign(left=left)
    exposure = runs["step"] * runs["learning_rate"] / _half_life(runs, REFERENCE_RATES[model])
    return _means(runs.assign(exposure=exposure), ["n_examples", "learning_rate", "exposure"], "left")


def _half_life(runs: pd.DataFrame, rate: float) -> float:
    """Median over the runs with 30 examples at the reference rate, as a sum of rates."""
    chosen = runs[(runs.n_examples == max(DOSES)) & np.isclose(runs.learning_rate, rate)]
    return rate * float(np.median([crossing(run.step, run.left, 0.5) for _, run in chosen.groupby(units(chosen))]))


def methods(real: pd.DataFrame, allowed_rise: float = 0.1) -> dict[str, pd.DataFrame]:
    """The least refusal probability each method reaches while the model stays useful, at the equal and its own rate.

    Args:
        real: the real model's frame ``method_comparison``.
        allowed_rise: nats a token that the real model may drift from the base; the miniature may lose `SMALL_LOSS`.

    Returns:
        for ``miniature`` and ``real``: columns arm, rate, value, low, high.
    """
    small = _both("method_comparison", real)["miniature"]
    worst = {
        "miniature": while_useful(small, [*units(small), "arm", "rate"]),
        "real": method_comparison.worst_case(real, allowed_rise),
    }
    return {name: _means(frame, ["arm", "rate"], "refusal_probability") for name, frame in worst.items()}


def _both(name: str, real: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"miniature": pd.read_parquet(MINIATURE / f"{name}.parquet"), "real": real}


def _means(frame: pd.DataFrame, by: Sequence[str], column: str) -> pd.DataFrame:
    """Means over bases, or over seeds in which topics are blocks, with t intervals."""
    unit, block = ("base", None) if "base" in frame else ("seed", "topic")
    found = []
    for key, cell in frame.groupby(list(by)):
        each = cell.groupby([unit] + ([block] if block else []))[column].mean().reset_index()
        estimate = mean(each[column], each[block] if block else ["one world"] * len(each))
        numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
        found.append(dict(zip(by, key, strict=True)) | numbers)
    return pd.DataFrame(found)


def seeds_of(frames: Sequence[str], counting: Sequence[int] | None) -> dict[str, pd.DataFrame]:
    """The stored frames of these experiments, of all seeds or of the counting ones alone."""
    stored = {name: report.stored(name) for name in frames}
    return stored if counting is None else {n: f[f["seed"].isin(counting)] for n, f in stored.items()}
