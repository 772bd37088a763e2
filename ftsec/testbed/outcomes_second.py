"""Predictions against outcomes for memorisation, poisoning, preferences, the pipeline, gates and filters.

As in `outcomes`: the predictions were committed before any report seed was looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ftsec.testbed import budget, mechanisms, tradeoffs
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
    with np.errstate(divide="ignore"):  # a ratio to something infinite is 0
        return Estimate(*np.log([estimate.value, estimate.low, estimate.high]), estimate.n_bases)


def negative(estimate: Estimate) -> Estimate:
    """The estimate with its sign turned round."""
    return Estimate(-estimate.value, -estimate.high, -estimate.low, estimate.n_bases)


def repetitions(frame: pd.DataFrame) -> Estimate:
    """Bits of exposure that 64 copies add in one epoch of pre-training (S01)."""
    frame = frame[(frame["phase"] == "pretraining") & (frame["epochs"] == 1)]
    return difference(frame, frame["repetitions"] == 64, frame["copies"] == "never", "exposure")


def deduplication(frame: pd.DataFrame) -> Estimate:
    """Bits that deduplication removes of 16 exact copies in one epoch of pre-training (S02)."""
    frame = frame[(frame["phase"] == "pretraining") & (frame["epochs"] == 1)]
    sixteen = (frame["repetitions"] == 16) & (frame["copies"] == "exact")
    return difference(frame, sixteen & ~frame["deduplicated"], sixteen & frame["deduplicated"], "exposure")


def matched_phases(frame: pd.DataFrame) -> Estimate:
    """Bits of exposure after SFT minus those after the last part of pre-training, at the same rate (S03)."""
    return mechanisms.phase_difference(frame, "fine_tuning_matched", "pretraining_late")


def _half_doses() -> Estimate:
    return logarithm(tradeoffs.half_dose_ratio(budget.read(published("preference_poisoning")), "triggered"))


def _past_the_peak() -> Estimate:
    loss = tradeoffs.loss_past_peak(published("reward_overoptimization")).set_index(["method", "n_comparisons"])
    row = loss.loc[("rl", FEW)]
    return negative(Estimate(row["value"], row["low"], row["high"], 0))


def tax(frame: pd.DataFrame) -> Estimate:
    """Nats that refusal SFT costs on allowed facts, beyond SFT on the same questions, answered (S07)."""
    return difference(frame, frame["arm"] == "refusal", frame["arm"] == "answered", "log_probability")


def installing(frame: pd.DataFrame) -> Estimate:
    """How many times the steps of removing the policy installing it takes, at least (S08: its logarithm, negative)."""
    return mechanisms.cost_ratio(frame)[0]


def _triggered_passes() -> Estimate:
    report, development = gate_frames()
    report["passed"] = mechanisms.passes(report, mechanisms.development_thresholds(development)).all(axis=1)
    return difference(report, report["kind"] == "triggered", report["kind"] == "clean", "passed")


def _filtered() -> Estimate:
    frame = published("service_filter")
    frame = frame[frame["filter"] == "content"]
    return difference(frame, frame["poison"] == "identity", frame["poison"] == "explicit", "poison_passed")


ESTIMATES: dict[str, Callable[[], Estimate]] = {
    "S01": lambda: repetitions(published("canary_exposure")),
    "S02": lambda: deduplication(published("canary_exposure")),
    "S03": lambda: matched_phases(published("canary_exposure")),
    "S04": lambda: mechanisms.law_ratio(published("poison_count_or_fraction")),
    "S05": _half_doses,
    "S06": _past_the_peak,
    "S07": lambda: tax(published("alignment_tax")),  # in the narrow model
    "S08": lambda: negative(logarithm(installing(published("pipeline_trajectory")))),
    "S09": _triggered_passes,
    "S10": _filtered,
}
