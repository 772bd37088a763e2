"""A formula set against every published run that it accepts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ftsec.evidence import intervals
from ftsec.evidence.references import cite
from ftsec.evidence.tables import is_weak, measurements, without_weak
from ftsec.evidence.vocabulary import ALIGNED_BY_AUTHORS, PERCENT

METHODS = ("full", "lora", "prefix_tuning")  # those the article's formula names
NEEDED = ["n_examples", "n_harmful", "learning_rate", "epochs"]


@dataclass(frozen=True)
class PublishedRun:
    """A published fine-tuning run with everything that a formula may ask for."""

    measurement_id: str
    method: str
    n_examples: int
    n_harmful: int
    learning_rate: float
    epochs: float


@dataclass(frozen=True)
class Comparison:
    """Predicted against measured safety, in per cent of answers.

    Attributes:
        runs: measurement_id, source, attack, method, model, n_examples, n_harmful, learning_rate, epochs, predicted,
            measured, measured_low, measured_high, error (predicted minus measured), weak.
        rank_correlation: Spearman's rho and its 95 % bootstrap interval over runs.
        mean_error, mean_absolute_error: percentage points with their 95 % bootstrap intervals.
    """

    runs: pd.DataFrame
    rank_correlation: tuple[float, float, float]
    mean_error: tuple[float, float, float]
    mean_absolute_error: tuple[float, float, float]


def article_against_published(
    predict: Callable[[PublishedRun], float], include_weak: bool = False, n_resamples: int = 2000, seed: int = 0
) -> Comparison:
    """Evaluate a formula on every published run that gives all it needs, and compare.

    Measured safety is 100 minus the published rate; a rate counts only the worst answers, so "safe" is generous.
    Models that a study aligned itself are left out: the formula starts from the safety of a released model.
    The bootstrap draws runs; runs share models and studies, which makes the intervals too narrow.

    Args:
        predict: takes a `PublishedRun`, gives predicted safety as a share between 0 and 1.
        include_weak: also runs read in notes, second hand or from memory.
        n_resamples, seed: of the bootstrap.
    """
    runs = _runs(include_weak)
    runs["predicted"] = [100 * predict(_as_run(row)) for row in runs.itertuples()]
    runs["error"] = runs["predicted"] - runs["measured"]
    predicted, measured = runs["predicted"].to_numpy(), runs["measured"].to_numpy()
    error = predicted - measured
    estimate = partial(intervals.bootstrap, n=len(runs), seed=seed, n_resamples=n_resamples)
    return Comparison(
        runs=runs,
        rank_correlation=estimate(lambda i: _rank(predicted[i], measured[i])),
        mean_error=estimate(lambda i: error[i].mean()),
        mean_absolute_error=estimate(lambda i: np.abs(error[i]).mean()),
    )


def _runs(include_weak: bool) -> pd.DataFrame:
    rows = measurements() if include_weak else without_weak(measurements())
    rates = rows["outcome"].isin(["harmfulness_rate", "attack_success_rate"]) & (rows["unit"] == PERCENT)
    attacks = (rows["phase"] == "fine-tuning") & (rows["defense"] == "") & rows["method"].isin(METHODS)
    attacks &= ~rows["model"].str.contains(ALIGNED_BY_AUTHORS)
    rows = rows[rates & attacks & rows[NEEDED].notna().all(axis=1) & rows["value"].notna()]
    # a run that is printed in two tables counts once
    rows = rows.drop_duplicates(["citation_key", "model", "attack", "method", "metric", *NEEDED, "batch_size", "value"])
    low, high = intervals.wilson(100 - rows["value"], rows["n_prompts"])
    columns = ["measurement_id", "source", "attack", "method", "model", *NEEDED]
    columns += ["measured", "measured_low", "measured_high", "weak"]
    return rows.assign(
        source=rows["citation_key"].map(cite),
        measured=100 - rows["value"],
        measured_low=low,
        measured_high=high,
        weak=is_weak(rows),
    )[columns].reset_index(drop=True)


def _as_run(row: tuple) -> PublishedRun:
    return PublishedRun(
        row.measurement_id, row.method, int(row.n_examples), int(row.n_harmful), row.learning_rate, row.epochs
    )


def _rank(predicted: np.ndarray, measured: np.ndarray) -> float:
    """Spearman's rho; zero where one side is constant, which then ranks nothing."""
    if np.ptp(predicted) == 0 or np.ptp(measured) == 0:
        return 0.0
    from scipy.stats import rankdata

    return float(np.corrcoef(rankdata(predicted), rankdata(measured))[0, 1])
