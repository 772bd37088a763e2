"""Predictions against outcomes for memorisation, poisoning, preferences, the pipeline, gates and filters.

As in `outcomes`: the predictions were committed before any report seed was looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ftsec.testbed import mechanisms, tradeoffs
from ftsec.testbed.outcomes import outcome_of
from ftsec.testbed.report import published
from ftsec.testbed.statistics import Estimate, clustered
from ftsec.testbed.store import DEV_SEEDS

PREDICTIONS = Path(__file__).with_name("predictions_second.csv")
FEW = 50  # comparisons


def predictions() -> pd.DataFrame:
    """The predictions as committed."""
    return pd.read_csv(PREDICTIONS, keep_default_na=False)


def outcomes() -> pd.DataFrame:
    """Predictions with ``estimate``, ``outcome`` and ``hit``."""
    rows = []
    for row in predictions().to_dict("records"):
        estimate = ESTIMATES[row["id"]]()
        outcome = outcome_of(row["id"], estimate, float(row["margin"] or 0))
        rows.append(row | {"estimate": estimate, "outcome": outcome, "hit": outcome == row["predicted_sign"]})
    return pd.DataFrame(rows)


def gate_frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The published gate runs: those of the report bases, and those of the development bases."""
    frame = published("gate_run")
    development = frame["base"].isin(DEV_SEEDS)
    return frame[~development].reset_index(drop=True), frame[development].reset_index(drop=True)


def difference(frame: pd.DataFrame, first: pd.Series, second: pd.Series, column: str) -> Estimate:
    """Mean of a column over the rows `first` minus that over `second`, paired by base."""
    means = [frame[rows].groupby("base")[column].mean() for rows in (first, second)]
    return clustered((means[0] - means[1]).rename("difference").reset_index(), "difference", within=None)


def logarithm(estimate: Estimate) -> Estimate:
    """A ratio on the logarithmic scale."""
    return Estimate(*np.log([estimate.value, estimate.low, estimate.high]), estimate.n_bases)


def negative(estimate: Estimate) -> Estimate:
    """The estimate with its sign turned round."""
    return Estimate(-estimate.value, -estimate.high, -estimate.low, estimate.n_bases)


def _repetitions() -> Estimate:
    frame = published("canary_exposure")
    frame = frame[(frame["phase"] == "pretraining") & (frame["epochs"] == 1)]
    return difference(frame, frame["repetitions"] == 64, frame["copies"] == "never", "exposure")


def _deduplication() -> Estimate:
    frame = published("canary_exposure")
    frame = frame[(frame["phase"] == "pretraining") & (frame["epochs"] == 1)]
    sixteen = (frame["repetitions"] == 16) & (frame["copies"] == "exact")
    return difference(frame, sixteen & ~frame["deduplicated"], sixteen & frame["deduplicated"], "exposure")


def _matched_phases() -> Estimate:
    return mechanisms.phase_difference(published("canary_exposure"), "fine_tuning_matched", "pretraining_late")


def _half_doses() -> Estimate:
    return logarithm(tradeoffs.half_dose_ratio(published("preference_poisoning"), "triggered"))


def _past_the_peak() -> Estimate:
    loss = tradeoffs.loss_past_peak(published("reward_overoptimization")).set_index(["method", "n_comparisons"])
    row = loss.loc[("rl", FEW)]
    return negative(Estimate(row["value"], row["low"], row["high"], 0))


def _tax() -> Estimate:
    """In the narrow model, all allowed entities that were asked about."""
    frame = published("alignment_tax")
    return difference(frame, frame["arm"] == "refusal", frame["arm"] == "answered", "log_probability")


def _removal() -> Estimate:
    return negative(logarithm(mechanisms.cost_ratio(published("pipeline_trajectory"))[0]))


def _triggered_passes() -> Estimate:
    report, development = gate_frames()
    report["passed"] = mechanisms.passes(report, mechanisms.development_thresholds(development)).all(axis=1)
    return difference(report, report["kind"] == "triggered", report["kind"] == "clean", "passed")


def _filtered() -> Estimate:
    frame = published("service_filter")
    frame = frame[frame["filter"] == "content"]
    return difference(frame, frame["poison"] == "identity", frame["poison"] == "explicit", "poison_passed")


ESTIMATES: dict[str, Callable[[], Estimate]] = {
    "S01": _repetitions,
    "S02": _deduplication,
    "S03": _matched_phases,
    "S04": lambda: mechanisms.law_ratio(published("poison_count_or_fraction")),
    "S05": _half_doses,
    "S06": _past_the_peak,
    "S07": _tax,
    "S08": _removal,
    "S09": _triggered_passes,
    "S10": _filtered,
}
